//! `API2Cart`'s order object: the order as it is now, in their names.

use serde_json::{Value, json};

use super::status;
use crate::{
    domain::{
        money::Minor,
        order::{Item, ItemKind, Order},
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

/// The object; `told` are how its people are reached and its timeline, where one order is asked for.
pub fn of(order: &Order, told: Option<(&Contacts, &[Entry])>) -> Value {
    let money = |minor: Minor| amount(order, minor);
    let price = |item: &Item| item.unit_minor * Minor::from(item.quantity);
    let of_kind = |kind: ItemKind| order.items.iter().filter(move |item| item.kind == kind);
    let sum = |kind| money(of_kind(kind).map(price).sum());
    let sold = of_kind(ItemKind::Goods).map(|item| {
        json!({
            "order_product_id": item.no.to_string(),
            "product_id": item.no.to_string(),
            "name": item.title,
            "quantity": item.quantity,
            "price": money(item.unit_minor),
            "total_price": money(price(item)),
        })
    });
    let name = order.parties.buyer_name.as_str();
    let (first, last) = name.rsplit_once(' ').unwrap_or((name, ""));
    let (stands, returned) = (status::of(order), order.gone.buyer + order.credited_minor);
    let contacts = told.map(|(contacts, _)| contacts);
    json!({
        "id": order.reference.number().to_string(),
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
        "shipping_methods": order.deliveries.iter().filter_map(|part| part.tracking.as_ref()).map(|tracking| {
            json!({ "name": tracking.carrier, "tracking_number": tracking.number })
        }).collect::<Vec<_>>(),
        "status": {
            "id": stands.to_string(),
            "name": status::name(stands),
            "history": told.map(|(_, entries)| history(entries)).unwrap_or_default(),
            "refund_info": { "total_refunded": money(returned), "fee": money(order.gone.fee) },
        },
        "financial_status": standing::money(order),
        "fulfillment_status": standing::goods(order),
        "totals": {
            "total": money(order.total_minor()),
            "subtotal": sum(ItemKind::Goods),
            "shipping": sum(ItemKind::Shipping),
            "discount": sum(ItemKind::Adjustment),
            "tax": 0,
            "paid": money(order.paid_minor),
        },
        "order_products": sold.collect::<Vec<_>>(),
    })
}
