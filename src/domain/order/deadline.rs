//! What the clock owes an order, and when: reads the windows of the terms, nothing else.

use crate::domain::order::action::Verb;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::time::Moment;

impl Delivery {
    /// What the clock does to it when its deadline passes.
    #[must_use]
    pub const fn lapse(&self) -> Option<Verb> {
        match self.status {
            Status::AwaitingPayment if !self.started => None,
            Status::AwaitingPayment => Some(Verb::Expire),
            Status::Funded | Status::InTransit | Status::SecondAttempt => Some(Verb::LapseDelivery),
            Status::AwaitingResponse => Some(Verb::LapseInspection),
            Status::Rejected if self.second_attempt_offered => Some(Verb::LapseOffer),
            Status::Rejected => Some(Verb::LapseAnswer),
            Status::Returning => Some(Verb::LapseReturn),
            Status::Dispute => Some(Verb::Escalate),
            Status::Accepted => Some(Verb::Release),
            Status::UnderReview | Status::Completed | Status::Cancelled | Status::Expired | Status::ChargedBack => None,
        }
    }
}

impl Order {
    /// When the clock acts on this delivery: never while another part of the order is in dispute.
    #[must_use]
    pub const fn deadline_of(&self, part: &Delivery) -> Moment {
        if self.paused_since.is_some() && !part.status.is_disputed() { Moment::NEVER } else { part.deadline_at }
    }

    /// When the clock acts on any part of it next.
    #[must_use]
    pub fn deadline_at(&self) -> Moment {
        self.deliveries.iter().map(|part| self.deadline_of(part)).min().unwrap_or(Moment::NEVER)
    }

    /// By when somebody should act next, the soonest first: what a desk sorts by. Before delivery that
    /// is the agreed day, which comes before the day on which the clock gives up.
    #[must_use]
    pub fn urgent_at(&self) -> Moment {
        let urgent = |part: &Delivery| {
            let deadline = self.deadline_of(part);
            if part.status.is_over() || deadline == Moment::NEVER { deadline } else { deadline.min(part.due_at) }
        };
        self.deliveries.iter().map(urgent).min().unwrap_or(Moment::NEVER)
    }

    /// The delivery whose deadline comes next, what the clock does then, and when.
    #[must_use]
    pub fn next_lapse(&self) -> Option<(u16, Verb, Moment)> {
        self.deliveries
            .iter()
            .filter_map(|part| Some((part.no, part.lapse()?, self.deadline_of(part))))
            .filter(|(_, _, at)| *at != Moment::NEVER)
            .min_by_key(|(no, _, at)| (*at, *no))
    }

    /// What the clock must do now, when its time has come.
    #[must_use]
    pub fn due(&self, now: Moment) -> Option<Verb> {
        self.next_lapse().filter(|(_, _, at)| *at <= now).map(|(_, verb, _)| verb)
    }
}
