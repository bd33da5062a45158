//! Changing an endpoint: what is named of it is written in one transaction, and nothing else is touched, so that two who
//! change different things at once both find theirs.

use super::{Typed, endpoint_of, note};
use crate::{
    domain::{
        access::Viewer,
        error::{Error as Shown, FieldError},
        id::EndpointId,
        text,
        webhook::EVENTS,
    },
    server::{
        error::Error,
        service::{Services, Visit},
        storage::webhooks as rows,
        webhook::Reach,
    },
};

/// What changes of an endpoint; what is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Where it is.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The types that it is told of; none of them means all.
    pub events: Option<Vec<String>>,
    /// Whether it is told from now on.
    pub is_on: Option<bool>,
}

impl From<Typed> for Change {
    fn from(typed: Typed) -> Self {
        Self { url: Some(typed.url), description: Some(typed.description), events: Some(typed.events), is_on: None }
    }
}

impl Change {
    /// Turns it on or off, and nothing else.
    #[must_use]
    pub fn switch(is_on: bool) -> Self {
        Self { is_on: Some(is_on), ..Self::default() }
    }

    const fn says_what(&self) -> bool {
        self.url.is_some() || self.description.is_some() || self.events.is_some()
    }
}

/// Notes what is wrong with a field, and gives what was right.
fn sound<T>(wrong: &mut Vec<FieldError>, field: &str, read: Result<T, String>) -> Option<T> {
    read.map_err(|message| wrong.push(FieldError { field: field.to_owned(), message })).ok()
}

/// What was typed, checked: the address, the description and the types.
pub(super) fn check(reach: Reach, typed: &Typed) -> Result<Typed, Shown> {
    let checked = check_change(reach, &Change::from(typed.clone()))?;
    Ok(Typed {
        url: checked.url.unwrap_or_default(),
        description: checked.description.unwrap_or_default(),
        events: checked.events.unwrap_or_default(),
    })
}

fn check_change(reach: Reach, change: &Change) -> Result<Change, Shown> {
    let mut wrong = Vec::new();
    let url = change.url.as_ref().and_then(|url| {
        let read = reach.target(url.trim()).map(|url| url.to_string()).map_err(|error| format!("{error}."));
        sound(&mut wrong, "url", read)
    });
    let description = change
        .description
        .as_ref()
        .and_then(|description| sound(&mut wrong, "description", text::line(description, 0, 100).map_err(|bad| bad.0)));
    let events = change.events.as_ref().and_then(|events| sound(&mut wrong, "events", known(events)));
    if wrong.is_empty() {
        Ok(Change { url, description, events, is_on: change.is_on })
    } else {
        Err(Shown::fields(wrong))
    }
}

/// The types, in the order of the list and each once.
fn known(events: &[String]) -> Result<Vec<String>, String> {
    if events.iter().any(|event| !EVENTS.contains(&event.as_str())) {
        return Err("There is no such event.".to_owned());
    }
    let wanted = EVENTS.iter().filter(|known| events.iter().any(|event| event == *known));
    Ok(wanted.map(|known| (*known).to_owned()).collect())
}

/// Changes an endpoint.
///
/// # Errors
/// Not found for whoever may not; each wrong field.
pub async fn change(
    services: &Services,
    visit: &Visit,
    viewer: &Viewer,
    id: EndpointId,
    change: &Change,
) -> Result<(), Error> {
    // Whoever may not is told of no field; it is asked again where it is written.
    endpoint_of(&mut services.db.reader().await?, viewer, id).await?;
    let checked = check_change(services.webhooks.reach(), change)?;
    let now = services.now();
    let input = (viewer.clone(), visit.clone(), checked);
    services
        .db
        .write(input, move |tx, (viewer, visit, change)| {
            Box::pin(async move {
                endpoint_of(tx, viewer, id).await?;
                if change.says_what() {
                    let (url, description) = (change.url.as_deref(), change.description.as_deref());
                    rows::update(tx, id, url, description, change.events.as_deref(), now).await?;
                    note(tx, visit, viewer, "webhook_changed", id, now).await?;
                }
                let Some(is_on) = change.is_on else { return Ok(()) };
                let (state, kind) = if is_on { ("on", "webhook_turned_on") } else { ("off", "webhook_turned_off") };
                rows::update_state(tx, id, state, "", now).await?;
                note(tx, visit, viewer, kind, id, now).await
            })
        })
        .await
}

/// Removes an endpoint, with its secrets.
///
/// # Errors
/// Not found for whoever may not.
pub async fn remove(services: &Services, visit: &Visit, viewer: &Viewer, id: EndpointId) -> Result<(), Error> {
    let now = services.now();
    let input = (viewer.clone(), visit.clone());
    services
        .db
        .write(input, move |tx, (viewer, visit)| {
            Box::pin(async move {
                endpoint_of(tx, viewer, id).await?;
                rows::update_state(tx, id, "removed", "", now).await?;
                rows::delete_secrets(tx, id).await?;
                note(tx, visit, viewer, "webhook_removed", id, now).await
            })
        })
        .await
}
