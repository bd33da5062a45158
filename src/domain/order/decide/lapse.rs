//! What silence brings: the clock's verbs, each re-checked against the deadline it stands for.

use super::Draft;
use crate::domain::order::action::Verb;
use crate::domain::order::event::Event;
use crate::domain::order::refusal::Refusal;
use crate::domain::order::terms::OnSilence;

impl Draft {
    /// What silence brings: each delivery whose deadline has passed and that waits for this verb.
    pub(super) fn lapse(&mut self, verb: Verb) -> Result<(), Refusal> {
        let due = |no: &u16| {
            let part = self.part(*no);
            part.lapse() == Some(verb) && self.order.deadline_of(part) <= self.now
        };
        self.targets = self.targets.iter().copied().filter(due).collect();
        if self.targets.is_empty() {
            return Err(Refusal::NotDue { verb });
        }
        match verb {
            Verb::Expire => self.each(|delivery| Event::Expired { delivery }),
            Verb::LapseInspection if self.order.terms.on_silence == OnSilence::Refund => {
                self.refund_in_full(verb);
            }
            Verb::LapseInspection => {
                self.each(|delivery| Event::InspectionLapsed { delivery });
                self.release_accepted();
            }
            Verb::LapseOffer => self.each(|delivery| Event::OfferLapsed { delivery }),
            Verb::LapseAnswer => self.refund_in_full(verb),
            Verb::LapseReturn => self.lapse_return(),
            Verb::Escalate => self.each(|delivery| Event::Escalated { delivery, text: None }),
            Verb::LapseDelivery => {
                for delivery in self.targets.clone() {
                    let flow = self.part(delivery).open().refund();
                    self.push(Event::DeliveryLapsed { delivery, flow });
                }
            }
            Verb::Release => {
                for delivery in self.targets.clone() {
                    let flow = self.part(delivery).open().release();
                    self.push(Event::Released { delivery, flow });
                }
            }
            _ => return Err(Refusal::NotDue { verb }),
        }
        Ok(())
    }

    fn lapse_return(&mut self) {
        let (sent, kept): (Vec<u16>, Vec<u16>) = self.targets.iter().partition(|no| self.part(**no).return_sent);
        self.targets = sent;
        self.refund_in_full(Verb::LapseReturn);
        self.targets = kept;
        self.each(|delivery| Event::ReturnLapsed { delivery });
        self.release_accepted();
    }
}
