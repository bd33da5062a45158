//! Retailys' `System/Orders`: placed, read, their items changed before payment, and moved by a word for each step. Their
//! fields are not public: these are ours in camel case, with amounts as decimal texts.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Answer, Call, Door, Knock, Known, Later, Surface,
    body::Sent,
    choosing::{Parcel, reach, towards},
    status_of,
};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        money::Currency,
        order::{
            Item, ItemKind, Order,
            action::{Action, Audience},
            status::Status,
            terms_change::TermsChange,
        },
        page::Cursor,
        party::Actor,
        text::{Email, ItemTitle, Label, Note},
    },
    server::{
        counted::LONGEST_KEY,
        service::{
            keys,
            orders::{Caller, Performed},
            partners::{
                self, order_name,
                search::{self, Page},
            },
            payments::{self, ByHand},
            placing::{self, SentOrder, Wish},
            programs,
        },
    },
};

mod words;

/// The surface.
pub const SURFACE: Surface = Surface { name: "retailys", doors, who, refuse, fields: &FIELDS };

/// The most items of an order.
const MOST_ITEMS: u16 = 200;
/// Their names for the fields that use cases and rules find fault with.
const FIELDS: [(&str, &str); 12] = [
    ("/buyer/email", "customer.email"),
    ("/buyer/name", "customer.name"),
    ("/buyer/phone", "customer.phone"),
    ("/external_ref", "externalNumber"),
    ("external_ref", "externalNumber"),
    ("/delivery_note", "note"),
    ("/currency", "currency"),
    ("/address", "address"),
    ("seller", "sellerId"),
    ("/seller", "sellerId"),
    ("delivery", "deliveryId"),
    ("payment_ref", "paymentRef"),
];

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

fn who(knock: Arc<Knock>) -> Later<Known> {
    Box::pin(async move {
        let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "This key is not known here, or has ended.");
        let key = knock.bearer().ok_or_else(|| {
            Shown::new(Kind::SignedOut, "key_missing", "Send your key in the header “Authorization: Bearer hf_…”.")
        })?;
        Ok(keys::recognise(&knock.state.services, key).await?.ok_or_else(unknown)?.into())
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
fn item(sent: &Sent, no: u16, at: &str, currency: Currency, known: Option<&Item>) -> Result<Item, Shown> {
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
    let kind = match sent.one_of("kind", &["goods", "shipping", "adjustment"]).map_err(inside)? {
        None => known.map_or(ItemKind::Goods, |known| known.kind),
        Some("shipping") => ItemKind::Shipping,
        Some("adjustment") => ItemKind::Adjustment,
        Some(_) => ItemKind::Goods,
    };
    Ok(Item {
        no,
        title: title.or_else(|| known.map(|known| known.title.clone())).ok_or_else(|| missing("title"))?,
        kind,
        quantity: quantity.or(known.map(|known| known.quantity)).unwrap_or(1),
        unit_minor: unit_minor.or(known.map(|known| known.unit_minor)).ok_or_else(|| missing("unitPrice"))?,
        commission: known.and_then(|known| known.commission),
        due_at: known.and_then(|known| known.due_at),
    })
}

async fn create(call: Call) -> Result<Answer, Shown> {
    let body = &call.body;
    let currency = partners::currency(call.services(), &call.holder).await?;
    let Sent::List(sent) = body.get("items") else { return Err(Shown::field("items", "This must be a list.")) };
    if sent.len() > usize::from(MOST_ITEMS) {
        return Err(Shown::field("items", format!("At most {MOST_ITEMS} items.")));
    }
    let items = (1..).zip(sent).map(|(no, sent)| item(sent, no, &format!("items[{}].", no - 1), currency, None));
    let items = items.collect::<Result<_, _>>()?;
    let customer = body.get("customer");
    let key = match call.own_key("", LONGEST_KEY)? {
        Some(key) => key,
        None => programs::words_key(call.services(), &call.holder, &call.fingerprint).await?,
    };
    let order = SentOrder {
        seller: body.maybe("sellerId")?.unwrap_or_default(),
        buyer_email: customer.get("email").text().unwrap_or_default(),
        buyer_name: customer.get("name").text().unwrap_or_default(),
        buyer_phone: customer.get("phone").text(),
        buyer_language: String::new(),
        external_ref: body.maybe("externalNumber")?,
        currency: body.maybe("currency")?,
        address: body.maybe("address")?,
        delivery_note: body.maybe("note")?,
        items,
        terms: TermsChange::default(),
        milestones: false,
        key,
    };
    let caller = Caller::Key(Box::new(call.holder.clone()));
    let performed = placing::place_as(call.services(), caller, Wish::Sent(Box::new(order))).await?;
    Ok(Answer::of(StatusCode::CREATED, done(&performed)).of_performed(&performed))
}

async fn list(call: Call) -> Result<Answer, Shown> {
    let said = &call.knock.query;
    let code = said.maybe("status")?;
    let status = code
        .as_deref()
        .map(|text| words::status(text).ok_or_else(|| Shown::field("status", "There is no such status.")));
    let wanted = search::Wanted {
        statuses: status.transpose()?.map(|status| vec![status]),
        buyer_email: said.read_maybe("customerEmail", Email::parse)?.map(String::from),
        placed_from: said.instant("createdFrom")?,
        placed_to: said.instant("createdTo")?,
        newest_first: true,
        ..search::Wanted::default()
    };
    let limit = said.between("limit", 25, (1, 100))?;
    let after = said
        .maybe("after")?
        .map(|text| Cursor::read(&text).ok_or_else(|| Shown::field("after", "Use the `next` of a page as it is.")));
    let page = Page { after: after.transpose()?, skip: 0, take: limit };
    let found = search::list(call.services(), &call.holder, &wanted, |_| true, page).await?;
    let orders: Vec<Value> = found.orders.iter().map(|order| words::order(order, None)).collect();
    let next = found.next.map(|(place, _)| place.write());
    Ok(Answer::ok(json!({ "orders": orders, "next": next })))
}

async fn get(call: Call) -> Result<Answer, Shown> {
    let name = order_name(call.param("id"))?;
    let (order, _, contacts) = call.find(&name).await?;
    Ok(Answer::ok(words::order(&order, Some(&contacts))))
}

async fn act(
    call: Call,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
) -> Result<Answer, Shown> {
    let once = call.once_by_header()?;
    let performed = call.act(order_name(call.param("id"))?, once, choose).await?;
    Ok(Answer::ok(done(&performed)).of_performed(&performed))
}

async fn add_item(call: Call) -> Result<Answer, Shown> {
    let body = call.body.clone();
    act(call, move |order, _| {
        let mut items = order.items.clone();
        let no = items.iter().map(|item| item.no).max().unwrap_or_default().saturating_add(1);
        items.push(item(&body, no, "", order.currency, None)?);
        Ok(vec![Action::EditItems { items }])
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
        *known = item(&body, known.no, "", order.currency, Some(&known.clone()))?;
        Ok(vec![Action::EditItems { items }])
    })
    .await
}

/// The others keep their numbers: whoever changes one of them next knows it by that.
async fn remove_item(call: Call) -> Result<Answer, Shown> {
    let no: u16 = call.param("item").parse().map_err(|_| unknown_item())?;
    act(call, move |order, _| {
        let mut items = order.items.clone();
        items.retain(|item| item.no != no);
        if items.len() == order.items.len() {
            return Err(unknown_item());
        }
        Ok(vec![Action::EditItems { items }])
    })
    .await
}

async fn status(call: Call) -> Result<Answer, Shown> {
    let wanted = words::status(&call.body.need("status")?);
    let wanted = wanted.ok_or_else(|| Shown::field("status", "There is no such status."))?;
    step(call, wanted).await
}

async fn step(call: Call, wanted: Status) -> Result<Answer, Shown> {
    let reason = words::reason(&call.body)?;
    let now = call.services().now();
    act(call, move |order, actor| {
        let leads = |status| towards(status, &reason).map(|action| vec![action]);
        reach((order, actor, now), wanted, (&Status::ALL, Status::code), leads)
    })
    .await
}

async fn track(call: Call) -> Result<Answer, Shown> {
    let parcel = Parcel::read(&call.body, "trackingNumber", &["carrier"])?;
    let parcel = parcel.ok_or_else(|| Shown::field("trackingNumber", "This is needed."))?;
    call.body.need("carrier")?;
    let checkpoint = call.body.read_maybe("checkpoint", Note::parse)?;
    let delivery = call.body.whole("deliveryId")?.map(u16::try_from).transpose();
    let delivery = delivery.map_err(|_| Shown::field("deliveryId", "There is no such delivery."))?;
    act(call, move |_, _| Ok(vec![parcel.track(delivery, checkpoint.clone())])).await
}

async fn note(call: Call) -> Result<Answer, Shown> {
    let text = call.body.read_need("text", Note::parse)?;
    let audience = match call.body.one_of("audience", &["everyone", "sellers", "operators"])? {
        Some("sellers") => Audience::Sellers,
        Some("operators") => Audience::Operators,
        _ => Audience::Everyone,
    };
    act(call, move |_, _| Ok(vec![Action::Note { text: text.clone(), audience }])).await
}

/// A payment that an operator's finance has seen come in, marked as such.
async fn paid(call: Call) -> Result<Answer, Shown> {
    let reference = call.body.read_maybe("paymentRef", Label::parse)?.map(String::from);
    let key = call.own_key("", LONGEST_KEY)?;
    let name = order_name(call.param("id"))?;
    let by_hand = ByHand { order: name, reference, key, fingerprint: call.fingerprint };
    let performed = payments::pay_by_hand(call.services(), &call.holder, by_hand).await?;
    Ok(Answer::ok(done(&performed)).of_performed(&performed))
}
