//! `API2Cart`'s words for where an order stands, and what of ours each means.

use serde_json::{Value, json};

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

/// How the money of an order stands, in their words, and the status that an update by each asks for.
pub const FINANCIAL: [(&str, u8); 6] =
    [("pending", 1), ("paid", 2), ("partially_refunded", 2), ("refunded", REFUNDED), ("voided", 7), ("chargeback", 13)];

/// How the goods of an order stand, in their words, and the status that an update by each asks for.
pub const FULFILLMENT: [(&str, u8); 5] =
    [("unfulfilled", 2), ("partial", 2), ("shipped", 3), ("delivered", 15), ("returned", REFUNDED)];

/// One of these words, when it is said.
pub fn word(said: &Sent, name: &str, known: &[(&'static str, u8)]) -> Result<Option<(&'static str, u8)>, Shown> {
    let words: Vec<&'static str> = known.iter().map(|(word, _)| *word).collect();
    let found = said.one_of(name, &words)?;
    Ok(found.and_then(|found| known.iter().copied().find(|(word, _)| *word == found)))
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

/// A list of words as `{id, name}`.
pub fn named(words: &[(&str, u8)]) -> Value {
    let name = |word: &str| {
        let mut name = word.replace('_', " ");
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        name
    };
    words.iter().map(|(word, _)| json!({ "id": word, "name": name(word) })).collect()
}
