//! What each action does to the simpler model; `None` when it is not possible.

use crate::domain::money::{MAX_AMOUNT, Minor, allocate};
use crate::domain::order::action::{Action, HowMuch, Ruling, Selection, Verb};
use crate::domain::order::status::Status;
use crate::domain::order::terms::{OnSilence, RefundPolicy};
use crate::domain::order::tests::model::{Model, Part, Pieces, portion};
use crate::domain::order::tests::stage::CODE;
use crate::domain::order::{Order, Remedy, Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::time::Span;

impl Model {
    /// Acts, or answers `None` and must be thrown away.
    pub(super) fn act(&mut self, party: Party, action: &Action) -> Option<()> {
        let meant = self.meant(party, action);
        if meant.is_empty() {
            return None;
        }
        match action {
            Action::Pay { .. } | Action::ReturnPayment { .. } | Action::ChargeBack { .. } => {
                self.gateway(&meant, action)?;
            }
            Action::Lapse { verb } => self.lapse(&meant, *verb),
            Action::Dispatch { parts, .. }
            | Action::Deliver { parts, .. }
            | Action::HandOver { parts, .. }
            | Action::Accept { parts }
            | Action::Reject { parts, .. } => self.goods(meant, parts, action)?,
            Action::Cancel { .. } => self.cancel(party, &meant)?,
            Action::Refund { how_much, .. } | Action::Credit { how_much, .. } => {
                let [only] = meant[..] else { return None };
                self.lower(only, how_much, action.verb() == Verb::Credit)?;
            }
            Action::SetProvider { provider: Some((_, _, Share::Amount(amount), _)) }
                if !(0..=MAX_AMOUNT).contains(amount) =>
            {
                return None;
            }
            // A seller who may change the terms does not change what the marketplace takes.
            Action::EditTerms { terms }
                if party != Party::Operator
                    && (terms.commission != self.terms.commission
                        || terms.escrow_fee.rate != self.terms.escrow_fee.rate
                        || terms.escrow_fee.least_minor != self.terms.escrow_fee.least_minor
                        || terms.escrow_fee.most_minor != self.terms.escrow_fee.most_minor) =>
            {
                return None;
            }
            Action::AddMilestone { .. } | Action::EditItems { .. } | Action::EditTerms { .. } => {
                self.edit(action)?;
            }
            Action::SetCommission { commission } => self.terms.commission = *commission,
            // Nor does one who may set the courier have it paid out of what the marketplace takes.
            Action::SetProvider { provider } => {
                let bears = |(_, _, _, by): &(_, _, _, ShareBearer)| *by == ShareBearer::Marketplace;
                let out_of_the_fee = provider.as_ref().is_some_and(bears);
                if party != Party::Operator && (out_of_the_fee || self.out_of_the_fee) {
                    return None;
                }
                self.out_of_the_fee = out_of_the_fee;
            }
            Action::Note { .. } | Action::Track { .. } | Action::Miss { .. } => {}
            _ => self.answer(party, meant, action)?,
        }
        if self.project {
            self.go_on();
        }
        Some(())
    }

    fn gateway(&mut self, meant: &[usize], action: &Action) -> Option<()> {
        match action {
            Action::Pay { amount_minor, payment_ref, .. } => {
                let due: Minor = meant.iter().map(|at| self.parts[*at].held()).sum();
                let known = self.payments.iter().any(|(known, ..)| known == payment_ref);
                if known || *amount_minor != due {
                    return None;
                }
                for at in meant {
                    let part = &mut self.parts[*at];
                    let window = self.terms.delivery_window;
                    part.becomes(Status::Funded, Some(Span(window.0 + self.terms.overdue_window.0)));
                    part.due_left = Some(window.0 * 1_000_000);
                    part.payment = Some(self.payments.len());
                    part.paid_at = self.now;
                }
                self.payments.push((payment_ref.clone(), due, false));
                self.paid += due;
            }
            Action::ReturnPayment { amount_minor, payment_ref, .. } => {
                let known = self.payments.iter().any(|(known, ..)| known == payment_ref);
                return (!known && (1..=MAX_AMOUNT).contains(amount_minor)).then_some(());
            }
            Action::ChargeBack { payment_ref, .. } => {
                let fits = |(known, _, reversed): &(String, Minor, bool)| known == payment_ref && !reversed;
                let payment = self.payments.iter().position(fits)?;
                self.payments[payment].2 = true;
                for at in 0..self.parts.len() {
                    if self.parts[at].payment == Some(payment) {
                        self.give_back(at, Status::ChargedBack);
                    }
                }
            }
            _ => unreachable!("the gateway does nothing else"),
        }
        Some(())
    }

    fn lapse(&mut self, meant: &[usize], verb: Verb) {
        let terms = self.terms;
        let refunds = terms.on_silence == OnSilence::Refund;
        let (sent, kept): (Vec<usize>, Vec<usize>) = meant.iter().partition(|at| self.parts[**at].sent_back);
        match verb {
            Verb::LapseInspection if !refunds => return self.approve(meant),
            Verb::LapseReturn => {
                for at in sent {
                    self.give_back(at, Status::Completed);
                }
                return self.approve(&kept);
            }
            _ => {}
        }
        for at in meant {
            match verb {
                Verb::Expire => self.parts[*at].becomes(Status::Expired, None),
                Verb::LapseDelivery => self.give_back(*at, Status::Cancelled),
                Verb::LapseOffer => self.try_again(*at),
                Verb::Escalate => self.parts[*at].becomes(Status::UnderReview, None),
                Verb::Release => self.pay_out(*at),
                _ => self.give_back(*at, Status::Completed),
            }
        }
    }

    fn try_again(&mut self, at: usize) {
        let window = self.terms.delivery_window;
        let part = &mut self.parts[at];
        part.becomes(Status::SecondAttempt, Some(Span(window.0 + self.terms.overdue_window.0)));
        part.due_left = Some(window.0 * 1_000_000);
    }

    fn goods(&mut self, meant: Vec<usize>, parts: &Selection, action: &Action) -> Option<()> {
        if let Action::HandOver { code_digest, .. } = action
            && code_digest != CODE
        {
            return None;
        }
        let meant = self.split(meant, parts)?;
        if matches!(action, Action::Accept { .. }) {
            self.approve(&meant);
            return Some(());
        }
        let terms = self.terms;
        for at in meant {
            let part = &mut self.parts[at];
            match action {
                Action::Dispatch { .. } => part.status = Status::InTransit,
                Action::Reject { remedy, .. } => {
                    part.wished_again = *remedy == Remedy::SecondAttempt;
                    part.becomes(Status::Rejected, Some(terms.answer_window));
                }
                _ => {
                    part.attempts += 1;
                    part.becomes(Status::AwaitingResponse, Some(terms.inspection_window));
                }
            }
        }
        Some(())
    }

    /// Cuts the chosen pieces off the one part that is meant, unless they are all of it.
    fn split(&mut self, meant: Vec<usize>, parts: &Selection) -> Option<Vec<usize>> {
        if parts.items.is_empty() {
            return Some(meant);
        }
        let [only] = meant[..] else { return None };
        let no = self.parts.iter().map(|part| part.no).max()? + 1;
        let count = self.parts.len();
        let part = &mut self.parts[only];
        let mut chosen: Vec<(u16, u32)> = parts.items.clone();
        chosen.sort_unstable();
        chosen.dedup_by_key(|(item, _)| *item);
        let fits = |(item, count): &(u16, u32)| {
            let there_are = |piece: &Pieces| piece.item == *item && (1..=piece.count).contains(count);
            part.pieces.iter().any(there_are)
        };
        if chosen.len() != parts.items.len() || !parts.items.iter().all(fits) {
            return None;
        }
        let all: u32 = part.pieces.iter().map(|piece| piece.count).sum();
        if chosen.iter().map(|(_, count)| count).sum::<u32>() == all {
            return Some(meant);
        }
        if count >= 60 {
            return None;
        }
        part.offer = None;
        let mut other = Part { no, pieces: Vec::new(), ..part.clone() };
        for (item, count) in &parts.items {
            let piece = part.pieces.iter_mut().find(|piece| piece.item == *item)?;
            let amount = portion(piece.amount, Minor::from(*count), Minor::from(piece.count));
            let fee = portion(piece.fee, amount, piece.amount);
            (piece.count, piece.amount, piece.fee) = (piece.count - count, piece.amount - amount, piece.fee - fee);
            other.pieces.push(Pieces { item: *item, count: *count, amount, fee, released: 0 });
        }
        self.parts.push(other);
        Some(vec![count])
    }

    fn answer(&mut self, party: Party, mut meant: Vec<usize>, action: &Action) -> Option<()> {
        match action {
            Action::OfferSecondAttempt { .. } => {
                for at in &meant {
                    let part = &mut self.parts[*at];
                    if part.offered_again || part.attempts >= self.terms.max_attempts {
                        return None;
                    }
                    part.offered_again = true;
                    part.left = Some(self.terms.answer_window.0 * 1_000_000);
                    if part.wished_again {
                        self.try_again(*at);
                    }
                }
            }
            Action::AgreeSecondAttempt { .. } => {
                meant.retain(|at| self.parts[*at].offered_again);
                for at in &meant {
                    self.try_again(*at);
                }
                return (!meant.is_empty()).then_some(());
            }
            Action::Withdraw { .. } => self.approve(&meant),
            Action::OfferSettlement { to_seller_minor, .. } => {
                let [only] = meant[..] else { return None };
                let part = &mut self.parts[only];
                if !(0..=part.amount()).contains(to_seller_minor) {
                    return None;
                }
                part.offer = Some((party, *to_seller_minor));
            }
            Action::AcceptSettlement { to_seller_minor, .. } => {
                let [only] = meant[..] else { return None };
                let (by, offered) = self.parts[only].offer?;
                if by == party || offered != *to_seller_minor {
                    return None;
                }
                self.share(only, offered);
            }
            Action::Rule { ruling, .. } => {
                let [only] = meant[..] else { return None };
                let all = self.parts[only].amount();
                let to_seller = match ruling {
                    Ruling::Release => all,
                    Ruling::Refund => 0,
                    Ruling::Split(amount) => *amount,
                };
                if !(0..=all).contains(&to_seller) {
                    return None;
                }
                self.share(only, to_seller);
            }
            _ => self.plain_answer(&meant, action),
        }
        Some(())
    }

    fn plain_answer(&mut self, meant: &[usize], action: &Action) {
        let terms = self.terms;
        for at in meant {
            let part = &mut self.parts[*at];
            match action {
                Action::TakeBack { goods_are_back: false, .. } => {
                    part.sent_back = false;
                    part.becomes(Status::Returning, Some(terms.return_window));
                }
                Action::SendReturn { .. } if part.sent_back => {}
                Action::SendReturn { .. } => {
                    part.sent_back = true;
                    part.left = Some(terms.return_window.0 * 1_000_000);
                }
                Action::Contest { .. } => {
                    part.becomes(Status::Dispute, Some(terms.negotiation_window));
                }
                Action::Escalate { .. } => {
                    let offer = part.offer;
                    part.becomes(Status::UnderReview, None);
                    part.offer = offer;
                }
                _ => self.give_back(*at, Status::Completed),
            }
        }
    }

    fn cancel(&mut self, party: Party, meant: &[usize]) -> Option<()> {
        let buyer = party == Party::Buyer;
        let stoppable = |at: &&usize| {
            let part = &self.parts[**at];
            !buyer || part.status != Status::InTransit || part.is_overdue()
        };
        let meant: Vec<usize> = meant.iter().filter(stoppable).copied().collect();
        for at in &meant {
            let part = &mut self.parts[*at];
            let grace = self.terms.cancellation_grace.0 * 1_000_000;
            let early = self.now < part.paid_at.saturating_add(grace);
            if buyer && part.payment.is_some() && !part.is_overdue() && !early {
                if self.terms.refund_policy == RefundPolicy::Replacement {
                    return None;
                }
                let fee = part.amount() * Minor::from(self.terms.cancellation_fee.get()) / 10_000;
                self.to_buyer -= fee;
                self.to_others += fee;
            }
            self.give_back(*at, Status::Cancelled);
        }
        (!meant.is_empty()).then_some(())
    }

    /// A part of the price back: of what is held, or of what was released.
    fn lower(&mut self, at: usize, how_much: &HowMuch, credit: bool) -> Option<()> {
        let part = &mut self.parts[at];
        let of = |piece: &Pieces| if credit { piece.released } else { piece.amount };
        let all = if credit { part.released() } else { part.amount() };
        let amounts: Vec<Minor> = part.pieces.iter().map(of).collect();
        let mut off = vec![0; amounts.len()];
        let mut pieces = vec![0; amounts.len()];
        match how_much {
            HowMuch::Amount(amount) if (1..=all).contains(amount) => {
                off = allocate(*amount, &amounts);
            }
            HowMuch::Amount(_) => return None,
            HowMuch::Items(items) => {
                for (item, count) in items {
                    let place = part.pieces.iter().position(|piece| piece.item == *item)?;
                    if !(1..=part.pieces[place].count).contains(count) || pieces[place] > 0 {
                        return None;
                    }
                    pieces[place] = *count;
                    off[place] = amounts[place] * Minor::from(*count) / Minor::from(part.pieces[place].count);
                }
            }
        }
        let sum: Minor = off.iter().sum();
        match (sum, credit) {
            (0, _) => return None,
            (_, true) => self.credited += sum,
            _ if sum == all => self.give_back(at, Status::Completed),
            _ => self.to_buyer += sum,
        }
        let part = &mut self.parts[at];
        for ((piece, off), count) in part.pieces.iter_mut().zip(off).zip(pieces) {
            if credit {
                piece.released -= off;
            } else if sum != all {
                piece.amount -= off;
                piece.count -= count;
            }
        }
        if !credit {
            part.offer = None;
        }
        Some(())
    }

    /// Milestones and changes before payment; what things cost afterwards is read from the order later.
    fn edit(&mut self, action: &Action) -> Option<()> {
        if let Action::AddMilestone { amount_minor, .. } = action {
            let fits = self.project && self.parts.len() < 60;
            return (fits && (1..=MAX_AMOUNT / 2).contains(amount_minor)).then_some(());
        }
        if let Action::EditTerms { terms } = action {
            self.terms = *terms;
        }
        self.parts.iter().all(|part| part.status == Status::AwaitingPayment).then_some(())
    }

    /// After a change of what is sold or agreed: takes the new prices over, and keeps the time to pay.
    pub(super) fn reprice(&mut self, order: &Order) {
        let fresh = Self::of(order);
        let known = self.parts.len();
        if fresh.parts.len() > known && self.parts.iter().any(|part| part.payment.is_some() || part.is_over()) {
            self.parts.extend(fresh.parts.into_iter().skip(known));
        } else {
            let left = self.parts.first().and_then(|part| part.left);
            self.parts = fresh.parts;
            self.parts[0].left = left;
        }
    }
}
