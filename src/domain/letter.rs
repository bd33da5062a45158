//! A message as whoever gets it reads it: what happened, whose turn it is, until when, and what silence brings.

use serde::{Deserialize, Serialize};

use crate::domain::money::Minor;
use crate::domain::notice::Channel;
use crate::domain::order::event::Event;
use crate::domain::order::sentence::Silence;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;
use crate::domain::time::Moment;
use crate::domain::words::Language;

pub mod samples;
#[cfg(test)]
mod tests;

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

/// A message that could not be brought to whom it was for, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Which, to send it again by.
    pub id: uuid::Uuid,
    /// The order's public number.
    pub reference: String,
    /// To whom.
    pub to: String,
    /// How.
    pub channel: Channel,
    /// What it says, as a stable code.
    pub kind: String,
    /// Why it did not arrive.
    pub reason: String,
    /// When it was owed.
    pub at: Moment,
}

/// What a message of one kind says, for whoever wants to see it before anybody gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What it says, as a stable code.
    pub kind: String,
    /// Who reads it.
    pub to: Party,
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
    /// The text message.
    pub text: String,
    /// How many segments that is.
    pub segments: u32,
}

/// What a message is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// Something that happened.
    Event(&'a Event),
    /// A turn that was not taken yet.
    Turn {
        /// Of which delivery.
        delivery: u16,
    },
}

/// Who reads it.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The part that they play.
    pub party: Party,
    /// Their name.
    pub name: &'a str,
    /// Their language.
    pub language: Language,
}

/// What somebody is told: a subject, paragraphs, and the sentence about their turn alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
    /// The same in few words, for a text message.
    pub short: String,
}

/// Tells a party of an order what happened. `date` writes an instant as the reader's clock shows it.
#[must_use]
pub fn tell(order: &Order, about: About<'_>, reader: Reader<'_>, date: &dyn Fn(Moment) -> String) -> Told {
    let language = reader.language;
    let mut values = names(order, reader);
    let (subject, said) = match about {
        About::Event(event) => {
            values.push(("money", order.money(moved(event)).to_string()));
            let code = event.code();
            let unpaid = matches!(event, Event::Cancelled { flow, .. } if flow.total() == 0);
            let said = if unpaid { "unpaid" } else { "said" };
            let subject = language.say(&format!("event.{code}.subject"), &values);
            (subject, language.say(&format!("event.{code}.{said}"), &values))
        }
        About::Turn { delivery } => {
            let task = order.delivery(delivery).map_or("", |part| language.text(task_key(part)));
            values.push(("task", task.to_owned()));
            (language.say("reminder.subject", &values), language.say("reminder.said", &values))
        }
    };
    let turn = turn(order, about, reader);
    values.push(("subject", subject.clone()));
    values.push(("turn", turn.clone()));
    values.push(("name", reader.name.to_owned()));
    let short = language.say("sms", &values);
    let mut paragraphs = vec![language.say("hello", &values), said];
    if let About::Event(event) = about {
        paragraphs.extend(event.quote().map(|text| language.say("quote", &[("text", text)])));
        paragraphs.extend(event.tracking().map(|at| {
            let values = [("carrier", at.carrier.clone()), ("number", at.number.clone())];
            language.say("tracking", &values)
        }));
    }
    paragraphs.push(language.say("about", &values));
    if let Some(no) = concerned(about).filter(|_| order.deliveries.len() > 1) {
        paragraphs.push(language.say("delivery", &[("delivery", no.to_string())]));
    }
    if reader.party == Party::Buyer && order.due_minor() > 0 {
        paragraphs.push(language.say("due", &values));
    }
    paragraphs.push(turn);
    paragraphs.extend(until(order, about, reader, &values, date));
    Told { subject: format!("{subject} · {}", order.reference), paragraphs, short }
}

/// The names that texts about an order may use. To whom money goes is "you" where that is the reader.
fn names(order: &Order, reader: Reader<'_>) -> Vec<(&'static str, String)> {
    let to = |party| if reader.party == party { reader.language.text("you") } else { order.name_of(party) }.to_owned();
    vec![
        ("to_buyer", to(Party::Buyer)),
        ("to_seller", to(Party::Seller)),
        ("buyer", order.name_of(Party::Buyer).to_owned()),
        ("seller", order.name_of(Party::Seller).to_owned()),
        ("courier", order.provider.as_ref().map_or("–", |provider| &provider.name).to_owned()),
        ("marketplace", order.name_of(Party::Operator).to_owned()),
        ("goods", order.title()),
        ("total", order.money(order.total_minor()).to_string()),
        ("due", order.money(order.due_minor()).to_string()),
        ("reference", order.reference.to_string()),
    ]
}

/// The delivery that it is about, when it is about one.
const fn concerned(about: About<'_>) -> Option<u16> {
    match about {
        About::Event(event) => crate::domain::order::apply::delivery_of(event),
        About::Turn { delivery } => Some(delivery),
    }
}

/// The part whose turn and deadline the reader is told: theirs, or the one that it is about, or the most pressing.
fn part_for<'order>(order: &'order Order, about: About<'_>, reader: Reader<'_>) -> &'order Delivery {
    let asked = match about {
        About::Turn { delivery } => order.delivery(delivery),
        About::Event(_) => None,
    };
    asked.or_else(|| order.waiting_for(reader.party)).unwrap_or_else(|| order.pressing())
}

fn turn(order: &Order, about: About<'_>, reader: Reader<'_>) -> String {
    let language = reader.language;
    let part = part_for(order, about, reader);
    let task = ("task", language.text(task_key(part)).to_owned());
    if part.turn().includes(reader.party) {
        return language.say("turn.you", &[task]);
    }
    let others: Vec<&str> =
        part.turn().parties().filter(|party| *party != Party::Provider).map(|party| order.name_of(party)).collect();
    if others.is_empty() {
        return language.text(if part.status == Status::Accepted { "turn.wait" } else { "turn.nobody" }).to_owned();
    }
    let names = others.join(&format!(" {} ", language.text("and")));
    language.say("turn.other", &[task, ("name", names)])
}

/// Until when, and what happens if nobody acts.
fn until(
    order: &Order,
    about: About<'_>,
    reader: Reader<'_>,
    values: &[(&str, String)],
    date: &dyn Fn(Moment) -> String,
) -> Option<String> {
    let language = reader.language;
    let (at, silence) = order.silence_about(part_for(order, about, reader).no)?;
    let until = language.say("until", &[("deadline", date(at))]);
    Some(format!("{until} {}", language.say(silence_key(silence), values)))
}

/// The amount that a text about an event names.
fn moved(event: &Event) -> Minor {
    match event {
        Event::Paid { amount_minor, .. }
        | Event::PaymentReturned { amount_minor, .. }
        | Event::MilestoneAdded { amount_minor, .. } => *amount_minor,
        Event::SettlementOffered { to_seller_minor, .. }
        | Event::SettlementAccepted { to_seller_minor, .. }
        | Event::Ruled { to_seller_minor, .. } => *to_seller_minor,
        Event::Released { flow, .. } => flow.seller,
        Event::Credited { flow, .. } => flow.buyer,
        Event::ChargedBack { held_minor, from_seller_minor, lost_minor, .. } => {
            held_minor + from_seller_minor + lost_minor
        }
        other => other.flow().buyer,
    }
}

/// What whoever has the turn must do, as a key of the words.
const fn task_key(part: &Delivery) -> &'static str {
    match part.status {
        Status::AwaitingPayment => "task.pay",
        Status::Funded => "task.send",
        Status::InTransit => "task.bring",
        Status::AwaitingResponse => "task.answer_delivery",
        Status::Rejected if part.second_attempt_offered => "task.answer_offer",
        Status::Rejected => "task.answer_rejection",
        Status::SecondAttempt => "task.deliver_again",
        Status::Returning if part.return_sent => "task.confirm_return",
        Status::Returning => "task.send_back",
        Status::Dispute => "task.settle",
        Status::UnderReview => "task.decide",
        _ => "task.wait",
    }
}

const fn silence_key(silence: Silence) -> &'static str {
    match silence {
        Silence::Released => "then.released",
        Silence::Refunded => "then.refunded",
        Silence::CalledOff => "then.called_off",
        Silence::SecondAttempt => "then.second_attempt",
        Silence::Review => "then.review",
        Silence::PartExpires => "then.part_expires",
        Silence::Expires => "then.expires",
        Silence::Accepted => "then.accepted",
        Silence::Nothing => "then.nothing",
    }
}
