//! What goes wrong inside, with its causes; it is logged once, where it becomes the error that a caller sees.

use crate::{
    domain::error::{Error as Shown, Kind},
    server::storage,
};

/// A failure on its way out: either already an answer for the caller, or ours to log and mend.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An answer that may be shown as it is.
    #[error(transparent)]
    Refused(#[from] Shown),
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Who is looking could not be found out.
    #[error("the session could not be read")]
    Session(#[from] tower_sessions::session::Error),
    /// Too many passwords are being checked at once.
    #[error("no permit to hash came free")]
    Busy,
    /// A password could not be hashed or a stored hash not be read.
    #[error("a password could not be hashed")]
    Hashing(#[from] argon2::password_hash::Error),
    /// A spreadsheet could not be put together.
    #[error("a spreadsheet could not be written")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
    /// A task on another thread came to an end before its answer.
    #[error("a task broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
}

impl storage::MayRetry for Error {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_contended())
    }
}

/// What a refused row means to whoever typed it: constraint, field, sentence.
const FIELDS: [(&str, &str, &str); 3] = [
    ("orders_seller_id_channel_external_ref_key", "external_ref", "An order of this seller has this number already."),
    ("users_email_key", "email", "Somebody has this e-mail address already."),
    ("sellers_marketplace_id_external_id_key", "external_id", "Another seller has this number already."),
];

/// What a refused row means when no field is to blame: constraint, code, sentence.
const CONFLICTS: [(&str, &str, &str); 1] =
    [("memberships_once", "already_on_the_staff", "This person has a role here already.")];

impl From<Error> for Shown {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(shown) => shown,
            Error::Busy => busy(),
            Error::Storage(ref cause) => {
                let constraint = cause.constraint().unwrap_or_default();
                if let Some((_, field, message)) = FIELDS.iter().find(|row| row.0 == constraint) {
                    return Self::field(field, *message);
                }
                if let Some((_, code, message)) = CONFLICTS.iter().find(|row| row.0 == constraint) {
                    return Self::new(Kind::Conflict, code, *message);
                }
                let shown = match cause {
                    storage::Error::Contended(_) | storage::Error::Busy(_) => busy(),
                    storage::Error::Unreachable(_) => unreachable(),
                    _ => internal(),
                };
                log(&error);
                shown
            }
            // What lies behind it is the database, which answers again in a moment or is logged by others as well.
            Error::Session(_) => {
                log(&error);
                unreachable()
            }
            Error::Hashing(_) | Error::Spreadsheet(_) | Error::BrokeOff(_) => {
                log(&error);
                internal()
            }
        }
    }
}

impl From<storage::Error> for Shown {
    fn from(error: storage::Error) -> Self {
        Error::from(error).into()
    }
}

fn busy() -> Shown {
    Shown::new(Kind::Unavailable, "busy", "Too much is going on at this moment. Nothing was changed: please try again.")
}

fn unreachable() -> Shown {
    let sentence = "The database cannot be reached at this moment. Nothing was changed; please try again.";
    Shown::new(Kind::Unavailable, "busy", sentence)
}

fn internal() -> Shown {
    Shown::new(
        Kind::Internal,
        "internal",
        "Something went wrong on our side and was written down. Nothing was changed; please try again later.",
    )
}

/// An error and everything that caused it, each in its own words; what one repeats of its cause is left out.
pub fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(reason) = cause {
        let server = storage::error::words_of_server(reason);
        cause = if server.is_some() { None } else { reason.source() };
        let words = server.unwrap_or_else(|| reason.to_string());
        if !said.last().is_some_and(|last| last.ends_with(&words)) {
            said.push(words);
        }
    }
    said
}

/// The same as one line, for the log.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    causes(error).join(": ")
}

fn log(error: &Error) {
    tracing::error!(error = with_causes(error), "a request failed");
}
