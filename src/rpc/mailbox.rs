//! The local mailbox of a demo installation.

use leptos::prelude::*;

use crate::domain::{error::Error, letter::Letter};

/// The newest messages as the mails that they would be. Open to everybody in demo mode; else there is no such thing (404).
#[server(name = OpenMailbox, prefix = "/rpc", endpoint = "mailbox/list")]
pub async fn letters() -> Result<Vec<Letter>, Error> {
    use crate::server::{caller, service::mailbox};
    let (app, _) = caller::anyone()?;
    if !app.config.demo {
        return Err(Error::not_found("page"));
    }
    Ok(mailbox::list(&app.services, &app.config.public_url).await?)
}
