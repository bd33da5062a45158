//! Why not: a stable code and a sentence that a person can act on.

use crate::domain::error::{Error, FieldError, Kind};
use crate::domain::money::Money;
use crate::domain::order::action::Verb;
use crate::domain::order::status::Status;
use crate::domain::party::Party;

/// Why an action is not carried out. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says itself in its sentence")]
pub enum Refusal {
    NotYourTurn { verb: Verb, party: Party },
    NotPermitted { verb: Verb },
    NotAllowedInStatus { verb: Verb, status: Status },
    NotDue { verb: Verb },
    UnknownDelivery { delivery: u16 },
    UnknownItem { item: u16 },
    TooManyPieces { item: u16, there_are: u32 },
    NameOneDelivery { verb: Verb },
    AttemptsUsedUp { most: u8 },
    AlreadyOffered,
    NothingOffered,
    OwnOffer,
    OfferChanged { now: Money },
    AmountNotPositive { field: &'static str },
    AmountTooLarge { field: &'static str },
    AmountExceedsHeld { field: &'static str, held: Money },
    AmountExceedsReleased { released: Money },
    WrongPayment { due: Money, came: Money },
    PaymentKnown,
    WrongHandoverCode,
    InDispute,
    PastDeadline,
    PastRefundTime,
    PartyOfTheOrder,
    NotOverdue,
    BadItems { message: &'static str },
    BadItem { item: u16, part: &'static str, message: &'static str },
    BadTerms { field: &'static str, message: &'static str },
    FeesAreTheMarketplaces { field: &'static str },
    NotAProject,
    TooManyDeliveries,
    TimelineFull { verb: Verb },
}

/// Every stable code, for whoever documents them.
pub const CODES: [&str; 31] = [
    "not_your_turn",
    "not_permitted",
    "not_allowed_in_status",
    "not_due",
    "unknown_delivery",
    "unknown_item",
    "too_many_pieces",
    "name_one_delivery",
    "attempts_used_up",
    "already_offered",
    "nothing_offered",
    "own_offer",
    "offer_changed",
    "amount_not_positive",
    "amount_too_large",
    "amount_exceeds_held",
    "amount_exceeds_released",
    "wrong_payment",
    "payment_known",
    "wrong_handover_code",
    "in_dispute",
    "past_deadline",
    "past_refund_time",
    "party_of_the_order",
    "not_overdue",
    "bad_items",
    "bad_terms",
    "fees_are_the_marketplaces",
    "not_a_project",
    "too_many_deliveries",
    "timeline_full",
];

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYourTurn { .. } => "not_your_turn",
            Self::NotPermitted { .. } => "not_permitted",
            Self::NotAllowedInStatus { .. } => "not_allowed_in_status",
            Self::NotDue { .. } => "not_due",
            Self::UnknownDelivery { .. } => "unknown_delivery",
            Self::UnknownItem { .. } => "unknown_item",
            Self::TooManyPieces { .. } => "too_many_pieces",
            Self::NameOneDelivery { .. } => "name_one_delivery",
            Self::AttemptsUsedUp { .. } => "attempts_used_up",
            Self::AlreadyOffered => "already_offered",
            Self::NothingOffered => "nothing_offered",
            Self::OwnOffer => "own_offer",
            Self::OfferChanged { .. } => "offer_changed",
            Self::AmountNotPositive { .. } => "amount_not_positive",
            Self::AmountTooLarge { .. } => "amount_too_large",
            Self::AmountExceedsHeld { .. } => "amount_exceeds_held",
            Self::AmountExceedsReleased { .. } => "amount_exceeds_released",
            Self::WrongPayment { .. } => "wrong_payment",
            Self::PaymentKnown => "payment_known",
            Self::WrongHandoverCode => "wrong_handover_code",
            Self::InDispute => "in_dispute",
            Self::PastDeadline => "past_deadline",
            Self::PastRefundTime => "past_refund_time",
            Self::PartyOfTheOrder => "party_of_the_order",
            Self::NotOverdue => "not_overdue",
            Self::BadItems { .. } | Self::BadItem { .. } => "bad_items",
            Self::BadTerms { .. } => "bad_terms",
            Self::FeesAreTheMarketplaces { .. } => "fees_are_the_marketplaces",
            Self::NotAProject => "not_a_project",
            Self::TooManyDeliveries => "too_many_deliveries",
            Self::TimelineFull { .. } => "timeline_full",
        }
    }

    /// The sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotYourTurn { verb, party } => format!("“{}” is not for {} to do.", verb.label(), party.word()),
            Self::NotPermitted { verb } => {
                format!("Your role does not include “{}”. Ask an administrator for a role that does.", verb.label())
            }
            Self::NotAllowedInStatus { verb, status } => {
                format!("“{}” is not possible now: this is {}.", verb.label(), status.label().to_lowercase())
            }
            Self::NotDue { verb } => format!("“{}” is not due yet.", verb.label()),
            Self::UnknownDelivery { delivery } => format!("This order has no delivery {delivery}."),
            Self::UnknownItem { item } => format!("Item {item} is not in this delivery."),
            Self::TooManyPieces { item, there_are } => {
                format!("There are {there_are} pieces of item {item} in this delivery; choose from 1 to {there_are}.")
            }
            Self::NameOneDelivery { verb } => format!("Say which delivery “{}” is for.", verb.label()),
            Self::AttemptsUsedUp { most } => {
                format!("The agreed {most} attempts are used up. Take the goods back, contest, or settle.")
            }
            Self::AlreadyOffered => "A second attempt is offered already; the buyer has to answer.".to_owned(),
            Self::NothingOffered => "There is no open offer to agree to.".to_owned(),
            Self::OwnOffer => "This is your own offer; the other side has to answer it.".to_owned(),
            Self::OfferChanged { now } => {
                format!("The offer has changed: it is now {now} to the seller. Look again before you accept.")
            }
            Self::AmountNotPositive { .. } => "The amount must be more than nothing.".to_owned(),
            Self::AmountTooLarge { .. } => "The amount is larger than one order may be worth.".to_owned(),
            Self::AmountExceedsHeld { held, .. } => format!("Only {held} is held here."),
            Self::AmountExceedsReleased { released } => format!("Only {released} was released and can be credited."),
            Self::WrongPayment { due, came } => format!("{due} is due, but {came} came. It is sent back."),
            Self::PaymentKnown => "This payment is in the books already.".to_owned(),
            Self::WrongHandoverCode => "This is not the buyer's handover code. Ask them to read it again.".to_owned(),
            Self::InDispute => {
                "A part of this order is in dispute: until it is settled, nothing else moves its money.".to_owned()
            }
            Self::PastDeadline => "The time for this is over.".to_owned(),
            Self::PastRefundTime => {
                "The time to cancel for money is over; the agreed remedy is replacement.".to_owned()
            }
            Self::PartyOfTheOrder => "You take part in this order yourself; somebody else has to rule.".to_owned(),
            Self::NotOverdue => "It is on its way and not overdue. Accept or reject it when it arrives.".to_owned(),
            Self::BadItems { message } | Self::BadItem { message, .. } | Self::BadTerms { message, .. } => {
                (*message).to_owned()
            }
            Self::FeesAreTheMarketplaces { .. } => {
                "What the marketplace keeps and what holding costs are set by its finance alone.".to_owned()
            }
            Self::NotAProject => "Only a project has milestones.".to_owned(),
            Self::TooManyDeliveries => "This order is split into as many deliveries as it can have.".to_owned(),
            Self::TimelineFull { verb } => {
                format!(
                    "This order’s timeline is full: “{}” is not possible any more, only what brings it to its end.",
                    verb.label()
                )
            }
        }
    }

    /// The field that it is about, when it is about one.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::AmountNotPositive { field }
            | Self::AmountTooLarge { field }
            | Self::AmountExceedsHeld { field, .. }
            | Self::BadTerms { field, .. }
            | Self::FeesAreTheMarketplaces { field } => Some(field),
            Self::AmountExceedsReleased { .. } | Self::WrongPayment { .. } => Some("amount"),
            Self::UnknownDelivery { .. } | Self::NameOneDelivery { .. } => Some("delivery"),
            Self::UnknownItem { .. } | Self::TooManyPieces { .. } | Self::BadItems { .. } | Self::BadItem { .. } => {
                Some("items")
            }
            Self::WrongHandoverCode => Some("code"),
            _ => None,
        }
    }
}

impl Refusal {
    /// The same as exactly as it is known, as forms name it: `quantity.4` of what is sold, `item.4` of what is chosen.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::BadItem { item, part, .. } => Some(format!("{part}.{item}")),
            Self::UnknownItem { item } | Self::TooManyPieces { item, .. } => Some(format!("item.{item}")),
            _ => self.field().map(str::to_owned),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotPermitted { .. } | Refusal::NotYourTurn { .. } | Refusal::PartyOfTheOrder => Kind::Forbidden,
            _ if refusal.field().is_some() => Kind::Invalid,
            _ => Kind::Conflict,
        };
        let mut error = Self::new(kind, refusal.code(), refusal.sentence());
        if let Some(field) = refusal.place() {
            error.fields.push(FieldError { field, message: refusal.sentence() });
        }
        error
    }
}
