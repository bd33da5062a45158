//! `API2Cart`'s words for where an order stands, and what of ours each means.

use crate::{
    domain::{
        error::Error as Shown,
        order::{Order, Outcome, status::Status},
    },
    server::partners::body::Sent,
};

/// Their usual statuses, each with those of ours that are called so.
pub const STATUSES: [(u8, &str, &[Status]); 14] = [
    (1, "Pending", &[Status::AwaitingPayment]),
    (2, "Processing", &[Status::Funded, Status::SecondAttempt]),
    (3, "Shipped", &[Status::InTransit]),
    (5, "Complete", &[Status::Accepted, Status::Completed]),
    (7, "Canceled", &[Status::Cancelled]),
    (8, "Denied", &[Status::Rejected, Status::Returning]),
    (9, "Canceled Reversal", &[]),
    (10, "Failed", &[]),
    (11, "Refunded", &[Status::Completed]),
    (12, "Reversed", &[Status::Dispute, Status::UnderReview]),
    (13, "Chargeback", &[Status::ChargedBack]),
    (14, "Expired", &[Status::Expired]),
    (15, "Processed", &[Status::AwaitingResponse]),
    (16, "Voided", &[]),
];

/// The number of an order whose money went back.
pub const REFUNDED: u8 = 11;

/// Those that an update can reach, because an action leads there.
pub const REACHED: [u8; 6] = [3, 5, 7, 8, REFUNDED, 15];

/// A word for how the money or the goods of an order stand, what it is called, and the status that an update by it asks for.
pub type Word = (&'static str, &'static str, u8);

/// How the money of an order stands.
pub const FINANCIAL: [Word; 6] = [
    ("pending", "Pending", 1),
    ("paid", "Paid", 2),
    ("partially_refunded", "Partially refunded", 2),
    ("refunded", "Refunded", REFUNDED),
    ("voided", "Voided", 7),
    ("chargeback", "Chargeback", 13),
];

/// How the goods of an order stand.
pub const FULFILLMENT: [Word; 5] = [
    ("unfulfilled", "Unfulfilled", 2),
    ("partial", "Partial", 2),
    ("shipped", "Shipped", 3),
    ("delivered", "Delivered", 15),
    ("returned", "Returned", REFUNDED),
];

/// One of these words, when it is said.
pub fn word(said: &Sent, name: &str, known: &[Word]) -> Result<Option<Word>, Shown> {
    let words: Vec<&str> = known.iter().map(|(word, ..)| *word).collect();
    Ok(said.one_of(name, &words)?.and_then(|said| known.iter().find(|(word, ..)| *word == said).copied()))
}

/// A status by its number or name, as it stands in a field.
pub fn known(field: &str, text: Option<&str>) -> Result<u8, Shown> {
    let is_it = |text: &str, id: u8, name: &str| id.to_string() == text || name.eq_ignore_ascii_case(text);
    let found = text.and_then(|text| STATUSES.iter().find(|(id, name, _)| is_it(text, *id, name)));
    found.map(|(id, ..)| *id).ok_or_else(|| Shown::field(field, "There is no such status."))
}

/// The name of a status.
pub fn name(id: u8) -> &'static str {
    STATUSES.iter().find(|(known, ..)| *known == id).map_or("", |(_, name, _)| name)
}

/// What an order's status is called.
pub fn of(order: &Order) -> u8 {
    let over = || order.deliveries.iter().filter(|part| part.status == Status::Completed);
    if order.status() == Status::Completed && over().all(|part| part.outcome == Some(Outcome::Refunded)) {
        return REFUNDED;
    }
    STATUSES.iter().find(|(_, _, ours)| ours.contains(&order.status())).map_or(1, |(id, ..)| *id)
}

/// The statuses of ours that may be called so.
pub fn ours(id: u8) -> impl Iterator<Item = Status> {
    STATUSES.iter().filter(move |(known, ..)| *known == id).flat_map(|(_, _, ours)| ours.iter().copied())
}
