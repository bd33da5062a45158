//! A message as whoever gets it reads it: what happened, what it is about, where to go on.

use serde::{Deserialize, Serialize};

use crate::domain::notice::Channel;
use crate::domain::order::Order;
use crate::domain::order::event::Event;
use crate::domain::party::Party;
use crate::domain::time::Moment;

/// A message, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// To whom, as an address or a name.
    pub to: String,
    /// How it travels.
    pub channel: Channel,
    /// When it was owed.
    pub at: Moment,
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
    /// Where it leads: words and a whole address.
    pub links: Vec<(String, String)>,
}

/// What a buyer does with the code that a message bears.
#[must_use]
pub fn code_words(code: &str) -> String {
    format!(
        "Your code is {code}. Follow the link to accept or reject, and type the code there. Nobody of ours asks for it."
    )
}

/// The words that tell a party of an order what happened: subject and paragraphs.
#[must_use]
pub fn words(order: &Order, event: &Event, to: Party, channel: Channel) -> (String, Vec<String>) {
    let headline = event.headline(order);
    let subject = format!("{headline} · {}", order.reference);
    if channel == Channel::Sms {
        return (subject.clone(), vec![format!("{}: {headline}.", order.parties.marketplace_name)]);
    }
    let mut paragraphs = vec![format!("Hello {},", order.name_of(to))];
    paragraphs.push(format!(
        "{headline}: {}, {} from {}.",
        order.title(),
        order.money(order.total_minor()),
        order.name_of(Party::Seller)
    ));
    paragraphs.extend(event.quote().map(|quote| format!("“{quote}”")));
    if to == Party::Buyer && order.due_minor() > 0 {
        let due = order.money(order.due_minor());
        paragraphs.push(format!("{due} is due. It is held until you accept what is delivered."));
    }
    (subject, paragraphs)
}
