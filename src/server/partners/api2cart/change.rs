//! `API2Cart`'s methods that change an order: each becomes the actions that lead there, or says what can be reached.

use serde_json::{Value, json};

use super::{named, status, success};
use crate::{
    domain::{
        error::Error as Shown,
        order::{
            Order,
            action::{Action, Audience, HowMuch, Selection},
            status::Status,
        },
        party::Actor,
        text::{Note, Reason},
    },
    server::{
        counted::LONGEST_KEY,
        partners::{
            Answer, Call,
            body::Sent,
            choosing::{HOLDING, Parcel, UNDER_WAY, all_back, lands_in, money_back, part_with, parts, reach, towards},
        },
        service::orders::Performed,
    },
};

/// Does to the order of a call what is chosen, and answers with what came of it.
async fn act(
    call: &Call,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
    result: impl FnOnce(&Performed) -> Value,
) -> Result<Answer, Shown> {
    // Theirs keeps the answer for 15 minutes; ours keeps it as long as every answer to a command.
    let once = call.once("idempotency_key", LONGEST_KEY)?;
    let performed = call.act(named(&call.said())?, once, choose).await?;
    Ok(success(&result(&performed)).of_performed(&performed))
}

/// What leads to a status.
fn lead(order: &Order, id: u8, reason: &Reason) -> Option<Vec<Action>> {
    match id {
        status::REFUNDED => (order.paid_minor > 0).then(|| all_back(order, reason)),
        _ => status::ours(id).next().and_then(|wanted| towards(wanted, reason)).map(|action| vec![action]),
    }
}

/// The status that an update asks for, by any of its three words.
fn wanted(said: &Sent) -> Result<Option<u8>, Shown> {
    let by_status = said.maybe("order_status")?.map(|text| status::known("order_status", Some(&text))).transpose()?;
    let by_money = status::word(said, "financial_status", &status::FINANCIAL)?.map(|(.., id)| id);
    let by_goods = status::word(said, "fulfillment_status", &status::FULFILLMENT)?.map(|(.., id)| id);
    let mut ids = [by_status, by_money, by_goods].into_iter().flatten();
    let first = ids.next();
    if ids.any(|other| Some(other) != first) {
        return Err(Shown::field("order_status", "The statuses do not agree: send one."));
    }
    Ok(first)
}

pub async fn update(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    named(&said)?;
    let id = wanted(&said)?;
    // Whom a change is told, and how, each of them has chosen here: a call says nothing about that.
    said.truth("send_notifications")?;
    let comment = said.read_maybe("comment", Note::parse)?;
    let admin_comment = said.read_maybe("admin_comment", Note::parse)?;
    let reason = said.maybe("cancellation_reason")?.or(said.maybe("comment")?);
    let reason = Reason::parse(reason.as_deref().unwrap_or("By the shop's system"))
        .map_err(|bad| Shown::field("cancellation_reason", bad.0))?;
    if id.is_none() && comment.is_none() && admin_comment.is_none() {
        return Err(Shown::field("order_status", "Say what changes."));
    }
    let now = call.services().now();
    let choose = move |order: &Order, actor: &Actor| {
        let leads = |id| lead(order, id, &reason);
        let mut actions = match id {
            Some(id) => reach((order, actor, now), id, (&status::REACHED, status::name), leads)?,
            None => Vec::new(),
        };
        let notes = [(&comment, Audience::Everyone), (&admin_comment, Audience::Sellers)];
        for (text, audience) in notes {
            actions.extend(text.clone().map(|text| Action::Note { text, audience }));
        }
        Ok(actions)
    };
    act(&call, choose, |done| json!({ "updated_items": done.events.len().min(1) })).await
}

/// How a list of items names pieces: by the item's number, and how many.
const PIECES: (&str, &str) = ("order_product_id", "quantity");

/// The parcels that are told of: in a list, by themselves, or both.
fn parcels(said: &Sent) -> Result<Vec<Parcel>, Shown> {
    let bare = |number: Sent| Sent::Members(vec![("tracking_number".to_owned(), number)]);
    let listed = said.list("tracking_numbers").into_iter();
    let listed = listed.map(|entry| if matches!(entry, Sent::Members(_)) { entry } else { bare(entry) });
    let read = |entry: Sent| Parcel::read(&entry, "tracking_number", &["carrier_id", "tracking_provider"]);
    listed.chain([said.clone()]).filter_map(|entry| read(entry).transpose()).collect()
}

pub async fn ship(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let (items, parcels, link) = (said.pieces("items", PIECES)?, parcels(&said)?, said.link("tracking_link")?);
    let choose = move |order: &Order, _: &Actor| {
        let delivery = if items.is_empty() { None } else { part_with(order, &UNDER_WAY, &items) };
        let chosen = Selection { delivery, items: items.clone() };
        let sent = lands_in(order, &chosen);
        let mut actions = vec![Parcel::dispatch(parcels.first(), chosen)];
        // What is told last stays the parcel's number: the first, when there are more or there is a link.
        actions.extend(parcels.iter().skip(1).map(|parcel| parcel.track(sent.delivery, None)));
        let first = parcels.first().filter(|_| parcels.len() > 1 || link.is_some());
        actions.extend(first.map(|parcel| parcel.track(sent.delivery, link.clone())));
        Ok(actions)
    };
    act(&call, choose, |done| json!({ "shipment_id": done.version.to_string() })).await
}

pub async fn track(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let (parcels, link) = (parcels(&said)?, said.link("tracking_link")?);
    if parcels.is_empty() {
        return Err(Shown::field("tracking_number", "This is needed."));
    }
    let choose =
        move |_: &Order, _: &Actor| Ok(parcels.iter().map(|parcel| parcel.track(None, link.clone())).collect());
    act(&call, choose, |done| json!({ "tracking_number_id": done.version.to_string() })).await
}

pub async fn refund(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let items = said.pieces("items", PIECES)?;
    let reason = said.maybe("message")?.or(said.maybe("reason")?).unwrap_or_else(|| "Refund".to_owned());
    let reason = Reason::parse(&reason).map_err(|bad| Shown::field("message", bad.0))?;
    if items.is_empty() && said.maybe("total_price")?.is_none() {
        return Err(Shown::field("total_price", "Say how much, or which items."));
    }
    let sums = said.clone();
    let choose = move |order: &Order, _: &Actor| {
        if let Some(amount) = sums.amount("total_price", order.currency.decimals())? {
            return money_back(order, amount, "total_price", &reason);
        }
        let (how_much, reason) = (HowMuch::Items(items.clone()), reason.clone());
        Ok(vec![if parts(order, &HOLDING).any(|part| part.open().amount > 0) {
            Action::Refund { delivery: part_with(order, &HOLDING, &items), how_much, reason }
        } else {
            Action::Credit { delivery: part_with(order, &[Status::Completed], &items), how_much, reason }
        }])
    };
    act(&call, choose, |done| json!({ "refund_id": done.version.to_string() })).await
}
