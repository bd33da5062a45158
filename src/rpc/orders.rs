//! The one screen, new orders, and every action on an order.
//!
//! Paths, for forms: `orders/act`, `orders/place`, `orders/bulk`, `orders/save_view`, `orders/remove_view`. A form for a verb sends `order`, `version`, `key`, `verb` and the
//! verb's own fields, which are listed in `domain::order::form`.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::{
    error::Error,
    view::{Desk, NewOrderForm, Part},
};

/// Reads the screen for an address: its query (tab, status, q, sort, …, `after`), and the order that is open; all of it or a part.
#[server(name = ReadDesk, prefix = "/rpc", endpoint = "orders/desk")]
pub async fn desk(
    #[server(default)] query: BTreeMap<String, String>,
    #[server(default)] open: Option<String>,
    #[server(default)] part: Part,
) -> Result<Desk, Error> {
    use crate::server::{caller, service::desk};
    let (app, viewer) = caller::signed_in().await?;
    Ok(desk::read_address(&app.services, viewer, &query, open.as_deref(), part).await?)
}

/// Carries out an action. Leads back to the order, with `done={verb}`.
#[server(prefix = "/rpc", endpoint = "orders/act")]
pub async fn act(
    order: String,
    verb: String,
    version: u32,
    #[server(default)] key: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::{
        domain::order::action::Verb,
        server::{caller, page_form, service::accounts, service::placing, upload},
    };
    let (app, seen, session) = caller::seen().await?;
    let mut fields = page_form::own_fields(fields);
    let password = fields.remove("password").unwrap_or_default();
    if verb == Verb::Rule.code() {
        accounts::prove_when_needed(&app.services, session.visit(), &seen, password).await?;
    }
    let typed = placing::TypedCommand { reference: order, verb: verb.clone(), version, key, fields };
    placing::act_with(&app.services, seen.viewer, typed, &upload::of_this_form()).await?;
    page_form::say_done(&verb);
    Ok(())
}

/// What the form for a new order starts from.
#[server(name = StartOrder, prefix = "/rpc", endpoint = "orders/start")]
pub async fn start() -> Result<NewOrderForm, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::placing::start(&app.services, &viewer).await?)
}

/// Places an order and leads to it. Fields: `seller` (for staff of the marketplace), `buyer_email`, `buyer_name`,
/// `buyer_phone`, `buyer_language` (`en`, `fr`, `pt`), `external_ref`, `address`, `delivery_note`, `milestones` (`on` for a project), items as `title.1`, `quantity.1`, `price.1`, `kind.1`
/// and so on, and terms as `domain::order::form` names them.
#[server(prefix = "/rpc", endpoint = "orders/place")]
pub async fn place(
    #[server(default)] key: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::placing};
    let (app, viewer) = caller::signed_in().await?;
    let placed = placing::place(&app.services, viewer, placing::NewOrder::typed(key, fields)).await?;
    page_form::lead_to_order(&placed.reference);
    Ok(())
}

/// Carries out a verb for many orders and leads to what came of each. Fields: the ticks as `domain::bulk` names them, the
/// parameters of the list, and `reason` for calling off.
#[server(prefix = "/rpc", endpoint = "orders/bulk")]
pub async fn bulk(
    #[server(default)] verb: String,
    #[server(default)] key: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::bulk};
    let (app, viewer) = caller::signed_in().await?;
    let ticked = bulk::Ticked { verb, key: key.clone(), fields: fields.clone() };
    bulk::carry_out(&app.services, viewer, ticked).await?;
    page_form::lead_to_list(&fields, &[("carried", &key)]);
    Ok(())
}

/// Keeps what the list shows under a name. Fields: `name`, and the parameters of the list.
#[server(prefix = "/rpc", endpoint = "orders/save_view")]
pub async fn save_view(#[server(flatten)] fields: BTreeMap<String, String>) -> Result<(), Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    crate::server::service::views::save(&app.services, viewer, fields).await?;
    Ok(())
}

/// Takes away what was kept under a name.
#[server(prefix = "/rpc", endpoint = "orders/remove_view")]
pub async fn remove_view(view: String) -> Result<(), Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    crate::server::service::views::remove(&app.services, viewer, &view).await?;
    Ok(())
}
