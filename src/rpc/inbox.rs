//! The bell: what somebody is told of in the program itself.
//!
//! Paths, for forms: `inbox/read_all`. Pages call `inbox/read` when an order is opened.

use leptos::prelude::*;

use crate::domain::{error::Error, inbox::Inbox};

/// What the reader was told last, the newest first.
#[server(name = ReadInbox, prefix = "/rpc", endpoint = "inbox/list")]
pub async fn list() -> Result<Inbox, Error> {
    use crate::server::{caller, service::inbox};
    let (app, viewer) = caller::signed_in().await?;
    Ok(inbox::list(&app.services, &viewer).await?)
}

/// Marks what the reader was told of an order (its reference) as read; the answer is how much is left, up to a hundred.
#[server(name = ReadOrder, prefix = "/rpc", endpoint = "inbox/read")]
pub async fn read_order(order: String) -> Result<u32, Error> {
    use crate::server::{caller, service::inbox};
    let (app, viewer) = caller::signed_in().await?;
    Ok(inbox::read_order(&app.services, &viewer, &order).await?)
}

/// Marks everything as read. Leads back to the page of it.
#[server(name = ReadAll, prefix = "/rpc", endpoint = "inbox/read_all")]
pub async fn read_all() -> Result<(), Error> {
    use crate::server::{caller, page_form, service::inbox};
    let (app, viewer) = caller::signed_in().await?;
    inbox::read_all(&app.services, &viewer).await?;
    page_form::lead_to("/notices", "/notices");
    Ok(())
}
