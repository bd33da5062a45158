//! Keys of programs as people see them: what each may do, how long it is valid, and when it was last used.

use serde::{Deserialize, Serialize};

use crate::domain::access::Permission;
use crate::domain::id::KeyId;
use crate::domain::time::Moment;

/// The channel of orders that a test key placed: they are paid in the sandbox alone, and no other order is a test key's.
pub const TEST_CHANNEL: &str = "test";
/// The channel of orders that a live key placed.
pub const API_CHANNEL: &str = "api";

/// Which orders a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real ones.
    Live,
    /// Those that test keys placed, which are paid in the sandbox.
    Test,
}

impl Mode {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Test => "Test: the sandbox alone",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Live, Self::Test].into_iter().find(|mode| mode.code() == code)
    }
}

/// A key as those who run it see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Which.
    pub id: KeyId,
    /// What it is called; orders say so of what it does.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// Which orders it is for.
    pub mode: Mode,
    /// What it may do, as far as its maker may.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// When it was taken away.
    pub revoked_at: Option<Moment>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Moment>,
    /// The name of the key that made it; nothing when a person did.
    pub made_with: Option<String>,
}

impl KeyView {
    /// Whether it opens anything at this instant.
    #[must_use]
    pub fn is_valid(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

/// A key that is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownKey(pub String);

impl std::fmt::Debug for ShownKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownKey(…)")
    }
}

/// A call that a program made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// When.
    pub at: Moment,
    /// With which key, by its name.
    pub key: String,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The address, with its variable parts unnamed.
    pub route: String,
    /// The order or thing that it named.
    pub what: String,
    /// What it was answered.
    pub status: i64,
    /// Why it was refused, as a stable code.
    pub code: String,
    /// Where it came from.
    pub address: String,
    /// The id under which the logs know it.
    pub request_id: String,
}

/// The keys of the place whose hat somebody wears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeys {
    /// The place's name; empty for what a person bought.
    pub place: String,
    /// The keys, the newest first.
    pub keys: Vec<KeyView>,
    /// What a new key may be given.
    pub permissions: Vec<Permission>,
    /// The key that was just made, shown this once.
    pub shown: Option<ShownKey>,
    /// The latest calls.
    pub calls: Vec<CallView>,
    /// Whether a new key needs the password once more.
    pub needs_password: bool,
    /// The present time.
    pub now: Moment,
    /// The reader's time zone.
    pub time_zone: String,
}
