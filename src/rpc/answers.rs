//! A buyer's signed link: the order behind it, and answering with the code or signed in. Field names are those of the arguments.
//!
//! Paths, for forms: `answers/give`, `answers/new_code`, `answers/recipient`.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::{error::Error, receiving::AnswerPage};

/// What a link opens. It changes nothing; refused with `dead_link` or `expired_link` (404).
#[server(name = LookAnswers, prefix = "/rpc", endpoint = "answers/look")]
pub async fn look(token: String) -> Result<AnswerPage, Error> {
    let (app, viewer) = crate::server::caller::viewer().await?;
    Ok(crate::server::service::answers::look(&app.services, &token, viewer.as_ref()).await?)
}

/// Accepts or rejects. Needs `answer_code`, unless the buyer is signed in. Wrong codes: `wrong_code`, `used_code`,
/// `expired_code`, `no_code`, `code_needed`, each beside the field.
#[server(name = GiveAnswer, prefix = "/rpc", endpoint = "answers/give")]
pub async fn give(
    token: String,
    verb: String,
    version: u32,
    #[server(default)] key: String,
    #[server(default)] answer_code: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::answers, upload};
    let (app, visit, viewer) = caller::visitor().await?;
    let fields = page_form::own_fields(fields);
    let uploads = upload::of_this_form();
    let typed = answers::TypedAnswer { token, verb: verb.clone(), version, key, code: answer_code, fields, uploads };
    answers::answer(&app.services, &visit, viewer.as_ref(), typed).await?;
    page_form::say_done(&verb);
    Ok(())
}

/// Sends a new code to the addresses that are known of the buyer.
#[server(name = AskCode, prefix = "/rpc", endpoint = "answers/new_code")]
pub async fn new_code(token: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::answers};
    let (app, visit, _) = caller::visitor().await?;
    answers::new_code(&app.services, &visit, &token).await?;
    page_form::lead_to(&format!("/a/{token}?sent=code"), "/");
    Ok(())
}

/// Says where the order goes and who may take it, by the buyer's link: `name`, `phone`, `address`, `note`, `other_name`,
/// `other_phone`.
#[server(name = ChangeRecipientByLink, prefix = "/rpc", endpoint = "answers/recipient")]
pub async fn recipient(
    token: String,
    #[server(default)] answer_code: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::answers};
    let (app, visit, viewer) = caller::visitor().await?;
    let fields = page_form::own_fields(fields);
    answers::change_recipient(&app.services, &visit, viewer.as_ref(), &token, &answer_code, &fields).await?;
    Ok(())
}
