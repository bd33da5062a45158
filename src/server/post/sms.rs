//! Text messages: what a provider of them must be able to do, and what is the same for all of them.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use reqwest::{Client, Response, redirect::Policy};

use super::{Failure, PostError};
use crate::domain::text::Phone;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of an answer is read.
const MOST_ANSWER_BYTES: usize = 16 * 1024;

/// Somebody who carries text messages.
#[async_trait]
pub trait TextSender: Debug + Send + Sync {
    /// Sends a message; the answer is the provider's own number for it.
    async fn send(&self, to: &Phone, text: &str) -> Result<String, Failure>;
}

/// A client that follows nobody elsewhere and does not wait for ever.
pub(super) fn client() -> Result<Client, PostError> {
    Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().map_err(PostError::Http)
}

/// What a provider answered: the JSON of a success, or why not. What a provider refuses is refused for good, unless it
/// is about us (401, 403, 404), too much (429) or on their side (5xx).
pub(super) async fn answer(sent: Result<Response, reqwest::Error>) -> Result<serde_json::Value, Failure> {
    // Of an error its address is left out: it may hold an account.
    let later =
        |error: reqwest::Error| Failure::Later(format!("the provider is out of reach: {}", error.without_url()));
    let mut response = sent.map_err(later)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(later)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_ANSWER_BYTES {
            return Err(Failure::Later("the provider's answer has no end".to_owned()));
        }
    }
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(answer);
    }
    let message = answer.get("message").and_then(serde_json::Value::as_str).unwrap_or_default();
    let why: String = format!("the provider answered {}: {message}", status.as_u16()).chars().take(300).collect();
    match status.as_u16() {
        400 | 422 => Err(Failure::Never(why)),
        _ => Err(Failure::Later(why)),
    }
}
