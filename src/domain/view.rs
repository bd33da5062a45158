//! What the one screen shows: the page model, the same for the page and for whoever asks the server function for it.

use serde::{Deserialize, Serialize};

use crate::domain::access::Viewer;
use crate::domain::bulk::Carried;
use crate::domain::desk::{Filter, Row, SavedView, TabCounts};
use crate::domain::id::{ProviderId, Reference, SellerId};
use crate::domain::money::{Currency, Minor};
use crate::domain::order::Order;
use crate::domain::order::offer::Offer;
use crate::domain::order::sentence::Step;
use crate::domain::order::terms::Terms;
use crate::domain::order::terms_change::TermsChange;
use crate::domain::page::Page;
use crate::domain::party::Party;
use crate::domain::receiving::{Photo, Qr, Receiving};
use crate::domain::time::Moment;
use crate::domain::timeline::Entry;

/// What of the screen an open page fetches when something changed. It is only ever a saving: what knows no parts answers whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The order that is open, without the list beside it.
    Order,
    /// The list, without the order that is open beside it.
    List,
    /// All of it; whoever asks for anything else gets this as well.
    #[default]
    #[serde(other)]
    Whole,
}

impl Part {
    /// The header of a request that asks for a part by its code. No answer may be stored, so that none is taken for the page.
    pub const HEADER: &str = "x-part";

    /// The stable code, as in the header.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::List => "list",
            Self::Whole => "whole",
        }
    }

    /// Reads a code; what is none means the whole.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        [Self::Order, Self::List].into_iter().find(|part| part.code() == code).unwrap_or_default()
    }

    /// Whether the order that is open belongs to it.
    #[must_use]
    pub const fn has_order(self) -> bool {
        !matches!(self, Self::List)
    }

    /// Whether the list belongs to it.
    #[must_use]
    pub const fn has_list(self) -> bool {
        !matches!(self, Self::Order)
    }
}

/// The whole screen: the list, and the order that is open beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Who looks.
    pub viewer: Viewer,
    /// The part that they play in these orders.
    pub party: Party,
    /// The present instant on the server.
    pub now: Moment,
    /// What of it was read; the rest is empty.
    pub part: Part,
    /// By what the list is narrowed.
    pub filter: Filter,
    /// The list.
    pub list: Page<Row>,
    /// How many orders each tab has.
    pub counts: TabCounts,
    /// What the reader likes to look at, by name.
    pub views: Vec<SavedView>,
    /// For one command to many orders from this page: the same page sent twice acts once.
    pub bulk_key: String,
    /// What came of such a command, when the address asks for it and it is still known.
    pub carried: Option<Carried>,
    /// Which order is open.
    pub open: Option<Open>,
    /// The order that is open, as its reader sees it.
    pub order: Option<Box<OrderView>>,
}

/// The order that is open, as the title names it and the list marks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its public number.
    pub reference: Reference,
    /// What it is for.
    pub title: String,
}

/// The code that proves that one delivery was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorCode {
    /// The delivery's number.
    pub delivery: u16,
    /// Six digits.
    pub code: String,
    /// The same for the courier's camera.
    pub qr: Option<Qr>,
}

/// An order as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The order. Its handover digest is left out.
    pub order: Order,
    /// The part that the reader plays in it.
    pub party: Party,
    /// "It is your turn: accept or reject the delivery".
    pub turn: String,
    /// What they may do, the main thing first.
    pub offers: Vec<Offer>,
    /// What the clock will do if nobody acts.
    pub steps: Vec<Step>,
    /// The timeline, oldest first, without what is not for this reader.
    pub timeline: Vec<Entry>,
    /// Whether the chain of hashes holds.
    pub chain_holds: bool,
    /// The ledger lines, oldest first.
    pub ledger: Vec<LedgerLine>,
    /// Where it is paid, for the buyer while something is due.
    pub pay_token: Option<String>,
    /// The codes that the buyer tells couriers at the door, for the buyer alone.
    pub door_codes: Vec<DoorCode>,
    /// The photos and signatures that its events name.
    pub photos: Vec<Photo>,
    /// Where it goes and who may take it.
    pub receiving: Receiving,
    /// Whether the reader may make a link for a delivery person.
    pub may_link_courier: bool,
    /// The providers that can be set, for those who may.
    pub providers: Vec<(ProviderId, String)>,
    /// For one command from this page: the same page sent twice acts once.
    pub command_key: String,
    /// Messages that were owed about it, for operators.
    pub messages: Vec<MessageLine>,
}

/// A ledger line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The event that made it.
    pub event_seq: u32,
    /// The event's type.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// The account.
    pub account: String,
    /// Minor units; debits positive, credits negative.
    pub amount_minor: Minor,
}

/// A message about an event of an order: to a person, or to a party as long as it was not spread to its persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    /// The event that owed it, or after which somebody was reminded.
    pub event_seq: u32,
    /// To which party.
    pub to: Party,
    /// The person's name, when it is one.
    pub name: String,
    /// Where it goes, when that is known.
    pub address: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// `pending`, `sent`, `dead` or `muted`.
    pub state: String,
    /// Why it did not arrive, or does not come.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was sent, or is tried next.
    pub at: Moment,
}

/// What the form for a new order starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrderForm {
    /// The sellers to choose from: one for a seller's staff.
    pub sellers: Vec<(SellerId, String)>,
    /// The currency of the marketplace.
    pub currency: Currency,
    /// The terms that would be agreed.
    pub terms: Terms,
    /// Whether the reader sets what the marketplace keeps and what holding costs.
    pub sets_fees: bool,
    /// For one command from this page.
    pub command_key: String,
}

/// The terms that new orders of a marketplace or a seller begin with, as whoever sets them sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultTerms {
    /// Whose they are: the name of the marketplace, or of the seller.
    pub place: String,
    /// The seller; nothing for the marketplace itself.
    pub seller: Option<SellerId>,
    /// The currency of the marketplace.
    pub currency: Currency,
    /// What holds where nothing is said here: the marketplace's for a seller, and for a marketplace the house's.
    pub given: Terms,
    /// What is said here.
    pub own: TermsChange,
    /// Whether the reader works for the marketplace.
    pub by_marketplace: bool,
    /// Whether the reader sets what the marketplace keeps and what holding costs.
    pub sets_fees: bool,
    /// What tells these from others that somebody else may have set since.
    pub seen: String,
    /// Whether the password must be typed again to change any of this.
    pub needs_password: bool,
}

impl DefaultTerms {
    /// What a new order begins with.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.own.over(&self.given)
    }
}
