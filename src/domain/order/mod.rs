//! An order: one buyer, one seller, one currency, some items, terms, and deliveries on their way.

pub mod action;
pub mod apply;
pub mod charge;
pub mod deadline;
pub mod decide;
mod delivery;
pub mod event;
pub mod form;
pub mod headline;
pub mod offer;
mod owed;
pub mod place;
pub mod preview;
pub mod refusal;
pub mod reminder;
pub mod rules;
pub mod sentence;
mod settling;
pub mod status;
pub mod terms;
pub mod terms_change;
#[cfg(test)]
mod tests;
pub mod verb;

pub use delivery::{Delivery, Line, Outcome, RejectCode, Remedy, Settlement, Tracking};
use serde::{Deserialize, Serialize};

use crate::domain::api_key::TEST_CHANNEL;
use crate::domain::id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId};
use crate::domain::money::{Bps, Currency, Minor, Money};
use crate::domain::order::charge::Flow;
use crate::domain::order::status::{Status, Turn};
use crate::domain::order::terms::Terms;
use crate::domain::party::Party;
use crate::domain::time::Moment;

/// Who takes part in an order, with the names that stood on it when it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    /// The marketplace and its name.
    pub marketplace: MarketplaceId,
    /// Its name.
    pub marketplace_name: String,
    /// Who delivers and is paid.
    pub seller: SellerId,
    /// The shop's name.
    pub seller_name: String,
    /// Who pays and accepts.
    pub buyer: UserId,
    /// The buyer's name.
    pub buyer_name: String,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Something that is handed over.
    Goods,
    /// The price of carrying it; rides with the goods in proportion to their price.
    Shipping,
    /// A surcharge, or a rebate when negative; rides with the goods likewise.
    Adjustment,
}

/// A line of the order as it was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number in the order, from 1.
    pub no: u16,
    /// What it is.
    pub title: String,
    /// Goods, shipping or adjustment.
    pub kind: ItemKind,
    /// How many.
    pub quantity: u32,
    /// The price of one, in minor units; negative for a rebate only.
    pub unit_minor: Minor,
    /// The marketplace's rate for this line, when it differs from the terms.
    pub commission: Option<Bps>,
    /// When it is due, in a project.
    pub due_at: Option<Moment>,
}

/// A provider's part of an order's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// A rate of each line.
    Rate(Bps),
    /// An amount in minor units, over all lines that are not settled yet.
    Amount(Minor),
}

/// Who pays a provider's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareBearer {
    /// Out of what the seller receives.
    Seller,
    /// Out of the marketplace's commission.
    Marketplace,
}

/// The courier or other provider of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedProvider {
    /// Which one.
    pub id: ProviderId,
    /// Its name then.
    pub name: String,
    /// What it gets.
    pub share: Share,
    /// Who pays that.
    pub borne_by: ShareBearer,
}

/// Money that came in for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Through which gateway.
    pub gateway: String,
    /// The gateway's own number for it.
    pub payment_ref: String,
    /// How much.
    pub amount_minor: Minor,
    /// The bank took it back.
    pub charged_back: bool,
}

impl Payment {
    /// Whether it is the one that this gateway knows under this number.
    #[must_use]
    pub fn is(&self, gateway: &str, payment_ref: &str) -> bool {
        self.gateway == gateway && self.payment_ref == payment_ref
    }
}

/// The order, as folding its events gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its identity.
    pub id: OrderId,
    /// Its public number.
    pub reference: Reference,
    /// Who takes part.
    pub parties: Parties,
    /// The shop's own number for it.
    pub external_ref: Option<String>,
    /// Where it came from: `screen`, `api`, or a channel's name.
    pub channel: String,
    /// The one currency.
    pub currency: Currency,
    /// What was sold.
    pub items: Vec<Item>,
    /// What was agreed.
    pub terms: Terms,
    /// Whether the deliveries are milestones, one after the other.
    pub milestones: bool,
    /// Its parts.
    pub deliveries: Vec<Delivery>,
    /// The courier, when there is one.
    pub provider: Option<AssignedProvider>,
    /// What those who were set before that one were paid.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub provider_paid_before: Minor,
    /// How many events it has.
    pub version: u32,
    /// When it was placed.
    pub placed_at: Moment,
    /// When its last event happened.
    pub updated_at: Moment,
    /// The payments that were taken into escrow.
    pub payments: Vec<Payment>,
    /// All that was paid into escrow for it.
    pub paid_minor: Minor,
    /// All that has left escrow, by where it went.
    pub gone: Flow,
    /// What came back to the buyer from the seller's balance after release.
    pub credited_minor: Minor,
    /// Since when its clocks stand still, in a dispute.
    pub paused_since: Option<Moment>,
    /// What a hand-over brings along when the buyer's code was right: a keyed digest of the code that the order was placed with, in
    /// hexadecimal.
    pub handover_digest: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields on by reference")]
const fn is_nothing(amount: &Minor) -> bool {
    *amount == 0
}

impl Order {
    /// The most pressing status among its deliveries.
    #[must_use]
    pub fn status(&self) -> Status {
        let started = self.deliveries.iter().filter(|part| part.started).map(|part| part.status);
        Status::most_pressing(started).expect("an order has at least one started delivery")
    }

    /// Everybody who must act on some part of it.
    #[must_use]
    pub fn turn(&self) -> Turn {
        self.deliveries.iter().fold(Turn::NOBODY, |turn, part| turn.and(part.turn()))
    }

    /// Whether nothing can happen to its money any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deliveries.iter().all(|part| part.status.is_over())
    }

    /// Whether some part of it is disputed: then nothing but the resolution moves money.
    #[must_use]
    pub fn in_dispute(&self) -> bool {
        self.deliveries.iter().any(|part| part.status.is_disputed())
    }

    /// What escrow holds for it now, in minor units.
    #[must_use]
    pub fn held_minor(&self) -> Minor {
        self.paid_minor - self.gone.total()
    }

    /// What it is worth to the buyer: all that was paid and all that is or was still to be paid.
    #[must_use]
    pub fn total_minor(&self) -> Minor {
        let unpaid = self.deliveries.iter().filter(|part| part.paid_at.is_none());
        self.paid_minor + unpaid.map(|part| part.open().paid_for()).sum::<Minor>()
    }

    /// Whether a test key placed it: nobody is told of it, and what it comes to is owed to nobody.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.channel == TEST_CHANNEL
    }

    /// What the buyer has still to pay for the parts that have started.
    #[must_use]
    pub fn due_minor(&self) -> Minor {
        self.deliveries
            .iter()
            .filter(|part| part.started && part.status == Status::AwaitingPayment)
            .map(|part| part.open().paid_for())
            .sum()
    }

    /// An amount in its currency.
    #[must_use]
    pub fn money(&self, minor: Minor) -> Money {
        Money::new(minor, self.currency)
    }

    /// The delivery of this number.
    #[must_use]
    pub fn delivery(&self, no: u16) -> Option<&Delivery> {
        self.deliveries.iter().find(|part| part.no == no)
    }

    /// The item of this number.
    #[must_use]
    pub fn item(&self, no: u16) -> Option<&Item> {
        self.items.iter().find(|item| item.no == no)
    }

    /// The name of a party in this order.
    #[must_use]
    pub fn name_of(&self, party: Party) -> &str {
        match party {
            Party::Buyer => &self.parties.buyer_name,
            Party::Seller => &self.parties.seller_name,
            Party::Operator => &self.parties.marketplace_name,
            Party::Provider => self.provider.as_ref().map_or("the courier", |provider| &provider.name),
            Party::Clock | Party::Gateway => party.word(),
        }
    }

    /// One line about what it is for: the first goods and how many more.
    #[must_use]
    pub fn title(&self) -> String {
        let goods = self.items.iter().filter(|item| item.kind == ItemKind::Goods);
        title_of(goods.map(|item| (item.title.as_str(), item.quantity))).unwrap_or_else(|| "Nothing".to_owned())
    }

    /// What is in a part, short enough for a button: its goods, or a milestone's title. Where another part like it
    /// has the same in it, its number tells them apart.
    #[must_use]
    pub fn part_name(&self, part: &Delivery) -> String {
        let goods = self.goods_of(part);
        let alike = |other: &&Delivery| other.no != part.no && other.status.is_over() == part.status.is_over();
        let twice = self.deliveries.iter().filter(alike).any(|other| self.goods_of(other) == goods);
        if twice { format!("{goods}, delivery {}", part.no) } else { goods }
    }

    fn goods_of(&self, part: &Delivery) -> String {
        let titled = |line: &Line| Some((shortened(&self.item(line.item)?.title), line.quantity));
        let lines: Vec<(String, u32)> = part.lines.iter().filter(|line| line.quantity > 0).filter_map(titled).collect();
        title_of(lines.iter().map(|(title, quantity)| (title.as_str(), *quantity)))
            .unwrap_or_else(|| format!("delivery {}", part.no))
    }
}

/// Letters of a title that a button has room for.
const NAME_LETTERS: usize = 32;

/// A title that fits on a button.
fn shortened(title: &str) -> String {
    if title.chars().count() <= NAME_LETTERS {
        return title.to_owned();
    }
    let kept: String = title.chars().take(NAME_LETTERS - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The first goods and how many more; nothing when there are none.
fn title_of<'a>(mut goods: impl Iterator<Item = (&'a str, u32)>) -> Option<String> {
    let (title, quantity) = goods.next()?;
    let name = if quantity == 1 { title.to_owned() } else { format!("{quantity} × {title}") };
    Some(match goods.map(|(_, quantity)| quantity).sum::<u32>() {
        0 => name,
        1 => format!("{name} and 1 more item"),
        more => format!("{name} and {more} more items"),
    })
}
