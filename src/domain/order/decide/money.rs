//! The actions that move money: each names every unit that it moves, and where to.

use super::{Draft, positive};
use crate::domain::money::{Minor, allocate, share};
use crate::domain::order::action::{Audience, HowMuch, Ruling, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::event::{Event, LineMoney};
use crate::domain::order::refusal::Refusal;
use crate::domain::order::status::Status;
use crate::domain::order::terms::RefundPolicy;
use crate::domain::order::{Delivery, Line};
use crate::domain::party::Party;
use crate::domain::text;

impl Draft {
    pub(super) fn pay(&mut self, amount: Minor, gateway: &str, payment_ref: &str) -> Result<(), Refusal> {
        self.unknown_payment(gateway, payment_ref)?;
        let due = self.order.due_minor();
        if amount != due {
            return Err(Refusal::WrongPayment { due: self.order.money(due), came: self.order.money(amount) });
        }
        let deliveries = self.targets.clone();
        self.push(Event::Paid {
            amount_minor: amount,
            deliveries,
            gateway: gateway.to_owned(),
            payment_ref: payment_ref.to_owned(),
        });
        Ok(())
    }

    /// The same payment told twice is one payment: it is neither held again nor sent back.
    pub(super) fn unknown_payment(&self, gateway: &str, payment_ref: &str) -> Result<(), Refusal> {
        if self.order.payments.iter().any(|payment| payment.is(gateway, payment_ref)) {
            Err(Refusal::PaymentKnown)
        } else {
            Ok(())
        }
    }

    /// Releases what is accepted at once when the terms know no delay and nothing is in dispute.
    pub(super) fn release_accepted(&mut self) {
        if self.order.in_dispute() || self.order.terms.release_delay.0 > 0 {
            return;
        }
        for delivery in self.targets.clone() {
            let flow = self.part(delivery).open().release();
            self.push(Event::Released { delivery, flow });
        }
    }

    pub(super) fn refund_in_full(&mut self, because: Verb) {
        for delivery in self.targets.clone() {
            let flow = self.part(delivery).open().refund();
            self.push(Event::RefundedInFull { delivery, because, flow });
        }
    }

    pub(super) fn accept_settlement(&mut self, seen: Minor) -> Result<(), Refusal> {
        let delivery = self.only_target(Verb::AcceptSettlement)?;
        let offer = self.part(delivery).settlement.ok_or(Refusal::NothingOffered)?;
        if offer.by == self.party {
            return Err(Refusal::OwnOffer);
        }
        if offer.to_seller_minor != seen {
            return Err(Refusal::OfferChanged { now: self.order.money(offer.to_seller_minor) });
        }
        let flow = self.part(delivery).clone().settle(seen);
        self.push(Event::SettlementAccepted { delivery, to_seller_minor: seen, flow });
        Ok(())
    }

    pub(super) fn rule(&mut self, ruling: Ruling, reasons: &text::Reason) -> Result<(), Refusal> {
        let delivery = self.only_target(Verb::Rule)?;
        let to_seller_minor = match ruling {
            Ruling::Release => self.part(delivery).open().amount,
            Ruling::Refund => 0,
            Ruling::Split(amount) => amount,
        };
        self.within_held("to_seller", delivery, to_seller_minor)?;
        let flow = self.part(delivery).clone().settle(to_seller_minor);
        self.push(Event::Ruled { delivery, ruling, to_seller_minor, reasons: reasons.to_string(), flow });
        Ok(())
    }

    pub(super) fn cancel(&mut self, reason: &text::Reason) -> Result<(), Refusal> {
        let overdue = |part: &Delivery| part.due_at <= self.now;
        if self.party == Party::Buyer {
            let stoppable = |no: &u16| self.part(*no).status != Status::InTransit || overdue(self.part(*no));
            let targets: Vec<u16> = self.targets.iter().copied().filter(stoppable).collect();
            if targets.is_empty() {
                return Err(Refusal::NotOverdue);
            }
            self.targets = targets;
        }
        for delivery in self.targets.clone() {
            let flow = self.cancellation(self.part(delivery))?;
            self.push(Event::Cancelled { delivery, reason: reason.to_string(), flow });
        }
        Ok(())
    }

    /// What cancelling moves: all back, less the agreed fee when the buyer calls off late and nothing is overdue.
    fn cancellation(&self, part: &Delivery) -> Result<Flow, Refusal> {
        let Some(paid_at) = part.paid_at else { return Ok(Flow::ZERO) };
        let terms = &self.order.terms;
        let all = part.open().refund();
        let free =
            self.party != Party::Buyer || part.due_at <= self.now || self.now < paid_at.plus(terms.cancellation_grace);
        if free {
            return Ok(all);
        }
        if terms.refund_policy == RefundPolicy::Replacement {
            return Err(Refusal::PastRefundTime);
        }
        let late_fee = terms.cancellation_fee.of(part.open().amount);
        Ok(Flow { buyer: all.buyer - late_fee, seller: late_fee, ..Flow::ZERO })
    }

    pub(super) fn refund(&mut self, how_much: &HowMuch, reason: &text::Reason) -> Result<(), Refusal> {
        let delivery = self.only_target(Verb::Refund)?;
        let part = self.part(delivery);
        let held = part.open().amount;
        let lines = line_amounts(part, how_much, |line| line.open.amount)?;
        let sum: Minor = lines.iter().map(|line| line.amount_minor).sum();
        positive("amount", sum)?;
        if sum > held {
            return Err(Refusal::AmountExceedsHeld { field: "amount", held: self.order.money(held) });
        }
        if sum == held {
            self.targets = vec![delivery];
            self.push(Event::Noted { text: reason.to_string(), audience: Audience::Everyone });
            self.refund_in_full(Verb::Refund);
            return Ok(());
        }
        let flow = Flow { buyer: sum, ..Flow::ZERO };
        self.push(Event::Refunded { delivery, lines, reason: reason.to_string(), flow });
        Ok(())
    }

    pub(super) fn credit(&mut self, how_much: &HowMuch, reason: &text::Reason) -> Result<(), Refusal> {
        let delivery = self.only_target(Verb::Credit)?;
        let part = self.part(delivery);
        let released = part.released().amount;
        let mut lines = line_amounts(part, how_much, |line| line.released.amount)?;
        for line in &mut lines {
            line.pieces = 0;
        }
        let sum: Minor = lines.iter().map(|line| line.amount_minor).sum();
        positive("amount", sum)?;
        if sum > released {
            return Err(Refusal::AmountExceedsReleased { released: self.order.money(released) });
        }
        let flow = part.clone().credit(&lines);
        self.push(Event::Credited { delivery, lines, reason: reason.to_string(), flow });
        Ok(())
    }

    pub(super) fn charge_back(
        &mut self,
        gateway: &str,
        payment_ref: &str,
        reason: &text::Reason,
    ) -> Result<(), Refusal> {
        let found =
            self.order.payments.iter().position(|payment| payment.is(gateway, payment_ref) && !payment.charged_back);
        let payment =
            found.ok_or(Refusal::NotAllowedInStatus { verb: Verb::ChargeBack, status: self.order.status() })?;
        let amount = self.order.payments[payment].amount_minor;
        let parts = || self.order.deliveries.iter().filter(|part| part.paid_by.map(usize::from) == Some(payment));
        let held_minor: Minor = parts().map(|part| part.open().paid_for()).sum();
        let from_seller_minor: Minor = parts().map(|part| part.released().release().seller).sum();
        self.push(Event::ChargedBack {
            gateway: gateway.to_owned(),
            payment_ref: payment_ref.to_owned(),
            reason: reason.to_string(),
            held_minor,
            from_seller_minor,
            lost_minor: amount - held_minor - from_seller_minor,
        });
        Ok(())
    }

    pub(super) fn within_held(&self, field: &'static str, delivery: u16, amount: Minor) -> Result<(), Refusal> {
        let held = self.part(delivery).open().amount;
        if amount < 0 {
            return Err(Refusal::AmountNotPositive { field });
        }
        if amount > held { Err(Refusal::AmountExceedsHeld { field, held: self.order.money(held) }) } else { Ok(()) }
    }
}

/// Lays an amount on the lines (whether they can bear it, the caller sees from the sum), or prices the named pieces by their own lines.
fn line_amounts(
    part: &Delivery,
    how_much: &HowMuch,
    amount_of: impl Fn(&Line) -> Minor,
) -> Result<Vec<LineMoney>, Refusal> {
    match how_much {
        HowMuch::Amount(amount) => {
            let amounts: Vec<Minor> = part.lines.iter().map(&amount_of).collect();
            let parts = part.lines.iter().zip(allocate(*amount, &amounts));
            let laid = parts.map(|(line, amount_minor)| LineMoney { item: line.item, pieces: 0, amount_minor });
            Ok(laid.filter(|line| line.amount_minor > 0).collect())
        }
        HowMuch::Items(items) => items
            .iter()
            .map(|(item, count)| {
                let line =
                    part.lines.iter().find(|line| line.item == *item).ok_or(Refusal::UnknownItem { item: *item })?;
                let twice = items.iter().filter(|(other, _)| other == item).count() > 1;
                if *count == 0 || *count > line.quantity || twice {
                    return Err(Refusal::TooManyPieces { item: *item, there_are: line.quantity });
                }
                let amount_minor = share(amount_of(line), i64::from(*count), i64::from(line.quantity));
                Ok(LineMoney { item: *item, pieces: *count, amount_minor })
            })
            .collect(),
    }
}
