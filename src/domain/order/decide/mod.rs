//! `(order, actor, action, now)` → events, or why not. Pure: the one place where the process is decided.

mod lapse;
mod money;

use crate::domain::money::Minor;
use crate::domain::order::action::{Action, Selection, Verb};
use crate::domain::order::event::Event;
use crate::domain::order::place::{MAX_DELIVERIES, check_items, check_terms};
use crate::domain::order::refusal::Refusal;
use crate::domain::order::rules::{Row, rows};
use crate::domain::order::status::Status;
use crate::domain::order::{AssignedProvider, Delivery, Order, Remedy, Tracking};
use crate::domain::party::{Actor, Party};
use crate::domain::text;
use crate::domain::time::Moment;

/// Decides an action: the events that carry it out, in order, or the reason why not.
///
/// # Errors
/// A [`Refusal`]; nothing is changed then.
pub fn decide(
    order: &Order,
    actor: &Actor,
    action: &Action,
    now: Moment,
) -> Result<Vec<Event>, Refusal> {
    let now = now.max(order.updated_at);
    let targets = permitted(order, actor, action, now)?;
    let mut draft =
        Draft { order: order.clone(), events: Vec::new(), party: actor.party, now, targets };
    draft.carry_out(action)?;
    Ok(draft.events)
}

/// The deliveries to which the action applies, by the table; an action on the whole order gets those too.
fn permitted(
    order: &Order,
    actor: &Actor,
    action: &Action,
    now: Moment,
) -> Result<Vec<u16>, Refusal> {
    let verb = action.verb();
    let rows: Vec<&Row> = rows(verb, actor.party).collect();
    let Some(first) = rows.first() else {
        return Err(Refusal::NotYourTurn { verb, party: actor.party });
    };
    if first.permission_for(actor.party).is_some_and(|needs| !actor.permissions.has(needs)) {
        return Err(Refusal::NotPermitted { verb });
    }
    let named = match action.delivery() {
        Some(no) => Some(order.delivery(no).ok_or(Refusal::UnknownDelivery { delivery: no })?),
        None => None,
    };
    let allowed =
        |part: &&Delivery| part.started && rows.iter().any(|row| row.from.contains(&part.status));
    let status = named.map_or_else(|| order.status(), |part| part.status);
    let candidates: Vec<&Delivery> = named
        .map_or_else(|| order.deliveries.iter().collect(), |part| vec![part])
        .into_iter()
        .filter(allowed)
        .collect();
    if candidates.is_empty() {
        return Err(Refusal::NotAllowedInStatus { verb, status });
    }
    let moves_money = rows.iter().any(|row| row.money.pays_out());
    let frozen = |part: &&Delivery| {
        order.in_dispute() && moves_money && !part.status.is_disputed() && verb != Verb::ChargeBack
    };
    let mut free = candidates.iter().filter(|part| !frozen(part)).peekable();
    if free.peek().is_none() {
        return Err(Refusal::InDispute);
    }
    let late = |part: &Delivery| {
        actor.party != Party::Clock && binds(verb) && order.deadline_of(part) <= now
    };
    let on_time: Vec<u16> = free.filter(|part| !late(part)).map(|part| part.no).collect();
    if on_time.is_empty() { Err(Refusal::PastDeadline) } else { Ok(on_time) }
}

/// Whether a verb is an answer that a deadline cuts off; remarks and settings are not.
const fn binds(verb: Verb) -> bool {
    !matches!(
        verb,
        Verb::Note
            | Verb::Track
            | Verb::SetCommission
            | Verb::SetProvider
            | Verb::EditItems
            | Verb::EditTerms
            | Verb::ReturnPayment
            | Verb::ChargeBack
            | Verb::Credit
            | Verb::AddMilestone
    )
}

struct Draft {
    order: Order,
    events: Vec<Event>,
    party: Party,
    now: Moment,
    targets: Vec<u16>,
}

fn words(text: Option<&text::Note>) -> Option<String> {
    text.map(ToString::to_string)
}

fn tracking(carrier: Option<&text::Label>, number: Option<&text::Label>) -> Option<Tracking> {
    number.map(|number| Tracking {
        carrier: carrier.map(ToString::to_string).unwrap_or_default(),
        number: number.to_string(),
    })
}

impl Draft {
    fn push(&mut self, event: Event) {
        self.order.apply(&event, self.now);
        self.events.push(event);
    }

    fn part(&self, no: u16) -> &Delivery {
        self.order.delivery(no).expect("targets are deliveries of the order")
    }

    /// One event for each target.
    fn each(&mut self, event: impl Fn(u16) -> Event) {
        for no in self.targets.clone() {
            self.push(event(no));
        }
    }

    fn only_target(&self, verb: Verb) -> Result<u16, Refusal> {
        match self.targets.as_slice() {
            [only] => Ok(*only),
            _ => Err(Refusal::NameOneDelivery { verb }),
        }
    }

    fn carry_out(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Pay { amount_minor, gateway, payment_ref } => {
                self.pay(*amount_minor, gateway, payment_ref)?
            }
            Action::ReturnPayment { amount_minor, gateway, payment_ref } => {
                positive("amount", *amount_minor)?;
                self.push(Event::PaymentReturned {
                    amount_minor: *amount_minor,
                    gateway: gateway.clone(),
                    payment_ref: payment_ref.clone(),
                });
            }
            Action::Lapse { verb } => self.lapse(*verb)?,
            Action::EditItems { .. }
            | Action::EditTerms { .. }
            | Action::SetCommission { .. }
            | Action::SetProvider { .. }
            | Action::Note { .. }
            | Action::AddMilestone { .. } => self.change_order(action)?,
            Action::Dispatch { .. }
            | Action::Deliver { .. }
            | Action::HandOver { .. }
            | Action::Accept { .. }
            | Action::Reject { .. }
            | Action::Track { .. }
            | Action::SendReturn { .. } => self.move_goods(action)?,
            _ => self.answer(action)?,
        }
        Ok(())
    }

    fn move_goods(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Dispatch { parts, carrier, tracking: number } => {
                let tracking = tracking(carrier.as_ref(), number.as_ref());
                self.select(parts, Verb::Dispatch)?;
                self.each(|delivery| Event::Dispatched { delivery, tracking: tracking.clone() });
            }
            Action::Deliver { parts, proof } => {
                self.select(parts, Verb::Deliver)?;
                self.each(|delivery| Event::Delivered { delivery, proof: proof.clone() });
            }
            Action::HandOver { parts, code_digest } => {
                if *code_digest != self.order.handover_digest {
                    return Err(Refusal::WrongHandoverCode);
                }
                self.select(parts, Verb::HandOver)?;
                self.each(|delivery| Event::HandedOver { delivery });
            }
            Action::Accept { parts } => {
                self.select(parts, Verb::Accept)?;
                self.each(|delivery| Event::Accepted { delivery });
                self.release_accepted();
            }
            Action::Reject { parts, code, text, remedy } => {
                self.select(parts, Verb::Reject)?;
                let (code, remedy) = (*code, *remedy);
                self.each(|delivery| Event::Rejected {
                    delivery,
                    code,
                    text: text.to_string(),
                    remedy,
                });
            }
            Action::SendReturn { carrier, tracking: number, .. } => {
                let tracking = tracking(carrier.as_ref(), number.as_ref());
                self.each(|delivery| Event::ReturnSent { delivery, tracking: tracking.clone() });
            }
            Action::Track { carrier, tracking: number, checkpoint, .. } => {
                let tracking =
                    Tracking { carrier: carrier.to_string(), number: number.to_string() };
                let checkpoint = words(checkpoint.as_ref());
                self.each(|delivery| Event::Tracked {
                    delivery,
                    tracking: tracking.clone(),
                    checkpoint: checkpoint.clone(),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::OfferSecondAttempt { text, .. } => self.offer_second_attempt(text.as_ref())?,
            Action::AgreeSecondAttempt { text, .. } => {
                let offered: Vec<u16> = self
                    .targets
                    .iter()
                    .copied()
                    .filter(|no| self.part(*no).second_attempt_offered)
                    .collect();
                if offered.is_empty() {
                    return Err(Refusal::NothingOffered);
                }
                self.targets = offered;
                self.each(|delivery| Event::SecondAttemptAgreed {
                    delivery,
                    text: words(text.as_ref()),
                });
            }
            Action::TakeBack { goods_are_back, .. } => {
                let goods_are_back = *goods_are_back;
                self.each(|delivery| Event::TakenBack { delivery, goods_are_back });
                if goods_are_back {
                    self.refund_in_full(Verb::TakeBack);
                }
            }
            Action::ReceiveReturn { .. } => {
                self.each(|delivery| Event::ReturnReceived { delivery });
                self.refund_in_full(Verb::ReceiveReturn);
            }
            Action::Contest { statement, .. } => {
                self.each(|delivery| Event::Contested {
                    delivery,
                    statement: statement.to_string(),
                });
            }
            Action::Escalate { text, .. } => {
                self.each(|delivery| Event::Escalated { delivery, text: words(text.as_ref()) });
            }
            Action::Withdraw { text, .. } => {
                self.each(|delivery| Event::Withdrawn { delivery, text: words(text.as_ref()) });
                self.release_accepted();
            }
            Action::Concede { text, .. } => {
                for delivery in self.targets.clone() {
                    let flow = self.part(delivery).open().refund();
                    self.push(Event::Conceded { delivery, text: words(text.as_ref()), flow });
                }
            }
            _ => self.settle(action)?,
        }
        Ok(())
    }

    fn settle(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::OfferSettlement { to_seller_minor, text, .. } => {
                let delivery = self.only_target(Verb::OfferSettlement)?;
                self.within_held("to_seller", delivery, *to_seller_minor)?;
                let (by, text) = (self.party, words(text.as_ref()));
                self.push(Event::SettlementOffered {
                    delivery,
                    by,
                    to_seller_minor: *to_seller_minor,
                    text,
                });
            }
            Action::AcceptSettlement { to_seller_minor, .. } => {
                self.accept_settlement(*to_seller_minor)?
            }
            Action::Rule { ruling, reasons, .. } => self.rule(*ruling, reasons)?,
            Action::Cancel { reason, .. } => self.cancel(reason)?,
            Action::Refund { how_much, reason, .. } => self.refund(how_much, reason)?,
            Action::Credit { how_much, reason, .. } => self.credit(how_much, reason)?,
            Action::ChargeBack { gateway, payment_ref, reason } => {
                self.charge_back(gateway, payment_ref, reason)?
            }
            _ => {}
        }
        Ok(())
    }

    fn change_order(&mut self, action: &Action) -> Result<(), Refusal> {
        let unpaid =
            self.order.deliveries.iter().all(|part| part.status == Status::AwaitingPayment);
        let verb = action.verb();
        if matches!(verb, Verb::EditItems | Verb::EditTerms) && !unpaid {
            return Err(Refusal::NotAllowedInStatus { verb, status: self.order.status() });
        }
        let event = match action {
            Action::EditItems { items } => {
                check_items(items, self.order.milestones)?;
                Event::ItemsEdited { items: items.clone() }
            }
            Action::EditTerms { terms } => {
                check_terms(terms)?;
                Event::TermsEdited { terms: *terms }
            }
            Action::SetCommission { commission } => {
                let mut terms = self.order.terms;
                terms.commission = *commission;
                check_terms(&terms)?;
                Event::CommissionSet { commission: *commission }
            }
            Action::SetProvider { provider } => Event::ProviderSet {
                provider: provider.as_ref().map(|(id, name, share, borne_by)| AssignedProvider {
                    id: *id,
                    name: name.to_string(),
                    share: *share,
                    borne_by: *borne_by,
                }),
            },
            Action::AddMilestone { title, amount_minor, due_at, commission } => {
                if !self.order.milestones {
                    return Err(Refusal::NotAProject);
                }
                if self.order.deliveries.len() >= MAX_DELIVERIES {
                    return Err(Refusal::TooManyDeliveries);
                }
                positive("amount", *amount_minor)?;
                if self.order.total_minor().saturating_add(*amount_minor)
                    > crate::domain::money::MAX_AMOUNT
                {
                    return Err(Refusal::BadItems {
                        message: "The sum of the milestones is too large.",
                    });
                }
                Event::MilestoneAdded {
                    title: title.to_string(),
                    amount_minor: *amount_minor,
                    due_at: *due_at,
                    commission: *commission,
                }
            }
            Action::Note { text, audience } => {
                Event::Noted { text: text.to_string(), audience: *audience }
            }
            _ => return Ok(()),
        };
        self.push(event);
        Ok(())
    }

    /// Narrows the targets to the chosen pieces, splitting their delivery when they are not all of it.
    fn select(&mut self, parts: &Selection, verb: Verb) -> Result<(), Refusal> {
        if parts.items.is_empty() {
            return Ok(());
        }
        let delivery = self.only_target(verb)?;
        let part = self.part(delivery);
        let mut pieces: Vec<(u16, u32)> = Vec::new();
        for (item, count) in &parts.items {
            let line = part
                .lines
                .iter()
                .find(|line| line.item == *item)
                .ok_or(Refusal::UnknownItem { item: *item })?;
            if *count == 0 || *count > line.quantity || pieces.iter().any(|(seen, _)| seen == item)
            {
                return Err(Refusal::TooManyPieces { item: *item, there_are: line.quantity });
            }
            pieces.push((*item, *count));
        }
        if pieces.iter().map(|(_, count)| count).sum::<u32>() == part.pieces() {
            return Ok(());
        }
        if self.order.deliveries.len() >= MAX_DELIVERIES {
            return Err(Refusal::TooManyDeliveries);
        }
        let into = self.order.deliveries.iter().map(|part| part.no).max().unwrap_or(0) + 1;
        self.push(Event::Split { delivery, into, pieces });
        self.targets = vec![into];
        Ok(())
    }

    fn offer_second_attempt(&mut self, text: Option<&text::Note>) -> Result<(), Refusal> {
        let most = self.order.terms.max_attempts;
        for delivery in self.targets.clone() {
            let part = self.part(delivery);
            if part.second_attempt_offered {
                return Err(Refusal::AlreadyOffered);
            }
            if part.attempts >= most {
                return Err(Refusal::AttemptsUsedUp { most });
            }
            let wished = part.remedy == Some(Remedy::SecondAttempt);
            self.push(Event::SecondAttemptOffered { delivery, text: words(text) });
            if wished {
                self.push(Event::SecondAttemptAgreed { delivery, text: None });
            }
        }
        Ok(())
    }
}

fn positive(field: &'static str, amount: Minor) -> Result<(), Refusal> {
    if amount > 0 { Ok(()) } else { Err(Refusal::AmountNotPositive { field }) }
}
