//! Webhooks of the place of a key, and what became of what they were told.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    call::{Call, Reply, after},
    dto::{At, ListOf, PageOf, event_lists, present},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::Permission,
        id::EndpointId,
        page::Cursor,
        time::Moment,
        webhook::{DeliveryView, EndpointView, Outcome, ShownSecret},
    },
    server::service::webhooks::{self, Typed},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let new = json!({ "url": "https://shop.example.com/hooks/holdfast", "events": ["paid", "accepted", "released"] });
    vec![
        Route::get("/webhooks", "listWebhooks", "List webhooks", |call| Box::pin(list(call)))
            .answers::<ListOf<WebhookOut>>(200, "The webhooks, the oldest first."),
        Route::post("/webhooks", "createWebhook", "Add a webhook", |call| Box::pin(create(call)))
            .about("Its secret is told here, once.")
            .body::<NewWebhookBody>(new)
            .answers::<MadeOut>(201, "The webhook, with its secret."),
        Route::get("/webhooks/{id}", "getWebhook", "Read a webhook", |call| Box::pin(get(call)))
            .answers::<WebhookOut>(200, "The webhook."),
        Route::patch("/webhooks/{id}", "editWebhook", "Change a webhook", |call| Box::pin(edit(call)))
            .about("What is not named stays. `is_on` turns it on or off.")
            .body::<EditWebhookBody>(json!({ "description": "The shop", "is_on": true }))
            .answers::<WebhookOut>(200, "The webhook as it is now."),
        Route::delete("/webhooks/{id}", "removeWebhook", "Remove a webhook", |call| Box::pin(remove(call))),
        Route::post("/webhooks/{id}/rotate", "rotateWebhookSecret", "Make a new secret", |call| Box::pin(rotate(call)))
            .about("The present one is valid for 24 hours more: both sign until then.")
            .answers::<MadeOut>(200, "The webhook, with its new secret."),
        Route::post("/webhooks/{id}/test", "testWebhook", "Send a test", |call| Box::pin(test(call)))
            .answers::<OutcomeOut>(200, "What came back."),
        Route::get("/webhooks/{id}/deliveries", "listWebhookDeliveries", "What a webhook was told", |call| {
            Box::pin(deliveries(call))
        })
        .query::<AfterQuery>()
        .answers::<PageOf<DeliveryOut>>(200, "Deliveries, the newest first."),
        Route::get("/webhooks/{id}/deliveries/{event}", "getWebhookDelivery", "Read a delivery", |call| {
            Box::pin(delivery(call))
        })
        .answers::<DeliveryDetailOut>(200, "What is sent, and every attempt."),
        Route::post("/webhooks/{id}/deliveries/{event}/replay", "replayWebhookDelivery", "Send it again", |call| {
            Box::pin(replay(call))
        })
        .answers::<ReplayedOut>(202, "It is sent again."),
        Route::post(
            "/webhooks/{id}/replay",
            "replayFailedWebhooks",
            "Send everything again that was given up",
            |call| Box::pin(replay_failed(call)),
        )
        .about("Those since an instant, or all of them.")
        .body::<ReplayBody>(json!({ "since": "2026-11-23T00:00:00Z" }))
        .answers::<ReplayedOut>(202, "They are sent again."),
    ]
    .into_iter()
    .map(|route| route.tag("webhooks").needs(Permission::Administer).live_only())
    .collect()
}

/// A new webhook.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookBody {
    /// Where it is: https, at a public address.
    #[schemars(url, length(min = 8, max = 500))]
    url: String,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 100))]
    description: String,
    /// The types that it is told of; none means all.
    #[serde(default)]
    #[schemars(schema_with = "event_lists")]
    events: Vec<String>,
    /// How it is told.
    #[serde(default)]
    form: FormBody,
}

/// How a webhook is told.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormBody {
    /// Standard Webhooks: signed JSON.
    #[default]
    Standard,
    /// As AtaraPay does, for programs that cannot be changed.
    Atarapay,
}

/// What changes of a webhook.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditWebhookBody {
    /// Where it is.
    #[serde(default)]
    #[schemars(url, length(min = 8, max = 500))]
    url: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 100))]
    description: Option<String>,
    /// The types that it is told of; none means all.
    #[serde(default, deserialize_with = "present")]
    #[schemars(schema_with = "event_lists")]
    events: Option<Vec<String>>,
    /// Whether it is told.
    #[serde(default)]
    is_on: Option<bool>,
}

/// A webhook.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WebhookOut {
    /// Which.
    id: String,
    /// Where it is.
    url: String,
    /// What it is for.
    description: String,
    /// The types that it is told of; none means all.
    events: Vec<String>,
    /// `standard` or `atarapay`.
    form: &'static str,
    /// `on`, `off` or `disabled`.
    state: &'static str,
    /// Why it was disabled: `gone` or `failing`.
    reason: String,
    /// Since when nothing got through.
    failing_since: Option<At>,
    /// How many deliveries wait.
    waiting: i64,
    /// How many were given up.
    given_up: i64,
}

impl From<EndpointView> for WebhookOut {
    fn from(view: EndpointView) -> Self {
        Self {
            id: view.id.to_string(),
            url: view.url,
            description: view.description,
            events: view.events,
            form: view.form.code(),
            state: view.state.code(),
            reason: view.reason,
            failing_since: view.failing_since.map(At),
            waiting: view.waiting,
            given_up: view.dead,
        }
    }
}

/// A part of a secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecretOut {
    /// What it is called.
    name: String,
    /// The part itself.
    value: String,
}

/// A webhook whose secret was just made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MadeOut {
    /// The webhook.
    webhook: WebhookOut,
    /// Its secret, told this once.
    secret: Vec<SecretOut>,
}

/// What came of a request.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OutcomeOut {
    /// When it was sent.
    at: At,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// The status that came back; 0 when none did.
    status: i64,
    /// Why it was no success, as a stable code.
    error: String,
}

impl From<Outcome> for OutcomeOut {
    fn from(outcome: Outcome) -> Self {
        Self { at: At(outcome.at), took_ms: outcome.took_ms, status: outcome.status, error: outcome.error }
    }
}

/// An event that a webhook is told of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeliveryOut {
    /// Which event.
    event: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// The order’s public number.
    order: String,
    /// The event’s number on its timeline.
    sequence: i64,
    /// `pending`, `delivered`, `dead` or `skipped`.
    state: String,
    /// How often it was tried.
    attempts: i64,
    /// When it was owed.
    at: At,
    /// When it is tried next, while it waits.
    due_at: At,
    /// The status that came back last.
    status: i64,
    /// Why that was no success.
    error: String,
}

impl From<DeliveryView> for DeliveryOut {
    fn from(view: DeliveryView) -> Self {
        Self {
            event: view.event.to_string(),
            kind: view.kind,
            order: view.reference,
            sequence: view.sequence,
            state: view.state,
            attempts: view.attempts,
            at: At(view.at),
            due_at: At(view.due_at),
            status: view.status,
            error: view.error,
        }
    }
}

/// A delivery with what is sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeliveryDetailOut {
    /// The delivery.
    delivery: DeliveryOut,
    /// The body of the request.
    body: String,
    /// The attempts, the first first.
    attempts: Vec<OutcomeOut>,
}

/// What is sent again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// What was owed at this instant or after it; without it, everything.
    #[serde(default)]
    since: Option<At>,
}

/// How many are sent again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReplayedOut {
    /// How many.
    deliveries: u64,
}

/// Where in a list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AfterQuery {
    /// The `next` of the page before.
    #[schemars(length(min = 48, max = 48))]
    after: Option<String>,
}

fn id(call: &Call) -> Result<EndpointId, Problem> {
    call.id("id", "webhook")
}

fn event(call: &Call) -> Result<Uuid, Problem> {
    call.id("event", "delivery")
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let found = webhooks::list(call.services(), &call.seen_as_person(), None).await?;
    Ok(Reply::ok(&ListOf { data: found.endpoints.into_iter().map(WebhookOut::from).collect() }))
}

async fn find(call: &Call, id: EndpointId) -> Result<WebhookOut, Problem> {
    let log = webhooks::log::read(call.services(), &call.seen_as_person(), id, None, None).await?;
    Ok(log.endpoint.into())
}

/// The webhook with the secret that was just made.
async fn with_secret(call: &Call, made: &webhooks::Made) -> Result<MadeOut, Problem> {
    let seen = call.seen_as_person();
    let log = webhooks::log::read(call.services(), &seen, made.endpoint, None, Some(&made.token)).await?;
    let parts = log.secret.map(|ShownSecret { parts, .. }| parts).unwrap_or_default();
    let secret = parts.into_iter().map(|(name, value)| SecretOut { name, value }).collect();
    Ok(MadeOut { webhook: log.endpoint.into(), secret })
}

async fn create(call: Call) -> Result<Reply, Problem> {
    let body: NewWebhookBody = call.json()?;
    let form = match body.form {
        FormBody::Standard => "standard",
        FormBody::Atarapay => "atarapay",
    };
    let typed = Typed { url: body.url, description: body.description, events: body.events };
    let made = webhooks::create(call.services(), &call.visit, &call.seen_as_person(), &typed, form).await?;
    Ok(Reply::made(&with_secret(&call, &made).await?, &format!("/api/v1/webhooks/{}", made.endpoint)))
}

async fn get(call: Call) -> Result<Reply, Problem> {
    Ok(Reply::ok(&find(&call, id(&call)?).await?))
}

async fn edit(call: Call) -> Result<Reply, Problem> {
    let body: EditWebhookBody = call.json()?;
    let id = id(&call)?;
    let change =
        webhooks::Change { url: body.url, description: body.description, events: body.events, is_on: body.is_on };
    webhooks::change(call.services(), &call.visit, &call.holder.viewer, id, &change).await?;
    Ok(Reply::ok(&find(&call, id).await?))
}

async fn remove(call: Call) -> Result<Reply, Problem> {
    let id = id(&call)?;
    webhooks::remove(call.services(), &call.visit, &call.holder.viewer, id).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}

async fn rotate(call: Call) -> Result<Reply, Problem> {
    call.no_body()?;
    let made = webhooks::rotate(call.services(), &call.visit, &call.seen_as_person(), id(&call)?).await?;
    Ok(Reply::ok(&with_secret(&call, &made).await?))
}

async fn test(call: Call) -> Result<Reply, Problem> {
    call.no_body()?;
    let outcome = webhooks::testing::send(call.services(), &call.visit, &call.holder.viewer, id(&call)?).await?;
    Ok(Reply::ok(&OutcomeOut::from(outcome)))
}

async fn deliveries(call: Call) -> Result<Reply, Problem> {
    let query: AfterQuery = call.query()?;
    let after = after(query.after.as_deref())?;
    let log = webhooks::log::read(call.services(), &call.seen_as_person(), id(&call)?, after, None).await?;
    let data = log.deliveries.rows.into_iter().map(DeliveryOut::from).collect();
    Ok(Reply::ok(&PageOf { data, next: log.deliveries.next.map(Cursor::write) }))
}

async fn delivery(call: Call) -> Result<Reply, Problem> {
    let (id, event) = (id(&call)?, event(&call)?);
    let detail = webhooks::log::detail(call.services(), &call.holder.viewer, id, event).await?;
    Ok(Reply::ok(&DeliveryDetailOut {
        delivery: detail.delivery.into(),
        body: detail.body,
        attempts: detail.attempts.into_iter().map(OutcomeOut::from).collect(),
    }))
}

async fn replay(call: Call) -> Result<Reply, Problem> {
    call.no_body()?;
    let (id, event) = (id(&call)?, event(&call)?);
    webhooks::log::replay(call.services(), &call.visit, &call.holder.viewer, id, event).await?;
    Ok(Reply::json(StatusCode::ACCEPTED, &ReplayedOut { deliveries: 1 }))
}

async fn replay_failed(call: Call) -> Result<Reply, Problem> {
    let body: ReplayBody = call.json()?;
    let since = body.since.map_or(Moment(i64::MIN), |since| since.0);
    let viewer = &call.holder.viewer;
    let deliveries = webhooks::log::replay_failed(call.services(), &call.visit, viewer, id(&call)?, since).await?;
    Ok(Reply::json(StatusCode::ACCEPTED, &ReplayedOut { deliveries }))
}
