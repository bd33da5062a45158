//! Why not, for programs: problem details (RFC 9457) with a stable code, the fields that are wrong, and what is possible.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::error::{Error as Shown, Kind},
    server::error::Error,
};

/// The media type of a problem.
pub const PROBLEM: &str = "application/problem+json";

/// What is wrong with one field of a body (`pointer`), or with one parameter or header (`parameter`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Fault {
    /// Where in the body, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Which parameter of the address, or which header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What to do about it.
    pub detail: String,
}

/// Something that is possible in place of what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AllowedAction {
    /// The action, as in its address.
    pub action: String,
    /// For which delivery; null for what concerns the whole order.
    pub delivery: Option<u16>,
}

/// Why a request was refused (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename = "Problem")]
#[schemars(deny_unknown_fields)]
pub struct Body {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable code that programs may rely on.
    pub code: String,
    /// What to do about it, for people.
    pub detail: String,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<Fault>,
    /// What the caller may do now, where an action was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// The id under which our logs know the request.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub request_id: String,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: String,
    /// The sentence.
    pub detail: String,
    /// The wrong fields.
    pub errors: Vec<Fault>,
    /// What is possible instead.
    pub allowed_actions: Option<Box<[AllowedAction]>>,
    /// Headers that say more.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Fields that forms and programs call differently: as the rules name them, and where they stand in a body.
const POINTERS: [(&str, &str); 20] = [
    ("amount", "/amount_minor"),
    ("to_seller", "/to_seller_minor"),
    ("days", "/valid_days"),
    ("commission_rate", "/terms/commission_bps"),
    ("commission_fixed", "/terms/commission_fixed_minor"),
    ("commission_non_split", "/terms/commission_non_split_minor"),
    ("escrow_fee_rate", "/terms/escrow_fee_bps"),
    ("card_cvc", "/cvc"),
    ("escrow_fee_least", "/terms/escrow_fee_least_minor"),
    ("escrow_fee_most", "/terms/escrow_fee_most_minor"),
    ("payment_window", "/terms/payment_window_secs"),
    ("delivery_window", "/terms/delivery_window_secs"),
    ("overdue_window", "/terms/overdue_window_secs"),
    ("inspection_window", "/terms/inspection_window_secs"),
    ("answer_window", "/terms/answer_window_secs"),
    ("negotiation_window", "/terms/negotiation_window_secs"),
    ("return_window", "/terms/return_window_secs"),
    ("release_delay", "/terms/release_delay_secs"),
    ("cancellation_grace", "/terms/cancellation_grace_secs"),
    ("max_attempts", "/terms/max_attempts"),
];

fn pointer(field: &str) -> String {
    if field.starts_with('/') || field.is_empty() {
        return field.to_owned();
    }
    if let Some(pointer) = item(field) {
        return pointer;
    }
    let known = POINTERS.iter().find(|(name, _)| *name == field);
    known.map_or_else(|| format!("/{}", field.replace('.', "/")), |(_, pointer)| (*pointer).to_owned())
}

/// The members of an item as forms call them, and as they are called in a body.
const PARTS: [(&str, &str); 4] =
    [("title", "title"), ("quantity", "quantity"), ("price", "unit_minor"), ("kind", "kind")];

/// A part of one item, which forms call `quantity.4`.
fn item(field: &str) -> Option<String> {
    let (part, no) = field.split_once('.')?;
    let (_, member) = PARTS.iter().find(|(name, _)| *name == part)?;
    let at = no.parse::<usize>().ok()?.checked_sub(1)?;
    Some(format!("/items/{at}/{member}"))
}

/// A part of the commission, in a body that says nothing else.
fn commission_alone(pointer: &str) -> Option<&'static str> {
    match pointer {
        "/terms/commission_bps" => Some("/rate_bps"),
        "/terms/commission_fixed_minor" => Some("/fixed_minor"),
        "/terms/commission_non_split_minor" => Some("/non_split_minor"),
        _ => None,
    }
}

impl Problem {
    /// The same, where what is wrong with the pieces of an item is shown in the body that named them.
    #[must_use]
    pub fn about(mut self, body: &[u8]) -> Self {
        let member = if self.code == "unknown_item" { "item" } else { "quantity" };
        for fault in &mut self.errors {
            if let Some(alone) = fault.pointer.as_deref().and_then(commission_alone)
                && serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|body| body.get("terms").is_none())
            {
                fault.pointer = Some(alone.to_owned());
                continue;
            }
            let Some(no) = fault.pointer.as_ref().and_then(|pointer| pointer.strip_prefix("/item/")) else { continue };
            let no = no.parse::<u64>().ok();
            let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let pieces = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let at = pieces.iter().position(|pieces| pieces["item"].as_u64() == no);
            fault.pointer = Some(at.map_or_else(|| "/items".to_owned(), |at| format!("/items/{at}/{member}")));
        }
        self
    }

    /// A problem of this status, code and sentence.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            allowed_actions: None,
            headers: Vec::new(),
        }
    }

    /// One wrong field of a body.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Shown::field(pointer, detail).into()
    }

    /// One wrong parameter of the address, or one wrong header.
    pub fn parameter(status: StatusCode, code: &str, name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let fault = Fault { pointer: None, parameter: Some(name.to_owned()), detail: detail.clone() };
        Self { errors: vec![fault], ..Self::new(status, code, detail) }
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// What is told, with the id under which the request is known.
    pub fn body(&self, request_id: &str) -> Body {
        Body {
            kind: format!("/api#{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: self.status.as_u16(),
            code: self.code.clone(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            allowed_actions: self.allowed_actions.clone().map(<[AllowedAction]>::into_vec),
            request_id: request_id.to_owned(),
        }
    }

    /// The answer.
    pub fn answer(self, request_id: &str) -> Response {
        let body = serde_json::to_vec(&self.body(request_id)).expect("problems are plain data");
        let mut answer = (self.status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response();
        for (name, value) in self.headers {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

impl From<Shown> for Problem {
    fn from(error: Shown) -> Self {
        let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fault = |wrong: crate::domain::error::FieldError| Fault {
            pointer: Some(pointer(&wrong.field)),
            parameter: None,
            detail: wrong.message,
        };
        let problem = Self {
            errors: error.fields.into_iter().map(fault).collect(),
            ..Self::new(status, &error.code, error.message)
        };
        match error.kind {
            Kind::TooMany => problem.with(header::RETRY_AFTER, "60"),
            Kind::Unavailable => problem.with(header::RETRY_AFTER, "1"),
            _ => problem,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Shown::from(error).into()
    }
}

/// Codes of refusals that do not come from the rules of the process, with what they mean.
pub const CODES: [(&str, &str); 39] = [
    ("already_dispatched", "It is on its way already: where it goes cannot be changed any more."),
    ("already_paid", "The order is paid; nothing was taken."),
    ("amount_changed", "The order costs something else by now; nothing was taken."),
    ("busy", "Too much is going on: the same request may be sent again."),
    ("card_declined", "The card was declined; nothing was taken."),
    ("idempotency_key_in_use", "A request with this Idempotency-Key is under way, or broke off."),
    ("idempotency_key_invalid", "The Idempotency-Key is empty, too long, or not visible text."),
    ("idempotency_key_required", "The request moves money and has no Idempotency-Key."),
    ("insufficient_funds", "The card has not enough money; nothing was taken."),
    ("internal", "Something went wrong on our side; nothing was changed."),
    ("invalid_fields", "`errors` names each wrong field by JSON pointer."),
    ("invalid_parameters", "`errors` names the wrong parameter of the address."),
    ("key_missing", "There is no key in the Authorization header."),
    ("key_reused", "The Idempotency-Key was used for something else."),
    ("key_unknown", "The key is not known, was taken away, or has expired."),
    ("last_administrator", "Somebody must be left who may change people."),
    ("malformed", "The body is not JSON."),
    ("method_not_allowed", "The address does not know this method; Allow says which it knows."),
    ("not_a_test_card", "The sandbox takes its test cards alone."),
    ("not_allowed", "The role of the key's maker does not allow it."),
    ("not_asked", "The payment broke off before the bank was asked; nothing was taken."),
    ("not_for_test_keys", "Test keys see and change orders of the sandbox alone."),
    ("not_found", "There is no such thing, or it is not yours to see."),
    ("nothing_to_bring", "Nothing is to be brought any more."),
    ("no_gateway", "There is no payment gateway for the order on this server; nothing was taken."),
    ("not_ready", "The export is still being written."),
    ("order_changed", "The goods or terms are others than the payer saw; nothing was taken."),
    ("password_needed", "This is done by a person on the screen alone."),
    ("payment_unknown", "An earlier payment has not been answered yet."),
    ("precondition_failed", "If-Match names another version than there is."),
    ("rate_limited", "The key calls too often; Retry-After says how long to wait."),
    ("too_large", "The body is too long."),
    ("too_many_attempts", "This was tried too often."),
    ("too_many_banks", "A marketplace has no more banks than this."),
    ("too_many_providers", "A place has no more providers than this."),
    ("too_many_keys", "A place has no more keys than this."),
    ("unsupported_media_type", "The body is not sent as application/json."),
    ("version_conflict", "expected_version names another version than there is."),
    ("waits_already", "The delivery waits to be sent already."),
];
