//! Stories about projects, whose milestones follow each other, and about clocks that stand still in a dispute.

use crate::domain::order::action::{Action, HowMuch, Ruling, Verb};
use crate::domain::order::event::Placed;
use crate::domain::order::terms::{Commission, MAX_WINDOW, Terms};
use crate::domain::order::tests::speech::{
    accept, add_milestone, all, cancel, charge_back, deliver, dispatch, lapse, pay, pay_with, refund, reject, rule,
    set_commission, some,
};
use crate::domain::order::tests::stage::{DAY, HOUR, Play, START, bps, courier, goods, project, two_lamps_and_a_cable};
use crate::domain::order::tests::stories::{go_on, says, story};
use crate::domain::order::{Delivery, Item, Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::time::Moment;

use Party::{Buyer, Clock, Gateway, Operator, Seller};

#[test]
fn milestones_are_paid_one_by_one_and_each_begins_when_the_one_before_is_over() {
    let play = story(
        project(&[6_000, 9_000]),
        &[
            (HOUR, Gateway, pay_with("m1", 15_000), "no: wrong_payment"),
            (HOUR, Gateway, pay_with("m1", 6_000), "funded+awaiting_payment | held 6000"),
            (HOUR, Gateway, pay_with("m2", 9_000), "no: not_allowed_in_status"),
            (HOUR, Seller, deliver(some(Some(2), &[])), "no: not_allowed_in_status"),
            (DAY, Seller, deliver(all()), "awaiting_response+awaiting_payment | held 6000"),
            (4 * DAY - 1, Buyer, accept(all()), "completed+awaiting_payment | held 0 | seller 6000"),
            (4 * DAY, Buyer, add_milestone(500), "completed+awaiting_payment+awaiting_payment | held 0 | seller 6000"),
            (7 * DAY - 2, Gateway, pay_with("m1", 9_000), "no: payment_known"),
            (
                7 * DAY - 2,
                Gateway,
                pay_with("m2", 9_000),
                "completed+funded+awaiting_payment | held 9000 | seller 6000",
            ),
            (8 * DAY, Buyer, cancel(None), "completed+cancelled+awaiting_payment | held 0 | buyer 9000 | seller 6000"),
            (11 * DAY - 1, Clock, lapse(Verb::Expire), "no: not_due"),
            (11 * DAY, Clock, lapse(Verb::Expire), "completed+cancelled+expired | held 0 | buyer 9000 | seller 6000"),
            (12 * DAY, Buyer, add_milestone(500), "no: not_allowed_in_status"),
        ],
    );
    assert!(play.order.is_over());
}

#[test]
fn a_project_cannot_grow_beyond_what_an_order_may_hold() {
    let mut play = Play::begin(project(&[1]));
    for (amount, answer) in [
        (0, "no: amount_not_positive"),
        (-3, "no: amount_not_positive"),
        (i64::MAX, "no: bad_items"),
        (1_000_000_000_000, "no: bad_items"),
        (999_999_999_999, "awaiting_payment+awaiting_payment | held 0"),
        (1, "no: bad_items"),
    ] {
        go_on(&mut play, &[(HOUR, Buyer, add_milestone(amount), answer)]);
    }
    let mut play = Play::begin(project(&[1]));
    for _ in 1..60 {
        play.must(HOUR, Buyer, &add_milestone(1));
    }
    go_on(&mut play, &[(HOUR, Buyer, add_milestone(1), "no: too_many_deliveries")]);
    let mut placed = project(&[5_000]);
    placed.items = vec![goods(1, 2, 5_000)];
    assert_eq!(placed.check().expect_err("a milestone is one piece").code(), "bad_items");
}

#[test]
fn amounts_agreed_for_the_order_are_charged_once_over_its_milestones() {
    let commission = Commission { rate: bps(1_000), fixed_minor: 300, non_split_minor: 5_000 };
    let placed = Placed {
        terms: Terms { commission, ..Terms::default() },
        provider: Some(courier(Share::Amount(900), ShareBearer::Seller)),
        ..project(&[5_000, 10_000])
    };
    let charged = |play: &Play| {
        let open = play.order.deliveries.iter().map(Delivery::open);
        open.map(|open| (open.commission, open.provider)).collect::<Vec<_>>()
    };
    let mut play = Play::begin(placed);
    assert_eq!(charged(&play), [(433, 300), (867, 600)]);
    play.must(HOUR, Buyer, &add_milestone(1_000));
    assert_eq!(charged(&play), [(433, 300), (867, 600), (100, 0)], "a later one bears its rate");
    play.must(HOUR, Operator, &set_commission(commission));
    let sum: i64 = charged(&play).iter().map(|(commission, _)| commission).sum();
    assert_eq!(sum, 300 + (16_000 - 5_000) / 10, "laid anew it is still charged once");
}

#[test]
fn a_day_agreed_for_a_milestone_counts_unless_it_lies_beyond_all_measure() {
    let due_in = |at: i64| {
        let items = vec![Item { due_at: Some(Moment(at)), ..goods(1, 1, 5_000) }];
        let mut play = Play::begin(Placed { items, ..project(&[5_000]) });
        play.must(0, Gateway, &pay(5_000));
        play.order.deliveries[0].due_at.micros_since(START)
    };
    assert_eq!(due_in(START.0 + 30 * DAY), 30 * DAY);
    assert_eq!(due_in(START.0 + DAY), 7 * DAY, "no sooner than the delivery window ends");
    assert_eq!(due_in(i64::MAX), START.plus(MAX_WINDOW).micros_since(START), "nor for ever");
}

/// One delivery of two is disputed for three days; the other waits.
fn half_disputed(other: Option<Action>) -> Play {
    let mut play = story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, deliver(some(None, &[(2, 1)])), "funded+awaiting_response | held 25000"),
            (2 * DAY, Buyer, reject(all()), "funded+rejected | held 25000"),
        ],
    );
    if let Some(action) = other {
        play.must(2 * DAY, Seller, &action);
    }
    play.must(3 * DAY, Seller, &says(Verb::Contest));
    play
}

#[test]
fn in_a_dispute_nothing_else_moves_money() {
    let mut play = half_disputed(Some(deliver(some(Some(1), &[(1, 1)]))));
    let statuses = "funded+dispute+awaiting_response | held 25000";
    let answers = [
        (Buyer, says(Verb::Escalate), "funded+under_review+awaiting_response | held 25000"),
        (Buyer, accept(some(Some(3), &[])), "funded+under_review+accepted | held 25000"),
        (Clock, lapse(Verb::Release), "no: in_dispute"),
        (Clock, lapse(Verb::LapseDelivery), "no: in_dispute"),
        (Buyer, cancel(Some(1)), "no: in_dispute"),
        (Seller, cancel(Some(1)), "no: in_dispute"),
        (Operator, cancel(None), "no: in_dispute"),
        (Seller, refund(Some(1), HowMuch::Amount(1)), "no: in_dispute"),
        (Seller, refund(Some(2), HowMuch::Amount(1)), "no: not_allowed_in_status"),
        (Operator, rule(Some(1), Ruling::Refund), "no: not_allowed_in_status"),
    ];
    assert_eq!(super::stories::standing(&play.order), statuses);
    for ((party, action, answer), day) in answers.into_iter().zip(4..) {
        go_on(&mut play, &[(day * 10 * HOUR + 2 * DAY, party, action, answer)]);
    }
    go_on(
        &mut play,
        &[
            (90 * DAY, Operator, rule(None, Ruling::Refund), "funded+completed+accepted | held 20000 | buyer 5000"),
            (
                90 * DAY,
                Clock,
                lapse(Verb::Release),
                "funded+completed+completed | held 10000 | buyer 5000 | seller 10000",
            ),
        ],
    );
    let mut play = half_disputed(None);
    go_on(&mut play, &[(4 * DAY, Gateway, charge_back("p1"), "charged_back+charged_back | held 0 | buyer 25000")]);
}

/// When the clock would act on the first delivery, and by when it is due, from the start.
fn clocks(play: &Play) -> (i64, i64) {
    let part = &play.order.deliveries[0];
    (play.order.deadline_of(part).micros_since(START), part.due_at.micros_since(START))
}

#[test]
fn other_clocks_stand_still_in_a_dispute_for_exactly_its_time() {
    let mut play = half_disputed(None);
    assert_eq!(play.order.deadline_of(&play.order.deliveries[0]), Moment::NEVER);
    let standing = 5 * HOUR + 17;
    play.must(3 * DAY + standing, Buyer, &says(Verb::Withdraw));
    assert_eq!(clocks(&play), (HOUR + 21 * DAY + standing, HOUR + 7 * DAY + standing));
    let overdue = HOUR + 21 * DAY + standing;
    go_on(
        &mut play,
        &[
            (overdue - 1, Clock, lapse(Verb::LapseDelivery), "no: not_due"),
            (overdue, Clock, lapse(Verb::LapseDelivery), "cancelled+completed | held 0 | buyer 20000 | seller 5000"),
        ],
    );
}

#[test]
fn the_most_urgent_delivery_is_what_an_order_is_sorted_by() {
    let mut play = half_disputed(None);
    let urgent = |play: &Play| play.order.urgent_at().micros_since(START);
    assert_eq!(urgent(&play), 6 * DAY, "the end of the negotiation; the other clock stands still");
    assert_eq!(play.order.deadline_at().micros_since(START), 6 * DAY);
    play.must(4 * DAY, Buyer, &says(Verb::Withdraw));
    assert_eq!(urgent(&play), HOUR + 8 * DAY, "the agreed day, before the clock gives up");
    play.must(5 * DAY, Seller, &dispatch(some(Some(1), &[(1, 1)])));
    play.must(5 * DAY, Seller, &deliver(some(Some(3), &[])));
    assert_eq!(urgent(&play), 8 * DAY, "the answer that is waited for");
    let next = play.order.next_lapse().map(|(no, verb, _)| (no, verb));
    assert_eq!(next, Some((3, Verb::LapseInspection)));
    assert_eq!(play.order.due(Moment(START.0 + 8 * DAY - 1)), None);
    assert_eq!(play.order.due(Moment(START.0 + 8 * DAY)), Some(Verb::LapseInspection));
    let forecast = play.order.forecast(Buyer);
    let steps: Vec<(u16, Verb)> = forecast.iter().map(|step| (step.delivery, step.verb)).collect();
    assert_eq!(steps, [(3, Verb::LapseInspection), (1, Verb::LapseDelivery)]);
    play.must(5 * DAY, Seller, &cancel(None));
    play.must(5 * DAY, Buyer, &accept(all()));
    assert_eq!(play.order.urgent_at(), Moment::NEVER);
}

/// What is done to another delivery meanwhile neither gains nor loses it time.
#[test]
fn clocks_touched_during_a_dispute_stand_still_as_well() {
    let mut play = half_disputed(None);
    play.must(4 * DAY, Seller, &dispatch(some(Some(1), &[])));
    play.must(5 * DAY, Seller, &says(Verb::Concede));
    assert_eq!(clocks(&play), (HOUR + 23 * DAY, HOUR + 9 * DAY), "sent after a day, two days stood");

    let mut play = half_disputed(Some(deliver(some(Some(1), &[]))));
    play.must(4 * DAY, Buyer, &reject(some(Some(1), &[])));
    let offer = Action::OfferSecondAttempt { delivery: Some(1), text: None };
    play.must(5 * DAY, Seller, &offer);
    play.must(6 * DAY - 1, Seller, &Action::Concede { delivery: Some(2), text: None });
    assert_eq!(clocks(&play).0, 9 * DAY - 1, "three days from the end of the dispute");
}

#[test]
fn a_return_sent_during_a_dispute_has_its_whole_window_afterwards() {
    let mut play = story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, deliver(some(None, &[(2, 1)])), "funded+awaiting_response | held 25000"),
            (DAY, Seller, deliver(some(Some(1), &[])), "awaiting_response+awaiting_response | held 25000"),
            (2 * DAY, Buyer, reject(all()), "rejected+rejected | held 25000"),
        ],
    );
    play.must(2 * DAY, Seller, &Action::TakeBack { delivery: Some(1), goods_are_back: false });
    let statement = crate::domain::text::Reason::parse("It was whole").expect("a reason");
    play.must(2 * DAY, Seller, &Action::Contest { delivery: Some(2), statement, evidence: Vec::new() });
    play.must(3 * DAY, Buyer, &says(Verb::SendReturn));
    play.must(4 * DAY, Buyer, &says(Verb::Withdraw));
    assert_eq!(clocks(&play).0, 11 * DAY, "seven days from the fourth, when the clocks ran again");
}

#[test]
fn two_payments_of_one_number_at_two_gateways_are_told_apart() {
    let by = |gateway: &str, amount_minor| Action::Pay {
        amount_minor,
        gateway: gateway.to_owned(),
        payment_ref: "1".to_owned(),
    };
    let mut play = story(
        project(&[6_000, 6_000]),
        &[
            (HOUR, Gateway, by("sandbox", 6_000), "funded+awaiting_payment | held 6000"),
            (HOUR, Seller, deliver(all()), "awaiting_response+awaiting_payment | held 6000"),
            (HOUR, Buyer, accept(all()), "completed+awaiting_payment | held 0 | seller 6000"),
            (HOUR, Gateway, by("other", 6_000), "completed+funded | held 6000 | seller 6000"),
        ],
    );
    let reason = crate::domain::text::Reason::parse("Not me").expect("a reason");
    let (gateway, payment_ref) = ("other".to_owned(), "1".to_owned());
    let reversal = Action::ChargeBack { gateway, payment_ref, reason };
    go_on(&mut play, &[(2 * HOUR, Gateway, reversal, "completed+charged_back | held 0 | buyer 6000 | seller 6000")]);
}
