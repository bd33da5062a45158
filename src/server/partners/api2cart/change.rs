//! `API2Cart`'s methods that change an order: each becomes the actions that lead there, or says what can be reached.

use serde_json::json;

use super::{named, status, store, success};
use crate::{
    domain::{
        error::{Error as Shown, Kind},
        money::Minor,
        order::{
            Order, RejectCode, Remedy,
            action::{Action, Audience, HowMuch, Proof, Selection},
            decide::decide,
            status::Status,
        },
        party::Actor,
        text::{Label, Note, Reason},
        time::Moment,
    },
    server::{
        partners::{
            Answer, Call,
            body::Sent,
            choosing::{HOLDING, UNDER_WAY, lands_in, money_back, part_with, parts},
        },
        service::orders::Performed,
    },
};

/// Does to the order of a call what is chosen, when it is of the store of the call.
async fn act(
    call: &Call,
    said: &Sent,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
) -> Result<Performed, Shown> {
    let seller = store(&call.knock, &call.holder).await?;
    let key = call.key(said.maybe("idempotency_key")?, "idempotency_key")?;
    let chosen = move |order: &Order, actor: &Actor| {
        if seller.is_some_and(|seller| seller != order.parties.seller) {
            return Err(Shown::not_found("order"));
        }
        choose(order, actor)
    };
    call.act(named(said)?, key, chosen).await
}

/// All the money of an order, back.
fn all_back(order: &Order, reason: &Reason) -> Vec<Action> {
    let text = Note::parse(reason.as_str()).ok();
    let concede = |no: u16| Action::Concede { delivery: Some(no), text: text.clone() };
    let disputed: Vec<Action> =
        parts(order, &[Status::Dispute, Status::UnderReview]).map(|part| concede(part.no)).collect();
    if !disputed.is_empty() {
        return disputed;
    }
    let receive = |no: u16| Action::ReceiveReturn { delivery: Some(no) };
    let returning: Vec<Action> = parts(order, &[Status::Returning]).map(|part| receive(part.no)).collect();
    if !returning.is_empty() {
        return returning;
    }
    let held: Minor = parts(order, &HOLDING).map(|part| part.open().amount).sum();
    let released: Minor = parts(order, &[Status::Completed]).map(|part| part.released().amount).sum();
    money_back(order, if held > 0 { held } else { released.max(1) }, reason)
}

/// What leads to a status.
fn towards(order: &Order, id: u8, reason: &Reason) -> Option<Vec<Action>> {
    let parts = Selection::default();
    Some(match id {
        3 => vec![Action::Dispatch { parts, carrier: None, tracking: None }],
        15 => vec![Action::Deliver { parts, proof: Proof::default() }],
        5 => vec![Action::Accept { parts }],
        7 => vec![Action::Cancel { delivery: None, reason: reason.clone() }],
        8 => vec![Action::Reject {
            parts,
            code: RejectCode::Other,
            text: reason.clone(),
            remedy: Remedy::Refund,
            photos: Vec::new(),
        }],
        11 => all_back(order, reason),
        _ => return None,
    })
}

/// What leads to a status for this caller now; where nothing does, what does lead somewhere.
fn reach(order: &Order, actor: &Actor, id: u8, reason: &Reason, now: Moment) -> Result<Vec<Action>, Shown> {
    let tried = |id: u8| -> Result<Vec<Action>, Shown> {
        let actions = towards(order, id, reason).ok_or_else(|| {
            let sentence = format!("No action leads to “{}”.", status::name(id));
            Shown::new(Kind::Conflict, "status_not_reachable", sentence)
        })?;
        for action in actions.iter().take(1) {
            decide(order, actor, action, now)?;
        }
        Ok(actions)
    };
    tried(id).map_err(|refused| {
        let possible: Vec<&str> =
            status::REACHED.into_iter().filter(|id| tried(*id).is_ok()).map(status::name).collect();
        let possible = if possible.is_empty() { "nothing".to_owned() } else { possible.join(", ") };
        Shown { message: format!("{} Possible now: {possible}.", refused.message), ..refused }
    })
}

/// The status that an update asks for, by any of its three words.
fn wanted(said: &Sent) -> Result<Option<u8>, Shown> {
    let unknown = |name: &str| Shown::field(name, "There is no such status.");
    let mut ids = Vec::new();
    if let Some(text) = said.maybe("order_status")? {
        ids.push(status::known(&text).ok_or_else(|| unknown("order_status"))?);
    }
    if let Some(text) = said.maybe("financial_status")? {
        ids.push(match text.to_lowercase().as_str() {
            "refunded" => 11,
            "voided" => 7,
            "paid" => 2,
            "pending" => 1,
            "chargeback" => 13,
            _ => return Err(unknown("financial_status")),
        });
    }
    if let Some(text) = said.maybe("fulfillment_status")? {
        ids.push(match text.to_lowercase().as_str() {
            "shipped" => 3,
            "delivered" => 15,
            "returned" => 11,
            "unfulfilled" | "partial" => 2,
            _ => return Err(unknown("fulfillment_status")),
        });
    }
    ids.dedup();
    match ids.as_slice() {
        [] => Ok(None),
        [id] => Ok(Some(*id)),
        _ => Err(Shown::field("order_status", "The statuses do not agree: send one.")),
    }
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
        let mut actions = match id {
            Some(id) => reach(order, actor, id, &reason, now)?,
            None => Vec::new(),
        };
        let notes = [(&comment, Audience::Everyone), (&admin_comment, Audience::Sellers)];
        for (text, audience) in notes {
            actions.extend(text.clone().map(|text| Action::Note { text, audience }));
        }
        Ok(actions)
    };
    act(&call, &said, choose).await?;
    Ok(success(&json!({ "updated_items": 1 })))
}

/// Which pieces a list of items names, by their numbers in the order.
fn pieces(said: &Sent) -> Result<Vec<(u16, u32)>, Shown> {
    let mut pieces = Vec::new();
    for (at, item) in said.list("items").iter().enumerate() {
        let named = |name: &str| Shown::field(&format!("items[{at}].{name}"), "There is no such item, or number.");
        let number = |name: &str| item.get(name).text().and_then(|text| text.parse::<u32>().ok());
        let no = number("order_product_id").and_then(|no| u16::try_from(no).ok());
        pieces.push((
            no.ok_or_else(|| named("order_product_id"))?,
            number("quantity").filter(|count| *count > 0).ok_or_else(|| named("quantity"))?,
        ));
    }
    Ok(pieces)
}

/// The numbers under which a parcel can be followed, each with who carries it.
fn trackings(said: &Sent) -> Result<Vec<(Option<Label>, Label)>, Shown> {
    let mut found = Vec::new();
    let mut one = |of: &Sent| -> Result<(), Shown> {
        let carrier = match of.read_maybe("carrier_id", Label::parse)? {
            Some(carrier) => Some(carrier),
            None => of.read_maybe("tracking_provider", Label::parse)?,
        };
        found.extend(of.read_maybe("tracking_number", Label::parse)?.map(|number| (carrier, number)));
        Ok(())
    };
    for entry in said.list("tracking_numbers") {
        match entry {
            Sent::Members(_) => one(&entry)?,
            other => one(&Sent::Members(vec![("tracking_number".to_owned(), other)]))?,
        }
    }
    one(said)?;
    Ok(found)
}

fn link(said: &Sent) -> Result<Option<Note>, Shown> {
    let Some(text) = said.maybe("tracking_link")? else { return Ok(None) };
    if !(text.starts_with("https://") || text.starts_with("http://")) || text.len() > 1_000 {
        return Err(Shown::field("tracking_link", "This must be a link of at most 1000 characters."));
    }
    Note::parse(&text).map(Some).map_err(|bad| Shown::field("tracking_link", bad.0))
}

/// Who carries a parcel when nobody says.
fn some_carrier(named: Option<&Label>) -> Result<Label, Shown> {
    named.cloned().map_or_else(|| Label::parse("Carrier").map_err(|bad| Shown::field("carrier_id", bad.0)), Ok)
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
            let (carrier, tracking) = (some_carrier(carrier.as_ref())?, number.clone());
            actions.push(Action::Track { delivery: sent.delivery, carrier, tracking, checkpoint: Some(checkpoint) });
        }
        Ok(actions)
    };
    let performed = act(&call, &said, choose).await?;
    Ok(success(&json!({ "shipment_id": performed.version.to_string() })))
}

pub async fn track(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let (numbers, link) = (trackings(&said)?, link(&said)?);
    if numbers.is_empty() {
        return Err(Shown::field("tracking_number", "This is needed."));
    }
    let choose = move |_: &Order, _: &Actor| {
        let track = |(carrier, number): &(Option<Label>, Label)| {
            let (carrier, tracking) = (some_carrier(carrier.as_ref())?, number.clone());
            Ok(Action::Track { delivery: None, carrier, tracking, checkpoint: link.clone() })
        };
        numbers.iter().map(track).collect()
    };
    let performed = act(&call, &said, choose).await?;
    Ok(success(&json!({ "tracking_number_id": performed.version.to_string() })))
}

pub async fn refund(call: Call) -> Result<Answer, Shown> {
    let said = call.said();
    let items = pieces(&said)?;
    let reason = said.maybe("message")?.or(said.maybe("reason")?).unwrap_or_else(|| "Refund".to_owned());
    let reason = Reason::parse(&reason).map_err(|bad| Shown::field("message", bad.0))?;
    let total = said.maybe("total_price")?;
    if items.is_empty() && total.is_none() {
        return Err(Shown::field("total_price", "Say how much, or which items."));
    }
    let sums = said.clone();
    let choose = move |order: &Order, _: &Actor| {
        let amount = sums.amount("total_price", order.currency.decimals())?;
        if let Some(amount) = amount {
            if amount <= 0 {
                return Err(Shown::field("total_price", "The amount must be more than nothing."));
            }
            return Ok(money_back(order, amount, &reason));
        }
        let (how_much, reason) = (HowMuch::Items(items.clone()), reason.clone());
        let has_held = parts(order, &HOLDING).any(|part| part.open().amount > 0);
        Ok(vec![if has_held {
            Action::Refund { delivery: part_with(order, &HOLDING, &items), how_much, reason }
        } else {
            Action::Credit { delivery: part_with(order, &[Status::Completed], &items), how_much, reason }
        }])
    };
    let performed = act(&call, &said, choose).await?;
    Ok(success(&json!({ "refund_id": performed.version.to_string() })))
}
