//! `API2Cart`'s order object: the order as it is now, in their names.

use serde_json::{Value, json};

use super::status;
use crate::{
    domain::{
        money::Minor,
        order::{ItemKind, Order},
        time::Moment,
        timeline::Entry,
    },
    server::{clock, partners::standing, service::partners::Contacts},
};

/// An instant in their shape.
pub fn at(moment: Moment) -> Value {
    let text = clock::rfc3339(moment);
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    json!({ "value": format!("{whole}+0000"), "format": "Y-m-d\\TH:i:sO" })
}

/// An amount as a decimal number: of so few digits that each reads back as it was written.
pub fn amount(order: &Order, minor: Minor) -> Value {
    serde_json::from_str(&order.money(minor).digits()).unwrap_or(Value::Null)
}

/// First and last names.
fn names(name: &str) -> (&str, &str) {
    name.rsplit_once(' ').unwrap_or((name, ""))
}

/// How its status came to be.
fn history(entries: &[Entry]) -> Vec<Value> {
    let rows = standing::changes(entries, status::of).into_iter().map(|(entry, order, id)| {
        json!({
            "id": id.to_string(),
            "name": status::name(id),
            "modified_time": at(entry.at),
            "notify": true,
            "comment": format!("{} ({})", entry.event.headline(&order), entry.actor.name),
        })
    });
    rows.collect()
}

/// What was sold.
fn products(order: &Order) -> Vec<Value> {
    order
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Goods)
        .map(|item| {
            json!({
                "order_product_id": item.no.to_string(),
                "product_id": item.no.to_string(),
                "name": item.title,
                "quantity": item.quantity,
                "price": amount(order, item.unit_minor),
                "total_price": amount(order, item.unit_minor * i64::from(item.quantity)),
            })
        })
        .collect()
}

/// The object; `told` are how its people are reached and its timeline, where one order is asked for.
pub fn of(order: &Order, told: Option<(&Contacts, &[Entry])>) -> Value {
    let id = order.reference.number().to_string();
    let sum = |kinds: &[ItemKind]| -> Minor {
        let these = order.items.iter().filter(|item| kinds.contains(&item.kind));
        these.map(|item| item.unit_minor * i64::from(item.quantity)).sum()
    };
    let (first, last) = names(&order.parties.buyer_name);
    let stands = status::of(order);
    let contacts = told.map(|(contacts, _)| contacts);
    json!({
        "id": id,
        "order_id": order.reference,
        "channel_id": order.channel,
        "store_id": order.parties.seller.0.simple().to_string(),
        "customer": {
            "id": order.parties.buyer.0.simple().to_string(),
            "email": contacts.map(|contacts| contacts.buyer_email.as_str()),
            "phone": contacts.map(|contacts| contacts.buyer_phone.as_str()),
            "first_name": first,
            "last_name": last,
        },
        "create_at": at(order.placed_at),
        "modified_at": at(order.updated_at),
        "finished_time": order.is_over().then(|| at(order.updated_at)),
        "currency": { "iso3": order.currency.code() },
        "shipping_address": { "first_name": first, "last_name": last, "address1": contacts.map(|told| told.address.as_str()) },
        "payment_method": { "name": order.payments.last().map(|payment| payment.gateway.as_str()) },
        "shipping_methods": order.deliveries.iter().filter_map(|part| part.tracking.as_ref()).map(|tracking| json!({
            "name": tracking.carrier,
            "tracking_number": tracking.number,
        })).collect::<Vec<_>>(),
        "status": {
            "id": stands.to_string(),
            "name": status::name(stands),
            "history": told.map(|(_, entries)| history(entries)).unwrap_or_default(),
            "refund_info": {
                "total_refunded": amount(order, order.gone.buyer + order.credited_minor),
                "fee": amount(order, order.gone.fee),
            },
        },
        "financial_status": standing::money(order),
        "fulfillment_status": standing::goods(order),
        "totals": {
            "total": amount(order, order.total_minor()),
            "subtotal": amount(order, sum(&[ItemKind::Goods])),
            "shipping": amount(order, sum(&[ItemKind::Shipping])),
            "discount": amount(order, sum(&[ItemKind::Adjustment])),
            "tax": 0,
            "paid": amount(order, order.paid_minor),
        },
        "order_products": products(order),
    })
}
