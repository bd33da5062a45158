//! The sellers of the marketplace whose hat is worn, for whoever administers it; for everybody else there are none (404).
//!
//! Paths, for forms: `sellers/add`, `sellers/invite`.

use leptos::prelude::*;

use crate::domain::{error::Error, id::SellerId, people::Sellers};

/// A page of them by name, after this one.
#[server(name = ListSellers, prefix = "/rpc", endpoint = "sellers/list")]
pub async fn list(#[server(default)] after: Option<SellerId>) -> Result<Sellers, Error> {
    use crate::server::{caller, service::sellers};
    let (app, seen, _) = caller::seen().await?;
    Ok(sellers::page(&app.services, &seen, after).await?)
}

/// Adds a seller, mails its owner an invitation, and leads to the list. Needs a fresh password, or `password`. Wrong
/// fields: `name`, `email`, `external_id`, `password`.
#[server(name = AddSeller, prefix = "/rpc", endpoint = "sellers/add")]
pub async fn add(
    name: String,
    email: String,
    #[server(default)] external_id: String,
    #[server(default)] password: String,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts, service::sellers};
    let (app, seen, session) = caller::seen().await?;
    sellers::may_run(&seen.viewer)?;
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    let new = sellers::NewSeller { name, email, external_id };
    sellers::add(&app.services, session.visit(), &seen, &new).await?;
    page_form::lead_to("/settings/sellers", "/settings/sellers");
    Ok(())
}

/// Mails an invitation to the owner of a seller that has nobody yet. Needs a fresh password, or `password`. Wrong fields:
/// `email`, `password`.
#[server(name = InviteOwner, prefix = "/rpc", endpoint = "sellers/invite")]
pub async fn invite(seller: SellerId, email: String, #[server(default)] password: String) -> Result<(), Error> {
    use crate::server::{caller, service::accounts, service::sellers};
    let (app, seen, session) = caller::seen().await?;
    sellers::may_run(&seen.viewer)?;
    let seen = accounts::proved(&app.services, session.visit(), seen, password).await?;
    Ok(sellers::invite(&app.services, session.visit(), &seen, seller, &email).await?)
}
