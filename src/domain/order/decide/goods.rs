//! The actions that move goods, for all of a delivery or for some pieces of it.

use super::{Draft, words};
use crate::domain::order::Tracking;
use crate::domain::order::action::{Action, Selection, Verb};
use crate::domain::order::event::Event;
use crate::domain::order::place::MAX_DELIVERIES;
use crate::domain::order::refusal::Refusal;
use crate::domain::text;

impl Draft {
    pub(super) fn move_goods(&mut self, action: &Action) -> Result<(), Refusal> {
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
            Action::HandOver { parts, code_digest, photos } => {
                let digest = &self.order.handover_digest;
                if digest.is_empty() || code_digest != digest {
                    return Err(Refusal::WrongHandoverCode);
                }
                self.select(parts, Verb::HandOver)?;
                self.each(|delivery| Event::HandedOver { delivery, photos: photos.clone() });
            }
            Action::Accept { parts } => {
                self.select(parts, Verb::Accept)?;
                self.each(|delivery| Event::Accepted { delivery });
                self.release_accepted();
            }
            Action::Reject { parts, code, text, remedy, photos } => {
                self.select(parts, Verb::Reject)?;
                let (code, remedy) = (*code, *remedy);
                self.each(|delivery| Event::Rejected {
                    delivery,
                    code,
                    text: text.to_string(),
                    remedy,
                    photos: photos.clone(),
                });
            }
            Action::SendReturn { carrier, tracking: number, .. } => {
                let tracking = tracking(carrier.as_ref(), number.as_ref());
                self.each(|delivery| Event::ReturnSent { delivery, tracking: tracking.clone() });
            }
            Action::Track { carrier, tracking: number, checkpoint, .. } => {
                let tracking = Tracking { carrier: carrier.to_string(), number: number.to_string() };
                let checkpoint = words(checkpoint.as_ref());
                self.each(|delivery| Event::Tracked {
                    delivery,
                    tracking: tracking.clone(),
                    checkpoint: checkpoint.clone(),
                });
            }
            Action::Miss { text, photos, .. } => {
                self.each(|delivery| Event::Missed { delivery, text: words(text.as_ref()), photos: photos.clone() });
            }
            _ => {}
        }
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
            let line = part.lines.iter().find(|line| line.item == *item).ok_or(Refusal::UnknownItem { item: *item })?;
            if *count == 0 || *count > line.quantity || pieces.iter().any(|(seen, _)| seen == item) {
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
}

fn tracking(carrier: Option<&text::Label>, number: Option<&text::Label>) -> Option<Tracking> {
    number.map(|number| Tracking {
        carrier: carrier.map(ToString::to_string).unwrap_or_default(),
        number: number.to_string(),
    })
}
