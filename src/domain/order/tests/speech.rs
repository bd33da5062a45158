//! The words of the plays: each action with the plainest input, so that a story reads as a list.

use uuid::Uuid;

use crate::domain::id::ProviderId;
use crate::domain::money::Minor;
use crate::domain::order::action::{Action, Audience, HowMuch, Proof, Ruling, Selection, Verb};
use crate::domain::order::terms::Commission;
use crate::domain::order::tests::stage::CODE;
use crate::domain::order::{Order, RejectCode, Remedy, Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::text::{DisplayName, ItemTitle, Label, Note, Reason};

fn reason() -> Reason {
    Reason::parse("As the photo shows").expect("a reason")
}

fn label() -> Label {
    Label::parse("GIG-1").expect("a label")
}

pub(super) fn pay(amount_minor: Minor) -> Action {
    pay_with("p1", amount_minor)
}

pub(super) fn pay_with(payment_ref: &str, amount_minor: Minor) -> Action {
    let (gateway, payment_ref) = ("sandbox".to_owned(), payment_ref.to_owned());
    Action::Pay { amount_minor, gateway, payment_ref }
}

pub(super) fn return_payment(payment_ref: &str, amount_minor: Minor) -> Action {
    let (gateway, payment_ref) = ("sandbox".to_owned(), payment_ref.to_owned());
    Action::ReturnPayment { amount_minor, gateway, payment_ref }
}

pub(super) fn charge_back(payment_ref: &str) -> Action {
    let (gateway, payment_ref) = ("sandbox".to_owned(), payment_ref.to_owned());
    Action::ChargeBack { gateway, payment_ref, reason: reason() }
}

/// Some pieces of a delivery; without pieces, all of it; without a number, each that fits.
pub(super) fn some(delivery: Option<u16>, items: &[(u16, u32)]) -> Selection {
    Selection { delivery, items: items.to_vec() }
}

pub(super) fn all() -> Selection {
    Selection::default()
}

pub(super) fn dispatch(parts: Selection) -> Action {
    Action::Dispatch { parts, carrier: Some(label()), tracking: Some(label()) }
}

pub(super) fn deliver(parts: Selection) -> Action {
    Action::Deliver { parts, proof: Proof::default() }
}

pub(super) fn hand_over(code: &str) -> Action {
    Action::HandOver { parts: all(), code_digest: code.to_owned(), photos: Vec::new() }
}

pub(super) fn accept(parts: Selection) -> Action {
    Action::Accept { parts }
}

pub(super) fn reject(parts: Selection) -> Action {
    reject_wishing(parts, Remedy::Refund)
}

pub(super) fn reject_wishing(parts: Selection, remedy: Remedy) -> Action {
    Action::Reject { parts, code: RejectCode::Damaged, text: reason(), remedy, photos: Vec::new() }
}

pub(super) fn cancel(delivery: Option<u16>) -> Action {
    Action::Cancel { delivery, reason: reason() }
}

pub(super) fn take_back(goods_are_back: bool) -> Action {
    Action::TakeBack { delivery: None, goods_are_back }
}

pub(super) fn offer_settlement(delivery: Option<u16>, to_seller_minor: Minor) -> Action {
    Action::OfferSettlement { delivery, to_seller_minor, text: None }
}

pub(super) fn accept_settlement(delivery: Option<u16>, to_seller_minor: Minor) -> Action {
    Action::AcceptSettlement { delivery, to_seller_minor }
}

pub(super) fn rule(delivery: Option<u16>, ruling: Ruling) -> Action {
    Action::Rule { delivery, ruling, reasons: reason() }
}

pub(super) fn refund(delivery: Option<u16>, how_much: HowMuch) -> Action {
    Action::Refund { delivery, how_much, reason: reason() }
}

pub(super) fn credit(delivery: Option<u16>, how_much: HowMuch) -> Action {
    Action::Credit { delivery, how_much, reason: reason() }
}

pub(super) fn set_commission(commission: Commission) -> Action {
    Action::SetCommission { commission }
}

pub(super) fn set_provider(share: Share, borne_by: ShareBearer) -> Action {
    let name = DisplayName::parse("Slow").expect("a name");
    Action::SetProvider { provider: Some((ProviderId(Uuid::from_u128(8)), name, share, borne_by)) }
}

pub(super) fn add_milestone(amount_minor: Minor) -> Action {
    let title = ItemTitle::parse("The roof").expect("a title");
    Action::AddMilestone { title, amount_minor, due_at: None, commission: None }
}

pub(super) fn lapse(verb: Verb) -> Action {
    Action::Lapse { verb }
}

/// A verb for a delivery with the plainest input that fits the order; the clock's verbs as lapses.
pub(super) fn plainly(order: &Order, verb: Verb, party: Party, delivery: Option<u16>) -> Action {
    let whole = some(delivery, &[]);
    let part = delivery.and_then(|no| order.delivery(no)).or(order.deliveries.first());
    let to_seller_minor = part.and_then(|part| part.settlement).map_or(0, |it| it.to_seller_minor);
    let text = None;
    if party == Party::Clock {
        return lapse(verb);
    }
    match verb {
        Verb::Pay => pay(order.due_minor()),
        Verb::ReturnPayment => return_payment("stray", 700),
        Verb::Dispatch => dispatch(whole),
        Verb::Deliver => deliver(whole),
        Verb::HandOver => Action::HandOver { parts: whole, code_digest: CODE.to_owned(), photos: Vec::new() },
        Verb::Accept => accept(whole),
        Verb::Reject => reject(whole),
        Verb::OfferSecondAttempt => Action::OfferSecondAttempt { delivery, text },
        Verb::AgreeSecondAttempt => Action::AgreeSecondAttempt { delivery, text },
        Verb::TakeBack => Action::TakeBack { delivery, goods_are_back: true },
        Verb::SendReturn => Action::SendReturn { delivery, carrier: None, tracking: None },
        Verb::ReceiveReturn => Action::ReceiveReturn { delivery },
        Verb::Contest => Action::Contest { delivery, statement: reason(), evidence: Vec::new() },
        Verb::OfferSettlement => offer_settlement(delivery, 0),
        Verb::AcceptSettlement => accept_settlement(delivery, to_seller_minor),
        Verb::Withdraw => Action::Withdraw { delivery, text },
        Verb::Concede => Action::Concede { delivery, text },
        Verb::Escalate => Action::Escalate { delivery, text },
        Verb::Rule => rule(delivery, Ruling::Refund),
        Verb::Cancel => cancel(delivery),
        Verb::Refund => refund(delivery, HowMuch::Amount(1)),
        Verb::Credit => credit(delivery, HowMuch::Amount(1)),
        Verb::ChargeBack => charge_back("p1"),
        Verb::EditItems => Action::EditItems { items: order.items.clone() },
        Verb::EditTerms => Action::EditTerms { terms: order.terms },
        Verb::SetCommission => set_commission(order.terms.commission),
        Verb::SetProvider => Action::SetProvider { provider: None },
        Verb::Track => Action::Track { delivery, carrier: label(), tracking: label(), checkpoint: None },
        Verb::Miss => Action::Miss { delivery, text, photos: Vec::new() },
        Verb::Note => Action::Note { text: Note::parse("Seen").expect("a note"), audience: Audience::Everyone },
        Verb::AddMilestone => add_milestone(1_000),
        Verb::Expire
        | Verb::LapseInspection
        | Verb::LapseOffer
        | Verb::LapseReturn
        | Verb::LapseAnswer
        | Verb::LapseDelivery
        | Verb::Release => lapse(verb),
    }
}
