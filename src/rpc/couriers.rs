//! Links for delivery persons without an account, and where orders go. Field names are those of the arguments.
//!
//! Paths, for forms: `couriers/make_link`, `couriers/report`, `couriers/recipient`.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::{
    error::Error,
    receiving::{CourierLinks, CourierPage},
};

/// The links of an order, for whoever may make them.
#[server(name = ListCourierLinks, prefix = "/rpc", endpoint = "couriers/links")]
pub async fn links(order: String) -> Result<CourierLinks, Error> {
    use crate::server::{caller, service::couriers};
    let (app, viewer) = caller::signed_in().await?;
    Ok(couriers::list(&app.services, &app.config.public_url, &viewer, &order).await?)
}

/// Makes a link for a delivery; the one before it opens nothing any more. With `phone`, it is sent there.
#[server(name = MakeCourierLink, prefix = "/rpc", endpoint = "couriers/make_link")]
pub async fn make_link(order: String, delivery: u16, #[server(default)] phone: String) -> Result<(), Error> {
    use crate::server::{caller, service::couriers, service::orders::Caller};
    let (app, seen, session) = caller::seen().await?;
    let wanted = couriers::Wanted { order: order.parse()?, delivery, phone };
    Ok(couriers::make(&app.services, session.visit(), Caller::on_screen(seen.viewer), wanted).await?)
}

/// What a courier's link opens. It changes nothing; refused with `dead_link` (404).
#[server(name = LookCourier, prefix = "/rpc", endpoint = "couriers/look")]
pub async fn look(token: String) -> Result<CourierPage, Error> {
    let (app, _) = crate::server::caller::anyone()?;
    Ok(crate::server::service::couriers::look(&app.services, &token).await?)
}

/// Says what became of the delivery: `hand_over` with the buyer's `code`, `deliver` with a photo, or `miss`.
#[server(name = ReportDelivery, prefix = "/rpc", endpoint = "couriers/report")]
pub async fn report(
    token: String,
    verb: String,
    version: u32,
    #[server(default)] key: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::couriers, upload};
    let (app, visit, _) = caller::visitor().await?;
    let (fields, uploads) = (page_form::own_fields(fields), upload::of_this_form());
    let typed = couriers::TypedReport { token, verb: verb.clone(), version, key, fields, uploads };
    couriers::report(&app.services, &visit, typed).await?;
    page_form::say_done(&verb);
    Ok(())
}

/// Says where an order goes and who may take it, for its buyer who is signed in: `name`, `phone`, `address`, `note`,
/// `other_name`, `other_phone`.
#[server(name = ChangeRecipient, prefix = "/rpc", endpoint = "couriers/recipient")]
pub async fn recipient(order: String, #[server(flatten)] fields: BTreeMap<String, String>) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::receiving};
    let (app, seen, session) = caller::seen().await?;
    let fields = page_form::own_fields(fields);
    receiving::change(&app.services, session.visit(), seen.viewer, &order, &fields).await?;
    Ok(())
}
