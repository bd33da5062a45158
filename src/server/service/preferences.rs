//! How somebody wants to be told: read, and changed as it was typed.

use std::collections::BTreeMap;

use crate::{
    domain::{
        access::Viewer,
        error::{Error as Shown, FieldError},
        preference::{Preferences, Quiet, Topic, Ways},
        words::Language,
    },
    server::{error::Error, service::Services, storage::told},
};

/// What this person chose.
///
/// # Errors
/// Not found when the account is gone.
pub async fn read(services: &Services, viewer: &Viewer) -> Result<Preferences, Error> {
    let mut conn = services.db.reader().await?;
    let found = told::find_preferences(&mut conn, viewer.user).await?;
    Ok(found.ok_or_else(|| Shown::not_found("account"))?)
}

/// Changes what this person chose. Fields: `language`, `quiet_from` and `quiet_to` as `22:00` (both empty for none), and
/// for each topic that can be chosen `email.{topic}`, `sms.{topic}`, `app.{topic}`, there when ticked.
///
/// # Errors
/// What is wrong with the fields.
pub async fn edit(services: &Services, viewer: &Viewer, fields: BTreeMap<String, String>) -> Result<(), Error> {
    let chosen = typed(&fields).map_err(Shown::fields)?;
    let (user, now) = (viewer.user, services.now());
    services
        .db
        .write(chosen, move |tx, chosen| Box::pin(told::set_preferences(tx, user, chosen, now)))
        .await
        .map_err(Error::from)
}

fn typed(fields: &BTreeMap<String, String>) -> Result<Preferences, Vec<FieldError>> {
    let text = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let mut wrong = Vec::new();
    let mut note = |field: &str, message: &str| {
        wrong.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    };
    let language = Language::from_code(text("language"));
    if language.is_none() {
        note("language", "Choose one of the languages.");
    }
    let mut minute = |field: &str| {
        let read = Quiet::minute(text(field));
        if read.is_none() && !text(field).is_empty() {
            note(field, "A time of day like 22:00, please.");
        }
        read
    };
    let quiet = match (minute("quiet_from"), minute("quiet_to")) {
        (Some(from), Some(to)) => Quiet { from, to },
        (None, None) => Quiet::default(),
        (Some(_), None) => {
            note("quiet_to", "Until when? Leave both empty for no quiet hours.");
            Quiet::default()
        }
        (None, Some(_)) => {
            note("quiet_from", "From when? Leave both empty for no quiet hours.");
            Quiet::default()
        }
    };
    let ticked = |way: &str, topic: Topic| fields.contains_key(&format!("{way}.{}", topic.code()));
    let ways = |topic| Ways { email: ticked("email", topic), sms: ticked("sms", topic), app: ticked("app", topic) };
    let ways = Topic::ALL.into_iter().map(|topic| (topic, ways(topic).held(topic))).collect();
    match language {
        Some(language) if wrong.is_empty() => Ok(Preferences { language, quiet, ways }),
        _ => Err(wrong),
    }
}
