//! What a list of orders shows and by what it is narrowed: the same for the screen, the export and the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::{MarketplaceId, ProviderId, Reference, SellerId, UserId, ViewId};
use crate::domain::money::{Minor, Money};
use crate::domain::order::status::{Status, Turn};
use crate::domain::page::Cursor;
use crate::domain::party::Party;
use crate::domain::time::Moment;

/// Whose orders: a list always has exactly one owner, and nothing outside it exists for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// What a person bought.
    Buyer(UserId),
    /// A seller's.
    Seller(SellerId),
    /// Those a provider is assigned to.
    Provider(ProviderId),
    /// All of a marketplace.
    Marketplace(MarketplaceId),
}

impl Owner {
    /// The part that a reader of this list plays in its orders.
    #[must_use]
    pub const fn party(self) -> Party {
        match self {
            Self::Buyer(_) => Party::Buyer,
            Self::Seller(_) => Party::Seller,
            Self::Provider(_) => Party::Provider,
            Self::Marketplace(_) => Party::Operator,
        }
    }
}

/// The tabs above the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// What waits for the reader.
    #[default]
    YourTurn,
    /// Under way and not disputed.
    Open,
    /// In dispute or under review.
    Disputes,
    /// Over.
    Done,
    /// Everything.
    All,
}

impl Tab {
    /// All of them, as they stand.
    pub const ALL: [Self; 5] = [Self::YourTurn, Self::Open, Self::Disputes, Self::Done, Self::All];

    /// The stable code, as in the address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::YourTurn => "your_turn",
            Self::Open => "open",
            Self::Disputes => "disputes",
            Self::Done => "done",
            Self::All => "all",
        }
    }

    /// The words on it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::YourTurn => "Your turn",
            Self::Open => "Open",
            Self::Disputes => "Disputes",
            Self::Done => "Done",
            Self::All => "All",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The next day or deadline first; what is over last, newest first.
    #[default]
    Urgent,
    /// Placed last first.
    Newest,
    /// Placed first first.
    Oldest,
    /// The largest amount first.
    Largest,
}

impl Sort {
    /// All of them, as they stand.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::Newest, Self::Oldest, Self::Largest];

    /// The stable code, as in the address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Largest => "largest",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Urgent => "Most urgent first",
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Largest => "Largest first",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// By what a list is narrowed; the default narrows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Which tab.
    pub tab: Tab,
    /// One status.
    pub status: Option<Status>,
    /// Words that it is found by, all of them.
    pub search: String,
    /// One seller, for an operator or a buyer.
    pub seller: Option<SellerId>,
    /// A buyer or seller in whose name this stands, from the beginning of a word.
    pub party: String,
    /// A courier or other provider whose name has this in it.
    pub provider: String,
    /// Where it came from.
    pub channel: String,
    /// At least this much, in minor units.
    pub least_minor: Option<Minor>,
    /// At most this much.
    pub most_minor: Option<Minor>,
    /// At least this much, in ten-thousandths of a whole unit of each order's own currency.
    pub least_typed: Option<i64>,
    /// At most this much.
    pub most_typed: Option<i64>,
    /// Placed at this instant or after it.
    pub placed_from: Option<Moment>,
    /// Placed before this instant.
    pub placed_until: Option<Moment>,
    /// Whose next day has passed.
    pub overdue: bool,
    /// In which order.
    pub sort: Sort,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The public number.
    pub reference: Reference,
    /// The shop's own number.
    pub external_ref: Option<String>,
    /// The buyer's name.
    pub buyer: String,
    /// The seller's name.
    pub seller: String,
    /// What it is for.
    pub title: String,
    /// What it is worth.
    pub total: Money,
    /// Where it stands.
    pub status: Status,
    /// Who must act.
    pub turn: Turn,
    /// What they must do.
    pub task: String,
    /// By when somebody should act, or when the clock does; `None` when nothing is due.
    pub due_at: Option<Moment>,
    /// When it was placed.
    pub placed_at: Moment,
    /// When something last happened to it.
    pub updated_at: Moment,
    /// Where it came from.
    pub channel: String,
    /// Its version, for acting on it from the list.
    pub version: u32,
    /// Its place in the list.
    pub cursor: Cursor,
}

impl Row {
    /// The name of the one on the other side for this reader.
    #[must_use]
    pub fn other_party(&self, reader: Party) -> &str {
        if reader == Party::Buyer { &self.seller } else { &self.buyer }
    }
}

/// The parameters of an address that say what a list shows, in the order in which they are written. Where in it the
/// reader is and what is open beside it are not among them.
pub const SHOWING: [&str; 13] =
    ["tab", "status", "q", "party", "seller", "provider", "channel", "min", "max", "from", "to", "overdue", "sort"];

/// What a reader likes to look at, under a name of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// By what it is taken away.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// The parameters of its address, by name: some of [`SHOWING`].
    pub query: BTreeMap<String, String>,
}

/// How many orders there are under each tab, whatever else the list is narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TabCounts {
    /// Waiting for the reader.
    pub your_turn: i64,
    /// Under way.
    pub open: i64,
    /// Disputed.
    pub disputes: i64,
    /// Over.
    pub done: i64,
}

impl TabCounts {
    /// The count of one tab.
    #[must_use]
    pub const fn of(&self, tab: Tab) -> i64 {
        match tab {
            Tab::YourTurn => self.your_turn,
            Tab::Open => self.open,
            Tab::Disputes => self.disputes,
            Tab::Done => self.done,
            Tab::All => self.open + self.disputes + self.done,
        }
    }
}
