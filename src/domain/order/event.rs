//! What happened to an order, in the past tense, with every amount that it moved: the truth of it.

use serde::{Deserialize, Serialize};

use crate::domain::id::{FileId, OrderId, Reference};
use crate::domain::money::{Bps, Currency, Minor};
use crate::domain::order::action::{Audience, Proof, Ruling, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::terms::{Commission, Terms};
use crate::domain::order::{AssignedProvider, Item, Parties, RejectCode, Remedy, Tracking};
use crate::domain::party::Party;
use crate::domain::time::Moment;

/// The order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its identity.
    pub id: OrderId,
    /// Its public number.
    pub reference: Reference,
    /// Who takes part.
    pub parties: Parties,
    /// The shop's own number for it.
    pub external_ref: Option<String>,
    /// Where it came from.
    pub channel: String,
    /// The one currency.
    pub currency: Currency,
    /// What was sold.
    pub items: Vec<Item>,
    /// What was offered.
    pub terms: Terms,
    /// Whether each item is a milestone of its own.
    pub milestones: bool,
    /// The courier, when there is one from the start.
    pub provider: Option<AssignedProvider>,
    /// The keyed digest of the buyer's handover code for all of it.
    pub handover_digest: String,
}

/// Money taken from one line, as it was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMoney {
    /// The item.
    pub item: u16,
    /// How many pieces of it leave the order with this; 0 when only its price is lowered.
    pub pieces: u32,
    /// How much of its amount, in minor units.
    pub amount_minor: Minor,
}

/// One event. `flow` is what left escrow with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is documented at its verb, each field by its type")]
pub enum Event {
    Placed(Box<Placed>),
    Paid {
        amount_minor: Minor,
        deliveries: Vec<u16>,
        gateway: String,
        payment_ref: String,
    },
    PaymentReturned {
        amount_minor: Minor,
        gateway: String,
        payment_ref: String,
    },
    Expired {
        delivery: u16,
    },
    /// Some pieces of a delivery became one of their own.
    Split {
        delivery: u16,
        into: u16,
        pieces: Vec<(u16, u32)>,
    },
    Dispatched {
        delivery: u16,
        tracking: Option<Tracking>,
    },
    Delivered {
        delivery: u16,
        proof: Proof,
    },
    HandedOver {
        delivery: u16,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    /// Brought, and nobody was there to take it.
    Missed {
        delivery: u16,
        text: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    Accepted {
        delivery: u16,
    },
    Rejected {
        delivery: u16,
        code: RejectCode,
        text: String,
        remedy: Remedy,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    /// Silence after delivery counted as acceptance.
    InspectionLapsed {
        delivery: u16,
    },
    SecondAttemptOffered {
        delivery: u16,
        text: Option<String>,
    },
    SecondAttemptAgreed {
        delivery: u16,
        text: Option<String>,
    },
    /// Silence on the offer of a second attempt let it stand.
    OfferLapsed {
        delivery: u16,
    },
    TakenBack {
        delivery: u16,
        goods_are_back: bool,
    },
    ReturnSent {
        delivery: u16,
        tracking: Option<Tracking>,
    },
    ReturnReceived {
        delivery: u16,
    },
    /// Goods were not sent back in time: the delivery counts as accepted.
    ReturnLapsed {
        delivery: u16,
    },
    Contested {
        delivery: u16,
        statement: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<FileId>,
    },
    SettlementOffered {
        delivery: u16,
        by: Party,
        to_seller_minor: Minor,
        text: Option<String>,
    },
    SettlementAccepted {
        delivery: u16,
        to_seller_minor: Minor,
        flow: Flow,
    },
    Withdrawn {
        delivery: u16,
        text: Option<String>,
    },
    Conceded {
        delivery: u16,
        text: Option<String>,
        flow: Flow,
    },
    Escalated {
        delivery: u16,
        text: Option<String>,
    },
    Ruled {
        delivery: u16,
        ruling: Ruling,
        to_seller_minor: Minor,
        reasons: String,
        flow: Flow,
    },
    Cancelled {
        delivery: u16,
        reason: String,
        flow: Flow,
    },
    /// The clock called off what was not delivered in time.
    DeliveryLapsed {
        delivery: u16,
        flow: Flow,
    },
    /// All that is held for a delivery went back, because of the event before it or of silence.
    RefundedInFull {
        delivery: u16,
        because: Verb,
        flow: Flow,
    },
    /// A part went back while the rest stays held.
    Refunded {
        delivery: u16,
        lines: Vec<LineMoney>,
        reason: String,
        flow: Flow,
    },
    Released {
        delivery: u16,
        flow: Flow,
    },
    /// Money went back after release: `flow.buyer` to the buyer, the others negative.
    Credited {
        delivery: u16,
        lines: Vec<LineMoney>,
        reason: String,
        flow: Flow,
    },
    /// The bank took the payment back; `flow` is what was still held, `from_seller` what the seller had received.
    ChargedBack {
        gateway: String,
        payment_ref: String,
        reason: String,
        held_minor: Minor,
        from_seller_minor: Minor,
        lost_minor: Minor,
    },
    ItemsEdited {
        items: Vec<Item>,
    },
    TermsEdited {
        terms: Terms,
    },
    CommissionSet {
        commission: Commission,
    },
    ProviderSet {
        provider: Option<AssignedProvider>,
    },
    Tracked {
        delivery: u16,
        tracking: Tracking,
        checkpoint: Option<String>,
    },
    Noted {
        text: String,
        audience: Audience,
    },
    MilestoneAdded {
        title: String,
        amount_minor: Minor,
        due_at: Option<Moment>,
        commission: Option<Bps>,
    },
}

impl Event {
    /// The stable name of its type, a verb in the past tense.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Placed(_) => "placed",
            Self::Paid { .. } => "paid",
            Self::PaymentReturned { .. } => "payment_returned",
            Self::Expired { .. } => "expired",
            Self::Split { .. } => "split",
            Self::Dispatched { .. } => "dispatched",
            Self::Delivered { .. } => "delivered",
            Self::HandedOver { .. } => "handed_over",
            Self::Missed { .. } => "missed",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::InspectionLapsed { .. } => "inspection_lapsed",
            Self::SecondAttemptOffered { .. } => "second_attempt_offered",
            Self::SecondAttemptAgreed { .. } => "second_attempt_agreed",
            Self::OfferLapsed { .. } => "offer_lapsed",
            Self::TakenBack { .. } => "taken_back",
            Self::ReturnSent { .. } => "return_sent",
            Self::ReturnReceived { .. } => "return_received",
            Self::ReturnLapsed { .. } => "return_lapsed",
            Self::Contested { .. } => "contested",
            Self::SettlementOffered { .. } => "settlement_offered",
            Self::SettlementAccepted { .. } => "settlement_accepted",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Conceded { .. } => "conceded",
            Self::Escalated { .. } => "escalated",
            Self::Ruled { .. } => "ruled",
            Self::Cancelled { .. } => "cancelled",
            Self::DeliveryLapsed { .. } => "delivery_lapsed",
            Self::RefundedInFull { .. } => "refunded_in_full",
            Self::Refunded { .. } => "refunded",
            Self::Released { .. } => "released",
            Self::Credited { .. } => "credited",
            Self::ChargedBack { .. } => "charged_back",
            Self::ItemsEdited { .. } => "items_edited",
            Self::TermsEdited { .. } => "terms_edited",
            Self::CommissionSet { .. } => "commission_set",
            Self::ProviderSet { .. } => "provider_set",
            Self::Tracked { .. } => "tracked",
            Self::Noted { .. } => "noted",
            Self::MilestoneAdded { .. } => "milestone_added",
        }
    }

    /// The photos and signatures that prove it.
    #[must_use]
    pub fn photos(&self) -> &[FileId] {
        match self {
            Self::Delivered { proof: Proof { photos, .. }, .. }
            | Self::HandedOver { photos, .. }
            | Self::Missed { photos, .. }
            | Self::Rejected { photos, .. }
            | Self::Contested { evidence: photos, .. } => photos,
            _ => &[],
        }
    }

    /// Whether who plays this part in the order may know of it.
    #[must_use]
    pub fn is_for(&self, party: Party) -> bool {
        match self {
            Self::Noted { audience: Audience::Operators, .. } => party == Party::Operator,
            Self::Noted { audience: Audience::Sellers, .. } => matches!(party, Party::Operator | Party::Seller),
            _ => true,
        }
    }

    /// What left escrow with it.
    #[must_use]
    pub const fn flow(&self) -> Flow {
        match self {
            Self::SettlementAccepted { flow, .. }
            | Self::Conceded { flow, .. }
            | Self::Ruled { flow, .. }
            | Self::Cancelled { flow, .. }
            | Self::DeliveryLapsed { flow, .. }
            | Self::RefundedInFull { flow, .. }
            | Self::Refunded { flow, .. }
            | Self::Released { flow, .. } => *flow,
            _ => Flow::ZERO,
        }
    }
}
