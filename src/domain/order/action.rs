//! What somebody wants to do to an order: one verb, the same on every surface.

use serde::{Deserialize, Serialize};

use crate::domain::id::ProviderId;
use crate::domain::money::{Bps, Minor};
use crate::domain::order::terms::{Commission, Terms};
use crate::domain::order::{Item, RejectCode, Remedy, Share, ShareBearer};
use crate::domain::text;

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident $code:literal $label:literal;)*) => {
        /// The verbs of the order process; the code is the button, the path, the event and the template.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb { $($(#[$doc])* $name,)* }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The words on a button.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

verbs! {
    /// Money arrives for the order.
    Pay "pay" "Pay";
    /// Money that cannot be held goes back.
    ReturnPayment "return_payment" "Return the payment";
    /// The payment window ended.
    Expire "expire" "Expire";
    /// The goods leave.
    Dispatch "dispatch" "Dispatch";
    /// The goods were handed over.
    Deliver "deliver" "Mark delivered";
    /// Handed over against the buyer's code.
    HandOver "hand_over" "Hand over with code";
    /// The goods are right.
    Accept "accept" "Accept";
    /// The goods are not right.
    Reject "reject" "Reject";
    /// Silence after delivery.
    LapseInspection "lapse_inspection" "Inspection ends";
    /// The seller offers to deliver again.
    OfferSecondAttempt "offer_second_attempt" "Offer a second attempt";
    /// The buyer agrees to that.
    AgreeSecondAttempt "agree_second_attempt" "Agree to a second attempt";
    /// Silence on that offer.
    LapseOffer "lapse_offer" "Offer ends";
    /// The seller takes the goods back.
    TakeBack "take_back" "Take back";
    /// The buyer sends them.
    SendReturn "send_return" "Sent back";
    /// They arrived.
    ReceiveReturn "receive_return" "Return received";
    /// Silence in a return.
    LapseReturn "lapse_return" "Return ends";
    /// The seller disagrees.
    Contest "contest" "Contest";
    /// The seller's silence.
    LapseAnswer "lapse_answer" "Answer ends";
    /// Either offers to share the money.
    OfferSettlement "offer_settlement" "Offer a settlement";
    /// The other agrees.
    AcceptSettlement "accept_settlement" "Accept the settlement";
    /// The buyer gives up.
    Withdraw "withdraw" "Withdraw";
    /// The seller gives up.
    Concede "concede" "Concede";
    /// The marketplace is asked to decide.
    Escalate "escalate" "Ask the marketplace";
    /// It decides.
    Rule "rule" "Rule";
    /// Silence before delivery.
    LapseDelivery "lapse_delivery" "Delivery overdue";
    /// Called off.
    Cancel "cancel" "Cancel";
    /// Part of the money goes back while held.
    Refund "refund" "Refund";
    /// The money goes to the seller's side.
    Release "release" "Release";
    /// Money goes back after release.
    Credit "credit" "Credit";
    /// The buyer's bank took the payment back.
    ChargeBack "charge_back" "Charge back";
    /// Other items, before payment.
    EditItems "edit_items" "Change items";
    /// Other terms, before payment.
    EditTerms "edit_terms" "Change terms";
    /// Another commission.
    SetCommission "set_commission" "Set commission";
    /// Another provider, or none.
    SetProvider "set_provider" "Set courier";
    /// Where the parcel is.
    Track "track" "Track";
    /// A remark.
    Note "note" "Note";
    /// One more milestone of a project.
    AddMilestone "add_milestone" "Add a milestone";
}

impl Verb {
    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.code() == code)
    }
}

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
    },
    Accept {
        parts: Selection,
    },
    Reject {
        parts: Selection,
        code: RejectCode,
        text: text::Reason,
        remedy: Remedy,
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
            | Self::Track { delivery, .. } => *delivery,
            _ => None,
        }
    }
}
