//! Who someone is in one order, and who did something to it.

use serde::{Deserialize, Serialize};

use crate::domain::access::{Permission, Permissions};
use crate::domain::id::UserId;

/// A part that somebody plays in one order; one person may be buyer here and seller there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Pays, and accepts or rejects.
    Buyer,
    /// Delivers, and is paid.
    Seller,
    /// Courier or other service provider assigned to the order.
    Provider,
    /// Staff of the marketplace.
    Operator,
    /// The clock: what was agreed to happen when nobody acts.
    Clock,
    /// A payment gateway reporting what happened to money.
    Gateway,
}

impl Party {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 6] = [Self::Buyer, Self::Seller, Self::Provider, Self::Operator, Self::Clock, Self::Gateway];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Provider => "provider",
            Self::Operator => "operator",
            Self::Clock => "clock",
            Self::Gateway => "gateway",
        }
    }

    /// The word in a sentence: "the buyer".
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Buyer => "the buyer",
            Self::Seller => "the seller",
            Self::Provider => "the courier",
            Self::Operator => "the marketplace",
            Self::Clock => "the agreed clock",
            Self::Gateway => "the payment gateway",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|party| party.code() == code)
    }
}

/// Through which door a change came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A signed-in person on the screen.
    Screen,
    /// A link that was sent to somebody.
    SignedLink,
    /// A program with an API key, by the key's name.
    ApiKey,
    /// A deadline that passed.
    Clock,
    /// A payment gateway.
    Gateway,
    /// A shop whose orders come in.
    Channel,
    /// History that was read in from elsewhere.
    Import,
}

impl Source {
    /// Words for the timeline.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Screen => "on the screen",
            Self::SignedLink => "signed link",
            Self::ApiKey => "API key",
            Self::Clock => "clock",
            Self::Gateway => "gateway",
            Self::Channel => "channel",
            Self::Import => "imported",
        }
    }
}

/// Who acts: the part they play in this order, their name at that time, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The part they play.
    pub party: Party,
    /// The person, when it was one.
    pub user: Option<UserId>,
    /// The name to show on the timeline.
    pub name: String,
    /// The door.
    pub source: Source,
    /// What their role allows; the rules ask for one of these beside the part they play.
    pub permissions: Permissions,
    /// They also stand on another side of this very order, so they may not judge it.
    pub interested: bool,
}

impl Actor {
    /// Whether they set what the marketplace keeps and what holding costs: its finance, and nobody else.
    #[must_use]
    pub const fn sets_fees(&self) -> bool {
        matches!(self.party, Party::Operator) && self.permissions.has(Permission::Finance)
    }

    /// The clock itself.
    #[must_use]
    pub fn clock() -> Self {
        Self {
            party: Party::Clock,
            user: None,
            name: "Clock".to_owned(),
            source: Source::Clock,
            permissions: Permissions::ALL,
            interested: false,
        }
    }

    /// A payment gateway by its name.
    #[must_use]
    pub fn gateway(name: &str) -> Self {
        Self {
            party: Party::Gateway,
            user: None,
            name: name.to_owned(),
            source: Source::Gateway,
            permissions: Permissions::ALL,
            interested: false,
        }
    }
}
