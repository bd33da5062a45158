//! AtaraPay's order status automation: one call whose `status` selects the action, with the auth token of a key.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Call, Door, Knock, Known, Later, Surface, sentence, status_of};
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        order::{
            Order,
            action::{Action, Proof, Selection},
            decide::decide,
            status::Status,
        },
        party::{Actor, Party},
        text::{BadText, Email, Note, Phone, Reason},
        time::Moment,
    },
    server::{
        counted::LONGEST_KEY,
        error::Error,
        service::{
            partners::{self, Contacts, order_name},
            programs::{Once, OrderName},
        },
    },
};

mod object;
mod providers;

/// The surface.
pub const SURFACE: Surface = Surface { name: "atarapay", doors, who, refuse, fields: &FIELDS };

/// What they call the fields that use cases and rules find fault with.
const FIELDS: [(&str, &str); 2] = [("provider", "sp_id"), ("commission_rate", "commission")];

/// What `status` may say.
const STATUSES: &str = "delivered, cancelled, buyer_cancel, order";

fn doors() -> Vec<Door> {
    let door = |method, path, run: fn(Call) -> Later<Answer>| Door { method, path, needs: Permission::Read, run };
    let post = |path, run| door(Method::POST, path, run);
    vec![
        post("/api/callback/order", |call| Box::pin(callback(call))),
        // What their documentation prints.
        post("/api/api/callback/order", |call| Box::pin(callback(call))),
        post("/api/serviceprovider/create", |call| Box::pin(providers::create(call))),
        post("/api/serviceprovider", |call| Box::pin(providers::get(call))),
        post("/api/serviceprovider/delete", |call| Box::pin(providers::delete(call))),
        post("/api/external/getBanks", |call| Box::pin(providers::banks(call))),
        door(Method::GET, "/api/external/getBanks", |call| Box::pin(providers::banks(call))),
        post("/api/serviceprovider/order/update", |call| Box::pin(providers::provider_commission(call))),
        door(Method::PUT, "/api/serviceprovider/order/update", |call| Box::pin(providers::provider_commission(call))),
        post("/api/serviceprovider/marketplaceOrder/update", |call| Box::pin(providers::marketplace_commission(call))),
        door(Method::PUT, "/api/serviceprovider/marketplaceOrder/update", |call| {
            Box::pin(providers::marketplace_commission(call))
        }),
        post("/api/project/createProject", |call| Box::pin(providers::create_project(call))),
        door(Method::PUT, "/api/project/updateProject/{id}", |call| Box::pin(providers::update_project(call))),
        post("/api/project/getExternalProjects", |call| Box::pin(providers::list_projects(call))),
    ]
}

/// The token stands among the fields, or in the header.
fn who(knock: Arc<Knock>) -> Later<Known> {
    Box::pin(async move {
        let said = match &knock.body {
            Ok(body) => body.get("authtoken").text().or_else(|| knock.query.get("authtoken").text()),
            Err(_) => None,
        };
        let token = said.or_else(|| knock.bearer().map(str::to_owned));
        if let (None, Err(error)) = (&token, &knock.body) {
            return Err(error.clone());
        }
        let token = token.ok_or_else(|| Shown::field("authtoken", "This is needed."))?;
        let found = partners::by_pair(&knock.state.services, &token).await?;
        let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "This token is of no key that is valid.");
        Ok(found.ok_or_else(unknown)?.into())
    })
}

/// What they say of a refusal of ours; where they have no words for it, ours are told.
fn words(error: &Shown) -> Option<&'static str> {
    Some(match error.code.as_str() {
        "key_unknown" => "The auth token does not match any record",
        "not_found" if error.message.contains("such order") => "There is no such order for this seller",
        "invalid_status" => "Invalid status: send one of delivered, cancelled, buyer_cancel, order",
        "not_allowed_in_status" => "The order has already been processed",
        "past_refund_time" => "The time for a refund is over: the refund policy is replacement",
        "in_dispute" => "The order is in dispute, and the call came from another app",
        _ => return None,
    })
}

fn refuse(error: &Shown) -> Answer {
    let mut body = json!({
        "status": "error",
        "message": sentence(error, words(error).unwrap_or(&error.message)),
        "code": error.code,
        "detail": error.message,
    });
    if !error.fields.is_empty() {
        body["errors"] = error.fields.iter().map(|wrong| (wrong.field.clone(), json!([wrong.message]))).collect();
    }
    Answer::of(status_of(error), body)
}

/// An answer when all is well.
fn success(message: &str, data: &Value) -> Answer {
    Answer::ok(json!({ "status": "success", "message": message, "data": data }))
}

async fn callback(call: Call) -> Result<Answer, Shown> {
    let order = order_name(&call.body.need("order")?)?;
    match call.body.need("status")?.to_ascii_lowercase().as_str() {
        "delivered" => delivered(call, order).await,
        "cancelled" => {
            let comment = comment(&call, "Cancelled by the seller")?;
            cancel(call, order, "Transaction is canceled", move |order, _| Ok(by_seller(order, &comment))).await
        }
        // One of their samples sends `rejected` for it.
        "buyer_cancel" | "rejected" => {
            let comment = comment(&call, "Cancelled by the buyer")?;
            let now = call.services().now();
            cancel(call, order, "Buyer canceled the order", move |order, actor| by_buyer(order, actor, &comment, now))
                .await
        }
        "order" => read(&call, &order, "Order Fetched").await,
        _ => {
            let mut refused = Shown::field("status", format!("One of {STATUSES}."));
            "invalid_status".clone_into(&mut refused.code);
            Err(refused)
        }
    }
}

/// An order that a call names, whose keys name it once in a call: theirs have none.
async fn read(call: &Call, order: &OrderName, message: &str) -> Result<Answer, Shown> {
    let (order, actor, contacts) = call.find(order).await?;
    Ok(success(message, &object::of(&order, &actor, &contacts)))
}

/// A phone number; without a country it is of theirs.
fn phone(text: &str) -> Result<Phone, BadText> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    match bare.strip_prefix('0') {
        Some(rest) if !rest.starts_with('0') => Phone::parse(&format!("+234{rest}")),
        _ => Phone::parse(&bare),
    }
}

/// A change whose repetition their words call already processed, unless it has a key.
fn once(call: &Call) -> Result<Once, Shown> {
    Ok(call.own_key("", LONGEST_KEY)?.map_or(Once::ByStatus, Once::ByKey))
}

/// Whether a number is the buyer's, or of somebody who may take it for them. Where none is known there is none to compare.
fn may_be_buyers(contacts: &Contacts, number: &Phone) -> bool {
    let known = [&contacts.buyer_phone, &contacts.other_phone];
    known.iter().all(|known| known.is_empty()) || known.iter().any(|known| *known == number.as_str())
}

/// The number must be the buyer's, so that the goods of one order are not said to be with the buyer of another.
async fn delivered(call: Call, order: OrderName) -> Result<Answer, Shown> {
    let number = call.body.read_need("phone_number", phone)?;
    let email = call.body.read_maybe("email", Email::parse)?;
    let (_, _, contacts) = call.find(&order).await?;
    if !may_be_buyers(&contacts, &number) {
        return Err(Shown::field("phone_number", "This is not the number of the order's buyer."));
    }
    let deliver =
        |_: &Order, _: &Actor| Ok(vec![Action::Deliver { parts: Selection::default(), proof: Proof::default() }]);
    let performed = call.act(order, once(&call)?, deliver).await?;
    let email = email.map(|email| email.to_string());
    let data =
        json!({ "phone": call.body.need("phone_number")?, "email": email, "order": performed.reference.number() });
    Ok(success("pod_created", &data).of_performed(&performed))
}

fn comment(call: &Call, otherwise: &str) -> Result<Reason, Shown> {
    let text = call.body.maybe("comment")?.unwrap_or_else(|| otherwise.to_owned());
    Reason::parse(&text).map_err(|bad| Shown::field("comment", bad.0))
}

async fn cancel(
    call: Call,
    order: OrderName,
    message: &str,
    choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
) -> Result<Answer, Shown> {
    let performed = call.act(order.clone(), once(&call)?, choose).await?;
    Ok(read(&call, &order, message).await?.of_performed(&performed))
}

/// One action for each part that is in dispute.
fn each_disputed(order: &Order, action: impl Fn(u16) -> Action) -> Vec<Action> {
    let parts = order.deliveries.iter().filter(|part| matches!(part.status, Status::Dispute | Status::UnderReview));
    parts.map(|part| action(part.no)).collect()
}

fn remark(reason: &Reason) -> Option<Note> {
    Note::parse(reason.as_str()).ok()
}

/// The seller gives up: what is in dispute is conceded, the rest called off.
fn by_seller(order: &Order, comment: &Reason) -> Vec<Action> {
    if order.in_dispute() {
        let concede = |no| Action::Concede { delivery: Some(no), text: remark(comment) };
        return each_disputed(order, concede);
    }
    vec![Action::Cancel { delivery: None, reason: comment.clone() }]
}

/// The buyer gives up. Their shop's key may say so for them where that gives the buyer all of the money back: where the
/// rules would let the buyer cancel, the seller does. It never withdraws a dispute for them, which would pay the seller.
fn by_buyer(order: &Order, actor: &Actor, comment: &Reason, now: Moment) -> Result<Vec<Action>, Shown> {
    let cancel = Action::Cancel { delivery: None, reason: comment.clone() };
    match (actor.party, order.in_dispute()) {
        (Party::Buyer, true) => {
            Ok(each_disputed(order, |no| Action::Withdraw { delivery: Some(no), text: remark(comment) }))
        }
        (Party::Buyer, false) => Ok(vec![cancel]),
        (_, true) => {
            let sentence = "A part of this order is in dispute: only the buyer's own key gives that up.";
            Err(Shown::new(Kind::Conflict, "in_dispute", sentence))
        }
        (_, false) => {
            let buyer = partners::as_buyer(order).ok_or_else(|| Error::from(Shown::not_found("order")))?;
            decide(order, &buyer, &cancel, now)?;
            Ok(vec![cancel])
        }
    }
}
