//! How an order stands in the words that most shops' systems share: its money and its goods, each by itself, and when it
//! came to stand so.

use crate::domain::{
    order::{Order, event::Event, status::Status},
    timeline::Entry,
};

/// How the money stands.
pub fn money(order: &Order) -> &'static str {
    let back = order.gone.buyer + order.credited_minor;
    match order.status() {
        Status::ChargedBack => "chargeback",
        Status::Cancelled | Status::Expired if order.paid_minor == 0 => "voided",
        _ if order.paid_minor == 0 => "pending",
        _ if back >= order.paid_minor => "refunded",
        _ if back > 0 => "partially_refunded",
        _ => "paid",
    }
}

/// Goods that were handed over.
const HANDED_OVER: [Status; 6] = [
    Status::AwaitingResponse,
    Status::Rejected,
    Status::Dispute,
    Status::UnderReview,
    Status::Accepted,
    Status::Completed,
];

/// How the goods stand.
pub fn goods(order: &Order) -> &'static str {
    let parts = || order.deliveries.iter().map(|part| part.status);
    let came = |status: Status| HANDED_OVER.contains(&status);
    let left = |status: Status| came(status) || status == Status::InTransit;
    if parts().any(|status| status == Status::Returning) {
        "returned"
    } else if parts().all(came) {
        "delivered"
    } else if parts().all(left) {
        "shipped"
    } else if parts().any(left) {
        "partial"
    } else {
        "unfulfilled"
    }
}

/// Each entry of a timeline after which an order is called something else, with the order as it was then.
pub fn changes<T: PartialEq>(entries: &[Entry], called: impl Fn(&Order) -> T) -> Vec<(&Entry, Order, T)> {
    let mut order: Option<Order> = None;
    let mut changes: Vec<(&Entry, Order, T)> = Vec::new();
    for entry in entries {
        match (&mut order, &entry.event) {
            (None, Event::Placed(placed)) => order = Some(Order::placed(placed, entry.at)),
            (Some(order), event) => order.apply(event, entry.at),
            (None, _) => {}
        }
        let Some(order) = &order else { continue };
        let now = called(order);
        if changes.last().is_none_or(|(_, _, before)| *before != now) {
            changes.push((entry, order.clone(), now));
        }
    }
    changes
}
