//! One thing done to many orders: which verbs can be, how many orders at once, and what came of each.

use serde::{Deserialize, Serialize};

use crate::domain::access::Viewer;
use crate::domain::id::Reference;
use crate::domain::order::action::Verb;
use crate::domain::order::rules::rows;
use crate::domain::order::status::Status;

/// The most orders of one command.
pub const MOST_AT_ONCE: usize = 500;
/// How the name of the field begins that ticks an order; its reference follows, and the field says the version that was seen.
pub const TICK: &str = "row.";
/// The field that ticks all orders which the page shows.
pub const ALL_SHOWN: &str = "all";
/// The field that ticks all orders which fit the filter, on whichever page they are.
pub const ALL_FITTING: &str = "fitting";
/// The field that says which orders the page shows: `reference:version`, set apart by spaces.
pub const SHOWN: &str = "shown";

/// The verbs that can be carried out for many orders, in the order of a parcel's life.
pub const VERBS: [Verb; 3] = [Verb::Dispatch, Verb::Deliver, Verb::Cancel];

/// Those of them that this reader's role may take at all; what each order allows is its own matter.
#[must_use]
pub fn verbs(viewer: &Viewer) -> Vec<Verb> {
    let (party, permissions) = (viewer.party(), viewer.permissions());
    let allowed = |row: &crate::domain::order::rules::Row| {
        row.permission_for(party).is_none_or(|permission| permissions.has(permission))
    };
    VERBS.into_iter().filter(|verb| rows(*verb, party).any(allowed)).collect()
}

/// What a verb is called when it has been done.
#[must_use]
pub const fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Dispatch => "dispatched",
        Verb::Deliver => "marked delivered",
        Verb::Cancel => "called off",
        _ => "done",
    }
}

/// What came of the command for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The order.
    pub reference: Reference,
    /// The other party and what it is for; empty for an order that is not the reader's.
    pub about: String,
    /// Where it stands now, when the command was carried out.
    pub status: Option<Status>,
    /// Why it was not, in a sentence; empty when it was.
    pub refused: String,
}

/// What came of one command to many orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What was asked.
    pub verb: Verb,
    /// Order by order.
    pub lines: Vec<Line>,
    /// Whether more orders fitted the filter than one command takes.
    pub more: bool,
}

impl Carried {
    /// For how many it was carried out.
    #[must_use]
    pub fn done(&self) -> usize {
        self.lines.iter().filter(|line| line.refused.is_empty()).count()
    }
}

/// The orders that a page says it shows, with the versions that were seen.
#[must_use]
pub fn read_shown(text: &str) -> Vec<(Reference, u32)> {
    let one = |word: &str| {
        let (reference, version) = word.split_once(':')?;
        Some((reference.parse().ok()?, version.parse().ok()?))
    };
    text.split_whitespace().filter_map(one).collect()
}
