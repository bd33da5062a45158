//! A delivery: a part of an order that is handed over, accepted and settled as one, and how its money is taken off it.

use serde::{Deserialize, Serialize};

use crate::domain::money::{Minor, share};
use crate::domain::order::charge::{Flow, Slice, settlement};
use crate::domain::order::event::LineMoney;
use crate::domain::order::status::{Status, Turn};
use crate::domain::party::Party;
use crate::domain::time::Moment;

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
            Status::Accepted | Status::Completed | Status::Cancelled | Status::Expired | Status::ChargedBack => {
                Turn::NOBODY
            }
        }
    }
}

/// What events do to it.
impl Delivery {
    pub(super) fn enter(&mut self, status: Status, at: Moment, deadline_at: Moment) {
        self.status = status;
        self.since = at;
        self.deadline_at = deadline_at;
        if !matches!(status, Status::Funded | Status::InTransit | Status::SecondAttempt) {
            self.due_at = Moment::NEVER;
        }
        if !matches!(status, Status::Rejected | Status::Dispute | Status::UnderReview) {
            self.settlement = None;
        }
        if status != Status::Rejected {
            self.second_attempt_offered = false;
        }
    }

    pub(super) fn end(&mut self, status: Status, outcome: Option<Outcome>, at: Moment) {
        self.enter(status, at, Moment::NEVER);
        self.outcome = outcome;
        if self.paid_at.is_some() {
            for line in &mut self.lines {
                line.open = Slice::ZERO;
            }
        }
    }

    /// Settles all that is open: `to_seller` of the amount to the seller's side, the rest back.
    pub(super) fn settle(&mut self, to_seller: Minor) -> Flow {
        let slices: Vec<Slice> = self.lines.iter().map(|line| line.open).collect();
        let shares = settlement(&slices, to_seller);
        let mut flow = Flow::ZERO;
        for (line, (released, returned)) in self.lines.iter_mut().zip(shares) {
            line.released = line.released.plus(released);
            flow = flow.plus(released.release()).plus(returned.refund());
            line.open = Slice::ZERO;
        }
        flow
    }

    /// Lowers what is open by these amounts. The fee for holding stays: it was held. An offer to share
    /// what was open before falls with it.
    pub(super) fn refund(&mut self, refunds: &[LineMoney]) {
        self.settlement = None;
        for refund in refunds {
            if let Some(line) = self.lines.iter_mut().find(|line| line.item == refund.item) {
                let slice = line.take_open(refund.amount_minor);
                line.open.buyer_fee += slice.buyer_fee;
                line.quantity = line.quantity.saturating_sub(refund.pieces);
            }
        }
    }

    /// Takes these amounts off what was released; the answer is who gives what.
    pub(super) fn credit(&mut self, credits: &[LineMoney]) -> Flow {
        let mut flow = Flow::ZERO;
        for credit in credits {
            if let Some(line) = self.lines.iter_mut().find(|line| line.item == credit.item) {
                flow = flow.plus(line.take_released(credit.amount_minor).credit());
            }
        }
        flow
    }

    /// Moves these pieces out, with their part of the money. An offer to share the whole falls with it.
    pub(super) fn split_off(&mut self, into: u16, pieces: &[(u16, u32)]) -> Self {
        self.settlement = None;
        let mut other = Self { no: into, lines: Vec::new(), ..self.clone() };
        for (item, count) in pieces {
            let Some(line) = self.lines.iter_mut().find(|line| line.item == *item) else {
                continue;
            };
            let cut = |amount| share(amount, i64::from(*count), i64::from(line.quantity));
            let (open, released) = (cut(line.open.amount), cut(line.released.amount));
            let (open, released) = (line.take_open(open), line.take_released(released));
            line.quantity -= (*count).min(line.quantity);
            other.lines.push(Line { item: *item, quantity: *count, open, released });
        }
        self.lines.retain(|line| line.quantity > 0 || line.open != Slice::ZERO || line.released != Slice::ZERO);
        other
    }
}
