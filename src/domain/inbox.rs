//! What a person is told of in the program itself: who they are as they look at it, and the page of it.

use serde::{Deserialize, Serialize};

use crate::domain::access::Viewer;
use crate::domain::id::Reference;
use crate::domain::time::Moment;

/// Who is looking at a page, and what the frame around it must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Who.
    #[serde(flatten)]
    pub viewer: Viewer,
    /// How much they were told and have not looked at, up to a hundred.
    pub unread: u32,
    /// When the page was drawn: what changes from then on must reach it.
    pub drawn_at: Moment,
}

/// One thing that a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The order.
    pub reference: Reference,
    /// What it is for.
    pub title: String,
    /// What happened.
    pub headline: String,
    /// When.
    pub at: Moment,
    /// Whether they have not looked at it yet.
    pub is_new: bool,
    /// The hat under which they see the order, when they wear another one: its key and its name.
    pub other_hat: Option<(String, String)>,
}

/// All of it that is shown at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// The newest first.
    pub items: Vec<Item>,
    /// When it was read.
    pub now: Moment,
    /// The reader's time zone.
    pub time_zone: String,
}
