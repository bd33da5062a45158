//! `API2Cart`'s methods that change an order: each becomes the actions that lead there, or says what can be reached.

use serde_json::{Value, json};

use super::{named, status, store, success};
use crate::{
    domain::{
        error::Error as Shown,
        order::{
            Order,
            action::{Action, Audience, HowMuch, Selection},
            status::Status,
        },
        party::Actor,
        text::{Label, Note, Reason},
    },
    server::{
        counted::LONGEST_KEY,
        partners::{
            Answer, Call,
            body::Sent,
            choosing::{self, HOLDING, UNDER_WAY, all_back, lands_in, money_back, part_with, parts, reach, towards},
        },
        service::orders::Performed,
    },
};

/// Does to the order of a call what is chosen, when it is of the store of the call, and answers with what came of it.
async fn act(
    call: &Call,
    said: &Sent,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
    result: impl FnOnce(&Performed) -> Value,
) -> Result<Answer, Shown> {
    let seller = store(&call.knock, &call.holder).await?;
    // Theirs keeps the answer for 15 minutes; ours keeps it as long as every answer to a command.
    let once = call.once("idempotency_key", LONGEST_KEY)?;
    let chosen = move |order: &Order, actor: &Actor| {
        if seller.is_some_and(|seller| seller != order.parties.seller) {
            return Err(Shown::not_found("order"));
        }
        choose(order, actor)
    };
    let performed = call.act(named(said)?, once, chosen).await?;
    Ok(success(&result(&performed)).of_performed(&performed))
}

/// What leads to a status.
fn lead(order: &Order, id: u8, reason: &Reason) -> Option<Vec<Action>> {
    match id {
        status::REFUNDED => (order.paid_minor > 0).then(|| all_back(order, reason)),
        // What is done is accepted, which `Completed` says too; nobody asks for goods to come back by “Denied”.
        _ => status::ours(id).next().and_then(|wanted| towards(wanted, reason)).map(|action| vec![action]),
    }
}

/// The status that an update asks for, by any of its three words.
fn wanted(said: &Sent) -> Result<Option<u8>, Shown> {
    let by_status = said.maybe("order_status")?.map(|text| status::known("order_status", Some(&text))).transpose()?;
    let by_money = status::word(said, "financial_status", &status::FINANCIAL)?.map(|(_, id)| id);
    let by_goods = status::word(said, "fulfillment_status", &status::FULFILLMENT)?.map(|(_, id)| id);
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
    act(&call, &said, choose, |done| json!({ "updated_items": done.events.len().min(1) })).await
}

/// Which pieces a list of items names, by their numbers in the order.
fn pieces(said: &Sent) -> Result<Vec<(u16, u32)>, Shown> {
    let one = |(at, item): (usize, &Sent)| {
        let wrong = |name: &str| Shown::field(&format!("items[{at}].{name}"), "There is no such item, or number.");
        let number = |name: &str| item.get(name).text().and_then(|text| text.parse::<u32>().ok());
        let no = number("order_product_id").and_then(|no| u16::try_from(no).ok());
        let count = number("quantity").filter(|count| *count > 0);
        Ok((no.ok_or_else(|| wrong("order_product_id"))?, count.ok_or_else(|| wrong("quantity"))?))
    };
    said.list("items").iter().enumerate().map(one).collect()
}

/// A number under which a parcel can be followed, with who carries it.
type Tracking = (Option<Label>, Label);

/// The numbers that are told, each with the name of its carrier: in a list, by themselves, or both.
fn trackings(said: &Sent) -> Result<Vec<Tracking>, Shown> {
    let mut list = said.list("tracking_numbers");
    list.push(said.clone());
    let mut found = Vec::new();
    for entry in &list {
        let number = match entry {
            Sent::Members(_) => entry.read_maybe("tracking_number", Label::parse)?,
            text => text
                .text()
                .map(|text| Label::parse(&text))
                .transpose()
                .map_err(|bad| Shown::field("tracking_numbers", bad.0))?,
        };
        let carrier = entry.read_maybe("carrier_id", Label::parse)?;
        let carrier =
            carrier.map_or_else(|| entry.read_maybe("tracking_provider", Label::parse), |known| Ok(Some(known)))?;
        found.extend(number.map(|number| (carrier, number)));
    }
    Ok(found)
}

fn link(said: &Sent) -> Result<Option<Note>, Shown> {
    let link = said.read_maybe("tracking_link", Note::parse)?;
    let is_link = |text: &str| (text.starts_with("https://") || text.starts_with("http://")) && text.len() <= 1_000;
    match link {
        Some(link) if !is_link(link.as_str()) => {
            Err(Shown::field("tracking_link", "This must be a link of at most 1000 characters."))
        }
        link => Ok(link),
    }
}

pub async fn ship(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let (items, numbers, link) = (pieces(&said)?, trackings(&said)?, link(&said)?);
    let choose = move |order: &Order, _: &Actor| {
        let delivery = if items.is_empty() { None } else { part_with(order, &UNDER_WAY, &items) };
        let chosen = Selection { delivery, items: items.clone() };
        let sent = lands_in(order, &chosen);
        let (carrier, number) = numbers.first().cloned().map_or((None, None), |(carrier, no)| (carrier, Some(no)));
        let mut actions = vec![Action::Dispatch { parts: chosen, carrier, tracking: number }];
        // The first number stays the parcel's; the others and the link stand on the timeline.
        let mut told: Vec<String> = numbers.iter().skip(1).map(|(_, number)| format!("Also under {number}")).collect();
        told.extend(link.as_ref().map(ToString::to_string));
        if let (Some((carrier, number)), Ok(checkpoint)) = (numbers.first(), Note::parse(&told.join("\n"))) {
            actions.push(choosing::track(sent.delivery, carrier.as_ref(), number, Some(checkpoint)));
        }
        Ok(actions)
    };
    act(&call, &said, choose, |done| json!({ "shipment_id": done.version.to_string() })).await
}

pub async fn track(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let (numbers, link) = (trackings(&said)?, link(&said)?);
    if numbers.is_empty() {
        return Err(Shown::field("tracking_number", "This is needed."));
    }
    let choose = move |_: &Order, _: &Actor| {
        let one = |(carrier, number): &Tracking| choosing::track(None, carrier.as_ref(), number, link.clone());
        Ok(numbers.iter().map(one).collect())
    };
    act(&call, &said, choose, |done| json!({ "tracking_number_id": done.version.to_string() })).await
}

pub async fn refund(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let items = pieces(&said)?;
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
    act(&call, &said, choose, |done| json!({ "refund_id": done.version.to_string() })).await
}
