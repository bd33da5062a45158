//! Paying an order by its link, without an account. Field names are those of the arguments.
//!
//! Paths, for forms: `payments/pay`. What begins with `card_` is never sent back to a form.

use std::collections::BTreeMap;

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
/// `agreed` which goods and terms (`order_changed` when they are others by now), `key` the form's own: sent twice, it is
/// one attempt. Wrong fields: `card_number`, `expiry`, `card_cvc`, `holder`.
#[server(prefix = "/rpc", endpoint = "payments/pay")]
pub async fn pay(
    token: String,
    amount_minor: Minor,
    #[server(default)] agreed: String,
    key: Uuid,
    #[server(flatten)] card: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, gateway, gateway::card::TypedCard, page_form};
    let (app, _) = caller::anyone()?;
    let typed = |field: &str| card.get(field).cloned().unwrap_or_default();
    let (number, cvc) = (typed("card_number"), typed("card_cvc"));
    let card = TypedCard { number, expiry: typed("expiry"), cvc, holder: typed("holder") };
    let page = format!("/pay/{token}");
    let agreed = Some(agreed).filter(|agreed| !agreed.is_empty());
    let form = gateway::Form { token, amount_minor, agreed, expected_version: None, key, claim: None, card };
    if let gateway::Sent::DeclinedBefore(why) = gateway::pay(&app.services, form).await? {
        return Err(why.into());
    }
    page_form::lead_to(&page, "/");
    Ok(())
}
