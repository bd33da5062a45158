//! Webhooks against a real receiver: who may add them, what is sent, what becomes of it, and who verifies it.

mod atarapay;
mod doors;
mod killed;
mod libraries;
pub(crate) mod receiver;
mod sending;

use std::collections::BTreeSet;

use holdfast::{
    domain::webhook::{EVENTS, EndpointLog},
    server::outbox::webhook,
};

use self::receiver::Receiver;
use crate::helpers::{Browser, TestApp};

/// An endpoint that was added by a test.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    id: String,
    /// What was shown once: the secret, or the pair of keys.
    secrets: Vec<String>,
}

/// Adds an endpoint and reads what is shown once.
pub(crate) async fn add(browser: &Browser, url: &str, events: &[&str], more: &[(&str, &str)]) -> Added {
    let boxes: Vec<String> = events.iter().map(|event| format!("event.{event}")).collect();
    let mut fields = vec![("url", url)];
    if !more.iter().any(|(name, _)| *name == "form") {
        fields.push(("form", "standard"));
    }
    fields.extend(boxes.iter().map(|name| (name.as_str(), "on")));
    fields.extend_from_slice(more);
    let answer = browser.call("webhooks/create", &fields).await.fine();
    let path = ["serverfnredirect", "location"].map(|name| answer.header(name)).join("");
    let id = path.rsplit('/').next().expect("a path has an end").to_owned();
    let secrets = shown(browser, &id).await;
    Added { id, secrets }
}

/// The secret that this browser has just made.
async fn shown(browser: &Browser, id: &str) -> Vec<String> {
    let secret = log(browser, id).await.secret.expect("it is shown once");
    secret.parts.into_iter().map(|(_, value)| value).collect()
}

async fn log(browser: &Browser, id: &str) -> EndpointLog {
    browser.call("webhooks/log", &[("endpoint", id)]).await.json()
}

/// Sends all that is due.
async fn step(app: &TestApp) -> usize {
    webhook::step(&app.state.services).await.expect("what is due can be sent")
}

async fn states(app: &TestApp) -> Vec<String> {
    app.texts("select state from webhook_deliveries order by created_at, event_seq, endpoint_id").await
}

#[test]
fn every_type_of_event_can_be_chosen() {
    let source = include_str!("../../domain/order/event.rs");
    let codes = source.split("pub const fn code").nth(1).and_then(|rest| rest.split("/// What left escrow").next());
    let codes: BTreeSet<&str> = codes
        .expect("the function is there")
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","))
        .collect();
    assert_eq!(codes, EVENTS.into_iter().collect());
    assert!(codes.len() > 30);
}
