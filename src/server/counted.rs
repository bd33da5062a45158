//! What every call of a program has in common, through whichever surface it comes: it is counted against the share of its
//! key, told what is left of that, and written down; and it may bring a key of its own for what it wants done.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use tower_http::request_id::RequestId;

use crate::{
    domain::{id::KeyId, text::BadText, time::Moment},
    server::{
        api::limits::Left,
        clock,
        service::{
            Visit,
            calls::{self, NewCall},
        },
        session,
        state::AppState,
    },
};

/// The header that holds the caller's own key for a command.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest such key.
pub const LONGEST_KEY: usize = 255;

/// A call as it arrived, before anybody knows whose it is.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// When.
    pub began: Moment,
    /// Under which id it is written down.
    pub request_id: String,
    /// From where.
    pub visit: Visit,
    method: Method,
}

/// What is written down of a call beyond when and from where it came.
#[derive(Clone, Debug)]
pub struct Named {
    /// Whose key it showed.
    pub key: KeyId,
    /// What was called, as its table has it.
    pub route: String,
    /// The first variable part of the address, cut to what fits.
    pub what: String,
    /// The code of the refusal; empty when all went well.
    pub code: String,
}

impl Arrived {
    /// Notes when and from where a request came.
    pub fn of(state: &AppState, request: &Request) -> Self {
        let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
        Self {
            began: state.services.now(),
            request_id: id.unwrap_or_default().to_owned(),
            visit: session::visit(state, request),
            method: request.method().clone(),
        }
    }

    /// Counts the call: whether there was something left of the key's share, and what is left now.
    pub fn count(&self, state: &AppState, key: KeyId) -> (bool, Option<Left>) {
        match state.limits.count(key, self.began) {
            Ok(left) => (true, left),
            Err(left) => (false, Some(left)),
        }
    }

    /// Says in the answer what is left, and writes the call down: a command before it is answered, what only reads and what
    /// came too often with the others of its moment.
    pub async fn done(self, state: &AppState, left: Option<Left>, named: Named, response: &mut Response) {
        if let Some(left) = left {
            left.tell(response.headers_mut());
        }
        let now = state.services.now();
        let status = response.status();
        let is_command = !self.method.is_safe() && status != StatusCode::TOO_MANY_REQUESTS;
        let call = NewCall {
            id: clock::new_id(now),
            key: named.key,
            at: self.began,
            method: self.method.to_string(),
            route: named.route,
            what: named.what.chars().take(64).collect(),
            status: status.as_u16(),
            code: named.code,
            address: self.visit.address,
            request_id: self.request_id,
            took_us: now.micros_since(self.began).max(0),
        };
        if is_command {
            calls::keep(&state.services, call).await;
        } else {
            state.services.calls.note(call);
        }
    }
}

/// Whether a text can be a caller's own key: visible characters and spaces, not too many, and at least one.
pub fn is_key(text: &str) -> bool {
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The caller's own key in the header, when there is one.
///
/// # Errors
/// When it is empty, too long, or not visible text.
pub fn own_key(headers: &HeaderMap) -> Result<Option<String>, BadText> {
    let Some(header) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = header.to_str().unwrap_or_default().trim().trim_matches('"').to_owned();
    if is_key(&text) { Ok(Some(text)) } else { Err(BadText(format!("From 1 to {LONGEST_KEY} visible characters."))) }
}
