//! How a person wants to be told: about which topic by which way, in which language, and when not.

use serde::{Deserialize, Serialize};

use crate::domain::notice::Channel;
use crate::domain::words::Language;

#[cfg(test)]
mod tests;

/// What messages are about, as people choose among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Placed, changed, called off.
    Orders,
    /// Delivered: to be accepted or rejected.
    Arrival,
    /// On its way, tried again, sent back.
    Delivery,
    /// Rejections, disputes, settlements.
    Disputes,
    /// A turn that was not taken yet.
    Reminders,
    /// Money that was paid, released or given back.
    Money,
    /// Accounts, passwords, invitations.
    Security,
}

impl Topic {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Orders, Self::Arrival, Self::Delivery, Self::Disputes, Self::Reminders, Self::Money, Self::Security];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Arrival => "arrival",
            Self::Delivery => "delivery",
            Self::Disputes => "disputes",
            Self::Reminders => "reminders",
            Self::Money => "money",
            Self::Security => "security",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.code() == code)
    }

    /// The words for people: a name, and what belongs to it.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Orders => ("Orders", "placed, changed, called off"),
            Self::Arrival => ("Arrival", "delivered: accept or reject"),
            Self::Delivery => ("Delivery", "on its way, tried again, sent back"),
            Self::Disputes => ("Disputes", "rejections, settlements, decisions asked for"),
            Self::Reminders => ("Reminders", "a turn that was not taken yet"),
            Self::Money => ("Money", "paid, released, given back"),
            Self::Security => ("Security", "account, password, invitations"),
        }
    }

    /// What a message of this kind is about.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "delivered" | "handed_over" => Self::Arrival,
            "dispatched"
            | "missed"
            | "second_attempt_offered"
            | "second_attempt_agreed"
            | "offer_lapsed"
            | "taken_back"
            | "return_sent"
            | "return_received"
            | "return_lapsed"
            | "inspection_lapsed"
            | "provider_set" => Self::Delivery,
            "rejected" | "contested" | "settlement_offered" | "withdrawn" | "escalated" => Self::Disputes,
            "reminder" => Self::Reminders,
            "paid"
            | "payment_returned"
            | "released"
            | "refunded"
            | "refunded_in_full"
            | "credited"
            | "charged_back"
            | "settlement_accepted"
            | "conceded"
            | "ruled"
            | "delivery_lapsed" => Self::Money,
            "confirm_sign_up" | "already_registered" | "reset_password" | "password_changed" | "invitation" => {
                Self::Security
            }
            _ => Self::Orders,
        }
    }

    /// Whether it is told by mail whatever somebody chose, and at any hour.
    #[must_use]
    pub const fn always_told(self) -> bool {
        matches!(self, Self::Money | Self::Security)
    }

    /// The ways that hold until somebody chooses.
    #[must_use]
    pub const fn usual_ways(self) -> Ways {
        Ways { email: true, sms: matches!(self, Self::Arrival), app: true }
    }
}

/// By which ways somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// By mail.
    pub email: bool,
    /// By text message.
    pub sms: bool,
    /// On the screen.
    pub app: bool,
}

impl Ways {
    /// These ways as they hold for a topic: what is always told is told by mail and on the screen.
    #[must_use]
    pub const fn held(self, topic: Topic) -> Self {
        if topic.always_told() { Self { email: true, sms: self.sms, app: true } } else { self }
    }

    /// Whether this way is one of them.
    #[must_use]
    pub const fn include(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}

/// The minutes of the day between which nothing comes that can wait; none when both are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quiet {
    /// From this minute of the day, inclusive.
    pub from: u16,
    /// To this minute of the day, exclusive; before `from` when a midnight lies between them.
    pub to: u16,
}

impl Quiet {
    /// Whether it is quiet in this minute of the day.
    #[must_use]
    pub const fn holds_at(self, minute: u16) -> bool {
        if self.from <= self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// A minute of the day as `22:30`.
    #[must_use]
    pub fn clock(minute: u16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// Reads `22:30`.
    #[must_use]
    pub fn minute(text: &str) -> Option<u16> {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    }
}

/// All that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// The language of mails and text messages.
    pub language: Language,
    /// When nothing comes that can wait.
    pub quiet: Quiet,
    /// The ways of each topic.
    pub ways: Vec<(Topic, Ways)>,
}
