//! How people are told: what each chooses about it, and what operators see of messages.
//!
//! Paths, for forms: `messages/choose`, `messages/send_again`.

use std::collections::BTreeMap;

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::{
    error::Error,
    letter::{DeadLetter, Preview},
    preference::Preferences,
    words::Language,
};

/// What the reader chose.
#[server(name = LoadPreferences, prefix = "/rpc", endpoint = "messages/preferences")]
pub async fn preferences() -> Result<Preferences, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::preferences::read(&app.services, &viewer).await?)
}

/// Changes it. Fields: `language`, `quiet_from`, `quiet_to`, and a box for each way and topic, such as `email.orders`. Leads
/// to `/settings?saved=1`.
#[server(prefix = "/rpc", endpoint = "messages/choose")]
pub async fn choose(#[server(flatten)] fields: BTreeMap<String, String>) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::preferences};
    let (app, viewer) = caller::signed_in().await?;
    preferences::edit(&app.services, &viewer, fields).await?;
    page_form::lead_to("/settings?saved=1", "/");
    Ok(())
}

/// The newest messages about the marketplace's orders that did not arrive. Who is not on its staff has none: `not_found`.
#[server(name = ListDead, prefix = "/rpc", endpoint = "messages/dead")]
pub async fn dead() -> Result<Vec<DeadLetter>, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::messages::list_dead(&app.services, &viewer).await?)
}

/// Lets one of them be tried again.
#[server(prefix = "/rpc", endpoint = "messages/send_again")]
pub async fn send_again(message: Uuid) -> Result<(), Error> {
    use crate::server::{caller, service::messages};
    let (app, seen, session) = caller::seen().await?;
    Ok(messages::send_again(&app.services, session.visit(), &seen.viewer, message).await?)
}

/// What each kind of message says in a language. Who is not on the staff of a marketplace has none: `not_found`.
#[server(name = PreviewMessages, prefix = "/rpc", endpoint = "messages/previews")]
pub async fn previews(language: Language) -> Result<Vec<Preview>, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::messages::previews(&app.services, &viewer, language)?)
}
