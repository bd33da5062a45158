//! The thin JSON body: what happened, and the order as it is, in numbers and codes. Nobody's name, address or words.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Telling, utc};
use crate::domain::{order::Order, party::Party, time::Moment};

/// The id of an event in every attempt at every endpoint: receivers know by it what they have seen already.
pub fn message_id(order: Uuid, seq: i64) -> String {
    format!("evt_{}_{seq}", order.simple())
}

/// The body that tells of an event.
pub fn body(telling: &Telling) -> String {
    let order = &telling.order;
    json!({
        "id": message_id(order.id.0, telling.seq),
        "type": telling.event.code(),
        "sequence": telling.seq,
        "at": utc(telling.at),
        "order": order_value(order),
        "actor": { "party": telling.actor.party, "source": telling.actor.source },
    })
    .to_string()
}

/// The body of a test.
pub fn test_body(id: &str, at: Moment) -> String {
    json!({
        "id": id,
        "type": "test",
        "sequence": 0,
        "at": utc(at),
        "order": Value::Null,
        "actor": { "party": "operator", "source": "screen" },
    })
    .to_string()
}

fn order_value(order: &Order) -> Value {
    let turn: Vec<Party> = order.turn().parties().collect();
    let next = order.next_lapse();
    json!({
        "reference": order.reference,
        "external_ref": order.external_ref,
        "version": order.version,
        "status": order.status(),
        "turn": turn,
        "deadline": next.map(|(_, _, at)| utc(at)),
        "at_deadline": next.map(|(_, verb, _)| verb.code()),
        "currency": order.currency.code(),
        "total_minor": order.total_minor(),
        "held_minor": order.held_minor(),
        // What a credit took back from the seller went to the buyer.
        "released_minor": order.gone.total() - order.gone.buyer - order.credited_minor,
        "refunded_minor": order.gone.buyer + order.credited_minor,
        "is_test": order.is_test(),
    })
}
