//! What the turn asks for, and whether this reader can do it: their role may not let them, or the door they came by.

use crate::domain::order::action::Verb;
use crate::domain::order::offer::Offer;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;
use crate::domain::time::Moment;

impl Delivery {
    /// The verbs of which one takes the turn on.
    #[must_use]
    pub const fn owed(&self) -> &'static [Verb] {
        match self.status {
            Status::AwaitingPayment => &[Verb::Pay],
            Status::Funded | Status::SecondAttempt => &[Verb::Dispatch, Verb::Deliver, Verb::HandOver],
            Status::InTransit => &[Verb::Deliver, Verb::HandOver],
            Status::AwaitingResponse => &[Verb::Accept, Verb::Reject],
            Status::Rejected if self.second_attempt_offered => &[Verb::AgreeSecondAttempt, Verb::AcceptSettlement],
            Status::Rejected => &[Verb::OfferSecondAttempt, Verb::TakeBack, Verb::Contest, Verb::AcceptSettlement],
            Status::Returning if self.return_sent => &[Verb::ReceiveReturn],
            Status::Returning => &[Verb::SendReturn],
            Status::Dispute => {
                &[Verb::OfferSettlement, Verb::AcceptSettlement, Verb::Withdraw, Verb::Concede, Verb::Escalate]
            }
            Status::UnderReview => &[Verb::Rule],
            Status::Accepted | Status::Completed | Status::Cancelled | Status::Expired | Status::ChargedBack => &[],
        }
    }

    /// Whether what it waits for is among these offers.
    #[must_use]
    pub fn is_answered_by(&self, offers: &[Offer]) -> bool {
        let of_this = |offer: &&Offer| offer.delivery.is_none_or(|no| no == self.no);
        offers.iter().filter(of_this).any(|offer| self.owed().contains(&offer.verb))
    }
}

impl Order {
    /// Whether the turn is this reader's, and the sentence that says so. Staff whose role does not include what is owed
    /// are told for whom it waits: what they cannot do is not their turn.
    #[must_use]
    pub fn turn_told(&self, reader: Party, offers: &[Offer], now: Moment) -> (bool, String) {
        let mine = self.waiting(reader);
        let Some(first) = mine.first().filter(|_| reader != Party::Buyer) else {
            return (!mine.is_empty(), self.turn_sentence(reader));
        };
        // What is past its deadline is offered to nobody until the clock has acted: that says nothing about a role.
        let can = |part: &&&Delivery| part.is_answered_by(offers) || self.deadline_of(part) <= now;
        match mine.iter().find(can) {
            Some(part) => (true, format!("It is your turn: {}", part.task())),
            None if first.status == Status::UnderReview => {
                (false, "Waits for somebody who may decide disputes".to_owned())
            }
            None => (false, format!("Waits for somebody who may {}", first.task())),
        }
    }
}
