//! `(order, actor, action, now)` → events, or why not. Pure: the one place where the process is decided.

mod goods;
mod lapse;
mod money;

use crate::domain::money::{MAX_AMOUNT, Minor};
use crate::domain::order::action::{Action, Verb};
use crate::domain::order::event::Event;
use crate::domain::order::place::{MAX_DELIVERIES, check_items, check_provider, check_terms};
use crate::domain::order::refusal::Refusal;
use crate::domain::order::rules::{Row, rows};
use crate::domain::order::status::Status;
use crate::domain::order::{AssignedProvider, Delivery, Order, Remedy, ShareBearer};
use crate::domain::party::{Actor, Party};
use crate::domain::text;
use crate::domain::time::Moment;

/// Decides an action: the events that carry it out, in order, or the reason why not.
///
/// # Errors
/// A [`Refusal`]; nothing is changed then.
pub fn decide(order: &Order, actor: &Actor, action: &Action, now: Moment) -> Result<Vec<Event>, Refusal> {
    let now = now.max(order.updated_at);
    let targets = permitted(order, actor, action, now)?;
    let mut draft = Draft {
        order: order.clone(),
        events: Vec::new(),
        party: actor.party,
        sets_fees: actor.sets_fees(),
        now,
        targets,
    };
    draft.carry_out(action)?;
    Ok(draft.events)
}

/// With so many events on its timeline, an order takes only what brings it to its end.
pub const MOST_REMARKED: u32 = 1_000;

/// The deliveries to which the action applies, by the table; an action on the whole order gets those too.
fn permitted(order: &Order, actor: &Actor, action: &Action, now: Moment) -> Result<Vec<u16>, Refusal> {
    let verb = action.verb();
    let rows: Vec<&Row> = rows(verb, actor.party).collect();
    // The clock only lapses, and nobody else does: else a party's verb would act before its time.
    let lapses = matches!(action, Action::Lapse { .. }) == (actor.party == Party::Clock);
    let Some(first) = rows.first().filter(|_| lapses) else {
        return Err(Refusal::NotYourTurn { verb, party: actor.party });
    };
    if first.permission_for(actor.party).is_some_and(|needs| !actor.permissions.has(needs)) {
        return Err(Refusal::NotPermitted { verb });
    }
    if verb == Verb::Rule && actor.interested {
        return Err(Refusal::PartyOfTheOrder);
    }
    if order.version >= MOST_REMARKED && verb.is_remark() {
        return Err(Refusal::TimelineFull { verb });
    }
    let named = match action.delivery() {
        Some(no) => Some(order.delivery(no).ok_or(Refusal::UnknownDelivery { delivery: no })?),
        None => None,
    };
    let allowed = |part: &&Delivery| part.started && rows.iter().any(|row| row.from.contains(&part.status));
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
    let frozen =
        |part: &&Delivery| order.in_dispute() && moves_money && !part.status.is_disputed() && verb != Verb::ChargeBack;
    let mut free = candidates.iter().filter(|part| !frozen(part)).peekable();
    if free.peek().is_none() {
        return Err(Refusal::InDispute);
    }
    let late = |part: &Delivery| actor.party != Party::Clock && binds(verb) && order.deadline_of(part) <= now;
    let on_time: Vec<u16> = free.filter(|part| !late(part)).map(|part| part.no).collect();
    if on_time.is_empty() { Err(Refusal::PastDeadline) } else { Ok(on_time) }
}

/// Whether a verb is an answer that a deadline cuts off; remarks and settings are not.
const fn binds(verb: Verb) -> bool {
    !matches!(
        verb,
        Verb::Note
            | Verb::Track
            | Verb::Miss
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
    sets_fees: bool,
    now: Moment,
    targets: Vec<u16>,
}

fn words(text: Option<&text::Note>) -> Option<String> {
    text.map(ToString::to_string)
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
                self.pay(*amount_minor, gateway, payment_ref)?;
            }
            Action::ReturnPayment { amount_minor, gateway, payment_ref } => {
                positive("amount", *amount_minor)?;
                if *amount_minor > MAX_AMOUNT {
                    return Err(Refusal::AmountTooLarge { field: "amount" });
                }
                self.unknown_payment(gateway, payment_ref)?;
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
            | Action::Miss { .. }
            | Action::SendReturn { .. } => self.move_goods(action)?,
            _ => self.answer(action)?,
        }
        Ok(())
    }

    fn answer(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::OfferSecondAttempt { text, .. } => self.offer_second_attempt(text.as_ref())?,
            Action::AgreeSecondAttempt { text, .. } => {
                let offered: Vec<u16> =
                    self.targets.iter().copied().filter(|no| self.part(*no).second_attempt_offered).collect();
                if offered.is_empty() {
                    return Err(Refusal::NothingOffered);
                }
                self.targets = offered;
                self.each(|delivery| Event::SecondAttemptAgreed { delivery, text: words(text.as_ref()) });
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
            Action::Contest { statement, evidence, .. } => {
                self.each(|delivery| Event::Contested {
                    delivery,
                    statement: statement.to_string(),
                    evidence: evidence.clone(),
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
                self.push(Event::SettlementOffered { delivery, by, to_seller_minor: *to_seller_minor, text });
            }
            Action::AcceptSettlement { to_seller_minor, .. } => {
                self.accept_settlement(*to_seller_minor)?;
            }
            Action::Rule { ruling, reasons, .. } => self.rule(*ruling, reasons)?,
            Action::Cancel { reason, .. } => self.cancel(reason)?,
            Action::Refund { how_much, reason, .. } => self.refund(how_much, reason)?,
            Action::Credit { how_much, reason, .. } => self.credit(how_much, reason)?,
            Action::ChargeBack { gateway, payment_ref, reason } => {
                self.charge_back(gateway, payment_ref, reason)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn change_order(&mut self, action: &Action) -> Result<(), Refusal> {
        let unpaid = self.order.deliveries.iter().all(|part| part.status == Status::AwaitingPayment);
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
                if let Some(field) = terms.other_charge(&self.order.terms).filter(|_| !self.sets_fees) {
                    return Err(Refusal::FeesAreTheMarketplaces { field });
                }
                Event::TermsEdited { terms: *terms }
            }
            Action::SetCommission { commission } => {
                let mut terms = self.order.terms;
                terms.commission = *commission;
                check_terms(&terms)?;
                Event::CommissionSet { commission: *commission }
            }
            Action::SetProvider { provider } => {
                let provider = provider.as_ref().map(|(id, name, share, borne_by)| AssignedProvider {
                    id: *id,
                    name: name.to_string(),
                    share: *share,
                    borne_by: *borne_by,
                });
                check_provider(provider.as_ref())?;
                // Whom the marketplace pays out of its fee, it sets and takes off itself.
                let out_of_the_fee = |of: Option<&AssignedProvider>| {
                    of.is_some_and(|provider| provider.borne_by == ShareBearer::Marketplace)
                };
                if !self.sets_fees
                    && (out_of_the_fee(provider.as_ref()) || out_of_the_fee(self.order.provider.as_ref()))
                {
                    return Err(Refusal::FeesAreTheMarketplaces { field: "borne_by" });
                }
                Event::ProviderSet { provider }
            }
            Action::AddMilestone { title, amount_minor, due_at, commission } => {
                if !self.order.milestones {
                    return Err(Refusal::NotAProject);
                }
                let numbers_are_used_up = self.order.items.last().is_some_and(|item| item.no == u16::MAX);
                if self.order.deliveries.len() >= MAX_DELIVERIES || numbers_are_used_up {
                    return Err(Refusal::TooManyDeliveries);
                }
                positive("amount", *amount_minor)?;
                if self.order.total_minor().saturating_add(*amount_minor) > MAX_AMOUNT {
                    return Err(Refusal::BadItems { message: "The sum of the milestones is too large." });
                }
                Event::MilestoneAdded {
                    title: title.to_string(),
                    amount_minor: *amount_minor,
                    due_at: *due_at,
                    commission: *commission,
                }
            }
            Action::Note { text, audience } => Event::Noted { text: text.to_string(), audience: *audience },
            _ => return Ok(()),
        };
        self.push(event);
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
