//! The terms that new orders begin with, for whoever administers the marketplace or the seller whose hat is worn; for everybody
//! else there are none (404).
//!
//! Path, for forms: `terms/save`, with the fields of `edit_terms`.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::{error::Error, id::SellerId, view::DefaultTerms};

/// The terms of this seller or, without one, of the place whose hat is worn.
#[server(name = ReadTerms, prefix = "/rpc", endpoint = "terms/read")]
pub async fn read(#[server(default)] seller: Option<SellerId>) -> Result<DefaultTerms, Error> {
    use crate::server::{caller, service::terms};
    let (app, seen, _) = caller::seen().await?;
    Ok(terms::page(&app.services, &seen, seller).await?)
}

/// Sets them, and leads to their page. For a marketplace, a field that stays empty keeps what was there; for a seller it is as
/// the marketplace has it. `seen` is what [`read`] told, so that nobody overwrites what they have not seen. Needs a fresh
/// password, or `password`. Wrong fields: those of `edit_terms`, `password`.
#[server(name = SaveTerms, prefix = "/rpc", endpoint = "terms/save")]
pub async fn save(
    #[server(default)] seller: Option<SellerId>,
    #[server(default)] seen: String,
    #[server(default)] password: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts, service::terms};
    let (app, session_seen, session) = caller::seen().await?;
    terms::may_set(&session_seen.viewer, seller)?;
    let session_seen = accounts::proved(&app.services, session.visit(), session_seen, password).await?;
    let typed = terms::Typed { seller, seen, fields: page_form::own_fields(fields) };
    terms::save(&app.services, session.visit(), &session_seen, typed).await?;
    page_form::lead_to_terms(seller);
    Ok(())
}
