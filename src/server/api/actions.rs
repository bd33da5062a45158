//! One entry for each verb of the process: the body becomes the action, the rules decide, and where they refuse, what is
//! possible is told.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{Call, REPLAYED, Reply},
    dto::{
        actions::{self as bodies, bodies::PayBody},
        read::Done,
    },
    problem::{AllowedAction, Problem},
    route::{Answer, JSON, Once, Route, Takes, schema},
};
use crate::{
    domain::{
        access::Permission,
        api_key::Mode,
        error::{Error as Shown, Kind},
        order::{
            Order,
            action::Verb,
            rules::{Effect, RULES},
        },
        party::Party,
    },
    server::{
        gateway::{self, Sent, card::TypedCard},
        service::{
            payments,
            programs::{self, Asked, OrderName, Wanted},
            repeats::Claim,
        },
    },
};

/// The verbs that photos can come along with, as proof.
const TAKE_PHOTOS: [Verb; 5] = [Verb::Deliver, Verb::HandOver, Verb::Miss, Verb::Reject, Verb::Contest];

/// The entries of this noun: every verb of the rules, the clock's and the gateways' own among them, which refuse.
pub fn routes() -> Vec<Route> {
    Verb::ALL.iter().map(|verb| route(*verb)).collect()
}

/// Whether a verb moves money for somebody who acts.
pub fn is_money(verb: Verb) -> bool {
    RULES.iter().any(|row| row.verb == verb && row.money != Effect::None)
}

/// What a key needs for a verb at the least: what the row asks for of whoever needs the least.
fn needs(verb: Verb) -> Permission {
    let people = [Party::Buyer, Party::Seller, Party::Provider, Party::Operator];
    let rows = RULES.iter().filter(|row| row.verb == verb);
    let mut needed =
        rows.flat_map(|row| row.by.iter().filter(|party| people.contains(party)).map(move |party| (row, *party)));
    let first = needed.next().and_then(|(row, party)| row.permission_for(party));
    match first {
        Some(first) if needed.all(|(row, party)| row.permission_for(party) == Some(first)) => first,
        _ => Permission::Read,
    }
}

fn route(verb: Verb) -> Route {
    let by: Vec<&str> = [Party::Buyer, Party::Seller, Party::Provider, Party::Operator]
        .into_iter()
        .filter(|party| RULES.iter().any(|row| row.verb == verb && row.by.contains(party)))
        .map(Party::code)
        .collect();
    let from: Vec<&str> =
        RULES.iter().filter(|row| row.verb == verb).flat_map(|row| row.from).map(|from| from.code()).collect();
    let about = match (verb, by.is_empty()) {
        (Verb::Pay, _) => {
            "For orders of test keys, in the sandbox. Real money comes through a gateway: send the buyer to `pay_url`."
                .to_owned()
        }
        (_, true) => {
            "The clock or a gateway does this; from anybody else it is refused with `not_your_turn`.".to_owned()
        }
        _ => format!("By: {}. From: {}.", by.join(", "), from.join(", ")),
    };
    let path = format!("/orders/{{id}}/{}", verb.code());
    let body = match verb {
        Verb::Pay => Some(schema::<PayBody> as super::route::SchemaOf),
        _ => bodies::body_of(verb),
    };
    Route {
        about,
        needs: needs(verb),
        body,
        example: body.map(|_| example(verb)),
        once: if verb == Verb::Pay { Once::Resumed } else { Once::Within },
        is_money: is_money(verb),
        is_versioned: true,
        takes: if TAKE_PHOTOS.contains(&verb) { Takes::Photos } else { Takes::Json },
        verb: Some(verb),
        answer: Answer {
            status: 200,
            about: "Done; sent again under the same key, the same answer comes back.",
            schema: Some(schema::<Done>),
            media: JSON,
        },
        ..Route::post(&path, &operation(verb), verb.label(), |call| Box::pin(act(call))).tag("actions")
    }
}

/// `offer_second_attempt` as the name of an operation: `offerSecondAttempt`, with what would be a bare word spelt out.
fn operation(verb: Verb) -> String {
    let mut name = String::new();
    for (at, word) in verb.code().split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if at > 0 => name.extend(first.to_uppercase().chain(letters)),
            Some(first) => name.extend(std::iter::once(first).chain(letters)),
            None => {}
        }
    }
    format!("{name}Order")
}

fn example(verb: Verb) -> Value {
    match verb {
        Verb::Pay => json!({ "card_number": "4242 4242 4242 4242" }),
        Verb::Dispatch => json!({ "carrier": "GIG", "tracking": "GIG-1001" }),
        Verb::Deliver => json!({ "text": "Left with the doorman", "recipient": "Ade" }),
        Verb::HandOver => json!({ "code": "123456" }),
        Verb::Reject => json!({ "code": "damaged", "text": "The rug is torn", "remedy": "refund" }),
        Verb::TakeBack => json!({ "goods_are_back": false }),
        Verb::Contest => json!({ "statement": "It was whole when it left" }),
        Verb::OfferSettlement => json!({ "to_seller_minor": 100_000, "text": "Let us share it" }),
        Verb::AcceptSettlement => json!({ "to_seller_minor": 100_000 }),
        Verb::Rule => json!({ "ruling": "split", "to_seller_minor": 100_000, "reasons": "Both are right in part" }),
        Verb::Cancel => json!({ "reason": "Sold out" }),
        Verb::Refund | Verb::Credit => json!({ "amount_minor": 5_000, "reason": "A scratch" }),
        Verb::EditItems => json!({ "items": [{ "title": "Handwoven rug", "unit_minor": 3_700_000 }] }),
        Verb::EditTerms => json!({ "terms": { "inspection_window_secs": 432_000 } }),
        Verb::SetCommission => json!({ "rate_bps": 500 }),
        Verb::SetProvider => json!({ "provider": null }),
        Verb::Track => json!({ "carrier": "GIG", "tracking": "GIG-1001", "checkpoint": "Ibadan" }),
        Verb::Note => json!({ "text": "Rings twice", "audience": "sellers" }),
        Verb::AddMilestone => json!({ "title": "The roof", "amount_minor": 500_000 }),
        _ => json!({}),
    }
}

async fn act(call: Call) -> Result<Reply, Problem> {
    let verb = call.route.verb.ok_or_else(|| Shown::not_found("action"))?;
    if verb == Verb::Pay {
        return pay(call).await;
    }
    if call.route.body.is_none() {
        // Whoever may not see the order is told no more than that.
        programs::find(call.services(), &call.holder, &call.order()?).await?;
        let refused =
            Shown::new(Kind::Forbidden, "not_your_turn", format!("“{}” is for the clock or a gateway.", verb.label()));
        return Err(with_offers(&call, refused.into()).await);
    }
    let (wanted, seen) = bodies::read(verb, &call.body)?;
    perform(call, wanted, seen).await
}

/// Carries out what is wanted, and tells what is possible where the rules refuse it.
pub async fn perform(call: Call, wanted: Wanted, seen: Option<u32>) -> Result<Reply, Problem> {
    let (expected_version, by_header) = call.seen(seen)?;
    let asked = Asked { order: call.order()?, wanted, expected_version, key: call.key.clone() };
    match programs::act_with(call.services(), call.holder.clone(), asked, &call.uploads).await {
        Ok(performed) => {
            let (version, replayed) = (performed.version, performed.replayed);
            Ok(Reply { replayed, ..Reply::ok(&Done::from(performed)).version(version) })
        }
        Err(error) => {
            let problem = overtaken(Problem::from(error).about(&call.body), by_header);
            Err(with_offers(&call, problem).await)
        }
    }
}

/// The refusal of an action, with what the caller may do instead.
async fn with_offers(call: &Call, problem: Problem) -> Problem {
    let explains = matches!(
        problem.status,
        StatusCode::CONFLICT
            | StatusCode::FORBIDDEN
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PRECONDITION_FAILED
    );
    let order = call.order().ok().filter(|_| explains && problem.code != "key_reused");
    let Some(order) = order else { return problem };
    let allowed = allowed(call, &order).await;
    Problem { allowed_actions: allowed, ..problem }
}

async fn allowed(call: &Call, order: &OrderName) -> Option<Box<[AllowedAction]>> {
    let (_, offers) = programs::offers(call.services(), &call.holder, order).await.ok()?;
    let one = |offer: crate::domain::order::offer::Offer| AllowedAction {
        action: offer.verb.code().to_owned(),
        delivery: offer.delivery,
    };
    Some(offers.into_iter().map(one).collect())
}

/// Pays an order of a test key in the sandbox, as its payment page does. Sent again under the same key, it tells what came
/// of the attempt that was made then.
async fn pay(call: Call) -> Result<Reply, Problem> {
    let body: PayBody = call.json()?;
    let name = call.order()?;
    let (order, _) = programs::find(call.services(), &call.holder, &name).await?;
    if call.holder.mode != Mode::Test {
        return Err(with_offers(&call, not_by_key(&call, &order)).await);
    }
    let (expected_version, by_header) = call.seen(body.expected_version)?;
    let services = call.services();
    let card =
        TypedCard { number: body.card_number, expiry: body.expiry, cvc: body.cvc, holder: call.holder.name.clone() };
    let own = call.key.as_deref().unwrap_or_default();
    let form = gateway::Form {
        token: payments::pay_token(services, order.id),
        amount_minor: order.due_minor(),
        agreed: None,
        expected_version,
        key: payments::attempt_key(order.id, own),
        claim: Some(Claim::of(&call.holder, own, call.fingerprint())),
        card,
    };
    let sent = gateway::pay(services, form).await.map_err(|error| overtaken(error.into(), by_header))?;
    if let Sent::DeclinedBefore(why) = sent {
        return Err(Problem::from(Shown::from(why)).with(REPLAYED, "true"));
    }
    gateway::worker::step(services).await?;
    let (order, _) = programs::find(services, &call.holder, &name).await?;
    if order.due_minor() > 0 {
        let detail = "The gateway has not answered yet. The order is paid when it does: ask again under the same key.";
        return Err(Problem::new(StatusCode::CONFLICT, "payment_unknown", detail));
    }
    let done = Done {
        reference: order.reference.to_string(),
        version: order.version,
        status: order.status().code(),
        events: vec!["paid".to_owned()],
    };
    Ok(Reply { replayed: sent == Sent::Before, ..Reply::ok(&done).version(order.version) })
}

/// Why a live key pays nothing: people do, where there is a gateway.
fn not_by_key(call: &Call, order: &Order) -> Problem {
    if !payments::has_gateway(call.services(), order) {
        return payments::no_gateway().into();
    }
    let detail =
        "Payments come through a gateway: send the buyer to the order's `pay_url`. Test keys pay in the sandbox.";
    Problem::new(StatusCode::FORBIDDEN, "not_your_turn", detail)
}

/// A version that was named by `If-Match` is a precondition.
fn overtaken(mut problem: Problem, by_header: bool) -> Problem {
    if problem.code == "version_conflict" && by_header {
        problem.status = StatusCode::PRECONDITION_FAILED;
        "precondition_failed".clone_into(&mut problem.code);
    }
    problem
}
