//! What somebody needs to point an integration that was written for another system at this one.

use serde::{Deserialize, Serialize};

use crate::domain::api_key::KeyView;

/// The addresses and keys for the integrations of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partners {
    /// The address of this server.
    pub address: String,
    /// The place's name; empty for what a person bought.
    pub place: String,
    /// The place's store key, for systems that want one; what a person bought is no store.
    pub store_key: Option<String>,
    /// The keys that are valid, the newest first.
    pub keys: Vec<KeyView>,
}
