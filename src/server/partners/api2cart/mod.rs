//! `API2Cart`'s order methods, behind `x-api-key` and `x-store-key`, in its envelope.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    Answer, Call, Door, Knock, Known, Later, Surface, body::Sent, by_field, paging, sentence, shown, status_of,
};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        order::Order,
    },
    server::service::{
        keys,
        partners::{self, order_name, search},
        programs::{self, OrderName},
    },
};

mod change;
mod narrow;
mod order;
mod status;

/// The surface.
pub const SURFACE: Surface = Surface { name: "api2cart", doors, who, refuse, fields: &FIELDS };

/// What they call the fields that the rules find fault with.
const FIELDS: [(&str, &str); 2] = [("amount", "total_price"), ("delivery", "items")];

fn doors() -> Vec<Door> {
    let door = |method, path, run: fn(Call) -> Later<Answer>| Door { method, path, needs: Permission::Read, run };
    let get = |path, run| door(Method::GET, path, run);
    let post = |path, run| door(Method::POST, path, run);
    vec![
        get("/v1.1/order.status.list.json", |call| Box::pin(statuses(call))),
        get("/v1.1/order.financial_status.list.json", |_| words("order_financial_statuses", &status::FINANCIAL)),
        get("/v1.1/order.fulfillment_status.list.json", |_| words("order_fulfillment_statuses", &status::FULFILLMENT)),
        get("/v1.1/order.list.json", |call| Box::pin(list(call))),
        get("/v1.1/order.count.json", |call| Box::pin(count(call))),
        get("/v1.1/order.info.json", |call| Box::pin(info(call))),
        door(Method::PUT, "/v1.1/order.update.json", |call| Box::pin(change::update(call))),
        post("/v1.1/order.update.json", |call| Box::pin(change::update(call))),
        post("/v1.1/order.shipment.add.json", |call| Box::pin(change::ship(call))),
        post("/v1.1/order.shipment.tracking.add.json", |call| Box::pin(change::track(call))),
        post("/v1.1/order.refund.add.json", |call| Box::pin(change::refund(call))),
    ]
}

fn who(knock: Arc<Knock>) -> Later<Known> {
    Box::pin(async move {
        let services = &knock.state.services;
        let found = keys::recognise(services, knock.header("x-api-key")).await?;
        let holder = found.ok_or_else(|| Shown::new(Kind::SignedOut, "key_unknown", "Incorrect API Key."))?;
        let store = partners::store(services, &holder, knock.header("x-store-key")).await?;
        let store = store.ok_or_else(|| Shown::new(Kind::SignedOut, "store_unknown", "Incorrect store key."))?;
        Ok(Known { holder, store })
    })
}

/// A refusal's number. Their documentation as we have it says that failures have another number than 0, and not which; these
/// are ours, and the same fault has the same number always.
fn return_code(error: &Shown) -> u16 {
    match (error.code.as_str(), error.kind) {
        ("key_unknown", _) => 2,
        ("store_unknown", _) => 3,
        (_, Kind::Malformed) => 4,
        (_, Kind::TooMany) => 6,
        (_, Kind::NotFound) => 112,
        (_, Kind::Invalid) => 109,
        (_, Kind::Conflict | Kind::Forbidden | Kind::SignedOut) => 107,
        (_, Kind::Internal | Kind::Unavailable) => 1,
    }
}

fn refuse(error: &Shown) -> Answer {
    let body = json!({
        "return_code": return_code(error),
        "return_message": sentence(error, &error.message),
        "result": { "code": error.code, "fields": by_field(error) },
    });
    Answer::of(status_of(error), body)
}

/// The envelope when all is well.
fn success(result: &Value) -> Answer {
    Answer::ok(json!({ "return_code": 0, "return_message": "", "result": result }))
}

async fn statuses(call: Call) -> Result<Answer, Shown> {
    let wanted: Vec<u8> = match call.said().one_of("action", &["add", "update"])? {
        None => status::STATUSES.iter().map(|(id, ..)| *id).collect(),
        Some("add") => vec![1],
        Some(_) => status::REACHED.to_vec(),
    };
    let list: Vec<Value> = wanted.iter().map(|id| json!({ "id": id.to_string(), "name": status::name(*id) })).collect();
    let store = call.store.map(|store| store.0.simple().to_string());
    Ok(success(&json!({ "cart_order_statuses": [{ "store_id": store, "status": list }], "count": list.len() })))
}

fn words(name: &'static str, words: &'static [status::Word]) -> Later<Answer> {
    let list: Vec<Value> = words.iter().map(|(id, name, _)| json!({ "id": id, "name": name })).collect();
    Box::pin(std::future::ready(Ok(success(&json!({ name: list, "count": words.len() })))))
}

async fn list(call: Call) -> Result<Answer, Shown> {
    let (said, page) = narrow::page(&call.said())?;
    let narrowed = narrow::read(&call, &said).await?;
    let fits = |order: &Order| narrowed.fits(order);
    let found = search::list(call.services(), &call.holder, &narrowed.wanted, fits, page).await?;
    let list: Vec<Value> = found.orders.iter().map(|order| order::of(order, None)).collect();
    let next = found.next.map(|(place, skip)| paging::cursor(&said, place, (narrow::START, skip)));
    let body = json!({
        "return_code": 0,
        "return_message": "",
        "pagination": { "previous": null, "next": next },
        "result": { "orders_count": list.len(), "order": list },
    });
    Ok(Answer::ok(shown::only(body, &said)?))
}

async fn count(call: Call) -> Result<Answer, Shown> {
    let narrowed = narrow::read(&call, &call.said()).await?;
    let fits = |order: &Order| narrowed.fits(order);
    let fits: Option<search::Fits<'_>> = if narrowed.is_by_rows() { None } else { Some(&fits) };
    let count = search::count(call.services(), &call.holder, &narrowed.wanted, fits).await?;
    Ok(success(&json!({ "orders_count": count })))
}

/// The order that a call names.
fn named(said: &Sent) -> Result<OrderName, Shown> {
    let name = ["order_id", "id"].into_iter().find(|name| *said.get(name) != Sent::Nothing).unwrap_or("order_id");
    order_name(&said.need(name)?)
}

async fn info(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let name = named(&said)?;
    let (order, _, contacts) = call.find(&name).await?;
    let (_, entries) = programs::timeline(call.services(), &call.holder, &name).await?;
    let body = success(&order::of(&order, Some((&contacts, &entries)))).body;
    Ok(Answer::ok(shown::only(body.unwrap_or_default(), &said)?))
}
