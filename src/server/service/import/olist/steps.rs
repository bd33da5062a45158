//! What happened to one seller's part of an Olist order, as the actions of our process at their times.

use super::{
    plan::{Whole, digits},
    rules,
    tables::{Payment, Review},
};
use crate::{
    domain::{
        money::Minor,
        order::{
            RejectCode, Remedy,
            action::{Action, Audience, HowMuch, Proof, Selection},
        },
        party::Party,
        text::{Note, Reason},
        time::Moment,
    },
    server::{clock, service::import::report::Oddity},
};

/// The gateway through which all payments came.
pub const GATEWAY: &str = "olist";
/// The time zone of the marketplace.
pub const TIME_ZONE: &str = "America/Sao_Paulo";
/// A longer text of a review than a reason or note may be is cut here; the data set's longest has 208 characters.
const LONGEST_TEXT: usize = 1_900;

/// An action, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Party,
    /// What.
    pub action: Action,
}

/// Steps in the order of the process: none lies before the one before it.
struct Course {
    at: Moment,
    steps: Vec<Step>,
}

impl Course {
    fn push(&mut self, at: Moment, by: Party, action: Action) {
        self.at = self.at.max(at);
        self.steps.push(Step { at: self.at, by, action });
    }

    fn note(&mut self, at: Moment, by: Party, text: &str) {
        if let Ok(text) = Note::parse(text) {
            self.push(at, by, Action::Note { text, audience: Audience::Everyone });
        }
    }

    /// Notes what the source says about the time of a step that is not the step's own.
    fn explain(&mut self, what: &str, told: Option<Moment>) {
        let text = match told {
            Some(at) => format!("Olist: {what} on {}.", clock::local_text(at, TIME_ZONE)),
            None => format!("Olist does not say when it was {what}."),
        };
        self.note(self.at, Party::Operator, &text);
    }
}

/// What happened to the part with this number, for which this much was paid.
pub(super) fn steps(
    whole: &Whole<'_>,
    (part, paid): (usize, Minor),
    payment_ref: &str,
    odd: &mut dyn FnMut(Oddity),
) -> Vec<Step> {
    let mut course = Course { at: whole.purchased, steps: Vec::new() };
    if whole.sellers > 1 {
        let (id, sellers) = (whole.order.id, whole.sellers);
        let text = format!("Part {part} of {sellers} of Olist's order {id}: one for each seller.");
        course.note(whole.purchased, Party::Operator, &text);
    }
    pay(&mut course, whole, paid, payment_ref);
    let delivered_at = carry(&mut course, whole, odd);
    match whole.order.status.as_str() {
        "canceled" if delivered_at.is_some() => {
            odd(rules::CANCELED_AFTER_DELIVERY);
            let (how_much, reason) = (HowMuch::Amount(paid), reason("Olist: canceled, without a time."));
            course.push(course.at, Party::Operator, Action::Refund { delivery: None, how_much, reason });
        }
        "canceled" => {
            let reason = reason("Olist: canceled, without a time.");
            course.push(course.at, Party::Operator, Action::Cancel { delivery: None, reason });
        }
        "unavailable" => {
            let reason = reason("Olist: unavailable, without a time.");
            course.push(course.at, Party::Seller, Action::Cancel { delivery: None, reason });
        }
        _ => {}
    }
    let answerable = delivered_at.filter(|_| whole.order.status == "delivered");
    let reviews = reviews(whole, answerable, course.at, odd);
    course.steps.extend(reviews);
    course.steps.sort_by_key(|step| step.at);
    course.steps
}

fn pay(course: &mut Course, whole: &Whole<'_>, paid: Minor, payment_ref: &str) {
    let Some(paid_at) = whole.paid_at else { return };
    let action = Action::Pay { amount_minor: paid, gateway: GATEWAY.to_owned(), payment_ref: payment_ref.to_owned() };
    course.push(paid_at, Party::Gateway, action);
    match whole.order.approved {
        None => course.explain("paid", None),
        Some(approved) if approved < paid_at => course.explain("approved", Some(approved)),
        Some(_) => {}
    }
    if whole.payments.len() > 1 || whole.payments.iter().any(|payment| payment.amount_minor == 0) {
        let parts: Vec<String> = whole.payments.iter().map(payment_words).collect();
        course.note(paid_at, Party::Operator, &format!("Olist’s payments: {}.", parts.join(", ")));
    }
}

fn payment_words(payment: &Payment) -> String {
    let amount = format!("{} {}", payment.kind.replace('_', " "), digits(payment.amount_minor));
    if payment.instalments > 1 { format!("{amount} in {} instalments", payment.instalments) } else { amount }
}

/// Dispatches and delivers as far as the order came; the answer is when it was delivered.
fn carry(course: &mut Course, whole: &Whole<'_>, odd: &mut dyn FnMut(Oddity)) -> Option<Moment> {
    let order = whole.order;
    let paid_at = whole.paid_at?;
    let arrived = order.status == "delivered" || order.delivered.is_some();
    let left = order.status == "shipped" || order.carried.is_some();
    let early = matches!((order.delivered, order.carried), (Some(delivered), Some(carried)) if delivered < carried);
    if left && !early {
        let parts = Selection::default();
        course.push(
            order.carried.unwrap_or(paid_at),
            Party::Seller,
            Action::Dispatch { parts, carrier: None, tracking: None },
        );
        match order.carried {
            None => {
                odd(rules::NO_CARRIER_TIME);
                course.explain("handed to the carrier", None);
            }
            Some(carried) if carried < paid_at => {
                odd(rules::CARRIED_BEFORE_APPROVAL);
                course.explain("handed to the carrier", Some(carried));
            }
            Some(_) => {}
        }
    }
    if !arrived {
        return None;
    }
    let at = order.delivered.unwrap_or(course.at);
    course.push(at, Party::Seller, Action::Deliver { parts: Selection::default(), proof: Proof::default() });
    let delivered_at = course.at;
    match order.delivered {
        None => {
            odd(rules::NO_DELIVERY_TIME);
            course.explain("delivered", None);
        }
        Some(delivered) if delivered < paid_at => {
            odd(rules::DELIVERED_BEFORE_APPROVAL);
            course.explain("delivered", Some(delivered));
        }
        Some(_) => {}
    }
    if early {
        odd(rules::DELIVERED_BEFORE_CARRIED);
        course.explain("handed to the carrier", order.carried);
    }
    Some(delivered_at)
}

/// The reviews as notes; the first that answers the delivery accepts or rejects it as well.
fn reviews(whole: &Whole<'_>, delivered_at: Option<Moment>, last: Moment, odd: &mut dyn FnMut(Oddity)) -> Vec<Step> {
    if whole.reviews.len() > 1 {
        odd(rules::SEVERAL_REVIEWS);
    }
    let mut steps = Vec::new();
    let mut answered = false;
    for review in whole.reviews {
        let at = review.answered.unwrap_or_else(|| {
            odd(rules::REVIEW_WITHOUT_TIME);
            last
        });
        let at = at.max(whole.purchased);
        let answers = match delivered_at {
            None => {
                odd(rules::REVIEW_WITHOUT_DELIVERY);
                false
            }
            Some(delivered_at) if at < delivered_at => {
                odd(rules::REVIEW_BEFORE_DELIVERY);
                false
            }
            Some(delivered_at) if at >= delivered_at.plus(rules::INSPECTION_WINDOW) => {
                odd(rules::LATE_REVIEW);
                false
            }
            Some(_) => !answered && review.answered.is_some(),
        };
        let rejects = answers && review.score <= 2;
        let score = format!("Review: {} of 5.", review.score);
        // What becomes the reason of a rejection is not said twice.
        let words = if rejects || review.text.is_empty() { score } else { format!("{score}\n{}", cut(&review.text)) };
        if let Ok(text) = Note::parse(&words) {
            steps.push(Step { at, by: Party::Buyer, action: Action::Note { text, audience: Audience::Everyone } });
        }
        if answers {
            steps.push(Step { at, by: Party::Buyer, action: answer(review, rejects) });
        }
        answered |= answers;
    }
    steps
}

fn answer(review: &Review, rejects: bool) -> Action {
    if !rejects {
        return Action::Accept { parts: Selection::default() };
    }
    let text = Reason::parse(cut(&review.text)).unwrap_or_else(|_| match review.text.trim() {
        "" => reason(&format!("A review of {} out of 5, without words.", review.score)),
        short => reason(&format!("A review of {} out of 5: {short}", review.score)),
    });
    Action::Reject {
        parts: Selection::default(),
        code: RejectCode::Other,
        text,
        remedy: Remedy::Refund,
        photos: Vec::new(),
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}

fn reason(text: &str) -> Reason {
    Reason::parse(text).expect("a sentence of ours is a reason")
}
