//! What a buyer sees before, while and after paying, and why a card was refused: the same words on every surface.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::error::{Error, FieldError, Kind};
use crate::domain::id::Reference;
use crate::domain::money::Money;
use crate::domain::order::status::Status;
use crate::domain::order::terms::Terms;
use crate::domain::time::Moment;

/// Where the paying of an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It can be paid now.
    Due,
    /// A gateway was asked and has not answered: nobody may ask again until it has.
    Unknown {
        /// Since when.
        since: Moment,
        /// How much was asked for.
        amount: Money,
        /// The last digits of the card.
        card_last4: String,
    },
    /// It is paid, and the money is held.
    Held,
    /// It could be paid, but there is no gateway here that takes real orders.
    NoGateway,
    /// The time to pay is over.
    Late,
    /// The order is over.
    Over(Status),
}

/// An order as whoever holds its payment link sees it: what it is, what it costs, what was agreed. No names of buyers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The public number.
    pub reference: Reference,
    /// What it is for, in a line.
    pub title: String,
    /// Who is paid in the end.
    pub seller: String,
    /// Where it was bought.
    pub marketplace: String,
    /// What is paid for now, line by line.
    pub lines: Vec<(String, Money)>,
    /// What is due now; what was paid when nothing is due.
    pub amount: Money,
    /// What was agreed.
    pub terms: Terms,
    /// What the payer agrees to, in short: with other goods or terms it is another one.
    pub agreed: String,
    /// Until when it can be paid.
    pub pay_until: Moment,
    /// Where the paying stands.
    pub stage: Stage,
    /// An earlier payment that could not be held and goes back.
    pub returned: Option<Money>,
    /// Under which key the next attempt is made; the same form sent twice is one attempt.
    pub key: Uuid,
    /// Whether the reader is signed in as the buyer.
    pub is_buyer: bool,
    /// The present instant on the server.
    pub now: Moment,
    /// The time zone to read instants in.
    pub time_zone: String,
}

/// Why no money was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// The bank says no and does not say why.
    Declined,
    /// There is not enough money behind the card.
    InsufficientFunds,
    /// The sandbox only knows its test cards.
    NotATestCard,
    /// The gateway was never asked: we broke off before.
    NotAsked,
}

impl Decline {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Declined, Self::InsufficientFunds, Self::NotATestCard, Self::NotAsked];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Declined => "card_declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::NotATestCard => "not_a_test_card",
            Self::NotAsked => "not_asked",
        }
    }

    /// Reads a stable code; one that nobody knows is a plain no.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|decline| decline.code() == code).unwrap_or(Self::Declined)
    }

    /// What to do about it.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Declined => "The bank declined this card. Nothing was taken. Try another card, or ask your bank.",
            Self::InsufficientFunds => "There is not enough money on this card. Nothing was taken. Try another card.",
            Self::NotATestCard => "The sandbox takes only the test cards listed below the form. Nothing was taken.",
            Self::NotAsked => "The payment broke off before the bank was asked. Nothing was taken. Please try again.",
        }
    }
}

impl From<Decline> for Error {
    fn from(decline: Decline) -> Self {
        let mut error = Self::new(Kind::Invalid, decline.code(), decline.sentence());
        error.fields.push(FieldError { field: "card_number".to_owned(), message: "Try another card.".to_owned() });
        error
    }
}
