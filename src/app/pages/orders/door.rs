//! Through which door a reader came to an order: the one screen, or the signed link of its buyer.

use crate::app::paths;
use crate::domain::id::FileId;
use crate::domain::order::Order;

/// A door, with what its forms and pictures must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Somebody who is signed in.
    Screen {
        /// Their e-mail address, by which browsers know whose password is asked for.
        email: String,
    },
    /// Whoever holds the link.
    Link {
        /// Its token.
        token: String,
        /// Whether an answer needs the code as well.
        needs_code: bool,
    },
}

impl Door {
    /// The hidden field that says which order a form is about.
    pub fn names(&self, order: &Order) -> (&'static str, String) {
        match self {
            Self::Screen { .. } => ("order", order.reference.to_string()),
            Self::Link { token, .. } => ("token", token.clone()),
        }
    }

    /// Where a photo is.
    pub fn photo(&self, id: FileId) -> String {
        match self {
            Self::Screen { .. } => paths::photo(id),
            Self::Link { token, .. } => paths::photo_by_link(token, id),
        }
    }
}
