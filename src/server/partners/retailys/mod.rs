//! Retailys' `System/Orders`: placed, read, their items changed before payment, and moved by a word for each step. Their
//! fields are not public: these are ours in camel case, with amounts as decimal texts.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Call, Door, Knock, Later, Surface, body::Sent, status_of};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        money::Currency,
        order::{Item, ItemKind, Order, action::Action, status::Status, terms_change::TermsChange},
        page::Cursor,
        party::Actor,
        text::{Email, ItemTitle, Label, Note},
    },
    server::service::{
        keys::{self, Holder},
        orders::{Caller, Performed},
        partners::{self, order_name, search},
        placing::{self, SentOrder, Wish},
    },
};

mod words;

/// The surface.
pub const SURFACE: Surface = Surface { name: "retailys", doors, who, refuse };

fn doors() -> Vec<Door> {
    let door = |method, path, run: fn(Call) -> Later<Answer>| Door { method, path, needs: Permission::Read, run };
    vec![
        Door { needs: Permission::Sell, ..door(Method::POST, "/System/Orders", |call| Box::pin(create(call))) },
        door(Method::GET, "/System/Orders", |call| Box::pin(list(call))),
        door(Method::GET, "/System/Orders/Statuses", |_| Box::pin(async { Ok(Answer::ok(words::statuses())) })),
        door(Method::GET, "/System/Orders/{id}", |call| Box::pin(get(call))),
        door(Method::POST, "/System/Orders/{id}/item", |call| Box::pin(add_item(call))),
        door(Method::PUT, "/System/Orders/{id}/item", |call| Box::pin(change_item(call))),
        door(Method::DELETE, "/System/Orders/{id}/item/{item}", |call| Box::pin(remove_item(call))),
        door(Method::PATCH, "/System/Orders/{id}/status", |call| Box::pin(status(call))),
        door(Method::POST, "/System/Orders/{id}/tracking", |call| Box::pin(track(call))),
        door(Method::POST, "/System/Orders/{id}/history", |call| Box::pin(note(call))),
        door(Method::PATCH, "/System/Orders/{id}/paid", |call| Box::pin(paid(call))),
        door(Method::PATCH, "/System/Orders/{id}/done", |call| Box::pin(step(call, Status::Completed))),
        door(Method::PATCH, "/System/Orders/{id}/cancel", |call| Box::pin(step(call, Status::Cancelled))),
        door(Method::PATCH, "/System/Orders/{id}/sent", |call| Box::pin(step(call, Status::InTransit))),
        door(Method::PATCH, "/System/Orders/{id}/delivered", |call| Box::pin(step(call, Status::AwaitingResponse))),
    ]
}

fn who(knock: Arc<Knock>) -> Later<Holder> {
    Box::pin(async move {
        let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "This key is not known here, or has ended.");
        let key = knock.bearer().ok_or_else(|| {
            Shown::new(Kind::SignedOut, "key_missing", "Send your key in the header “Authorization: Bearer hf_…”.")
        })?;
        keys::recognise(&knock.state.services, key).await?.ok_or_else(unknown)
    })
}

fn refuse(error: &Shown) -> Answer {
    let errors: Vec<Value> =
        error.fields.iter().map(|wrong| json!({ "field": wrong.field, "message": wrong.message })).collect();
    Answer::of(status_of(error), json!({ "code": error.code, "message": error.message, "errors": errors }))
}

/// What came of a change: the same when it is told again.
fn done(performed: &Performed) -> Value {
    json!({
        "id": performed.reference.number().to_string(),
        "number": performed.reference,
        "status": performed.status.code(),
        "version": performed.version,
        "events": performed.events,
    })
}

/// An item as it is sent; what is not said stays as `known` has it.
fn item(sent: &Sent, at: &str, currency: Currency, known: Option<&Item>) -> Result<Item, Shown> {
    let inside = |mut error: Shown| {
        for wrong in &mut error.fields {
            wrong.field = format!("{at}{}", wrong.field);
        }
        error
    };
    let missing = |name: &str| Shown::field(&format!("{at}{name}"), "This is needed.");
    let title = sent.read_maybe("title", ItemTitle::parse).map_err(inside)?.map(String::from);
    let quantity = sent.whole("quantity").map_err(inside)?.map(u32::try_from);
    let quantity = quantity.transpose().map_err(|_| Shown::field(&format!("{at}quantity"), "This is too many."))?;
    let unit_minor = sent.amount("unitPrice", currency.decimals()).map_err(inside)?;
    let kind = match sent.maybe("kind").map_err(inside)?.as_deref() {
        None => known.map_or(ItemKind::Goods, |known| known.kind),
        Some("goods") => ItemKind::Goods,
        Some("shipping") => ItemKind::Shipping,
        Some("adjustment") => ItemKind::Adjustment,
        Some(_) => return Err(Shown::field(&format!("{at}kind"), "One of goods, shipping and adjustment.")),
    };
    Ok(Item {
        no: known.map_or(0, |known| known.no),
        title: title.or_else(|| known.map(|known| known.title.clone())).ok_or_else(|| missing("title"))?,
        kind,
        quantity: quantity.or(known.map(|known| known.quantity)).unwrap_or(1),
        unit_minor: unit_minor.or(known.map(|known| known.unit_minor)).ok_or_else(|| missing("unitPrice"))?,
        commission: known.and_then(|known| known.commission),
        due_at: known.and_then(|known| known.due_at),
    })
}

fn numbered(mut items: Vec<Item>) -> Vec<Item> {
    for (no, item) in (1..).zip(&mut items) {
        item.no = no;
    }
    items
}

/// Their names for the fields that placing finds fault with.
fn renamed(mut error: Shown) -> Shown {
    const NAMES: [(&str, &str); 8] = [
        ("/buyer/email", "customer.email"),
        ("/buyer/name", "customer.name"),
        ("/buyer/phone", "customer.phone"),
        ("/external_ref", "externalNumber"),
        ("external_ref", "externalNumber"),
        ("/delivery_note", "note"),
        ("/currency", "currency"),
        ("/address", "address"),
    ];
    for wrong in &mut error.fields {
        if let Some((_, name)) = NAMES.iter().find(|(field, _)| *field == wrong.field) {
            (*name).clone_into(&mut wrong.field);
        }
    }
    error
}

async fn create(call: Call) -> Result<Answer, Shown> {
    let body = &call.body;
    let currency = partners::currency(call.services(), &call.holder).await?;
    let Sent::List(sent) = body.get("items") else { return Err(Shown::field("items", "This must be a list.")) };
    if sent.len() > 200 {
        return Err(Shown::field("items", "At most 200 items."));
    }
    let items = sent.iter().enumerate().map(|(at, sent)| item(sent, &format!("items[{at}]."), currency, None));
    let items = numbered(items.collect::<Result<_, _>>()?);
    let customer = body.get("customer");
    let order = SentOrder {
        seller: body.maybe("sellerId")?.unwrap_or_default(),
        buyer_email: customer.get("email").text().unwrap_or_default(),
        buyer_name: customer.get("name").text().unwrap_or_default(),
        buyer_phone: customer.get("phone").text(),
        external_ref: body.maybe("externalNumber")?,
        currency: body.maybe("currency")?,
        address: body.maybe("address")?,
        delivery_note: body.maybe("note")?,
        items,
        terms: TermsChange::default(),
        milestones: false,
        key: call.key(None, "Idempotency-Key")?.unwrap_or_default(),
    };
    let own = order.key.clone();
    let under_way = call.knock.state.limits.begin(call.holder.key, &own);
    if under_way.is_none() && !own.is_empty() {
        let sentence = "A request with this key is under way: ask again.";
        return Err(Shown::new(Kind::Conflict, "idempotency_key_in_use", sentence));
    }
    let caller = Caller::Key(Box::new(call.holder.clone()));
    let placed = placing::place_as(call.services(), caller, Wish::Sent(Box::new(order))).await;
    let performed = placed.map_err(|error| renamed(error.into()))?;
    Ok(Answer::of(StatusCode::CREATED, done(&performed)))
}

async fn list(call: Call) -> Result<Answer, Shown> {
    let said = &call.knock.query;
    let code = said.maybe("status")?;
    let status = code
        .as_deref()
        .map(|text| words::status(text).ok_or_else(|| Shown::field("status", "There is no such status.")));
    let moment = |name: &str| -> Result<_, Shown> {
        let wrong = || Shown::field(name, "This must be an instant, such as 2026-11-26T14:00:00Z.");
        said.maybe(name)?.map(|text| crate::server::clock::read_rfc3339(&text).ok_or_else(wrong)).transpose()
    };
    let wanted = search::Wanted {
        statuses: status.transpose()?.map(|status| vec![status]),
        buyer_email: said.read_maybe("customerEmail", Email::parse)?.map(String::from),
        placed_from: moment("createdFrom")?,
        placed_to: moment("createdTo")?,
        newest_first: true,
        ..search::Wanted::default()
    };
    let limit = said.whole("limit")?.unwrap_or(25);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| Shown::field("limit", "From 1 to 100."))?;
    let after = said
        .maybe("after")?
        .map(|text| Cursor::read(&text).ok_or_else(|| Shown::field("after", "Use the `next` of a page as it is.")));
    let page = (after.transpose()?, 0, limit);
    let (orders, next) = search::list(call.services(), &call.holder, &wanted, |_| true, page).await?;
    let orders: Vec<Value> = orders.iter().map(|order| words::order(order, None)).collect();
    Ok(Answer::ok(json!({ "orders": orders, "next": next.map(Cursor::write) })))
}

async fn get(call: Call) -> Result<Answer, Shown> {
    let name = order_name(call.param("id"))?;
    let (order, _, contacts) = partners::find(call.services(), &call.holder, &name).await?;
    Ok(Answer::ok(words::order(&order, Some(&contacts))))
}

async fn act(
    call: Call,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
) -> Result<Answer, Shown> {
    let key = call.key(None, "Idempotency-Key")?;
    let performed = call.act(order_name(call.param("id"))?, key, choose).await?;
    Ok(Answer::ok(done(&performed)))
}

async fn add_item(call: Call) -> Result<Answer, Shown> {
    let body = call.body.clone();
    act(call, move |order, _| {
        let mut items = order.items.clone();
        items.push(item(&body, "", order.currency, None)?);
        Ok(vec![Action::EditItems { items: numbered(items) }])
    })
    .await
}

fn unknown_item() -> Shown {
    Shown::not_found("item")
}

async fn change_item(call: Call) -> Result<Answer, Shown> {
    let no = call.body.whole("itemId")?.ok_or_else(|| Shown::field("itemId", "This is needed."))?;
    let body = call.body.clone();
    act(call, move |order, _| {
        let mut items = order.items.clone();
        let known = items.iter_mut().find(|item| u64::from(item.no) == no).ok_or_else(unknown_item)?;
        *known = item(&body, "", order.currency, Some(&known.clone()))?;
        Ok(vec![Action::EditItems { items }])
    })
    .await
}

async fn remove_item(call: Call) -> Result<Answer, Shown> {
    let no: u16 = call.param("item").parse().map_err(|_| unknown_item())?;
    act(call, move |order, _| {
        let mut items = order.items.clone();
        items.retain(|item| item.no != no);
        if items.len() == order.items.len() {
            return Err(unknown_item());
        }
        Ok(vec![Action::EditItems { items: numbered(items) }])
    })
    .await
}

async fn status(call: Call) -> Result<Answer, Shown> {
    let wanted = words::status(&call.body.need("status")?);
    let wanted = wanted.ok_or_else(|| Shown::field("status", "There is no such status."))?;
    step(call, wanted).await
}

async fn step(call: Call, wanted: Status) -> Result<Answer, Shown> {
    let text = words::Texts::read(&call.body)?;
    let now = call.services().now();
    act(call, move |order, actor| words::reach(order, actor, wanted, &text, now)).await
}

async fn track(call: Call) -> Result<Answer, Shown> {
    let carrier = call.body.read_need("carrier", Label::parse)?;
    let tracking = call.body.read_need("trackingNumber", Label::parse)?;
    let checkpoint = call.body.read_maybe("checkpoint", Note::parse)?;
    let delivery = call.body.whole("deliveryId")?.map(u16::try_from).transpose();
    let delivery = delivery.map_err(|_| Shown::field("deliveryId", "There is no such delivery."))?;
    act(call, move |_, _| {
        let (carrier, tracking, checkpoint) = (carrier.clone(), tracking.clone(), checkpoint.clone());
        Ok(vec![Action::Track { delivery, carrier, tracking, checkpoint }])
    })
    .await
}

async fn note(call: Call) -> Result<Answer, Shown> {
    let text = call.body.read_need("text", Note::parse)?;
    let audience = words::audience(call.body.maybe("audience")?.as_deref())?;
    act(call, move |_, _| Ok(vec![Action::Note { text: text.clone(), audience }])).await
}

/// A payment that an operator's finance has seen come in, marked as such.
async fn paid(call: Call) -> Result<Answer, Shown> {
    let reference = call.body.read_maybe("paymentRef", Label::parse)?.map(String::from);
    let key = call.key(None, "Idempotency-Key")?;
    let name = order_name(call.param("id"))?;
    let by_hand = partners::ByHand { order: name, reference, key, fingerprint: call.fingerprint };
    let performed = partners::pay_by_hand(call.services(), &call.holder, by_hand).await?;
    Ok(Answer::ok(done(&performed)))
}
