//! Statuses of a delivery, how they roll up to the order's, and whose turn each means.

use serde::{Deserialize, Serialize};

use crate::domain::party::Party;

/// Where a delivery stands. The codes are stable: they are stored, sent and documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Placed, not yet paid.
    AwaitingPayment,
    /// Money is held; the seller prepares.
    Funded,
    /// On its way.
    InTransit,
    /// Handed over; the buyer accepts or rejects.
    AwaitingResponse,
    /// The buyer rejected; the seller answers.
    Rejected,
    /// Both agreed to deliver once more.
    SecondAttempt,
    /// Goods are on their way back.
    Returning,
    /// The seller contests; the parties negotiate.
    Dispute,
    /// The marketplace decides.
    UnderReview,
    /// Accepted; release waits for its delay.
    Accepted,
    /// All its money has left escrow.
    Completed,
    /// Called off before acceptance.
    Cancelled,
    /// Not paid in time.
    Expired,
    /// The payment was reversed by the buyer's bank.
    ChargedBack,
}

use Status::{
    Accepted, AwaitingPayment, AwaitingResponse, Cancelled, ChargedBack, Completed, Dispute, Expired, Funded,
    InTransit, Rejected, Returning, SecondAttempt, UnderReview,
};

/// The groups under which a list shows orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Under way.
    Open,
    /// In dispute or under review.
    Disputed,
    /// Over.
    Done,
}

impl Stage {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Disputed => "disputed",
            Self::Done => "done",
        }
    }
}

impl Status {
    /// All of them, in the order of the process.
    pub const ALL: [Self; 14] = [
        AwaitingPayment,
        Funded,
        InTransit,
        AwaitingResponse,
        Rejected,
        SecondAttempt,
        Returning,
        Dispute,
        UnderReview,
        Accepted,
        Completed,
        Cancelled,
        Expired,
        ChargedBack,
    ];

    /// The most pressing first: an order shows the first of these that one of its deliveries has.
    const PRESSING: [Self; 14] = [
        UnderReview,
        Dispute,
        Rejected,
        Returning,
        AwaitingResponse,
        InTransit,
        SecondAttempt,
        Funded,
        AwaitingPayment,
        Accepted,
        ChargedBack,
        Completed,
        Cancelled,
        Expired,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            AwaitingPayment => "awaiting_payment",
            Funded => "funded",
            InTransit => "in_transit",
            AwaitingResponse => "awaiting_response",
            Rejected => "rejected",
            SecondAttempt => "second_attempt",
            Returning => "returning",
            Dispute => "dispute",
            UnderReview => "under_review",
            Accepted => "accepted",
            Completed => "completed",
            Cancelled => "cancelled",
            Expired => "expired",
            ChargedBack => "charged_back",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            AwaitingPayment => "Awaiting payment",
            Funded => "Paid, to be sent",
            InTransit => "On its way",
            AwaitingResponse => "Delivered, awaiting response",
            Rejected => "Rejected",
            SecondAttempt => "Second attempt",
            Returning => "Coming back",
            Dispute => "In dispute",
            UnderReview => "Under review",
            Accepted => "Accepted",
            Completed => "Completed",
            Cancelled => "Cancelled",
            Expired => "Expired",
            ChargedBack => "Charged back",
        }
    }

    /// Whether nothing more can happen to money held for it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Completed | Cancelled | Expired | ChargedBack)
    }

    /// Whether money is held for a delivery in this status.
    #[must_use]
    pub const fn holds_money(self) -> bool {
        !self.is_over() && !matches!(self, AwaitingPayment)
    }

    /// Whether the parties are at odds and every other clock of the order stands still.
    #[must_use]
    pub const fn is_disputed(self) -> bool {
        matches!(self, Dispute | UnderReview)
    }

    /// The group under which lists show it.
    #[must_use]
    pub const fn stage(self) -> Stage {
        if self.is_over() {
            Stage::Done
        } else if self.is_disputed() {
            Stage::Disputed
        } else {
            Stage::Open
        }
    }

    /// The most pressing of several.
    #[must_use]
    pub fn most_pressing(statuses: impl Iterator<Item = Self>) -> Option<Self> {
        let rank = |status: &Self| Self::PRESSING.iter().position(|known| known == status);
        statuses.min_by_key(rank)
    }
}

/// The parties that must act next: none, one, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Turn(u8);

impl Turn {
    /// Nobody's: the clock carries it on, or it is over.
    pub const NOBODY: Self = Self(0);

    /// This party's.
    #[must_use]
    pub const fn of(party: Party) -> Self {
        Self(match party {
            Party::Buyer => 1,
            Party::Seller => 2,
            Party::Provider => 4,
            Party::Operator => 8,
            Party::Clock | Party::Gateway => 0,
        })
    }

    /// Either's.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this party must act.
    #[must_use]
    pub const fn includes(self, party: Party) -> bool {
        self.0 & Self::of(party).0 != 0
    }

    /// As it is stored: buyer 1, seller 2, provider 4, operator 8, added up.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From how it is stored.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 15)
    }

    /// The parties in it.
    pub fn parties(self) -> impl Iterator<Item = Party> {
        Party::ALL.into_iter().filter(move |party| self.includes(*party))
    }
}
