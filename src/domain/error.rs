//! The only error that a caller sees: the same through pages, server functions and REST.

use serde::{Deserialize, Serialize};
use server_fn::{codec::JsonEncoding, error::FromServerFnError, error::ServerFnErrorErr};

/// What kind of "no" it is; each has one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request cannot be read: 400.
    Malformed,
    /// Nobody is signed in: 401.
    SignedOut,
    /// Signed in, but this door is not for them: 403.
    Forbidden,
    /// It does not exist, or not for this caller: 404.
    NotFound,
    /// It cannot be done now, or was done by somebody else first: 409.
    Conflict,
    /// A field is missing or wrong: 422.
    Invalid,
    /// Too often: 429.
    TooMany,
    /// Ours to mend: 500.
    Internal,
    /// Too busy or shutting down; the same request may be sent again: 503.
    Unavailable,
}

impl Kind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::SignedOut => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// What is wrong with one field, in words for whoever filled it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form or body.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

/// A refusal or failure, safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The kind.
    pub kind: Kind,
    /// A stable code in `snake_case` that programs may rely on.
    pub code: String,
    /// A sentence that says what to do.
    pub message: String,
    /// Which fields are wrong, when fields are.
    pub fields: Vec<FieldError>,
}

impl Error {
    /// An error of this kind, code and sentence.
    #[must_use]
    pub fn new(kind: Kind, code: &str, message: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), message: message.into(), fields: Vec::new() }
    }

    /// What is not there, or not for this caller: the two look alike on purpose.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("There is no such {what}, or it is not yours to see."))
    }

    /// One wrong field.
    #[must_use]
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// Several wrong fields.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [only] => only.message.clone(),
            _ => "Some fields need another look.".to_owned(),
        };
        Self { kind: Kind::Invalid, code: "invalid_fields".to_owned(), message, fields }
    }

    /// The message for a field, when it is among the wrong ones.
    #[must_use]
    pub fn for_field(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|wrong| wrong.field == field).map(|wrong| wrong.message.as_str())
    }
}

/// What server functions ask of their error; it stands here because only the package of a type may answer for it.
impl FromServerFnError for Error {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                let sentence =
                    "Something is missing in what was sent, or cannot be read. Please check what you entered.";
                Self::new(Kind::Malformed, "malformed", sentence)
            }
            ServerFnErrorErr::Request(_) => {
                let sentence = "The server could not be reached. Please check your connection and try again.";
                Self::new(Kind::Unavailable, "unreachable", sentence)
            }
            _ => Self::new(Kind::Internal, "internal", "Something went wrong on our side. Please try again later."),
        }
    }
}

/// What the server answered to a form that was posted to its page and refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormAnswer {
    /// The server function's path under `/rpc/`.
    pub call: String,
    /// Why it was refused.
    pub error: Error,
    /// What was typed, field by field; passwords are never given back.
    pub typed: Vec<(String, String)>,
}
