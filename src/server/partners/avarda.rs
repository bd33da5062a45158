//! Avarda's payment calls: goods sent, goods back, money back, called off; with tokens that live for an hour.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    Answer, Call, Door, Knock, Known, Later, Surface,
    body::{Sent, decimal},
    choosing::{Parcel, UNDER_WAY, lands_in, money_back, part_with, parts},
    status_of,
};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        money::Minor,
        order::{
            Delivery, ItemKind, Order,
            action::{Action, Proof, Selection},
            status::Status,
        },
        text::{self, BadText, Label, Note, Reason},
    },
    server::{
        clock,
        service::{
            partners::{self, order_name},
            programs::{self, Once},
        },
    },
};

/// The surface.
pub const SURFACE: Surface = Surface { name: "avarda", doors, who, refuse, fields: &FIELDS };

/// What they call the fields that the rules find fault with.
const FIELDS: [(&str, &str); 3] = [("amount", "Amount"), ("items", "Items"), ("delivery", "Items")];
/// The field of the caller's own key, and how long that may be.
const TRAN_ID: (&str, usize) = ("TranId", 36);

/// Where tokens are got.
const TOKENS: &str = "/api/partner/tokens";
/// The number of the refusal that their documentation shows.
const EXTERNAL_ID: &str = "10005";

fn doors() -> Vec<Door> {
    let post = |path, needs, run: fn(Call) -> Later<Answer>| Door { method: Method::POST, path, needs, run };
    vec![
        post(TOKENS, Permission::Read, |call| Box::pin(token(call))),
        post("/api/partner/payments/{purchase}/order", Permission::Read, |call| Box::pin(sent(call))),
        post("/api/partner/payments/{purchase}/return", Permission::Read, |call| Box::pin(back(call))),
        post("/api/partner/payments/{purchase}/refund", Permission::Read, |call| Box::pin(refund(call))),
        post("/api/partner/payments/{purchase}/cancel", Permission::Read, |call| Box::pin(cancel(call))),
    ]
}

fn who(knock: Arc<Knock>) -> Later<Known> {
    Box::pin(async move {
        let services = &knock.state.services;
        let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "This is of no key that is valid.");
        if knock.path == TOKENS {
            let body = knock.body.clone()?;
            let (id, secret) = (body.need("clientId")?, body.need("clientSecret")?);
            return Ok(partners::by_halves(services, &id, &secret).await?.ok_or_else(unknown)?.into());
        }
        let Some(token) = knock.bearer() else {
            let sentence = "Send the partner access token in the header “Authorization: Bearer …”.";
            return Err(Shown::new(Kind::SignedOut, "key_missing", sentence));
        };
        let over =
            || Shown::new(Kind::SignedOut, "token_unknown", "This token is not known here, or its hour is over.");
        Ok(partners::by_token(services, token).await?.ok_or_else(over)?.into())
    })
}

/// Their refusals are lists with a number each; where we know none of theirs, our code stands there.
fn refuse(error: &Shown) -> Answer {
    let number = |field: &str| match field {
        "OrderReference" | "TranId" => EXTERNAL_ID,
        _ => error.code.as_str(),
    };
    let mut list: Vec<_> = error
        .fields
        .iter()
        .map(|wrong| {
            let message = match number(&wrong.field) {
                EXTERNAL_ID => format!("Invalid or missing external ID. {}: {}", wrong.field, wrong.message),
                _ => format!("{}: {}", wrong.field, wrong.message),
            };
            json!({ "ErrorCode": number(&wrong.field), "ErrorMessage": message })
        })
        .collect();
    if list.is_empty() {
        list.push(json!({ "ErrorCode": error.code, "ErrorMessage": error.message }));
    }
    // What the rules refuse is a bad request there.
    let status = match error.kind {
        Kind::Conflict | Kind::Invalid => StatusCode::BAD_REQUEST,
        _ => status_of(error),
    };
    Answer::of(status, list.into())
}

async fn token(call: Call) -> Result<Answer, Shown> {
    let (token, until) = partners::token(call.services(), &call.body.need("clientSecret")?);
    Ok(Answer::ok(json!({ "token": token, "tokenExpirationUtc": clock::rfc3339(until) })))
}

/// One row of what was sent or came back.
#[derive(Clone, Debug)]
struct Row {
    description: String,
    amount_minor: Minor,
    quantity: Option<u32>,
}

fn short(most: usize) -> impl Fn(&str) -> Result<String, BadText> {
    move |text| text::line(text, 1, most)
}

fn checked(of: &Sent, name: &str, at: &str, most: usize) -> Result<Option<String>, Shown> {
    let named = |message: String| Shown::field(&format!("{at}{name}"), message);
    let text = of.maybe(name).map_err(|error| named(error.message))?;
    text.map(|text| short(most)(&text).map_err(|bad| named(bad.0))).transpose()
}

/// The rows of `Items`, and their sum, which is positive.
fn rows(body: &Sent, decimals: u32) -> Result<(Vec<Row>, Minor), Shown> {
    let Sent::List(items) = body.get("Items") else { return Err(Shown::field("Items", "This must be a list.")) };
    if items.is_empty() || items.len() > 200 {
        return Err(Shown::field("Items", "From 1 to 200 items."));
    }
    let mut rows = Vec::with_capacity(items.len());
    let mut sum: Minor = 0;
    for (no, item) in items.iter().enumerate() {
        let at = format!("Items[{no}].");
        let named = |name: &str, message: &str| Shown::field(&format!("{at}{name}"), message);
        let wrong = "This must be a decimal number with no more decimals than the currency has.";
        let amount = |name: &str| match item.get(name) {
            Sent::Nothing => Ok(None),
            value => value.text().and_then(|text| decimal(&text, decimals)).map(Some).ok_or_else(|| named(name, wrong)),
        };
        let amount_minor = amount("Amount")?.ok_or_else(|| named("Amount", "This is needed."))?;
        amount("TaxAmount")?;
        for name in ["Notes", "TaxCode"] {
            item.maybe(name).map_err(|error| named(name, &error.message))?;
        }
        let description = checked(item, "Description", &at, 35)?.unwrap_or_default();
        let quantity = match item.get("Quantity") {
            Sent::Nothing => None,
            value => {
                let count = value.text().and_then(|text| decimal(&text, 0)).and_then(|count| u32::try_from(count).ok());
                let count = count.filter(|count| *count > 0);
                Some(count.ok_or_else(|| named("Quantity", "This must be a whole number above zero."))?)
            }
        };
        sum = sum.checked_add(amount_minor).ok_or_else(|| Shown::field("Items", "The sum is too large."))?;
        rows.push(Row { description, amount_minor, quantity });
    }
    if sum <= 0 { Err(Shown::field("Items", "The sum of the amounts must be positive.")) } else { Ok((rows, sum)) }
}

/// What both calls with items have: the order's currency, the rows with their sum, the reference and the key.
async fn with_items(call: &Call) -> Result<(Vec<Row>, Minor, String, Once), Shown> {
    let order = order_name(call.param("purchase"))?;
    let (order, _) = programs::find(call.services(), &call.holder, &order).await?;
    let reference = checked(&call.body, "OrderReference", "", 20)?
        .ok_or_else(|| Shown::field("OrderReference", "This is needed."))?;
    let once = call.once(TRAN_ID.0, TRAN_ID.1)?;
    let (rows, sum) = rows(&call.body, order.currency.decimals())?;
    Ok((rows, sum, reference, once))
}

async fn sent(call: Call) -> Result<Answer, Shown> {
    let (rows, sum, reference, once) = with_items(&call).await?;
    let parcel = Parcel::read(&call.body, "TrackingCode", &[])?;
    let point_of_sale = checked(&call.body, "PosId", "", 32)?;
    let proof = Proof {
        text: Note::parse(&format!("Order reference {reference}")).ok(),
        point_of_sale: point_of_sale.and_then(|text| Label::parse(&text).ok()),
        ..Proof::default()
    };
    let order = order_name(call.param("purchase"))?;
    let done = call.act(order, once, move |order, _| deliver(order, &rows, sum, &proof, parcel.as_ref())).await?;
    Ok(Answer::bare(StatusCode::NO_CONTENT).of_performed(&done))
}

fn deliver(
    order: &Order,
    rows: &[Row],
    sum: Minor,
    proof: &Proof,
    parcel: Option<&Parcel>,
) -> Result<Vec<Action>, Shown> {
    let whole: Minor = parts(order, &UNDER_WAY).map(|part| part.open().amount).sum();
    let chosen = if sum == whole || whole == 0 { Selection::default() } else { pieces(order, rows)? };
    let mut actions = Vec::new();
    let mut delivered = chosen.clone();
    if let Some(parcel) = parcel {
        let waits = |part: &Delivery| part.status != Status::InTransit;
        let waiting = match chosen.delivery {
            Some(no) => order.delivery(no).is_some_and(waits),
            None => parts(order, &UNDER_WAY).any(waits),
        };
        if waiting {
            delivered = lands_in(order, &chosen);
            actions.push(Parcel::dispatch(Some(parcel), chosen));
        } else {
            let known = chosen.delivery.and_then(|no| order.delivery(no)?.tracking.as_ref());
            let carrier = known.and_then(|known| Label::parse(&known.carrier).ok());
            actions.push(Parcel { carrier, ..parcel.clone() }.track(chosen.delivery, None));
        }
    }
    actions.push(Action::Deliver { parts: delivered, proof: proof.clone() });
    Ok(actions)
}

/// Which pieces rows name: by the description of an item and its price. Shipping and rebates ride with the goods.
fn pieces(order: &Order, rows: &[Row]) -> Result<Selection, Shown> {
    let mut items: Vec<(u16, u32)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let wrong = |name: &str, message: String| Err(Shown::field(&format!("Items[{at}].{name}"), message));
        let is_it = |title: &str| {
            let cut: String = title.chars().take(35).collect();
            cut.trim().to_lowercase() == row.description.to_lowercase()
        };
        let Some(item) = order.items.iter().find(|item| is_it(&item.title)) else {
            return wrong("Description", "The order has no item of this description.".to_owned());
        };
        let fitting = || u32::try_from(row.amount_minor.checked_div(item.unit_minor).unwrap_or(1)).unwrap_or(1);
        let count = row.quantity.unwrap_or_else(|| fitting().max(1));
        let price = item.unit_minor.saturating_mul(i64::from(count));
        if price != row.amount_minor {
            return wrong("Amount", format!("So many of it cost {}.", order.money(price).digits()));
        }
        if item.kind == ItemKind::Goods {
            match items.iter_mut().find(|(no, _)| *no == item.no) {
                Some((_, known)) => *known = known.saturating_add(count),
                None => items.push((item.no, count)),
            }
        }
    }
    if items.is_empty() {
        return Err(Shown::field("Items", "Name at least one item that is delivered."));
    }
    Ok(Selection { delivery: part_with(order, &UNDER_WAY, &items), items })
}

async fn back(call: Call) -> Result<Answer, Shown> {
    let (_, sum, reference, once) = with_items(&call).await?;
    let reason = Reason::parse(&format!("Return {reference}")).map_err(|bad| Shown::field("OrderReference", bad.0))?;
    let order = order_name(call.param("purchase"))?;
    let choose = move |order: &Order, _: &_| {
        let returned = parts(order, &[Status::Returning]).find(|part| part.open().amount == sum);
        match returned {
            Some(part) => Ok(vec![Action::ReceiveReturn { delivery: Some(part.no) }]),
            None => money_back(order, sum, "Items", &reason),
        }
    };
    let done = call.act(order, once, choose).await?;
    Ok(Answer::bare(StatusCode::NO_CONTENT).of_performed(&done))
}

async fn refund(call: Call) -> Result<Answer, Shown> {
    let name = order_name(call.param("purchase"))?;
    let (order, _) = programs::find(call.services(), &call.holder, &name).await?;
    let amount = call.body.amount("Amount", order.currency.decimals())?;
    let amount = amount.ok_or_else(|| Shown::field("Amount", "This is needed."))?;
    let once = call.once(TRAN_ID.0, TRAN_ID.1)?;
    let reason = Reason::parse("Refund").map_err(|bad| Shown::field("Amount", bad.0))?;
    let done = call.act(name, once, move |order, _| money_back(order, amount, "Amount", &reason)).await?;
    Ok(Answer::bare(StatusCode::NO_CONTENT).of_performed(&done))
}

async fn cancel(call: Call) -> Result<Answer, Shown> {
    let reason = call.body.read_need("reason", Reason::parse)?;
    let once = call.once(TRAN_ID.0, TRAN_ID.1)?;
    let order = order_name(call.param("purchase"))?;
    let choose = move |order: &Order, _: &_| {
        let sent = order.deliveries.iter().find(|part| {
            part.started
                && !part.status.is_over()
                && !matches!(part.status, Status::AwaitingPayment | Status::Funded | Status::SecondAttempt)
        });
        if sent.is_some() {
            let sentence = "Goods were sent already: use “return” or “refund”.";
            return Err(Shown::new(Kind::Conflict, "not_allowed_in_status", sentence));
        }
        Ok(vec![Action::Cancel { delivery: None, reason: reason.clone() }])
    };
    let done = call.act(order, once, choose).await?;
    Ok(Answer::bare(StatusCode::OK).of_performed(&done))
}
