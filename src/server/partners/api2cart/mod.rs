//! `API2Cart`'s order methods, behind `x-api-key` and `x-store-key`, in its envelope.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Call, Door, Knock, Later, Surface, body::Sent, status_of};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        id::SellerId,
    },
    server::service::{
        keys::{self, Holder},
        partners::{self, Contacts, order_name, search},
        programs,
    },
};

mod change;
mod narrow;
mod order;
mod shown;
mod status;

/// The surface.
pub const SURFACE: Surface = Surface { name: "api2cart", doors, who, refuse };

fn doors() -> Vec<Door> {
    use Permission::Read;
    let door = |method, path, run: fn(Call) -> Later<Answer>| Door { method, path, needs: Read, run };
    let get = |path, run| door(Method::GET, path, run);
    vec![
        get("/v1.1/order.status.list.json", |call| Box::pin(statuses(call))),
        get("/v1.1/order.financial_status.list.json", |call| Box::pin(financial(call))),
        get("/v1.1/order.fulfillment_status.list.json", |call| Box::pin(fulfillment(call))),
        get("/v1.1/order.list.json", |call| Box::pin(list(call))),
        get("/v1.1/order.count.json", |call| Box::pin(count(call))),
        get("/v1.1/order.info.json", |call| Box::pin(info(call))),
        door(Method::PUT, "/v1.1/order.update.json", |call| Box::pin(change::update(call))),
        door(Method::POST, "/v1.1/order.update.json", |call| Box::pin(change::update(call))),
        door(Method::POST, "/v1.1/order.shipment.add.json", |call| Box::pin(change::ship(call))),
        door(Method::POST, "/v1.1/order.shipment.tracking.add.json", |call| Box::pin(change::track(call))),
        door(Method::POST, "/v1.1/order.refund.add.json", |call| Box::pin(change::refund(call))),
    ]
}

fn header<'a>(knock: &'a Knock, name: &str) -> &'a str {
    knock.headers.get(name).and_then(|text| text.to_str().ok()).unwrap_or_default()
}

fn who(knock: Arc<Knock>) -> Later<Holder> {
    Box::pin(async move {
        let services = &knock.state.services;
        let found = keys::recognise(services, header(&knock, "x-api-key").trim()).await?;
        let holder = found.ok_or_else(|| Shown::new(Kind::SignedOut, "key_unknown", "Incorrect API Key."))?;
        store(&knock, &holder).await?;
        Ok(holder)
    })
}

/// The one seller whom the call is about, unless it is about a marketplace.
async fn store(knock: &Knock, holder: &Holder) -> Result<Option<SellerId>, Shown> {
    let found = partners::store(&knock.state.services, holder, header(knock, "x-store-key")).await?;
    found.ok_or_else(|| Shown::new(Kind::SignedOut, "store_unknown", "Incorrect store key."))
}

/// Their numbers for why not.
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
    let fields = error.fields.iter().map(|wrong| (wrong.field.clone(), json!(wrong.message)));
    let named: Vec<&str> = error.fields.iter().map(|wrong| wrong.field.as_str()).collect();
    let message =
        if named.is_empty() { error.message.clone() } else { format!("{}: {}", named.join(", "), error.message) };
    let body = json!({
        "return_code": return_code(error),
        "return_message": message,
        "result": { "code": error.code, "fields": Value::Object(fields.collect()) },
    });
    Answer::of(status_of(error), body)
}

/// The envelope when all is well.
fn success(result: &Value) -> Answer {
    Answer::ok(json!({ "return_code": 0, "return_message": "", "result": result }))
}

async fn statuses(call: Call) -> Result<Answer, Shown> {
    let wanted: Vec<u8> = match call.said().maybe("action")?.as_deref() {
        None => status::STATUSES.iter().map(|(id, _)| *id).collect(),
        Some("add") => vec![1],
        Some("update") => status::REACHED.to_vec(),
        Some(_) => return Err(Shown::field("action", "One of add and update.")),
    };
    let list: Vec<Value> = wanted.iter().map(|id| json!({ "id": id.to_string(), "name": status::name(*id) })).collect();
    let seller = store(&call.knock, &call.holder).await?.map(|seller| seller.0.simple().to_string());
    let count = list.len();
    let result = json!({ "cart_order_statuses": [{ "store_id": seller, "status": list }], "count": count });
    Ok(success(&result))
}

async fn financial(_: Call) -> Result<Answer, Shown> {
    let list = status::named(&status::FINANCIAL);
    Ok(success(&json!({ "order_financial_statuses": list, "count": status::FINANCIAL.len() })))
}

async fn fulfillment(_: Call) -> Result<Answer, Shown> {
    let list = status::named(&status::FULFILLMENT);
    Ok(success(&json!({ "order_fulfillment_statuses": list, "count": status::FULFILLMENT.len() })))
}

async fn list(call: Call) -> Result<Answer, Shown> {
    let seller = store(&call.knock, &call.holder).await?;
    let (said, after) = narrow::continued(&call.said())?;
    let narrowed = narrow::read(call.services(), &call.holder, &said, seller).await?;
    let (start, count) = narrow::page(&said)?;
    let skip = if after.is_some() { 0 } else { start };
    let page = (after, skip, count);
    let fits = |order: &crate::domain::order::Order| narrowed.fits(order);
    let (orders, next) = search::list(call.services(), &call.holder, &narrowed.wanted, fits, page).await?;
    let list: Vec<Value> = orders.iter().map(|order| order::of(order, None)).collect();
    let next = next.map(|place| narrow::cursor(&said, place));
    let body = json!({
        "return_code": 0,
        "return_message": "",
        "pagination": { "previous": null, "next": next },
        "result": { "orders_count": list.len(), "order": list },
    });
    Ok(Answer::ok(shown::only(body, &said)?))
}

async fn count(call: Call) -> Result<Answer, Shown> {
    let seller = store(&call.knock, &call.holder).await?;
    let narrowed = narrow::read(call.services(), &call.holder, &call.said(), seller).await?;
    let fits = |order: &crate::domain::order::Order| narrowed.fits(order);
    let own: Option<&(dyn Fn(&crate::domain::order::Order) -> bool + Send + Sync)> =
        if narrowed.is_by_rows() { None } else { Some(&fits) };
    let count = search::count(call.services(), &call.holder, &narrowed.wanted, own).await?;
    Ok(success(&json!({ "orders_count": count })))
}

/// The order that a call names.
fn named(said: &Sent) -> Result<programs::OrderName, Shown> {
    let text = match said.maybe("order_id")? {
        Some(text) => text,
        None => said.maybe("id")?.ok_or_else(|| Shown::field("order_id", "This is needed."))?,
    };
    order_name(&text)
}

async fn info(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let name = named(&said)?;
    let seller = store(&call.knock, &call.holder).await?;
    let (order, _, contacts) = partners::find(call.services(), &call.holder, &name).await?;
    if seller.is_some_and(|seller| seller != order.parties.seller) {
        return Err(Shown::not_found("order"));
    }
    let (_, entries) = programs::timeline(call.services(), &call.holder, &name).await?;
    let told: (&Contacts, &[_]) = (&contacts, &entries);
    let body = json!({ "return_code": 0, "return_message": "", "result": order::of(&order, Some(told)) });
    Ok(Answer::ok(shown::only(body, &said)?))
}
