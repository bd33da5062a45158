//! What a surface answers, and how a refusal of ours becomes one of its own.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Surface;
use crate::{
    domain::error::{Error as Shown, Kind},
    server::service::orders::Performed,
};

/// The code of a body that is too long.
pub const TOO_LARGE: &str = "too_large";
/// The code of a method that an address does not know.
pub const NO_SUCH_METHOD: &str = "method_not_allowed";

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body; nothing for none.
    pub body: Option<Value>,
    /// Whether this was done before, and is told again.
    pub replayed: bool,
}

impl Answer {
    /// All is well.
    pub fn ok(body: Value) -> Self {
        Self::of(StatusCode::OK, body)
    }

    /// A body with this status.
    pub fn of(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body), replayed: false }
    }

    /// A status alone.
    pub const fn bare(status: StatusCode) -> Self {
        Self { status, body: None, replayed: false }
    }

    /// The same, and whether what it tells of was done before.
    #[must_use]
    pub fn of_performed(self, performed: &Performed) -> Self {
        Self { replayed: performed.replayed, ..self }
    }
}

/// The HTTP status of a refusal.
pub fn status_of(error: &Shown) -> StatusCode {
    match error.code.as_str() {
        TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
        NO_SUCH_METHOD => StatusCode::METHOD_NOT_ALLOWED,
        _ => StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// What is wrong with each field, by its name.
pub fn by_field(error: &Shown) -> Value {
    let fields = error.fields.iter().map(|wrong| (wrong.field.clone(), json!(wrong.message)));
    Value::Object(fields.collect())
}

/// A sentence that names the fields that are wrong.
pub fn sentence(error: &Shown, message: &str) -> String {
    let named: Vec<&str> = error.fields.iter().map(|wrong| wrong.field.as_str()).collect();
    if named.is_empty() { message.to_owned() } else { format!("{}: {message}", named.join(", ")) }
}

/// An answer as HTTP has it.
pub fn respond(answer: Answer) -> Response {
    let mut response = match answer.body {
        None => answer.status.into_response(),
        Some(body) => (answer.status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response(),
    };
    if answer.replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// Tells why not, with the fields by the names that the caller knows.
pub fn refused(surface: Surface, mut error: Shown) -> Response {
    for wrong in &mut error.fields {
        if let Some((_, name)) = surface.fields.iter().find(|(ours, _)| *ours == wrong.field) {
            (*name).clone_into(&mut wrong.field);
        }
    }
    let mut response = respond((surface.refuse)(&error));
    let wait = match error.kind {
        Kind::TooMany => "60",
        Kind::Unavailable => "1",
        _ => return response,
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(wait));
    response
}
