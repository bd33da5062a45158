//! Which parts of an order a partner's words mean, where their words name none.

use crate::domain::{
    money::Minor,
    order::{
        Delivery, Order,
        action::{Action, HowMuch, Selection},
        status::Status,
    },
    text::Reason,
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

/// An amount back: from what is held, or else from what was released.
pub fn money_back(order: &Order, amount: Minor, reason: &Reason) -> Vec<Action> {
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
    if actions.is_empty() { vec![back(None, amount)] } else { actions }
}
