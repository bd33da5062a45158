//! What somebody wants to do to an order: one verb, the same on every surface.

use serde::{Deserialize, Serialize};

use crate::domain::id::{FileId, ProviderId};
use crate::domain::money::{Bps, Minor};
use crate::domain::order::terms::{Commission, Terms};
pub use crate::domain::order::verb::Verb;
use crate::domain::order::{Item, RejectCode, Remedy, Share, ShareBearer};
use crate::domain::text;

/// Which part of an order is meant: one delivery or, without, each to which the action applies;
/// and of it some pieces or, without, all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The delivery's number.
    pub delivery: Option<u16>,
    /// Item number and how many of it.
    pub items: Vec<(u16, u32)>,
}

impl Selection {
    /// One whole delivery.
    #[must_use]
    pub const fn whole(delivery: u16) -> Self {
        Self { delivery: Some(delivery), items: Vec::new() }
    }
}

/// How it is known that goods were handed over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proof {
    /// Words of whoever delivered.
    pub text: Option<text::Note>,
    /// The point of sale where it was handed out.
    pub point_of_sale: Option<text::Label>,
    /// Whom it was given to.
    pub recipient: Option<text::DisplayName>,
    /// Photos of it, and the signature of whoever took it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<FileId>,
}

/// How an operator decides a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// All to the seller's side.
    Release,
    /// All back to the buyer.
    Refund,
    /// This much to the seller's side, in minor units.
    Split(Minor),
}

/// How much goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowMuch {
    /// An amount in minor units, over all lines.
    Amount(Minor),
    /// What these pieces cost, from their own lines.
    Items(Vec<(u16, u32)>),
}

/// Who may read a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every party of the order.
    Everyone,
    /// The seller's side and the marketplace.
    Sellers,
    /// The marketplace alone.
    Operators,
}

/// An action with all that it needs. Texts have been parsed; amounts are minor units of the order's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is documented at its verb, each field by its type")]
pub enum Action {
    Pay {
        amount_minor: Minor,
        gateway: String,
        payment_ref: String,
    },
    ReturnPayment {
        amount_minor: Minor,
        gateway: String,
        payment_ref: String,
    },
    Dispatch {
        parts: Selection,
        carrier: Option<text::Label>,
        tracking: Option<text::Label>,
    },
    Deliver {
        parts: Selection,
        proof: Proof,
    },
    HandOver {
        parts: Selection,
        code_digest: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    Accept {
        parts: Selection,
    },
    Reject {
        parts: Selection,
        code: RejectCode,
        text: text::Reason,
        remedy: Remedy,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    OfferSecondAttempt {
        delivery: Option<u16>,
        text: Option<text::Note>,
    },
    AgreeSecondAttempt {
        delivery: Option<u16>,
        text: Option<text::Note>,
    },
    TakeBack {
        delivery: Option<u16>,
        goods_are_back: bool,
    },
    SendReturn {
        delivery: Option<u16>,
        carrier: Option<text::Label>,
        tracking: Option<text::Label>,
    },
    ReceiveReturn {
        delivery: Option<u16>,
    },
    Contest {
        delivery: Option<u16>,
        statement: text::Reason,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<FileId>,
    },
    OfferSettlement {
        delivery: Option<u16>,
        to_seller_minor: Minor,
        text: Option<text::Note>,
    },
    AcceptSettlement {
        delivery: Option<u16>,
        to_seller_minor: Minor,
    },
    Withdraw {
        delivery: Option<u16>,
        text: Option<text::Note>,
    },
    Concede {
        delivery: Option<u16>,
        text: Option<text::Note>,
    },
    Escalate {
        delivery: Option<u16>,
        text: Option<text::Note>,
    },
    Rule {
        delivery: Option<u16>,
        ruling: Ruling,
        reasons: text::Reason,
    },
    Cancel {
        delivery: Option<u16>,
        reason: text::Reason,
    },
    Refund {
        delivery: Option<u16>,
        how_much: HowMuch,
        reason: text::Reason,
    },
    Credit {
        delivery: Option<u16>,
        how_much: HowMuch,
        reason: text::Reason,
    },
    ChargeBack {
        gateway: String,
        payment_ref: String,
        reason: text::Reason,
    },
    EditItems {
        items: Vec<Item>,
    },
    EditTerms {
        terms: Terms,
    },
    SetCommission {
        commission: Commission,
    },
    SetProvider {
        provider: Option<(ProviderId, text::DisplayName, Share, ShareBearer)>,
    },
    Track {
        delivery: Option<u16>,
        carrier: text::Label,
        tracking: text::Label,
        checkpoint: Option<text::Note>,
    },
    Miss {
        delivery: Option<u16>,
        text: Option<text::Note>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<FileId>,
    },
    Note {
        text: text::Note,
        audience: Audience,
    },
    AddMilestone {
        title: text::ItemTitle,
        amount_minor: Minor,
        due_at: Option<crate::domain::time::Moment>,
        commission: Option<Bps>,
    },
    /// What the clock owes: one of the verbs that stand for silence.
    Lapse {
        verb: Verb,
    },
}

impl Action {
    /// Its verb.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Pay { .. } => Verb::Pay,
            Self::ReturnPayment { .. } => Verb::ReturnPayment,
            Self::Dispatch { .. } => Verb::Dispatch,
            Self::Deliver { .. } => Verb::Deliver,
            Self::HandOver { .. } => Verb::HandOver,
            Self::Accept { .. } => Verb::Accept,
            Self::Reject { .. } => Verb::Reject,
            Self::OfferSecondAttempt { .. } => Verb::OfferSecondAttempt,
            Self::AgreeSecondAttempt { .. } => Verb::AgreeSecondAttempt,
            Self::TakeBack { .. } => Verb::TakeBack,
            Self::SendReturn { .. } => Verb::SendReturn,
            Self::ReceiveReturn { .. } => Verb::ReceiveReturn,
            Self::Contest { .. } => Verb::Contest,
            Self::OfferSettlement { .. } => Verb::OfferSettlement,
            Self::AcceptSettlement { .. } => Verb::AcceptSettlement,
            Self::Withdraw { .. } => Verb::Withdraw,
            Self::Concede { .. } => Verb::Concede,
            Self::Escalate { .. } => Verb::Escalate,
            Self::Rule { .. } => Verb::Rule,
            Self::Cancel { .. } => Verb::Cancel,
            Self::Refund { .. } => Verb::Refund,
            Self::Credit { .. } => Verb::Credit,
            Self::ChargeBack { .. } => Verb::ChargeBack,
            Self::EditItems { .. } => Verb::EditItems,
            Self::EditTerms { .. } => Verb::EditTerms,
            Self::SetCommission { .. } => Verb::SetCommission,
            Self::SetProvider { .. } => Verb::SetProvider,
            Self::Track { .. } => Verb::Track,
            Self::Miss { .. } => Verb::Miss,
            Self::Note { .. } => Verb::Note,
            Self::AddMilestone { .. } => Verb::AddMilestone,
            Self::Lapse { verb } => *verb,
        }
    }

    /// The delivery that it names, when it names one.
    #[must_use]
    pub const fn delivery(&self) -> Option<u16> {
        match self {
            Self::Dispatch { parts, .. }
            | Self::Deliver { parts, .. }
            | Self::HandOver { parts, .. }
            | Self::Accept { parts }
            | Self::Reject { parts, .. } => parts.delivery,
            Self::OfferSecondAttempt { delivery, .. }
            | Self::AgreeSecondAttempt { delivery, .. }
            | Self::TakeBack { delivery, .. }
            | Self::SendReturn { delivery, .. }
            | Self::ReceiveReturn { delivery }
            | Self::Contest { delivery, .. }
            | Self::OfferSettlement { delivery, .. }
            | Self::AcceptSettlement { delivery, .. }
            | Self::Withdraw { delivery, .. }
            | Self::Concede { delivery, .. }
            | Self::Escalate { delivery, .. }
            | Self::Rule { delivery, .. }
            | Self::Cancel { delivery, .. }
            | Self::Refund { delivery, .. }
            | Self::Credit { delivery, .. }
            | Self::Track { delivery, .. }
            | Self::Miss { delivery, .. } => *delivery,
            _ => None,
        }
    }

    /// The action with these photos as its proof; nothing where the verb takes none.
    #[must_use]
    pub fn with_photos(mut self, ids: Vec<FileId>) -> Option<Self> {
        match &mut self {
            Self::Deliver { proof: Proof { photos, .. }, .. }
            | Self::HandOver { photos, .. }
            | Self::Reject { photos, .. }
            | Self::Contest { evidence: photos, .. }
            | Self::Miss { photos, .. } => *photos = ids,
            _ if ids.is_empty() => {}
            _ => return None,
        }
        Some(self)
    }
}
