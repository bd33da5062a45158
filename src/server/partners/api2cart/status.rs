//! `API2Cart`'s words for where an order stands, and what of ours each means.

use serde_json::{Value, json};

use crate::domain::order::{Order, Outcome, status::Status};

/// Their usual statuses.
pub const STATUSES: [(u8, &str); 14] = [
    (1, "Pending"),
    (2, "Processing"),
    (3, "Shipped"),
    (5, "Complete"),
    (7, "Canceled"),
    (8, "Denied"),
    (9, "Canceled Reversal"),
    (10, "Failed"),
    (11, "Refunded"),
    (12, "Reversed"),
    (13, "Chargeback"),
    (14, "Expired"),
    (15, "Processed"),
    (16, "Voided"),
];

/// Those that an update can reach, because an action leads there.
pub const REACHED: [u8; 6] = [3, 5, 7, 8, 11, 15];

/// How the money of an order stands, in their words.
pub const FINANCIAL: [&str; 6] = ["pending", "paid", "partially_refunded", "refunded", "voided", "chargeback"];

/// How the goods of an order stand, in their words.
pub const FULFILLMENT: [&str; 5] = ["unfulfilled", "partial", "shipped", "delivered", "returned"];

/// A status by its number or name.
pub fn known(text: &str) -> Option<u8> {
    let text = text.trim();
    let found = STATUSES.iter().find(|(id, name)| id.to_string() == text || name.eq_ignore_ascii_case(text));
    found.map(|(id, _)| *id)
}

/// The name of a status.
pub fn name(id: u8) -> &'static str {
    STATUSES.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name)
}

/// Whether all of an order went back.
fn is_refunded(order: &Order) -> bool {
    let over = order.deliveries.iter().filter(|part| part.status == Status::Completed);
    over.clone().count() > 0 && over.clone().all(|part| part.outcome == Some(Outcome::Refunded))
}

/// What an order's status is called.
pub fn of(order: &Order) -> u8 {
    match order.status() {
        Status::AwaitingPayment => 1,
        Status::Funded | Status::SecondAttempt => 2,
        Status::InTransit => 3,
        Status::AwaitingResponse => 15,
        Status::Rejected | Status::Returning => 8,
        Status::Dispute | Status::UnderReview => 12,
        Status::Completed if is_refunded(order) => 11,
        Status::Accepted | Status::Completed => 5,
        Status::Cancelled => 7,
        Status::Expired => 14,
        Status::ChargedBack => 13,
    }
}

/// The statuses of ours that may be called so.
pub fn ours(id: u8) -> Vec<Status> {
    match id {
        1 => vec![Status::AwaitingPayment],
        2 => vec![Status::Funded, Status::SecondAttempt],
        3 => vec![Status::InTransit],
        15 => vec![Status::AwaitingResponse],
        8 => vec![Status::Rejected, Status::Returning],
        12 => vec![Status::Dispute, Status::UnderReview],
        5 => vec![Status::Accepted, Status::Completed],
        11 => vec![Status::Completed],
        7 => vec![Status::Cancelled],
        14 => vec![Status::Expired],
        13 => vec![Status::ChargedBack],
        _ => Vec::new(),
    }
}

/// How the money stands.
pub fn financial(order: &Order) -> &'static str {
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

/// How the goods stand.
pub fn fulfillment(order: &Order) -> &'static str {
    let all = |among: &[Status]| order.deliveries.iter().all(|part| among.contains(&part.status));
    let any = |among: &[Status]| order.deliveries.iter().any(|part| among.contains(&part.status));
    let given = [
        Status::AwaitingResponse,
        Status::Rejected,
        Status::Dispute,
        Status::UnderReview,
        Status::Accepted,
        Status::Completed,
    ];
    let left = [given.as_slice(), &[Status::InTransit]].concat();
    if any(&[Status::Returning]) {
        "returned"
    } else if all(&given) {
        "delivered"
    } else if all(&left) {
        "shipped"
    } else if any(&left) {
        "partial"
    } else {
        "unfulfilled"
    }
}

/// A list of texts as `{id, name}`.
pub fn named(texts: &[&str]) -> Value {
    let words = |text: &str| {
        let mut words = text.replace('_', " ");
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        words
    };
    texts.iter().map(|text| json!({ "id": text, "name": words(text) })).collect()
}
