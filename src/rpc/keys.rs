//! Keys of programs, for whoever administers the place whose hat is worn, and for buyers; for everybody else there are
//! none (404).
//!
//! Paths, for forms: `keys/create`, `keys/revoke`. What a key may do are boxes called `may.read`, `may.ship` and so on.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::{api_key::ApiKeys, error::Error, id::KeyId, partner::Partners};

/// The keys; once, the one that this browser has just made.
#[server(name = ListKeys, prefix = "/rpc", endpoint = "keys/list")]
pub async fn list() -> Result<ApiKeys, Error> {
    use crate::server::{caller, service::keys, shown};
    let (app, seen, _) = caller::seen().await?;
    let token = shown::take(&app);
    Ok(keys::list(&app.services, &seen, token.as_deref()).await?)
}

/// Makes a key and leads to the list, where it is shown once. Needs a fresh password, or `password`. Wrong fields:
/// `name`, `mode`, `permissions`, `days`, `password`.
#[server(name = CreateKey, prefix = "/rpc", endpoint = "keys/create")]
pub async fn create(#[server(flatten)] fields: BTreeMap<String, String>) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts, service::keys, shown};
    let (app, seen, session) = caller::seen().await?;
    let (typed, password) = keys::Typed::of(page_form::own_fields(fields));
    keys::may_run(&app.services, &seen.viewer).await?;
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    let made = keys::create(&app.services, session.visit(), &seen, &typed).await?;
    shown::hand_over_token(&app, &keys::wrap(&app.services, &made));
    page_form::lead_to("/settings/keys", "/settings/keys");
    Ok(())
}

/// Takes a key away at once. Needs a fresh password, or `password`.
#[server(name = RevokeKey, prefix = "/rpc", endpoint = "keys/revoke")]
pub async fn revoke(key: KeyId, #[server(default)] password: String) -> Result<(), Error> {
    use crate::server::{caller, service::accounts, service::keys};
    let (app, seen, session) = caller::seen().await?;
    keys::may_run(&app.services, &seen.viewer).await?;
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    Ok(keys::revoke(&app.services, session.visit(), &seen, key).await?)
}

/// What integrations that were written for other systems need: addresses, the keys that are valid, and the store key.
#[server(name = ShowPartners, prefix = "/rpc", endpoint = "keys/partners")]
pub async fn partners() -> Result<Partners, Error> {
    use crate::server::{caller, service::partners};
    let (app, seen, _) = caller::seen().await?;
    Ok(partners::page(&app.services, &app.config.public_url, &seen).await?)
}
