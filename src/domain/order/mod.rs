//! An order: one buyer, one seller, one currency, some items, terms, and deliveries on their way.

pub mod action;
pub mod apply;
pub mod charge;
pub mod deadline;
pub mod decide;
pub mod event;
pub mod offer;
pub mod place;
pub mod refusal;
pub mod rules;
pub mod sentence;
pub mod status;
pub mod terms;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::domain::id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId};
use crate::domain::money::{Bps, Currency, Minor, Money};
use crate::domain::order::charge::{Flow, Slice};
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

/// A part of an item inside one delivery, with the money that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The item.
    pub item: u16,
    /// How many of it.
    pub quantity: u32,
    /// What is still to be settled: held once paid.
    pub open: Slice,
    /// What was released for it, less what was credited since.
    pub released: Slice,
}

/// Where a parcel can be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Who carries it.
    pub carrier: String,
    /// Under which number.
    pub number: String,
}

/// What a buyer wishes when they reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The money back.
    Refund,
    /// Another delivery.
    SecondAttempt,
    /// To keep it for less.
    Discount,
}

/// Why a buyer rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectCode {
    /// Never arrived.
    NotReceived,
    /// Broken on arrival.
    Damaged,
    /// Something else than was ordered.
    WrongItem,
    /// Not what was described.
    NotAsDescribed,
    /// Parts are missing.
    Incomplete,
    /// Came too late to be of use.
    TooLate,
    /// Another reason, in the text.
    Other,
}

impl RejectCode {
    /// All of them with the words for people.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::NotReceived, "not_received", "It did not arrive"),
        (Self::Damaged, "damaged", "It is damaged"),
        (Self::WrongItem, "wrong_item", "It is the wrong item"),
        (Self::NotAsDescribed, "not_as_described", "It is not as described"),
        (Self::Incomplete, "incomplete", "Something is missing"),
        (Self::TooLate, "too_late", "It came too late"),
        (Self::Other, "other", "Another reason"),
    ];
}

/// An offer to share a delivery's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Who offers.
    pub by: Party,
    /// How much of the delivery's amount goes to the seller's side, in minor units; the rest goes back.
    pub to_seller_minor: Minor,
}

/// How a completed delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All to the seller's side.
    Released,
    /// All back to the buyer.
    Refunded,
    /// Some of each.
    Split,
}

/// A part of an order that is handed over, accepted and settled as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number in the order, from 1.
    pub no: u16,
    /// Where it stands.
    pub status: Status,
    /// Since when.
    pub since: Moment,
    /// What is in it.
    pub lines: Vec<Line>,
    /// False for a milestone that waits for the one before it.
    pub started: bool,
    /// When it must be delivered; [`Moment::NEVER`] before payment and after delivery.
    pub due_at: Moment,
    /// When the clock acts; [`Moment::NEVER`] when it does not.
    pub deadline_at: Moment,
    /// How often it was handed over or tried.
    pub attempts: u8,
    /// When it was paid.
    pub paid_at: Option<Moment>,
    /// By which of the order's payments, counted from 0.
    pub paid_by: Option<u16>,
    /// Where it can be followed.
    pub tracking: Option<Tracking>,
    /// What the buyer wished when they rejected it.
    pub remedy: Option<Remedy>,
    /// The seller offered to deliver again and the buyer has not answered.
    pub second_attempt_offered: bool,
    /// The goods are on their way back.
    pub return_sent: bool,
    /// An open offer to share the money.
    pub settlement: Option<Settlement>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Delivery {
    /// What is still to be settled of it; held in escrow once paid.
    #[must_use]
    pub fn open(&self) -> Slice {
        self.lines.iter().fold(Slice::ZERO, |sum, line| sum.plus(line.open))
    }

    /// What was released of it, less credits.
    #[must_use]
    pub fn released(&self) -> Slice {
        self.lines.iter().fold(Slice::ZERO, |sum, line| sum.plus(line.released))
    }

    /// How many pieces are in it.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Who must act on it next.
    #[must_use]
    pub fn turn(&self) -> Turn {
        let (buyer, seller) = (Turn::of(Party::Buyer), Turn::of(Party::Seller));
        if !self.started {
            return Turn::NOBODY;
        }
        match self.status {
            Status::AwaitingPayment | Status::AwaitingResponse => buyer,
            Status::Funded | Status::SecondAttempt => seller,
            Status::InTransit => seller.and(Turn::of(Party::Provider)),
            Status::Rejected if self.second_attempt_offered => buyer,
            Status::Rejected => match self.settlement {
                Some(Settlement { by: Party::Seller, .. }) => seller.and(buyer),
                _ => seller,
            },
            Status::Returning => {
                if self.return_sent {
                    seller
                } else {
                    buyer
                }
            }
            Status::Dispute => buyer.and(seller),
            Status::UnderReview => Turn::of(Party::Operator),
            Status::Accepted
            | Status::Completed
            | Status::Cancelled
            | Status::Expired
            | Status::ChargedBack => Turn::NOBODY,
        }
    }
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
    /// Proves the buyer's handover code without saying it: a keyed digest, in hexadecimal.
    pub handover_digest: String,
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
            Party::Provider => {
                self.provider.as_ref().map_or("the courier", |provider| &provider.name)
            }
            Party::Clock | Party::Gateway => party.word(),
        }
    }

    /// One line about what it is for: the first goods and how many more.
    #[must_use]
    pub fn title(&self) -> String {
        let goods: Vec<&Item> =
            self.items.iter().filter(|item| item.kind == ItemKind::Goods).collect();
        let pieces: u32 = goods.iter().map(|item| item.quantity).sum();
        match (goods.first(), pieces) {
            (Some(first), 1) => first.title.clone(),
            (Some(first), 2) => format!("{} and 1 more item", first.title),
            (Some(first), more) => format!("{} and {} more items", first.title, more - 1),
            (None, _) => "Nothing".to_owned(),
        }
    }
}
