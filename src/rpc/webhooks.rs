//! Webhooks of the place whose hat is worn, for its administrators; for everybody else there are none (404).
//!
//! Paths, for forms: `webhooks/create`, `webhooks/edit`, `webhooks/turn_on`, `webhooks/turn_off`, `webhooks/remove`,
//! `webhooks/rotate`, `webhooks/test`, `webhooks/replay`, `webhooks/replay_failed`. The types of events are boxes called
//! `event.placed`, `event.paid` and so on; none ticked means all.

use std::collections::BTreeMap;

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::{
    error::Error,
    id::EndpointId,
    webhook::{DeliveryDetail, EndpointLog, Webhooks},
};

/// The endpoints; once, the secret that this browser has just made.
#[server(name = ListWebhooks, prefix = "/rpc", endpoint = "webhooks/list")]
pub async fn list() -> Result<Webhooks, Error> {
    use crate::server::{caller, service::webhooks, shown};
    let (app, seen, _) = caller::seen().await?;
    let token = shown::take(&app);
    Ok(webhooks::list(&app.services, &seen, token.as_deref()).await?)
}

/// One endpoint with a page of its log, after this place in it; once, the secret that this browser has just made.
#[server(name = ReadWebhookLog, prefix = "/rpc", endpoint = "webhooks/log")]
pub async fn log(endpoint: EndpointId, #[server(default)] after: String) -> Result<EndpointLog, Error> {
    use crate::server::{caller, service::webhooks, shown};
    let (app, seen, _) = caller::seen().await?;
    let (token, after) = (shown::take(&app), crate::domain::page::Cursor::read(&after));
    Ok(webhooks::log::read(&app.services, &seen, endpoint, after, token.as_deref()).await?)
}

/// One delivery: what is sent, with signatures masked, and every attempt.
#[server(name = ReadWebhookDelivery, prefix = "/rpc", endpoint = "webhooks/delivery")]
pub async fn delivery(endpoint: EndpointId, event: Uuid) -> Result<DeliveryDetail, Error> {
    use crate::server::{caller, service::webhooks};
    let (app, viewer) = caller::signed_in().await?;
    Ok(webhooks::log::detail(&app.services, &viewer, endpoint, event).await?)
}

/// Adds an endpoint and leads to it, where its secret is shown once. `form` is `standard` or `atarapay`. Needs a fresh
/// password, or `password`. Wrong fields: `url`, `description`, `events`, `form`, `password`.
#[server(name = CreateWebhook, prefix = "/rpc", endpoint = "webhooks/create")]
pub async fn create(
    #[server(default)] url: String,
    #[server(default)] form: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts, service::webhooks, shown};
    let (app, seen, session) = caller::seen().await?;
    let (typed, password) = webhooks::Typed::of(url, fields);
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    let made = webhooks::create(&app.services, session.visit(), &seen, &typed, &form).await?;
    shown::hand_over(&app, &made);
    page_form::lead_to_webhook(made.endpoint);
    Ok(())
}

/// Changes where an endpoint is, what it is for and what it is told of. Wrong fields as for `webhooks/create`.
#[server(name = EditWebhook, prefix = "/rpc", endpoint = "webhooks/edit")]
pub async fn edit(
    endpoint: EndpointId,
    #[server(default)] url: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    let (typed, _) = webhooks::Typed::of(url, fields);
    Ok(webhooks::change(&app.services, session.visit(), &seen.viewer, endpoint, &typed.into()).await?)
}

/// Turns an endpoint on: it is told of events from now on, and what waited is sent.
#[server(name = TurnWebhookOn, prefix = "/rpc", endpoint = "webhooks/turn_on")]
pub async fn turn_on(endpoint: EndpointId) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    let change = webhooks::Change::switch(true);
    Ok(webhooks::change(&app.services, session.visit(), &seen.viewer, endpoint, &change).await?)
}

/// Turns an endpoint off: it is told of nothing from now on, and what waits goes on waiting.
#[server(name = TurnWebhookOff, prefix = "/rpc", endpoint = "webhooks/turn_off")]
pub async fn turn_off(endpoint: EndpointId) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    let change = webhooks::Change::switch(false);
    Ok(webhooks::change(&app.services, session.visit(), &seen.viewer, endpoint, &change).await?)
}

/// Removes an endpoint for good and leads to the others.
#[server(name = RemoveWebhook, prefix = "/rpc", endpoint = "webhooks/remove")]
pub async fn remove(endpoint: EndpointId) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    webhooks::remove(&app.services, session.visit(), &seen.viewer, endpoint).await?;
    page_form::lead_to("/settings/webhooks", "/settings/webhooks");
    Ok(())
}

/// Makes a new secret, which is shown once; the present one is valid for a day more. Needs a fresh password, or
/// `password`.
#[server(name = RotateWebhookSecret, prefix = "/rpc", endpoint = "webhooks/rotate")]
pub async fn rotate(endpoint: EndpointId, #[server(default)] password: String) -> Result<(), Error> {
    use crate::server::{caller, service::accounts, service::webhooks, shown};
    let (app, seen, session) = caller::seen().await?;
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    let made = webhooks::rotate(&app.services, session.visit(), &seen, endpoint).await?;
    shown::hand_over(&app, &made);
    Ok(())
}

/// Sends a test event at once; what came back stands with the endpoint. Throttled.
#[server(name = TestWebhook, prefix = "/rpc", endpoint = "webhooks/test")]
pub async fn test(endpoint: EndpointId) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    webhooks::testing::send(&app.services, session.visit(), &seen.viewer, endpoint).await?;
    Ok(())
}

/// Sends a delivery again that arrived or was given up.
#[server(name = ReplayWebhook, prefix = "/rpc", endpoint = "webhooks/replay")]
pub async fn replay(endpoint: EndpointId, event: Uuid) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    Ok(webhooks::log::replay(&app.services, session.visit(), &seen.viewer, endpoint, event).await?)
}

/// Sends everything again that was given up since this day, or ever. Wrong field: `since`.
#[server(name = ReplayFailedWebhooks, prefix = "/rpc", endpoint = "webhooks/replay_failed")]
pub async fn replay_failed(endpoint: EndpointId, #[server(default)] since: String) -> Result<(), Error> {
    use crate::server::{caller, service::webhooks};
    let (app, seen, session) = caller::seen().await?;
    let since = webhooks::log::since(&seen.viewer, &since)?;
    webhooks::log::replay_failed(&app.services, session.visit(), &seen.viewer, endpoint, since).await?;
    Ok(())
}
