//! Many actions in one call: each by itself, in their order, with a result for each.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    actions::is_money,
    call::{Call, Reply},
    dto::{actions as bodies, read::Done},
    problem::{Body, Problem},
    route::Route,
};
use crate::{
    domain::order::action::Verb,
    server::service::programs::{self, Asked},
};

/// The most actions of one call.
const MOST_ACTIONS: usize = 100;

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let example =
        json!({ "actions": [{ "order": "HF-7K3MR-92QXC", "action": "dispatch", "body": { "carrier": "GIG" } }] });
    vec![
        Route::post("/batch", "batch", "Do something to many orders", |call| Box::pin(run(call)))
            .tag("actions")
            .about("Each action is carried out by itself: what is refused of one does not hold back the others. The Idempotency-Key counts for each of them with its place in the list, so that a call that broke off can be sent again as it was. Each may say its own `expected_version`; `If-Match` is refused.")
            .body::<BatchBody>(example)
            .within()
            .answers::<BatchOut>(200, "What came of each, in the same order."),
    ]
}

/// What is to be done.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// The actions, in their order.
    #[schemars(length(min = 1, max = 100))]
    actions: Vec<OneBody>,
}

/// One action of many.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneBody {
    /// The order, by its id or its public number.
    order: String,
    /// The action, as in its address.
    #[schemars(schema_with = "verbs")]
    action: String,
    /// What its own body would be.
    #[serde(default)]
    body: Option<serde_json::Map<String, Value>>,
    /// The version of the order that you have seen, here or in the body: when another came first, nothing is done.
    #[serde(default)]
    expected_version: Option<u32>,
}

fn verbs(_: &mut SchemaGenerator) -> Schema {
    let codes: Vec<&str> =
        Verb::ALL.iter().filter(|verb| bodies::body_of(**verb).is_some()).map(|verb| verb.code()).collect();
    schemars::json_schema!({ "type": "string", "enum": codes })
}

/// What came of all of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BatchOut {
    /// One for each action, in the same order.
    results: Vec<OneOut>,
}

/// What came of one of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OneOut {
    /// The HTTP status that it would have had by itself.
    status: u16,
    /// What was done.
    done: Option<Done>,
    /// Why it was not.
    problem: Option<Body>,
}

async fn run(call: Call) -> Result<Reply, Problem> {
    let body: BatchBody = call.json()?;
    if body.actions.is_empty() || body.actions.len() > MOST_ACTIONS {
        return Err(Problem::field("/actions", format!("From 1 to {MOST_ACTIONS} actions.")));
    }
    if let Some(at) =
        body.actions.iter().position(|one| Verb::from_code(&one.action).and_then(bodies::body_of).is_none())
    {
        return Err(Problem::field(&format!("/actions/{at}/action"), "There is no such action."));
    }
    let moves = |one: &OneBody| Verb::from_code(&one.action).is_some_and(is_money);
    if call.key.is_none() && body.actions.iter().any(moves) {
        return Err(super::key_required());
    }
    let mut results = Vec::with_capacity(body.actions.len());
    for (at, one) in body.actions.iter().enumerate() {
        results.push(match act(&call, at, one).await {
            Ok(done) => OneOut { status: 200, done: Some(done), problem: None },
            Err(problem) => OneOut { status: problem.status.as_u16(), done: None, problem: Some(problem.body("")) },
        });
    }
    Ok(Reply::ok(&BatchOut { results }))
}

async fn act(call: &Call, at: usize, one: &OneBody) -> Result<Done, Problem> {
    let verb = Verb::from_code(&one.action).ok_or_else(|| Problem::field("/action", "There is no such action."))?;
    let body = Value::Object(one.body.clone().unwrap_or_default()).to_string();
    let (wanted, in_body) = bodies::read(verb, body.as_bytes())?;
    let expected_version = one.expected_version.or(in_body);
    if in_body.is_some() && in_body != expected_version {
        return Err(Problem::field("/body/expected_version", "It says something else than the one beside it."));
    }
    let key = call.key.as_ref().map(|key| format!("{at} {key}"));
    let asked = Asked { order: one.order.parse()?, wanted, expected_version, key };
    let done = programs::act(call.services(), call.holder.clone(), asked).await;
    Ok(Done::from(done.map_err(|error| Problem::from(error).about(body.as_bytes()))?))
}
