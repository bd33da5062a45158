//! Which parts of an order a partner's words mean, where their words name none.

use super::body::Sent;
use crate::domain::{
    error::{Error as Shown, Kind},
    money::Minor,
    order::{
        Delivery, Order, RejectCode, Remedy,
        action::{Action, HowMuch, Proof, Selection},
        decide::decide,
        status::Status,
    },
    party::Actor,
    text::{Label, Note, Reason},
    time::Moment,
};

/// What can still be handed over.
pub const UNDER_WAY: [Status; 3] = [Status::Funded, Status::InTransit, Status::SecondAttempt];

/// The parts of an order in one of these statuses.
pub fn parts<'a>(order: &'a Order, among: &'a [Status]) -> impl Iterator<Item = &'a Delivery> {
    order.deliveries.iter().filter(|part| part.started && among.contains(&part.status))
}

/// The part that pieces are in once an action has chosen them: pieces that are not all of a delivery become the next one.
pub fn lands_in(order: &Order, chosen: &Selection) -> Selection {
    let Some(no) = chosen.delivery else { return chosen.clone() };
    let all = order.delivery(no).map(Delivery::pieces);
    let count: u32 = chosen.items.iter().map(|(_, count)| count).sum();
    let next = order.deliveries.iter().map(|part| part.no).max().unwrap_or_default() + 1;
    Selection::whole(if chosen.items.is_empty() || all == Some(count) { no } else { next })
}

/// The part that has all of these pieces, or else the first one, so that the rules say what is missing.
pub fn part_with(order: &Order, among: &[Status], items: &[(u16, u32)]) -> Option<u16> {
    let has = |part: &&Delivery| {
        items.iter().all(|(no, count)| part.lines.iter().any(|line| line.item == *no && line.quantity >= *count))
    };
    let found = parts(order, among).find(has).or_else(|| parts(order, among).next());
    found.map(|part| part.no)
}

/// What money is held for that can go back by an action.
pub const HOLDING: [Status; 6] = [
    Status::Funded,
    Status::InTransit,
    Status::AwaitingResponse,
    Status::Rejected,
    Status::SecondAttempt,
    Status::Accepted,
];

/// An amount back: from what is held, or else from what was released. The field is the one that the amount was sent in.
pub fn money_back(order: &Order, amount: Minor, field: &str, reason: &Reason) -> Result<Vec<Action>, Shown> {
    if amount <= 0 {
        return Err(Shown::field(field, "The amount must be more than nothing."));
    }
    let held = |part: &Delivery| part.open().amount;
    let released = |part: &Delivery| part.released().amount;
    let mut from: Vec<(u16, Minor)> = parts(order, &HOLDING).map(|part| (part.no, held(part))).collect();
    let is_held = from.iter().any(|(_, amount)| *amount > 0);
    if !is_held {
        from = parts(order, &[Status::Completed]).map(|part| (part.no, released(part))).collect();
    }
    let has_credit = !is_held && from.iter().any(|(_, amount)| *amount > 0);
    let back = |delivery: Option<u16>, amount: Minor| {
        let (how_much, reason) = (HowMuch::Amount(amount), reason.clone());
        if has_credit {
            Action::Credit { delivery, how_much, reason }
        } else {
            Action::Refund { delivery, how_much, reason }
        }
    };
    from.retain(|(_, amount)| *amount > 0);
    // Too much is asked of the last, so that it is refused as such.
    let last = from.len().saturating_sub(1);
    let mut left = amount;
    let mut actions = Vec::new();
    for (at, (no, there_is)) in from.into_iter().enumerate() {
        let some = if at == last { left } else { left.min(there_is) };
        if some > 0 {
            actions.push(back(Some(no), some));
            left -= some;
        }
    }
    Ok(if actions.is_empty() { vec![back(None, amount)] } else { actions })
}

/// All the money of an order, back at once: what is in dispute is conceded, what is on its way back received, what is held
/// refunded, and what was released credited. Nothing when all of it went back before.
pub fn all_back(order: &Order, reason: &Reason) -> Vec<Action> {
    let text = Note::parse(reason.as_str()).ok();
    let back = |part: &Delivery| {
        let (delivery, reason) = (Some(part.no), reason.clone());
        match part.status {
            Status::Dispute | Status::UnderReview => Some(Action::Concede { delivery, text: text.clone() }),
            Status::Returning => Some(Action::ReceiveReturn { delivery }),
            Status::Completed => {
                let amount = part.released().amount;
                (amount > 0).then_some(Action::Credit { delivery, how_much: HowMuch::Amount(amount), reason })
            }
            status if HOLDING.contains(&status) => {
                let amount = part.open().amount;
                (amount > 0).then_some(Action::Refund { delivery, how_much: HowMuch::Amount(amount), reason })
            }
            _ => None,
        }
    };
    let mut parts: Vec<&Delivery> = order.deliveries.iter().filter(|part| part.started).collect();
    // While something is in dispute no other money moves.
    parts.sort_by_key(|part| !part.status.is_disputed());
    parts.into_iter().filter_map(back).collect()
}

/// The action of a program that leads to a status, where there is one.
pub fn towards(wanted: Status, reason: &Reason) -> Option<Action> {
    let (parts, delivery, reason) = (Selection::default(), None, reason.clone());
    let text = Note::parse(reason.as_str()).ok();
    Some(match wanted {
        Status::InTransit => Action::Dispatch { parts, carrier: None, tracking: None },
        Status::AwaitingResponse => Action::Deliver { parts, proof: Proof::default() },
        Status::Accepted | Status::Completed => Action::Accept { parts },
        Status::Rejected => {
            Action::Reject { parts, code: RejectCode::Other, text: reason, remedy: Remedy::Refund, photos: Vec::new() }
        }
        Status::SecondAttempt => Action::OfferSecondAttempt { delivery, text },
        Status::Returning => Action::TakeBack { delivery, goods_are_back: false },
        Status::Dispute => Action::Contest { delivery, statement: reason, evidence: Vec::new() },
        Status::UnderReview => Action::Escalate { delivery, text },
        Status::Cancelled => Action::Cancel { delivery, reason },
        Status::AwaitingPayment | Status::Funded | Status::Expired | Status::ChargedBack => return None,
    })
}

/// The actions that lead to one of a partner's statuses; where none do for this caller now, what is possible.
pub fn reach<S: Copy>(
    (order, actor, now): (&Order, &Actor, Moment),
    wanted: S,
    (all, name): (&[S], fn(S) -> &'static str),
    towards: impl Fn(S) -> Option<Vec<Action>>,
) -> Result<Vec<Action>, Shown> {
    let tried = |status: S| -> Result<Vec<Action>, Shown> {
        let unreachable = || {
            let sentence = format!("No action of a program leads to “{}”.", name(status));
            Shown::new(Kind::Conflict, "status_not_reachable", sentence)
        };
        let actions = towards(status).ok_or_else(unreachable)?;
        if let Some(first) = actions.first() {
            decide(order, actor, first, now)?;
        }
        Ok(actions)
    };
    tried(wanted).map_err(|refused| {
        let leads = |status: &S| tried(*status).is_ok_and(|actions| !actions.is_empty());
        let possible: Vec<&str> = all.iter().copied().filter(leads).map(name).collect();
        let possible = if possible.is_empty() { "nothing".to_owned() } else { possible.join(", ") };
        Shown { message: format!("{} Possible now: {possible}.", refused.message), ..refused }
    })
}

/// A number under which a parcel can be followed, and who carries it where that is said.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Who carries it.
    pub carrier: Option<Label>,
    /// The number.
    pub number: Label,
}

impl Parcel {
    /// Reads both by the names that a system has for them, the carrier by the first that is said; nothing without a number.
    pub fn read(said: &Sent, number: &str, carriers: &[&str]) -> Result<Option<Self>, Shown> {
        let mut carrier = None;
        for name in carriers {
            carrier = carrier.or(said.read_maybe(name, Label::parse)?);
        }
        Ok(said.read_maybe(number, Label::parse)?.map(|number| Self { carrier, number }))
    }

    /// What an order is told of it.
    pub fn track(&self, delivery: Option<u16>, checkpoint: Option<Note>) -> Action {
        let somebody = || Label::parse("Carrier").expect("a word is a label");
        let carrier = self.carrier.clone().unwrap_or_else(somebody);
        Action::Track { delivery, carrier, tracking: self.number.clone(), checkpoint }
    }

    /// Pieces leave as this parcel, or as one without a number.
    pub fn dispatch(parcel: Option<&Self>, parts: Selection) -> Action {
        let (carrier, tracking) =
            parcel.map_or((None, None), |parcel| (parcel.carrier.clone(), Some(parcel.number.clone())));
        Action::Dispatch { parts, carrier, tracking }
    }
}
