//! The words of messages that no event owes, and their links, which are signed only when a mail is sent or shown.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    domain::{id::OrderId, words::Language},
    server::{
        secret::{Purpose, Secret},
        service::answers,
    },
};

/// A mail, ready to be sent or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text, the link not among them.
    pub paragraphs: Vec<String>,
    /// Where the mail leads, as a whole address.
    pub link: Option<String>,
    /// The same in few words, for a text message.
    pub short: String,
}

/// The mail of this kind in English, or nothing when the kind is not about people.
pub fn compose(secret: &Secret, public_url: &str, kind: &str, payload: &str) -> Option<Mail> {
    compose_in(Language::En, secret, public_url, kind, payload)
}

/// The mail of this kind, or nothing when the kind is not about people. `public_url` is the configured address of this
/// installation: never what a request called it.
pub fn compose_in(language: Language, secret: &Secret, public_url: &str, kind: &str, payload: &str) -> Option<Mail> {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let said = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let row = |key: &str| Uuid::try_parse(&said(key)).unwrap_or_default();
    let link = |path: &str, purpose, key| format!("{public_url}/{path}/{}", secret.sign_link(purpose, row(key)));
    let answer = || answers::link_and_code(secret, public_url, OrderId(row("order")), &payload);
    let link = match kind {
        "confirm_sign_up" => link("sign-up", Purpose::SignUp, "signup"),
        "already_registered" => format!("{public_url}/sign-in"),
        "reset_password" => link("reset", Purpose::Reset, "reset"),
        "password_changed" => format!("{public_url}/forgot"),
        "invitation" => link("invite", Purpose::Invitation, "invitation"),
        "webhook_disabled" => format!("{public_url}/settings/webhooks/{}", said("endpoint")),
        "courier_link" => link("courier", Purpose::Courier, "courier_link"),
        "answer_code" => answer().link,
        _ => return None,
    };
    let values = [
        ("name", said("name")),
        ("marketplace", said("marketplace")),
        ("inviter", said("invited_by")),
        ("place", said("place")),
        ("role", said("role")),
        ("url", said("url")),
        ("reference", said("reference")),
        ("title", said("title")),
        ("seller", said("seller")),
        ("code", if kind == "answer_code" { answer().code? } else { String::new() }),
    ];
    let say = |part: &str| language.say(&format!("person.{kind}.{part}"), &values);
    let mut paragraphs = Vec::new();
    if !said("name").is_empty() {
        paragraphs.push(language.say("hello", &values));
    }
    paragraphs.push(say(if said("reason") == "gone" { "gone" } else { "said" }));
    let mut short = say("subject");
    match kind {
        "confirm_sign_up" if !said("marketplace").is_empty() => paragraphs.push(say("founding")),
        "answer_code" => {
            paragraphs.push(language.say("answer.code", &values));
            short = format!("{short}: {}", language.say("answer.short", &values));
        }
        _ => {}
    }
    paragraphs.push(say("else"));
    Some(Mail { subject: say("subject"), paragraphs, short: format!("{short} {link}"), link: Some(link) })
}
