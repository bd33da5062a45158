//! What is said in random sequences: terms, items and actions by everybody, nonsense and leaps of time included; and whether
//! the order is then what the simpler model says.

use crate::domain::order::action::{Action, HowMuch, Ruling, Selection, Verb};
use crate::domain::order::event::Placed;
use crate::domain::order::place::check_items;
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, OnSilence, RefundPolicy, Terms};
use crate::domain::order::tests::model::{Model, Part, may, owed};
use crate::domain::order::tests::speech::{self, plainly};
use crate::domain::order::tests::stage::{
    CODE, DAY, HOUR, MINUTE, Play, START, bps, courier, goods, item, project, two_lamps_and_a_cable,
};
use crate::domain::order::{Item, ItemKind, Order, Remedy, Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::time::{Moment, Span};

/// Numbers that look random and are the same each time: one seed, one sequence (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).expect("less than the end")
    }

    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

fn terms(dice: &mut Dice) -> Terms {
    let window = |dice: &mut Dice| dice.one(&[Span(60), Span::hours(9), Span::days(3), Span::days(3), Span::days(30)]);
    let rate = |dice: &mut Dice| bps(dice.one(&[0, 0, 1, 150, 1_000, 3_333, 10_000]));
    let amount = |dice: &mut Dice| dice.one(&[0, 0, 0, 1, 7, 500]);
    Terms {
        payment_window: window(dice),
        delivery_window: window(dice),
        overdue_window: dice.one(&[Span::ZERO, Span::days(14)]),
        inspection_window: window(dice),
        on_silence: dice.one(&[OnSilence::Accept, OnSilence::Refund]),
        answer_window: window(dice),
        negotiation_window: window(dice),
        return_window: window(dice),
        release_delay: dice.one(&[Span::ZERO, Span::ZERO, Span::hours(5)]),
        max_attempts: dice.one(&[1, 2, 3]),
        cancellation_grace: dice.one(&[Span::ZERO, Span::hours(2)]),
        cancellation_fee: rate(dice),
        refund_policy: dice.one(&[RefundPolicy::Refund, RefundPolicy::Refund, RefundPolicy::Replacement]),
        escrow_fee: EscrowFee {
            rate: rate(dice),
            least_minor: amount(dice),
            most_minor: dice.one(&[0, 500, 900]),
            borne_by: dice.one(&[Bearer::Buyer, Bearer::Seller, Bearer::Both]),
        },
        commission: Commission { rate: rate(dice), fixed_minor: amount(dice), non_split_minor: amount(dice) },
    }
}

fn items(dice: &mut Dice) -> Vec<Item> {
    let count = u16::try_from(1 + dice.below(3)).expect("few");
    let mut items: Vec<Item> = (1..=count)
        .map(|no| {
            let price = dice.one(&[0, 1, 2, 3, 99, 10_000, 12_345]) + i64::from(no == 1);
            let commission = dice.once_in(4).then(|| bps(dice.one(&[0, 2_000, 10_000])));
            let quantity = dice.one(&[1, 1, 2, 3, 7]);
            Item { commission, ..goods(no, quantity, price) }
        })
        .collect();
    match dice.below(4) {
        0 => items.push(item(count + 1, ItemKind::Shipping, 1, dice.one(&[0, 1, 250, 1_001]))),
        1 => items.push(item(count + 1, ItemKind::Adjustment, 1, dice.one(&[-1, -30, 17]))),
        _ => {}
    }
    // A rebate may have eaten the whole price; then others are sold.
    if check_items(&items, false).is_ok() { items } else { self::items(dice) }
}

pub(super) fn placed(dice: &mut Dice) -> Placed {
    let share = dice.one(&[Share::Amount(0), Share::Amount(40), Share::Rate(bps(700))]);
    let borne_by = dice.one(&[ShareBearer::Seller, ShareBearer::Marketplace]);
    let provider = dice.once_in(2).then(|| courier(share, borne_by));
    let placed = if dice.once_in(4) {
        project(&[dice.one(&[1, 6_000]), dice.one(&[3, 9_000])])
    } else {
        Placed { items: items(dice), ..two_lamps_and_a_cable() }
    };
    Placed { terms: terms(dice), provider, ..placed }
}

/// Somewhere in time: mostly soon, sometimes just around the next deadline, sometimes far off or back.
pub(super) fn when(dice: &mut Dice, play: &Play) -> i64 {
    let now = play.now.0 - START.0;
    match dice.below(14) {
        0..=2 => now + dice.one(&[1, MINUTE, HOUR]),
        3 => now + dice.one(&[5 * HOUR, DAY, 3 * DAY]),
        4 if dice.once_in(8) => now + dice.one(&[-HOUR, 400 * DAY]),
        5 if play.order.deadline_at() != Moment::NEVER => {
            let deadline = play.order.deadline_at().0 - START.0;
            (deadline + dice.one(&[-1, 0, 0, 1])).max(now)
        }
        _ => now,
    }
}

fn selection(dice: &mut Dice, order: &Order, delivery: Option<u16>) -> Selection {
    let mut chosen = Vec::new();
    if dice.once_in(3) {
        let part = delivery.and_then(|no| order.delivery(no)).unwrap_or(&order.deliveries[0]);
        for line in &part.lines {
            if dice.once_in(2) {
                let nonsense = dice.one(&[0, 1, line.quantity + 1]);
                let count = if dice.once_in(9) { nonsense } else { line.quantity.min(1 + dice.one(&[0, 1, 2])) };
                chosen.push((line.item, count));
            }
        }
        if dice.once_in(20) {
            chosen.push((dice.one(&[1, 9]), 1));
        }
    }
    speech::some(delivery, &chosen)
}

fn amount(dice: &mut Dice, all: i64) -> i64 {
    let apt = dice.one(&[1, all / 3, all / 2, all - 1, all]);
    if dice.once_in(9) { dice.one(&[0, -1, all + 1, i64::MIN, i64::MAX]) } else { apt }
}

fn how_much(dice: &mut Dice, order: &Order, delivery: Option<u16>, all: i64) -> HowMuch {
    if dice.once_in(2) {
        HowMuch::Items(selection(dice, order, delivery).items)
    } else {
        HowMuch::Amount(amount(dice, all))
    }
}

/// A verb with random input.
fn spoken(dice: &mut Dice, order: &Order, verb: Verb, party: Party, delivery: Option<u16>) -> Action {
    let part = delivery.and_then(|no| order.delivery(no)).unwrap_or(&order.deliveries[0]);
    let (open, released) = (part.open().amount, part.released().amount);
    let chosen = selection(dice, order, delivery);
    let number = format!("p{}", dice.below(4));
    match verb {
        _ if party == Party::Clock => speech::lapse(verb),
        Verb::Pay if dice.once_in(9) => speech::pay_with(&number, amount(dice, order.due_minor())),
        Verb::Pay => speech::pay_with(&number, order.due_minor()),
        Verb::ReturnPayment => speech::return_payment(&number, amount(dice, 700)),
        Verb::ChargeBack => speech::charge_back(&number),
        Verb::Dispatch => speech::dispatch(chosen),
        Verb::Deliver => speech::deliver(chosen),
        Verb::HandOver => {
            let code_digest = if dice.once_in(5) { "guess" } else { CODE }.to_owned();
            Action::HandOver { parts: chosen, code_digest, photos: Vec::new() }
        }
        Verb::Accept => speech::accept(chosen),
        Verb::Reject => {
            let wish = dice.one(&[Remedy::Refund, Remedy::SecondAttempt, Remedy::Discount]);
            speech::reject_wishing(chosen, wish)
        }
        Verb::TakeBack => Action::TakeBack { delivery, goods_are_back: dice.once_in(2) },
        Verb::OfferSettlement => speech::offer_settlement(delivery, amount(dice, open)),
        Verb::AcceptSettlement if dice.once_in(9) => speech::accept_settlement(delivery, amount(dice, open)),
        Verb::Rule => {
            let split = Ruling::Split(amount(dice, open));
            speech::rule(delivery, dice.one(&[Ruling::Release, Ruling::Refund, split]))
        }
        Verb::Refund => speech::refund(delivery, how_much(dice, order, delivery, open)),
        Verb::Credit => speech::credit(delivery, how_much(dice, order, delivery, released)),
        Verb::EditItems if !order.milestones => Action::EditItems { items: items(dice) },
        Verb::EditTerms if dice.once_in(2) => Action::EditTerms { terms: terms(dice) },
        // The marketplace's charges as they are: so a seller may send terms, too.
        Verb::EditTerms => Action::EditTerms {
            terms: Terms { commission: order.terms.commission, escrow_fee: order.terms.escrow_fee, ..terms(dice) },
        },
        Verb::SetCommission => speech::set_commission(terms(dice).commission),
        Verb::SetProvider => speech::set_provider(
            dice.one(&[Share::Amount(-1), Share::Amount(300), Share::Rate(bps(900))]),
            dice.one(&[ShareBearer::Seller, ShareBearer::Marketplace]),
        ),
        Verb::AddMilestone => speech::add_milestone(dice.one(&[1, 500, 0, -1, i64::MAX])),
        _ => plainly(order, verb, party, delivery),
    }
}

/// Words, settings and the bank's doings, which are possible nearly always.
const PLAIN: [Verb; 8] = [
    Verb::Note,
    Verb::SetProvider,
    Verb::SetCommission,
    Verb::ReturnPayment,
    Verb::ChargeBack,
    Verb::AddMilestone,
    Verb::EditTerms,
    Verb::EditItems,
];

/// Ways to end it soon.
const ENDS: [Verb; 5] = [Verb::Cancel, Verb::Concede, Verb::Accept, Verb::Withdraw, Verb::Refund];

/// Something that somebody can do to a part in its status; what is always possible, and what ends it, less often.
fn apt(dice: &mut Dice, part: &Part) -> (Party, Verb) {
    let (plain, ends) = (dice.once_in(12), dice.once_in(4));
    let fits = |verb: &Verb| PLAIN.contains(verb) == plain && (ends || !ENDS.contains(verb));
    let of = |party: Party| may(party, part.status).into_iter().filter(fits).map(move |verb| (party, verb));
    let possible: Vec<(Party, Verb)> = Party::ALL.into_iter().flat_map(of).collect();
    if possible.is_empty() { (Party::Buyer, Verb::Note) } else { dice.one(&possible) }
}

/// Somebody says something: mostly what is possible somewhere, sometimes anything.
pub(super) fn next(dice: &mut Dice, play: &Play, model: &Model) -> (Party, Action) {
    let order = &play.order;
    let open: Vec<&Part> = model.parts.iter().filter(|part| part.started && !part.is_over()).collect();
    let part = if open.is_empty() || dice.once_in(6) { dice.one(&model.parts) } else { dice.one(&open).clone() };
    let delivery = match dice.below(12) {
        0 if dice.once_in(3) => Some(99),
        0..=3 => None,
        _ => Some(part.no),
    };
    let (party, verb) = match owed(&part) {
        _ if dice.once_in(9) => (dice.one(&Party::ALL), dice.one(Verb::ALL)),
        Some(verb) if dice.once_in(9) || part.left.is_some_and(|left| left <= 0) && dice.once_in(2) => {
            (Party::Clock, verb)
        }
        _ => apt(dice, &part),
    };
    (party, spoken(dice, order, verb, party, delivery))
}

#[track_caller]
pub(super) fn agree(play: &Play, model: &Model) {
    let order = &play.order;
    let sums = (order.paid_minor, order.gone.buyer, order.gone.total() - order.gone.buyer, order.credited_minor);
    assert_eq!(sums, (model.paid, model.to_buyer, model.to_others, model.credited), "paid, back, on, credited");
    assert_eq!(order.deliveries.len(), model.parts.len());
    assert_eq!(order.terms, model.terms, "what is agreed");
    for (part, simple) in order.deliveries.iter().zip(&model.parts) {
        assert_eq!((part.no, part.status, part.started), (simple.no, simple.status, simple.started));
        let open = part.open();
        let sums = (open.amount, open.buyer_fee, part.released().amount);
        let simply = (simple.amount(), simple.held() - simple.amount(), simple.released());
        assert_eq!(sums, simply, "delivery {}: open, fee, released", part.no);
        assert_eq!((part.attempts, part.outcome), (simple.attempts, simple.outcome));
        let offer = part.settlement.map(|offer| (offer.by, offer.to_seller_minor));
        assert_eq!(offer, simple.offer, "delivery {}: the offer", part.no);
        assert_eq!(part.second_attempt_offered, simple.offered_again);
        if !part.status.is_over() && part.deadline_at != Moment::NEVER {
            let left = part.deadline_at.0 - order.updated_at.0;
            assert_eq!(Some(left), simple.left, "delivery {}: the time left", part.no);
        }
    }
}
