//! Paying an order by its link, without an account. Field names are those of the arguments.
//!
//! Paths, for forms: `payments/pay`. What begins with `card_` is never sent back to a form.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::{error::Error, money::Minor, payment::Checkout};

/// What a payment link opens. Open to everybody who has it; refused with `dead_link` (404).
#[server(name = LookCheckout, prefix = "/rpc", endpoint = "payments/look")]
pub async fn look(token: String) -> Result<Checkout, Error> {
    let (app, viewer) = crate::server::caller::viewer().await?;
    Ok(crate::server::service::payments::look(&app.services, &token, viewer.as_ref()).await?)
}

/// Pays with a card and leads back to the payment page, which says what came of it. `amount_minor` is what the payer saw,
/// `key` the form's own: sent twice, it is one attempt. Wrong fields: `card_number`, `expiry`, `card_cvc`, `holder`.
#[server(prefix = "/rpc", endpoint = "payments/pay")]
pub async fn pay(
    token: String,
    amount_minor: Minor,
    key: Uuid,
    #[server(default)] card_number: String,
    #[server(default)] expiry: String,
    #[server(default)] card_cvc: String,
    #[server(default)] holder: String,
) -> Result<(), Error> {
    use crate::server::{caller, gateway, gateway::card::TypedCard, page_form};
    let (app, _) = caller::anyone()?;
    let card = TypedCard { number: card_number, expiry, cvc: card_cvc, holder };
    let page = format!("/pay/{token}");
    gateway::pay(&app.services, gateway::Form { token, amount_minor, key, card }).await?;
    page_form::lead_to(&page, "/");
    Ok(())
}
