//! What a reader may do now and what it does to the money: tried out by the rules themselves.

use serde::{Deserialize, Serialize};

use crate::domain::order::action::{Action, Audience, HowMuch, Proof, Ruling, Selection, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::decide::decide;
use crate::domain::order::rules::{Effect, rows};
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order, RejectCode, Remedy};
use crate::domain::party::{Actor, Party};
use crate::domain::text;
use crate::domain::time::Moment;

/// One thing that the reader may do to one delivery, or to the whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The verb.
    pub verb: Verb,
    /// The delivery; `None` for what concerns the whole order.
    pub delivery: Option<u16>,
    /// The words on its button.
    pub label: String,
    /// What it does to the money and whose turn it is then, in a sentence.
    pub consequence: String,
    /// What would leave escrow, when that is known beforehand.
    pub flow: Flow,
    /// Money that has gone cannot be called back: it is confirmed first.
    pub is_final: bool,
}

/// The verbs that people are offered, the most wanted first.
const WANTED: &[Verb] = &[
    Verb::Accept,
    Verb::AgreeSecondAttempt,
    Verb::AcceptSettlement,
    Verb::Rule,
    Verb::Dispatch,
    Verb::Deliver,
    Verb::HandOver,
    Verb::SendReturn,
    Verb::ReceiveReturn,
    Verb::OfferSecondAttempt,
    Verb::TakeBack,
    Verb::Reject,
    Verb::Contest,
    Verb::OfferSettlement,
    Verb::Escalate,
    Verb::Concede,
    Verb::Withdraw,
    Verb::Refund,
    Verb::Credit,
    Verb::Cancel,
    Verb::Miss,
    Verb::Track,
    Verb::AddMilestone,
    Verb::EditItems,
    Verb::EditTerms,
    Verb::SetCommission,
    Verb::SetProvider,
    Verb::Note,
];

/// Whether a verb concerns the whole order rather than one delivery.
#[must_use]
pub const fn is_of_order(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Note | Verb::EditItems | Verb::EditTerms | Verb::SetCommission | Verb::SetProvider | Verb::AddMilestone
    )
}

impl Order {
    /// The offers to this reader, the main one first. What is offered will be carried out, unless
    /// somebody else acts before; what would be refused is not offered.
    #[must_use]
    pub fn offers(&self, reader: &Actor, now: Moment) -> Vec<Offer> {
        let mut offers = Vec::new();
        if reader.party == Party::Buyer && self.due_minor() > 0 && self.deadline_at() > now {
            offers.push(self.offer_to_pay());
        }
        for verb in WANTED {
            if rows(*verb, reader.party).next().is_none() {
                continue;
            }
            if is_of_order(*verb) {
                offers.extend(self.offer(*verb, None, reader, now));
            } else {
                let parts = self.deliveries.iter().filter(|part| part.started);
                offers.extend(parts.filter_map(|part| self.offer(*verb, Some(part), reader, now)));
            }
        }
        offers.sort_by_key(|offer| self.place_of(offer, reader.party));
        offers
    }

    /// Where an offer stands: first those about the part that the reader's turn is about, then those about others that
    /// wait for them, each the most wanted first. What was just rejected is not wanted any more.
    fn place_of(&self, offer: &Offer, reader: Party) -> (usize, usize) {
        let waiting = self.waiting(reader);
        let part = offer.delivery.and_then(|no| self.delivery(no));
        let wait = match waiting.iter().position(|part| offer.delivery == Some(part.no)) {
            _ if offer.verb == Verb::Pay => 0,
            Some(0) => 1,
            Some(_) => 2,
            None => 3,
        };
        let rejected = offer.verb == Verb::Accept && part.is_some_and(|part| part.status == Status::Rejected);
        let verb = if rejected { Verb::Withdraw } else { offer.verb };
        (wait, WANTED.iter().position(|wanted| *wanted == verb).map_or(0, |place| place + 1))
    }

    fn offer_to_pay(&self) -> Offer {
        let due = self.money(self.due_minor());
        Offer {
            verb: Verb::Pay,
            delivery: None,
            label: format!("Pay {due}"),
            consequence: format!(
                "{due} is held until you accept what {} delivers. {}",
                self.name_of(Party::Seller),
                "Until then it is neither theirs nor lost to you.",
            ),
            flow: Flow::ZERO,
            is_final: false,
        }
    }

    fn offer(&self, verb: Verb, part: Option<&Delivery>, reader: &Actor, now: Moment) -> Option<Offer> {
        let action = self.sample(verb, part)?;
        let events = decide(self, reader, &action, now).ok()?;
        let mut after = self.clone();
        for event in &events {
            after.apply(event, now);
        }
        let typed = matches!(verb, Verb::OfferSettlement | Verb::Rule | Verb::Refund | Verb::Credit);
        let flow = if typed { Flow::ZERO } else { events.iter().fold(Flow::ZERO, |sum, event| sum.plus(event.flow())) };
        let no = part.map(|part| part.no);
        Some(Offer {
            verb,
            delivery: no,
            label: self.label(verb, part, reader.party),
            consequence: self.consequence(&after, verb, no, flow, reader.party),
            flow,
            is_final: rows(verb, reader.party).any(|row| row.money.pays_out() || row.money == Effect::ReleaseLater),
        })
    }

    /// The words on a button: how many pieces where there are several, which goods where there are several parts.
    fn label(&self, verb: Verb, part: Option<&Delivery>, reader: Party) -> String {
        let Some(part) = part else { return verb.label().to_owned() };
        let open = self.deliveries.iter().filter(|part| part.started && !part.status.is_over()).count();
        let several = open > 1 || (part.status.is_over() && self.deliveries.len() > 1);
        let words = match (verb, part.status) {
            (Verb::AcceptSettlement, _) => "Accept the offer",
            (Verb::OfferSettlement, _) if part.settlement.is_some_and(|offer| offer.by == reader) => {
                "Change your offer"
            }
            // Before it is contested there is no dispute to give up.
            (Verb::Withdraw, Status::Rejected) => "Take the rejection back",
            (Verb::Cancel, _) if !several => "Cancel the order",
            _ => verb.label(),
        };
        let words = match (verb, part.pieces()) {
            _ if several => format!("{words}: {}", self.part_name(part)),
            (Verb::Deliver, pieces @ 2..) => format!("{words}: all {pieces} items"),
            (Verb::Accept | Verb::Dispatch, pieces @ 2..) => format!("{words} all {pieces} items"),
            _ => words.to_owned(),
        };
        match (verb, part.settlement) {
            (Verb::AcceptSettlement, Some(offer)) => {
                format!("{words}: {}", self.shared(part, offer.to_seller_minor, reader))
            }
            _ => words,
        }
    }

    /// An action of this verb with the plainest input, to be tried out.
    fn sample(&self, verb: Verb, part: Option<&Delivery>) -> Option<Action> {
        let reason = || text::Reason::parse("As agreed").expect("three letters and more");
        let delivery = part.map(|part| part.no);
        let parts = Selection { delivery, items: Vec::new() };
        let to_seller_minor = part.and_then(|part| part.settlement).map_or(0, |offer| offer.to_seller_minor);
        Some(match verb {
            Verb::Dispatch => Action::Dispatch { parts, carrier: None, tracking: None },
            Verb::Deliver => Action::Deliver { parts, proof: Proof::default() },
            Verb::HandOver => Action::HandOver { parts, code_digest: self.handover_digest.clone(), photos: Vec::new() },
            Verb::Accept => Action::Accept { parts },
            Verb::Reject => {
                let (code, remedy) = (RejectCode::Other, Remedy::Refund);
                Action::Reject { parts, code, text: reason(), remedy, photos: Vec::new() }
            }
            Verb::OfferSecondAttempt => Action::OfferSecondAttempt { delivery, text: None },
            Verb::AgreeSecondAttempt => Action::AgreeSecondAttempt { delivery, text: None },
            Verb::TakeBack => Action::TakeBack { delivery, goods_are_back: true },
            Verb::SendReturn => Action::SendReturn { delivery, carrier: None, tracking: None },
            Verb::ReceiveReturn => Action::ReceiveReturn { delivery },
            Verb::Contest => Action::Contest { delivery, statement: reason(), evidence: Vec::new() },
            Verb::OfferSettlement => Action::OfferSettlement { delivery, to_seller_minor: 0, text: None },
            Verb::AcceptSettlement => Action::AcceptSettlement { delivery, to_seller_minor },
            Verb::Withdraw => Action::Withdraw { delivery, text: None },
            Verb::Concede => Action::Concede { delivery, text: None },
            Verb::Escalate => Action::Escalate { delivery, text: None },
            Verb::Rule => Action::Rule { delivery, ruling: Ruling::Refund, reasons: reason() },
            Verb::Cancel => Action::Cancel { delivery, reason: reason() },
            Verb::Refund => Action::Refund { delivery, how_much: HowMuch::Amount(1), reason: reason() },
            Verb::Credit => Action::Credit { delivery, how_much: HowMuch::Amount(1), reason: reason() },
            Verb::EditItems => Action::EditItems { items: self.items.clone() },
            Verb::EditTerms => Action::EditTerms { terms: self.terms },
            Verb::SetCommission => Action::SetCommission { commission: self.terms.commission },
            Verb::SetProvider => Action::SetProvider { provider: None },
            Verb::Track => {
                let label = || text::Label::parse("-").expect("one character");
                Action::Track { delivery, carrier: label(), tracking: label(), checkpoint: None }
            }
            Verb::Miss => Action::Miss { delivery, text: None, photos: Vec::new() },
            Verb::Note => {
                Action::Note { text: text::Note::parse("-").expect("one character"), audience: Audience::Everyone }
            }
            Verb::AddMilestone => Action::AddMilestone {
                title: text::ItemTitle::parse("-").expect("one character"),
                amount_minor: 1,
                due_at: None,
                commission: None,
            },
            _ => return None,
        })
    }
}
