//! The words of mails about people, and their links, which are signed only when a mail is sent or shown.

use serde_json::Value;
use uuid::Uuid;

use crate::server::secret::{Purpose, Secret};

/// A mail, ready to be sent or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// Paragraphs of plain text, the link not among them.
    pub paragraphs: Vec<String>,
    /// Where the mail leads, as a whole address.
    pub link: Option<String>,
}

/// The mail of this kind, or nothing when the kind is not about people. `public_url` is the configured address of this
/// installation: never what a request called it.
pub fn compose(secret: &Secret, public_url: &str, kind: &str, payload: &str) -> Option<Mail> {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let said = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let row = |key: &str| Uuid::try_parse(&said(key)).unwrap_or_default();
    let link = |path: &str, purpose, key| Some(format!("{public_url}/{path}/{}", secret.sign_link(purpose, row(key))));
    let name = said("name");
    let mail = match kind {
        "confirm_sign_up" => {
            let marketplace = said("marketplace");
            let what = if marketplace.is_empty() {
                "to open your account".to_owned()
            } else {
                format!("to open your account and found {marketplace}")
            };
            Mail {
                subject: "Confirm your address".to_owned(),
                paragraphs: vec![
                    format!("Hello {name},"),
                    format!("follow this link within two days {what}. You choose your password there."),
                    "If this was not you, do nothing: no account comes to be.".to_owned(),
                ],
                link: link("sign-up", Purpose::SignUp, "signup"),
            }
        }
        "already_registered" => Mail {
            subject: "You have an account already".to_owned(),
            paragraphs: vec![
                format!("Hello {name},"),
                "somebody, probably you, wanted to sign up with this address. It has an account already: sign in with it. \
                 If you forgot your password, you can ask for a new one there."
                    .to_owned(),
                "If this was not you, nothing needs to be done.".to_owned(),
            ],
            link: Some(format!("{public_url}/sign-in")),
        },
        "reset_password" => Mail {
            subject: "Choose a new password".to_owned(),
            paragraphs: vec![
                format!("Hello {name},"),
                "follow this link within one hour to choose a new password. All browsers will then be signed out.".to_owned(),
                "If this was not you, do nothing: your password stays as it is.".to_owned(),
            ],
            link: link("reset", Purpose::Reset, "reset"),
        },
        "password_changed" => Mail {
            subject: "Your password was changed".to_owned(),
            paragraphs: vec![
                format!("Hello {name},"),
                "your password was changed, and other browsers were signed out. If this was not you, choose a new one at once."
                    .to_owned(),
            ],
            link: Some(format!("{public_url}/forgot")),
        },
        "invitation" => Mail {
            subject: format!("Join {}", said("place")),
            paragraphs: vec![
                "Hello,".to_owned(),
                format!("{} invites you to join {} ({}).", said("invited_by"), said("place"), said("role")),
                "Follow this link within seven days.".to_owned(),
            ],
            link: link("invite", Purpose::Invitation, "invitation"),
        },
        "webhook_disabled" => webhook_disabled(public_url, &name, &said),
        _ => return None,
    };
    Some(mail)
}

/// The mail to those who run a webhook that was disabled.
fn webhook_disabled(public_url: &str, name: &str, said: &dyn Fn(&str) -> String) -> Mail {
    let url = said("url");
    let why = match said("reason").as_str() {
        "gone" => format!("{url} answered that it is gone for good (410). It is told of nothing any more."),
        _ => format!("{url} has taken nothing for five days. It is told of nothing any more."),
    };
    let mend = "When the receiver works again, turn the webhook on: what waits is sent then, and what was given up can be \
                sent again there.";
    Mail {
        subject: "A webhook was disabled".to_owned(),
        paragraphs: vec![format!("Hello {name},"), why, mend.to_owned()],
        link: Some(format!("{public_url}/settings/webhooks/{}", said("endpoint"))),
    }
}
