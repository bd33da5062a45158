//! What Retailys' words mean: statuses, and the order object.

use serde_json::{Value, json};

use crate::{
    domain::{
        error::Error as Shown,
        order::{ItemKind, Order, rules::RULES, status::Status},
        text::Reason,
    },
    server::{
        clock,
        partners::{body::Sent, standing},
        service::partners::Contacts,
    },
};

/// A status by its code or the words for people.
pub fn status(text: &str) -> Option<Status> {
    let text = text.trim();
    let is_it = |status: &Status| status.code().eq_ignore_ascii_case(text) || status.label().eq_ignore_ascii_case(text);
    Status::ALL.into_iter().find(is_it)
}

/// Every status, with the actions that lead to it.
pub fn statuses() -> Value {
    let one = |status: Status| {
        let by = RULES.iter().filter(|row| row.to.contains(&status) && row.clock.is_empty());
        let mut by: Vec<&str> = by.map(|row| row.verb.code()).collect();
        by.dedup();
        json!({ "code": status.code(), "name": status.label(), "reachedBy": by })
    };
    json!({ "statuses": Status::ALL.into_iter().map(one).collect::<Vec<_>>() })
}

/// Why a step is taken: what `reason` says, or else that the shop's system takes it.
pub fn reason(body: &Sent) -> Result<Reason, Shown> {
    let said = body.maybe("reason")?;
    Reason::parse(said.as_deref().unwrap_or("By the shop's system")).map_err(|bad| Shown::field("reason", bad.0))
}

const fn kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Goods => "goods",
        ItemKind::Shipping => "shipping",
        ItemKind::Adjustment => "adjustment",
    }
}

/// The order; `contacts` are how its people are reached, where one order is asked for.
pub fn order(order: &Order, contacts: Option<&Contacts>) -> Value {
    let items: Vec<Value> = order
        .items
        .iter()
        .map(|item| {
            json!({
                "id": item.no,
                "title": item.title,
                "kind": kind(item.kind),
                "quantity": item.quantity,
                "unitPrice": order.money(item.unit_minor).digits(),
            })
        })
        .collect();
    let deliveries: Vec<Value> = order
        .deliveries
        .iter()
        .map(|part| {
            json!({
                "id": part.no,
                "status": part.status.code(),
                "items": part.lines.iter().map(|line| json!({ "id": line.item, "quantity": line.quantity })).collect::<Vec<_>>(),
                "carrier": part.tracking.as_ref().map(|tracking| tracking.carrier.as_str()),
                "trackingNumber": part.tracking.as_ref().map(|tracking| tracking.number.as_str()),
            })
        })
        .collect();
    json!({
        "id": order.reference.number().to_string(),
        "number": order.reference,
        "externalNumber": order.external_ref,
        "status": order.status().code(),
        "statusName": order.status().label(),
        "paymentStatus": standing::money(order),
        "fulfillmentStatus": standing::goods(order),
        "version": order.version,
        "currency": order.currency.code(),
        "total": order.money(order.total_minor()).digits(),
        "paid": order.money(order.paid_minor).digits(),
        "held": order.money(order.held_minor()).digits(),
        "refunded": order.money(order.gone.buyer + order.credited_minor).digits(),
        "customer": {
            "name": order.parties.buyer_name,
            "email": contacts.map(|contacts| contacts.buyer_email.as_str()),
            "phone": contacts.map(|contacts| contacts.buyer_phone.as_str()),
        },
        "sellerId": order.parties.seller.to_string(),
        "address": contacts.map(|contacts| contacts.address.as_str()),
        "items": items,
        "deliveries": deliveries,
        "createdAt": clock::rfc3339(order.placed_at),
        "updatedAt": clock::rfc3339(order.updated_at),
    })
}
