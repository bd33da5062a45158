//! The sentences about an order: whose turn it is, what follows if nobody acts, what a choice does to the money.

use serde::{Deserialize, Serialize};

use crate::domain::order::action::{Action, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::decide::decide;
use crate::domain::order::event::Event;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order, Outcome};
use crate::domain::party::{Actor, Party};
use crate::domain::time::{Moment, Span};

/// A step that the clock will take if nobody acts before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// Which delivery.
    pub delivery: u16,
    /// The clock's verb.
    pub verb: Verb,
    /// What happens then: "the money is released to Ada Stores".
    pub then: String,
}

/// What silence brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The money is released.
    Released,
    /// The money goes back.
    Refunded,
    /// The order is called off, and the money goes back.
    CalledOff,
    /// The second attempt counts as agreed.
    SecondAttempt,
    /// The marketplace decides.
    Review,
    /// A part expires unpaid.
    PartExpires,
    /// All of it expires unpaid.
    Expires,
    /// It counts as accepted.
    Accepted,
    /// Nothing.
    Nothing,
}

/// Steps looked ahead at most: no chain of silences is longer.
const FORESIGHT: usize = 8;

impl Delivery {
    /// What whoever has the turn must do: "accept or reject the delivery".
    #[must_use]
    pub const fn task(&self) -> &'static str {
        match self.status {
            Status::AwaitingPayment => "pay",
            Status::Funded => "send the goods",
            Status::InTransit => "bring the goods",
            Status::AwaitingResponse => "accept or reject the delivery",
            Status::Rejected if self.second_attempt_offered => "answer the offer",
            Status::Rejected => "answer the rejection",
            Status::SecondAttempt => "deliver again",
            Status::Returning if self.return_sent => "confirm the return",
            Status::Returning => "send the goods back",
            Status::Dispute => "settle the dispute",
            Status::UnderReview => "decide the dispute",
            Status::Accepted => "wait for the release",
            Status::Completed | Status::Cancelled | Status::Expired | Status::ChargedBack => "",
        }
    }
}

impl Order {
    /// The part of the order that decides its status.
    #[must_use]
    pub fn pressing(&self) -> &Delivery {
        let status = self.status();
        self.deliveries
            .iter()
            .find(|part| part.started && part.status == status)
            .expect("the status is that of a started delivery")
    }

    /// The parts that wait for this party: those that give the order its status first, so that the order and its line in
    /// the list say the same, then the most urgent.
    #[must_use]
    pub fn waiting(&self, party: Party) -> Vec<&Delivery> {
        let status = self.status();
        let mut mine: Vec<&Delivery> = self.deliveries.iter().filter(|part| part.turn().includes(party)).collect();
        mine.sort_by_key(|part| (part.status != status, self.deadline_of(part), part.no));
        mine
    }

    /// The first of them.
    #[must_use]
    pub fn waiting_for(&self, party: Party) -> Option<&Delivery> {
        self.waiting(party).first().copied()
    }

    /// A party's name for this reader: "you" when it is they.
    #[must_use]
    pub fn name_for(&self, reader: Party, party: Party) -> &str {
        if reader == party { "you" } else { self.name_of(party) }
    }

    /// "It is your turn: accept or reject the delivery."
    #[must_use]
    pub fn turn_sentence(&self, reader: Party) -> String {
        if let Some(part) = self.waiting_for(reader) {
            return format!("It is your turn: {}", part.task());
        }
        let part = self.pressing();
        let parties: Vec<String> = part
            .turn()
            .parties()
            .filter(|party| *party != Party::Provider)
            .map(|party| possessive(self.name_of(party)))
            .collect();
        match (parties.is_empty(), part.status) {
            (false, _) => format!("It is {} turn: {}", parties.join(" and "), part.task()),
            (true, Status::Accepted) => "Accepted; the release waits for its delay".to_owned(),
            (true, Status::Completed) => match self.outcome() {
                Some(Outcome::Refunded) => "Over: the money went back".to_owned(),
                Some(Outcome::Split) => "Over: the money was shared".to_owned(),
                _ => "Over: the money was released".to_owned(),
            },
            (true, status) => status.label().to_owned(),
        }
    }

    /// How its completed parts ended: shared when they did not all end alike.
    fn outcome(&self) -> Option<Outcome> {
        let completed = self.deliveries.iter().filter(|part| part.status == Status::Completed);
        let mut outcomes = completed.filter_map(|part| part.outcome);
        let first = outcomes.next()?;
        Some(if outcomes.all(|outcome| outcome == first) { first } else { Outcome::Split })
    }

    /// What the clock will do if nobody acts, step by step, until it has nothing left to do.
    #[must_use]
    pub fn forecast(&self, reader: Party) -> Vec<Step> {
        let step = |(at, delivery, verb, silence)| Step { at, delivery, verb, then: self.then(reader, silence) };
        self.lapses().into_iter().map(step).collect()
    }

    /// When silence about this delivery ends, and what it brings.
    #[must_use]
    pub fn silence_about(&self, delivery: u16) -> Option<(Moment, Silence)> {
        let lapse = self.lapses().into_iter().find(|(_, no, verb, _)| *no == delivery && *verb != Verb::Release);
        lapse.map(|(at, _, _, silence)| (at, silence))
    }

    fn lapses(&self) -> Vec<(Moment, u16, Verb, Silence)> {
        let mut order = self.clone();
        let mut steps = Vec::new();
        while let Some((delivery, verb, at)) = order.next_lapse() {
            let decided = decide(&order, &Actor::clock(), &Action::Lapse { verb }, at);
            let Ok(events) = decided else { break };
            for event in &events {
                order.apply(event, at);
            }
            steps.push((at, delivery, verb, self.silence(events.last())));
            if steps.len() == FORESIGHT {
                break;
            }
        }
        steps
    }

    const fn silence(&self, last: Option<&Event>) -> Silence {
        match last {
            Some(Event::Released { .. }) => Silence::Released,
            Some(Event::RefundedInFull { .. }) => Silence::Refunded,
            Some(Event::DeliveryLapsed { .. }) => Silence::CalledOff,
            Some(Event::OfferLapsed { .. }) => Silence::SecondAttempt,
            Some(Event::Escalated { .. }) => Silence::Review,
            Some(Event::Expired { .. }) if self.paid_minor > 0 => Silence::PartExpires,
            Some(Event::Expired { .. }) => Silence::Expires,
            Some(Event::InspectionLapsed { .. } | Event::ReturnLapsed { .. }) => Silence::Accepted,
            _ => Silence::Nothing,
        }
    }

    fn then(&self, reader: Party, silence: Silence) -> String {
        let name = |party| self.name_for(reader, party);
        match silence {
            Silence::Released => format!("the money is released to {}", name(Party::Seller)),
            Silence::Refunded => format!("the money goes back to {}", name(Party::Buyer)),
            Silence::CalledOff => {
                format!("the order is called off and the money goes back to {}", name(Party::Buyer))
            }
            Silence::SecondAttempt => "the second attempt counts as agreed".to_owned(),
            Silence::Review => format!("{} decides", self.name_of(Party::Operator)),
            Silence::PartExpires => "this part expires unpaid".to_owned(),
            Silence::Expires => "the order expires; nothing was paid".to_owned(),
            Silence::Accepted => "it counts as accepted".to_owned(),
            Silence::Nothing => "nothing changes".to_owned(),
        }
    }

    /// What a choice does to the money, and whose turn it is then.
    #[must_use]
    pub fn consequence(&self, after: &Self, verb: Verb, delivery: Option<u16>, flow: Flow, reader: Party) -> String {
        if let Some(text) = self.typed_consequence(verb, delivery, reader) {
            return text;
        }
        if verb == Verb::Cancel && flow.seller > 0 {
            let (back, buyer) = (self.money(flow.buyer), self.name_for(reader, Party::Buyer));
            let (fee, seller) = (self.money(flow.seller), self.name_for(reader, Party::Seller));
            return format!("{back} back to {buyer}, {fee} late-cancellation fee to {seller}.");
        }
        if flow.total() > 0 {
            return self.flow_sentence(flow, reader);
        }
        let part = delivery.and_then(|no| after.delivery(no));
        let Some(part) = part else { return "No money moves.".to_owned() };
        if !part.status.holds_money() {
            return "No money was paid, none moves.".to_owned();
        }
        format!("The money stays held. {}", after.next_sentence(part, reader)).trim_end().to_owned()
    }

    /// For verbs whose amount is still to be typed, and those that move none.
    fn typed_consequence(&self, verb: Verb, delivery: Option<u16>, reader: Party) -> Option<String> {
        let part = delivery.and_then(|no| self.delivery(no));
        let held = self.money(part.map_or(0, |part| part.open().amount));
        Some(match verb {
            Verb::OfferSettlement => {
                let other = if reader == Party::Buyer { Party::Seller } else { Party::Buyer };
                format!(
                    "You name how much of {held} goes to {}. Nothing moves until {} agrees.",
                    self.name_for(reader, Party::Seller),
                    self.name_of(other)
                )
            }
            Verb::Rule => format!("You decide how {held} is shared. It leaves escrow at once."),
            Verb::Refund => {
                format!("Up to {held} goes back to {} at once; the rest stays held.", self.name_of(Party::Buyer))
            }
            Verb::Credit => {
                let released = self.money(part.map_or(0, |part| part.released().amount));
                let whose = if reader == Party::Seller { "your" } else { "the seller’s" };
                format!(
                    "Up to {released} goes back to {} from {whose} balance; commission is given back in proportion.",
                    self.name_of(Party::Buyer)
                )
            }
            Verb::TakeBack => format!(
                "Goods already back: {} goes back to {} now. Still to be sent: it stays held until they arrive.",
                self.money(part.map_or(0, |part| part.open().paid_for())),
                self.name_of(Party::Buyer)
            ),
            Verb::Note => "Words only; no money moves.".to_owned(),
            _ => return None,
        })
    }

    /// "₦ 46,500.00 to Ada Stores, ₦ 1,500.00 fee. Nothing comes back to you."
    #[must_use]
    pub fn flow_sentence(&self, flow: Flow, reader: Party) -> String {
        self.tongue(reader).flow(flow)
    }

    fn next_sentence(&self, part: &Delivery, reader: Party) -> String {
        let terms = &self.terms;
        let has = |party: Party, window: Span, task: &str| {
            let verb = if reader == party { "have" } else { "has" };
            let name = self.name_for(reader, party);
            format!("{} {verb} {} to {task}.", capitalised(name), window.words())
        };
        match part.status {
            Status::Rejected if part.second_attempt_offered => has(Party::Buyer, terms.answer_window, "answer"),
            Status::Rejected => has(Party::Seller, terms.answer_window, "answer"),
            Status::AwaitingResponse => has(Party::Buyer, terms.inspection_window, "accept or reject"),
            Status::Dispute => format!(
                "Both sides have {} to settle; then {} decides.",
                terms.negotiation_window.words(),
                self.name_of(Party::Operator)
            ),
            Status::UnderReview => format!("{} decides.", self.name_of(Party::Operator)),
            Status::SecondAttempt => has(Party::Seller, terms.delivery_window, "deliver again"),
            Status::Returning if part.return_sent => has(Party::Seller, terms.return_window, "confirm that it arrived"),
            Status::Returning => has(Party::Buyer, terms.return_window, "send it back"),
            Status::Accepted if self.in_dispute() => {
                format!(
                    "It is released to {} when the dispute of the rest is over.",
                    self.name_for(reader, Party::Seller)
                )
            }
            Status::Accepted if terms.release_delay > Span::ZERO => {
                format!(
                    "It is released to {} after {}.",
                    self.name_for(reader, Party::Seller),
                    terms.release_delay.words()
                )
            }
            Status::InTransit => has(Party::Buyer, terms.inspection_window, "accept or reject once it is delivered"),
            _ => String::new(),
        }
    }
}

/// With its first letter large, whatever script that is.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// "Ada Stores’", "Kola’s".
fn possessive(name: &str) -> String {
    if name.ends_with('s') { format!("{name}’") } else { format!("{name}’s") }
}
