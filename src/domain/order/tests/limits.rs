//! Orders at their limits: the least and the most that may be placed, and what is refused beyond.

use crate::domain::money::MAX_AMOUNT;
use crate::domain::order::Item;
use crate::domain::order::ItemKind::{Adjustment, Shipping};
use crate::domain::order::event::Placed;
use crate::domain::order::place::{MAX_ITEMS, MAX_QUANTITY};
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, MAX_WINDOW, Terms};
use crate::domain::order::tests::speech::{accept, all, deliver, pay, some};
use crate::domain::order::tests::stage::{
    DAY, Play, bps, currency, goods, item, project, two_lamps_and_a_cable, under,
};
use crate::domain::party::Party;
use crate::domain::time::Span;

fn selling(items: Vec<Item>) -> Placed {
    Placed { items, ..two_lamps_and_a_cable() }
}

/// The sentence with which it is refused, or nothing.
fn refusal(placed: &Placed) -> Option<(&'static str, Option<&'static str>)> {
    placed.check().err().map(|refusal| (refusal.code(), refusal.field()))
}

/// Items whose sum is small at each of them, while the goods alone are worth more than a number holds.
fn goods_and_as_much_off() -> Vec<Item> {
    let pairs = (0..93).flat_map(|pair| {
        [goods(2 * pair + 1, MAX_QUANTITY, MAX_AMOUNT), item(2 * pair + 2, Adjustment, MAX_QUANTITY, -MAX_AMOUNT)]
    });
    pairs.chain([goods(187, 1, 100)]).collect()
}

#[test]
fn what_may_be_sold_has_its_bounds() {
    let bad = Some(("bad_items", Some("items")));
    let many = |count: u16| (1..=count).map(|no| goods(no, 1, 1)).collect::<Vec<_>>();
    let most = u16::try_from(MAX_ITEMS).expect("few");
    for (items, expected) in [
        (vec![], bad),
        (vec![item(1, Shipping, 1, 5)], bad),
        (many(most), None),
        (many(most + 1), bad),
        (vec![goods(0, 1, 1)], bad),
        (vec![goods(2, 1, 1), goods(4, 1, 1)], None),
        (vec![goods(2, 1, 1), goods(1, 1, 1)], bad),
        (vec![goods(1, 1, 1), goods(1, 1, 1)], bad),
        (vec![goods(1, 0, 1)], bad),
        (vec![goods(1, MAX_QUANTITY, 1)], None),
        (vec![goods(1, MAX_QUANTITY + 1, 1)], bad),
        (vec![goods(1, 1, -1), goods(2, 1, 5)], bad),
        (vec![goods(1, 1, 5), item(2, Shipping, 1, -1)], bad),
        (vec![goods(1, 1, 5), item(2, Adjustment, 1, -4)], None),
        (vec![goods(1, 1, 5), item(2, Adjustment, 1, -5)], bad),
        (vec![goods(1, 1, 5), item(2, Adjustment, 1, i64::MIN + 1)], bad),
        (vec![goods(1, 1, 0)], bad),
        (vec![goods(1, 1, 0), item(2, Shipping, 1, 5)], None),
        (vec![goods(1, 1, MAX_AMOUNT)], None),
        (vec![goods(1, 1, MAX_AMOUNT + 1)], bad),
        (vec![goods(1, 2, MAX_AMOUNT)], bad),
        (vec![goods(1, 1, MAX_AMOUNT), goods(2, 1, 1)], bad),
        (vec![goods(1, MAX_QUANTITY, i64::MAX)], bad),
        (vec![goods(1, MAX_QUANTITY, MAX_AMOUNT); MAX_ITEMS], bad),
        (goods_and_as_much_off(), bad),
    ] {
        let told = format!("{:?}", items.first());
        assert_eq!(refusal(&selling(items)), expected, "{told}");
    }
    assert_eq!(refusal(&project(&[1, MAX_AMOUNT - 1])), None);
    assert_eq!(refusal(&project(&[5, 0])), bad, "each milestone has an amount");
    let shipped = Placed { items: vec![goods(1, 1, 5), item(2, Shipping, 1, 5)], ..project(&[]) };
    assert_eq!(refusal(&shipped), bad, "and nothing but milestones");
}

#[test]
fn terms_have_their_bounds() {
    let fee = |least_minor, most_minor| EscrowFee { rate: bps(1), least_minor, most_minor, borne_by: Bearer::Both };
    let plain = Terms::default();
    let fixed = |fixed_minor| Commission { fixed_minor, ..Commission::default() };
    for (terms, field) in [
        (plain, None),
        (Terms { payment_window: Span(59), ..plain }, Some("payment_window")),
        (Terms { payment_window: Span(60), ..plain }, None),
        (Terms { delivery_window: MAX_WINDOW, ..plain }, None),
        (Terms { delivery_window: Span(MAX_WINDOW.0 + 1), ..plain }, Some("delivery_window")),
        (Terms { overdue_window: Span::ZERO, ..plain }, None),
        (Terms { overdue_window: Span(-1), ..plain }, Some("overdue_window")),
        (Terms { inspection_window: Span(i64::MIN), ..plain }, Some("inspection_window")),
        (Terms { answer_window: Span(i64::MAX), ..plain }, Some("answer_window")),
        (Terms { negotiation_window: Span::ZERO, ..plain }, Some("negotiation_window")),
        (Terms { return_window: Span::ZERO, ..plain }, Some("return_window")),
        (Terms { release_delay: Span(-1), ..plain }, Some("release_delay")),
        (Terms { cancellation_grace: Span(-1), ..plain }, Some("cancellation_grace")),
        (Terms { max_attempts: 0, ..plain }, Some("max_attempts")),
        (Terms { max_attempts: 1, ..plain }, None),
        (Terms { max_attempts: 9, ..plain }, None),
        (Terms { max_attempts: 10, ..plain }, Some("max_attempts")),
        (Terms { escrow_fee: fee(5, 5), ..plain }, None),
        (Terms { escrow_fee: fee(5, 0), ..plain }, None),
        (Terms { escrow_fee: fee(6, 5), ..plain }, Some("escrow_fee_least")),
        (Terms { escrow_fee: fee(-1, 5), ..plain }, Some("escrow_fee_least")),
        (Terms { escrow_fee: fee(0, MAX_AMOUNT), ..plain }, None),
        (Terms { escrow_fee: fee(0, MAX_AMOUNT + 1), ..plain }, Some("escrow_fee_most")),
        (Terms { commission: fixed(-1), ..plain }, Some("commission_fixed")),
    ] {
        assert_eq!(terms.first_fault().map(|(name, _)| name), field, "{terms:?}");
        assert_eq!(refusal(&under(terms)), field.map(|field| ("bad_terms", Some(field))));
    }
}

#[test]
fn the_least_and_the_most_are_held_and_released_in_every_kind_of_currency() {
    let commission = Commission { rate: bps(333), fixed_minor: 1, non_split_minor: 0 };
    let escrow_fee = EscrowFee { rate: bps(7), least_minor: 0, most_minor: 0, borne_by: Bearer::Both };
    let terms = Terms { escrow_fee, commission, ..Terms::default() };
    for code in ["JPY", "NGN", "KWD"] {
        for amount in [1, 2, 3, 99, 100_001, MAX_AMOUNT - 1, MAX_AMOUNT] {
            let items = vec![goods(1, 1, amount)];
            let placed = Placed { items, currency: currency(code), ..under(terms) };
            let mut play = Play::begin(placed);
            let due = play.order.due_minor();
            assert!((amount..=amount + amount / 1_000).contains(&due), "{due} for {amount}");
            play.must(0, Party::Gateway, &pay(due));
            play.must(DAY, Party::Seller, &deliver(all()));
            play.must(DAY, Party::Buyer, &accept(all()));
            assert_eq!(play.order.gone.total(), due);
            assert_eq!(play.order.gone.buyer, 0);
        }
    }
}

#[test]
fn the_most_pieces_are_accepted_one_by_one_without_losing_a_unit() {
    let commission = Commission { rate: bps(1_234), ..Commission::default() };
    let terms = Terms { commission, ..Terms::default() };
    let mut play = Play::begin(Placed { items: vec![goods(1, MAX_QUANTITY, 7)], ..under(terms) });
    let due = play.order.due_minor();
    play.must(0, Party::Gateway, &pay(due));
    play.must(DAY, Party::Seller, &deliver(all()));
    for _ in 1..60 {
        play.must(DAY, Party::Buyer, &accept(some(Some(1), &[(1, 1)])));
    }
    let one_more = play.act(DAY, &super::stage::actor(Party::Buyer), &accept(some(Some(1), &[(1, 1)])));
    assert_eq!(one_more.expect_err("sixty deliveries are enough").code(), "too_many_deliveries");
    play.must(DAY, Party::Buyer, &accept(all()));
    assert_eq!((play.order.gone.total(), play.order.held_minor()), (due, 0));
}
