//! Events → order: pure and total, so that replaying a timeline gives the stored rows again.

use crate::domain::money::Minor;
use crate::domain::order::charge::{Slice, cap_provider, charge_commission, charge_fee, charge_provider};
use crate::domain::order::event::Event;
use crate::domain::order::place::{lay_out, unpaid};
use crate::domain::order::status::Status;
use crate::domain::order::terms::{Commission, MAX_WINDOW, Terms};
use crate::domain::order::{
    AssignedProvider, Delivery, Item, ItemKind, Line, Order, Outcome, Payment, Settlement, Share, Tracking,
};
use crate::domain::time::Moment;

impl Order {
    /// Folds one event into the order.
    pub fn apply(&mut self, event: &Event, at: Moment) {
        self.let_clocks_stand(at);
        self.apply_to_order(event, at);
        self.apply_to_delivery(event, at);
        self.gone = self.gone.plus(event.flow());
        self.version += 1;
        self.updated_at = at;
        self.paused_since = self.in_dispute().then(|| self.paused_since.unwrap_or(at));
        self.start_next_milestone(at);
    }

    /// Folds a whole timeline; `None` when it does not begin with the placing.
    #[must_use]
    pub fn replay<'a>(mut events: impl Iterator<Item = (&'a Event, Moment)>) -> Option<Self> {
        let (Event::Placed(placed), at) = events.next()? else { return None };
        let mut order = Self::placed(placed, at);
        for (event, at) in events {
            order.apply(event, at);
        }
        Some(order)
    }

    fn apply_to_order(&mut self, event: &Event, at: Moment) {
        match event {
            Event::Paid { amount_minor, deliveries, gateway, payment_ref } => {
                self.fund(*amount_minor, deliveries, gateway, payment_ref, at);
            }
            Event::Split { delivery, into, pieces } => {
                if let Some(part) = self.part(*delivery) {
                    let other = part.split_off(*into, pieces);
                    self.deliveries.push(other);
                }
            }
            Event::ChargedBack { gateway, payment_ref, held_minor, .. } => {
                self.charge_back(gateway, payment_ref, *held_minor, at);
            }
            Event::ItemsEdited { items } => {
                self.items.clone_from(items);
                self.lay_out_again(at);
            }
            Event::TermsEdited { terms } => {
                self.terms = *terms;
                self.lay_out_again(at);
            }
            Event::CommissionSet { commission } => {
                self.terms.commission = *commission;
                self.charge_again(true);
            }
            Event::ProviderSet { provider } => {
                let id = |provider: &Option<AssignedProvider>| provider.as_ref().map(|provider| provider.id);
                if id(&self.provider) != id(provider) {
                    self.provider_paid_before = self.gone.provider;
                }
                self.provider.clone_from(provider);
                self.charge_again(false);
            }
            Event::Credited { flow, .. } => self.credited_minor += flow.buyer,
            Event::MilestoneAdded { title, amount_minor, due_at, commission } => {
                let no = self.items.last().map_or(0, |item| item.no).saturating_add(1);
                self.items.push(Item {
                    no,
                    title: title.clone(),
                    kind: ItemKind::Goods,
                    quantity: 1,
                    unit_minor: *amount_minor,
                    commission: *commission,
                    due_at: *due_at,
                });
                self.add_milestone(no, *amount_minor, at);
            }
            _ => {}
        }
    }

    fn apply_to_delivery(&mut self, event: &Event, at: Moment) {
        let terms = self.terms;
        let in_window = |window| at.plus(window);
        let Some(part) = delivery_of(event).and_then(|no| self.part(no)) else { return };
        match event {
            Event::Expired { .. } => part.end(Status::Expired, None, at),
            Event::Dispatched { tracking, .. } => {
                let (due_at, deadline_at) = (part.due_at, part.deadline_at);
                part.enter(Status::InTransit, at, deadline_at);
                part.due_at = due_at;
                note_tracking(part, tracking.as_ref());
            }
            Event::Delivered { .. } | Event::HandedOver { .. } => {
                part.attempts = part.attempts.saturating_add(1);
                part.enter(Status::AwaitingResponse, at, in_window(terms.inspection_window));
            }
            Event::Accepted { .. }
            | Event::InspectionLapsed { .. }
            | Event::Withdrawn { .. }
            | Event::ReturnLapsed { .. } => {
                part.enter(Status::Accepted, at, in_window(terms.release_delay));
            }
            Event::Rejected { remedy, .. } => {
                part.remedy = Some(*remedy);
                part.enter(Status::Rejected, at, in_window(terms.answer_window));
            }
            Event::SecondAttemptOffered { .. } => {
                part.second_attempt_offered = true;
                part.deadline_at = in_window(terms.answer_window);
            }
            Event::SecondAttemptAgreed { .. } | Event::OfferLapsed { .. } => {
                let due_at = in_window(terms.delivery_window);
                part.enter(Status::SecondAttempt, at, due_at.plus(terms.overdue_window));
                part.due_at = due_at;
            }
            Event::TakenBack { goods_are_back: false, .. } => {
                part.return_sent = false;
                part.enter(Status::Returning, at, in_window(terms.return_window));
            }
            Event::ReturnSent { tracking, .. } => {
                if !part.return_sent {
                    part.deadline_at = in_window(terms.return_window);
                }
                part.return_sent = true;
                note_tracking(part, tracking.as_ref());
            }
            Event::Contested { .. } => {
                part.enter(Status::Dispute, at, in_window(terms.negotiation_window));
            }
            Event::Escalated { .. } => part.enter(Status::UnderReview, at, Moment::NEVER),
            _ => apply_money(part, event, at),
        }
    }

    fn part(&mut self, no: u16) -> Option<&mut Delivery> {
        self.deliveries.iter_mut().find(|part| part.no == no)
    }

    fn fund(&mut self, amount: Minor, paid: &[u16], gateway: &str, payment_ref: &str, at: Moment) {
        let payment = u16::try_from(self.payments.len()).ok();
        self.payments.push(Payment {
            gateway: gateway.to_owned(),
            payment_ref: payment_ref.to_owned(),
            amount_minor: amount,
            charged_back: false,
        });
        self.paid_minor += amount;
        let terms = self.terms;
        for part in self.deliveries.iter_mut().filter(|part| paid.contains(&part.no)) {
            let agreed = part
                .lines
                .iter()
                .filter_map(|line| self.items.iter().find(|item| item.no == line.item).and_then(|item| item.due_at));
            // No agreed day lies so far off that money could be held for ever.
            let due_at = agreed.fold(at.plus(terms.delivery_window), Moment::max);
            let due_at = due_at.min(at.plus(MAX_WINDOW));
            part.enter(Status::Funded, at, due_at.plus(terms.overdue_window));
            part.due_at = due_at;
            part.paid_at = Some(at);
            part.paid_by = payment;
        }
    }

    fn charge_back(&mut self, gateway: &str, payment_ref: &str, held: Minor, at: Moment) {
        let payment = self.payments.iter().position(|payment| payment.is(gateway, payment_ref));
        let Some(payment) = payment else { return };
        self.payments[payment].charged_back = true;
        self.gone.buyer += held;
        let payment = u16::try_from(payment).ok();
        for part in self.deliveries.iter_mut().filter(|part| part.paid_by == payment) {
            part.end(Status::ChargedBack, None, at);
        }
    }

    /// Lays out an unpaid order anew; what it is worth may have changed, the time to pay has not.
    fn lay_out_again(&mut self, at: Moment) {
        let deadline_at = self.deliveries.first().map(|part| part.deadline_at);
        self.deliveries = lay_out(&self.items, &self.terms, self.provider.as_ref(), self.milestones, at);
        if let (Some(first), Some(deadline_at)) = (self.deliveries.first_mut(), deadline_at) {
            first.deadline_at = deadline_at;
        }
    }

    /// Lays the provider's share anew on all that is not settled; or, when the commission has changed, that one, of which
    /// what was released counts as charged, and leaves the provider what it leaves of the share that lies there.
    fn charge_again(&mut self, commission: bool) {
        let (items, terms, provider) = (&self.items, &self.terms, self.provider.as_ref());
        let mut lines: Vec<&mut Line> = self
            .deliveries
            .iter_mut()
            .filter(|part| part.paid_at.is_some() || !part.status.is_over())
            .flat_map(|part| part.lines.iter_mut())
            .collect();
        if commission {
            charge_commission(&mut lines, items, terms);
            cap_provider(&mut lines, provider);
        } else {
            charge_provider(&mut lines, provider, self.gone.provider - self.provider_paid_before);
        }
    }

    /// A new milestone bears its rates; the amounts that are charged once an order lie on the others.
    fn add_milestone(&mut self, item: u16, amount: Minor, at: Moment) {
        let no = self.deliveries.iter().map(|part| part.no).max().unwrap_or(0) + 1;
        let open = Slice { amount, ..Slice::ZERO };
        let mut line = Line { item, quantity: 1, open, released: Slice::ZERO };
        let commission = Commission { rate: self.terms.commission.rate, ..Commission::default() };
        let terms = Terms { commission, ..self.terms };
        let provider = self.provider.as_ref().filter(|own| matches!(own.share, Share::Rate(_)));
        charge_fee(&mut [&mut line], &terms);
        charge_commission(&mut [&mut line], &self.items, &terms);
        charge_provider(&mut [&mut line], provider, 0);
        self.deliveries.push(unpaid(no, vec![line], at, None));
    }

    /// A milestone starts, and its time to pay with it, when all before it are over.
    fn start_next_milestone(&mut self, at: Moment) {
        if !self.milestones {
            return;
        }
        let window = self.terms.payment_window;
        let waits = self.deliveries.iter_mut().find(|part| !part.status.is_over());
        if let Some(next) = waits.filter(|part| !part.started) {
            next.started = true;
            next.enter(Status::AwaitingPayment, at, at.plus(window));
        }
    }

    /// While a part of the order is in dispute, the clocks of the others stand still: their deadlines move on
    /// with the time, so that each has as much left afterwards as before.
    fn let_clocks_stand(&mut self, at: Moment) {
        if self.paused_since.is_none() {
            return;
        }
        let stood = at.micros_since(self.updated_at);
        let halted = |part: &&mut Delivery| !part.status.is_over() && !part.status.is_disputed();
        for part in self.deliveries.iter_mut().filter(halted) {
            part.deadline_at = part.deadline_at.shifted(stood);
            part.due_at = part.due_at.shifted(stood);
        }
    }
}

fn apply_money(part: &mut Delivery, event: &Event, at: Moment) {
    match event {
        Event::SettlementOffered { by, to_seller_minor, .. } => {
            part.settlement = Some(Settlement { by: *by, to_seller_minor: *to_seller_minor });
        }
        Event::SettlementAccepted { to_seller_minor, .. } | Event::Ruled { to_seller_minor, .. } => {
            let amount = part.open().amount;
            part.settle(*to_seller_minor);
            part.end(Status::Completed, Some(outcome(*to_seller_minor, amount)), at);
        }
        Event::Conceded { .. } | Event::RefundedInFull { .. } => {
            part.end(Status::Completed, Some(Outcome::Refunded), at);
        }
        Event::Cancelled { .. } | Event::DeliveryLapsed { .. } => {
            part.end(Status::Cancelled, None, at);
        }
        Event::Refunded { lines, .. } => part.refund(lines),
        Event::Released { .. } => {
            let amount = part.open().amount;
            part.settle(amount);
            part.end(Status::Completed, Some(Outcome::Released), at);
        }
        Event::Credited { lines, .. } => {
            part.credit(lines);
        }
        Event::Tracked { tracking, .. } => note_tracking(part, Some(tracking)),
        _ => {}
    }
}

fn outcome(to_seller: Minor, amount: Minor) -> Outcome {
    match to_seller {
        0 => Outcome::Refunded,
        all if all == amount => Outcome::Released,
        _ => Outcome::Split,
    }
}

fn note_tracking(part: &mut Delivery, tracking: Option<&Tracking>) {
    if let Some(tracking) = tracking {
        part.tracking = Some(tracking.clone());
    }
}

/// The delivery that an event is about, when it is about one.
#[must_use]
pub const fn delivery_of(event: &Event) -> Option<u16> {
    match event {
        Event::Expired { delivery }
        | Event::Split { delivery, .. }
        | Event::Dispatched { delivery, .. }
        | Event::Delivered { delivery, .. }
        | Event::HandedOver { delivery, .. }
        | Event::Missed { delivery, .. }
        | Event::Accepted { delivery }
        | Event::Rejected { delivery, .. }
        | Event::InspectionLapsed { delivery }
        | Event::SecondAttemptOffered { delivery, .. }
        | Event::SecondAttemptAgreed { delivery, .. }
        | Event::OfferLapsed { delivery }
        | Event::TakenBack { delivery, .. }
        | Event::ReturnSent { delivery, .. }
        | Event::ReturnReceived { delivery }
        | Event::ReturnLapsed { delivery }
        | Event::Contested { delivery, .. }
        | Event::SettlementOffered { delivery, .. }
        | Event::SettlementAccepted { delivery, .. }
        | Event::Withdrawn { delivery, .. }
        | Event::Conceded { delivery, .. }
        | Event::Escalated { delivery, .. }
        | Event::Ruled { delivery, .. }
        | Event::Cancelled { delivery, .. }
        | Event::DeliveryLapsed { delivery, .. }
        | Event::RefundedInFull { delivery, .. }
        | Event::Refunded { delivery, .. }
        | Event::Released { delivery, .. }
        | Event::Credited { delivery, .. }
        | Event::Tracked { delivery, .. } => Some(*delivery),
        _ => None,
    }
}
