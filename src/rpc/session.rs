//! Signing in and out, and which hat is worn. Field names are those of the arguments.
//!
//! Paths, for forms: `session/sign_in`, `session/sign_out`, `session/wear`, `session/prove`.

use leptos::prelude::*;

use serde::{Deserialize, Serialize};

use crate::domain::{error::Error, inbox::Present};

/// Which program and which database answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// The database's name and version.
    pub database: String,
}

/// Says which program and which database answer.
#[server(name = AskAbout, prefix = "/rpc", endpoint = "session/about")]
pub async fn about() -> Result<About, Error> {
    let (app, _) = crate::server::caller::anyone()?;
    let database = app.services.db.version().await?;
    Ok(About { version: env!("CARGO_PKG_VERSION").to_owned(), database })
}

/// Who is looking, when somebody is signed in. Open to everybody.
#[server(prefix = "/rpc", endpoint = "session/me")]
pub async fn me() -> Result<Option<Present>, Error> {
    crate::server::caller::present().await
}

/// Signs in and leads to `next` (a path of this site) or to the orders. Refused alike, and as slowly, for a wrong address
/// and a wrong password: `wrong_credentials` (422), and after too many attempts `too_many_attempts` (429).
#[server(prefix = "/rpc", endpoint = "session/sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts};
    let (app, session) = caller::anyone()?;
    let before = session.seen().await?;
    session.set(accounts::sign_in(&app.services, session.visit(), &email, password, before).await?).await?;
    page_form::lead_to(&next, "/orders");
    Ok(())
}

/// Signs this browser out and leads to the sign-in page; nothing to do when nobody is signed in.
#[server(prefix = "/rpc", endpoint = "session/sign_out")]
pub async fn sign_out() -> Result<(), Error> {
    use crate::server::{caller, page_form, service::sessions};
    let (app, session) = caller::anyone()?;
    if let Some(seen) = session.seen().await? {
        sessions::sign_out(&app.services, session.visit(), seen).await?;
    }
    session.clear().await?;
    page_form::lead_to("/sign-in", "/sign-in");
    Ok(())
}

/// Puts on another hat (`Membership::key`), or none (empty) to see one's own purchases; leads to `next` (a path of this
/// site) or to the orders.
#[server(prefix = "/rpc", endpoint = "session/wear")]
pub async fn wear(#[server(default)] hat: String, #[server(default)] next: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::sessions};
    let (app, seen, session) = caller::seen().await?;
    session.set(sessions::wear(&app.services, &seen, &hat).await?).await?;
    page_form::lead_to(&next, "/orders");
    Ok(())
}

/// Takes the password once more: what needs a fresh one (`password_needed`, 403) can then be done for fifteen minutes.
#[server(prefix = "/rpc", endpoint = "session/prove")]
pub async fn prove(password: String) -> Result<(), Error> {
    use crate::server::{caller, service::accounts};
    let (app, seen, session) = caller::seen().await?;
    Ok(accounts::prove(&app.services, session.visit(), &seen, password).await?)
}
