//! Who is told what: each event owes messages to the parties it concerns.

use serde::{Deserialize, Serialize};

use crate::domain::order::Order;
use crate::domain::order::event::Event;
use crate::domain::party::{Party, Source};
use crate::domain::timeline::ActorStamp;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
}

impl Channel {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

impl Channel {
    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|channel| channel.code() == code)
    }
}

/// The kind of a message that reminds somebody of their turn: the clock owes it, not an event.
pub const REMINDER: &str = "reminder";

/// Whether a kind of event owes a text message of its own beside the mail, so that the mail is not also sent as one.
#[must_use]
pub fn owes_text(kind: &str) -> bool {
    matches!(kind, "delivered" | "handed_over")
}

/// A message that an event owes to a party of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: Party,
    /// How.
    pub channel: Channel,
    /// The template: the event's code.
    pub kind: &'static str,
}

/// The messages that an event owes. Who did it is not told about it; imported history and tests tell nobody.
#[must_use]
pub fn messages(order: &Order, by: &ActorStamp, event: &Event) -> Vec<Message> {
    if by.source == Source::Import || order.is_test() {
        return Vec::new();
    }
    let concerned: &[Party] = match event {
        Event::Split { .. }
        | Event::Noted { .. }
        | Event::Tracked { .. }
        | Event::CommissionSet { .. }
        | Event::Accepted { .. } => &[],
        Event::Placed(_)
        | Event::PaymentReturned { .. }
        | Event::Dispatched { .. }
        | Event::Delivered { .. }
        | Event::HandedOver { .. }
        | Event::Missed { .. }
        | Event::ReturnReceived { .. }
        | Event::SecondAttemptOffered { .. } => &[Party::Buyer],
        Event::Paid { .. } | Event::ReturnSent { .. } | Event::SecondAttemptAgreed { .. } => &[Party::Seller],
        Event::ProviderSet { .. } => &[Party::Provider],
        Event::Escalated { .. } | Event::ChargedBack { .. } => &[Party::Buyer, Party::Seller, Party::Operator],
        _ => &[Party::Buyer, Party::Seller],
    };
    let mut owed: Vec<Message> = concerned
        .iter()
        .filter(|party| **party != by.party && (**party != Party::Provider || order.provider.is_some()))
        .map(|party| Message { to: *party, channel: Channel::Email, kind: event.code() })
        .collect();
    if matches!(event, Event::Delivered { .. } | Event::HandedOver { .. }) {
        owed.push(Message { to: Party::Buyer, channel: Channel::Sms, kind: event.code() });
    }
    owed
}
