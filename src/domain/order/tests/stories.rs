//! Stories as tables, one line an event: when, who, what, and how the order stands then.

use std::fmt::Write as _;

use crate::domain::order::action::{Action, Ruling, Verb};
use crate::domain::order::event::Placed;
use crate::domain::order::terms::{OnSilence, RefundPolicy, Terms};
use crate::domain::order::tests::speech::{
    accept, accept_settlement, all, cancel, deliver, dispatch, hand_over, lapse, offer_settlement, pay, pay_with,
    plainly, reject, reject_wishing, return_payment, rule, some, take_back,
};
use crate::domain::order::tests::stage::{CODE, DAY, HOUR, Play, START, actor, bps, two_lamps_and_a_cable, under};
use crate::domain::order::{Order, Remedy};
use crate::domain::party::Party;
use crate::domain::time::Span;

use Party::{Buyer, Clock, Gateway, Operator, Provider, Seller};

/// When, in microseconds from the start; who; what; how it stands then.
pub(super) type Line = (i64, Party, Action, &'static str);

/// How an order stands: its deliveries' statuses, what is held, and where money went.
pub(super) fn standing(order: &Order) -> String {
    let statuses: Vec<&str> = order.deliveries.iter().map(|part| part.status.code()).collect();
    let mut text = format!("{} | held {}", statuses.join("+"), order.held_minor());
    let gone = order.gone;
    let places = [
        ("buyer", gone.buyer),
        ("seller", gone.seller),
        ("provider", gone.provider),
        ("marketplace", gone.marketplace),
        ("fee", gone.fee),
        ("credited", order.credited_minor),
    ];
    for (name, amount) in places.iter().filter(|(_, amount)| *amount != 0) {
        let _ = write!(text, " | {name} {amount}");
    }
    text
}

#[track_caller]
pub(super) fn story(placed: Placed, lines: &[Line]) -> Play {
    let mut play = Play::begin(placed);
    go_on(&mut play, lines);
    play
}

/// Plays on; a line that ends in a refusal says `no: ` and its code.
#[track_caller]
pub(super) fn go_on(play: &mut Play, lines: &[Line]) {
    for (number, (at, party, action, expected)) in lines.iter().enumerate() {
        let stands = match play.act(*at, &actor(*party), action) {
            Ok(_) => standing(&play.order),
            Err(refusal) => format!("no: {}", refusal.code()),
        };
        let verb = action.verb().code();
        assert_eq!(&stands, expected, "line {} of the story: {party:?} {verb}", number + 1);
    }
}

/// A verb with its plainest input.
pub(super) fn says(verb: Verb) -> Action {
    plainly(&Play::begin(two_lamps_and_a_cable()).order, verb, Buyer, None)
}

/// Paid in the first hour, delivered on the first day.
fn delivered() -> Vec<Line> {
    vec![
        (HOUR, Gateway, pay(25_000), "funded | held 25000"),
        (DAY, Seller, deliver(all()), "awaiting_response | held 25000"),
    ]
}

/// And rejected on the second day, so that the seller has until the fifth.
fn rejected() -> Vec<Line> {
    let line = (2 * DAY, Buyer, reject(all()), "rejected | held 25000");
    [delivered(), vec![line]].concat()
}

/// And contested on the third.
fn contested() -> Vec<Line> {
    let line = (3 * DAY, Seller, says(Verb::Contest), "dispute | held 25000");
    [rejected(), vec![line]].concat()
}

#[track_caller]
fn after(before: Vec<Line>, lines: Vec<Line>) -> Play {
    story(two_lamps_and_a_cable(), &[before, lines].concat())
}

#[test]
fn paid_sent_delivered_accepted() {
    let play = story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, dispatch(all()), "in_transit | held 25000"),
            (2 * DAY, Provider, deliver(all()), "awaiting_response | held 25000"),
            (3 * DAY, Buyer, accept(all()), "completed | held 0 | seller 25000"),
            (4 * DAY, Buyer, reject(all()), "no: not_allowed_in_status"),
        ],
    );
    let codes: Vec<&str> = play.events.iter().map(|(event, _)| event.code()).collect();
    assert_eq!(codes, ["placed", "paid", "dispatched", "delivered", "accepted", "released"]);
}

#[test]
fn some_are_sent_some_accepted_some_rejected() {
    story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, dispatch(some(None, &[(1, 1)])), "funded+in_transit | held 25000"),
            (DAY, Seller, deliver(some(Some(2), &[])), "funded+awaiting_response | held 25000"),
            (DAY, Buyer, accept(all()), "funded+completed | held 15000 | seller 10000"),
            (DAY, Seller, deliver(all()), "awaiting_response+completed | held 15000 | seller 10000"),
            (DAY, Buyer, reject(some(None, &[(3, 1)])), "no: unknown_item"),
            (DAY, Buyer, reject(some(None, &[(1, 2)])), "no: too_many_pieces"),
            (DAY, Buyer, reject(some(None, &[(1, 0)])), "no: too_many_pieces"),
            (DAY, Buyer, reject(some(None, &[(1, 1), (1, 1)])), "no: too_many_pieces"),
            (DAY, Buyer, reject(some(Some(9), &[])), "no: unknown_delivery"),
            (
                2 * DAY,
                Buyer,
                reject(some(Some(1), &[(2, 1)])),
                "awaiting_response+completed+rejected | held 15000 | seller 10000",
            ),
            (2 * DAY, Buyer, accept(some(None, &[(1, 1)])), "no: name_one_delivery"),
            (2 * DAY, Buyer, accept(some(Some(1), &[])), "completed+completed+rejected | held 5000 | seller 20000"),
            (3 * DAY, Seller, take_back(true), "completed+completed+completed | held 0 | buyer 5000 | seller 20000"),
        ],
    );
}

#[test]
fn what_was_split_off_is_in_one_delivery_only() {
    let mut play = story(two_lamps_and_a_cable(), &[(HOUR, Gateway, pay(25_000), "funded | held 25000")]);
    play.must(DAY, Seller, &dispatch(some(None, &[(2, 1), (1, 1)])));
    let pieces = play
        .order
        .deliveries
        .iter()
        .map(|part| part.lines.iter().map(|line| (line.item, line.quantity, line.open.amount)).collect::<Vec<_>>());
    assert_eq!(pieces.collect::<Vec<_>>(), [vec![(1, 1, 10_000)], vec![(2, 1, 5_000), (1, 1, 10_000)]]);
}

#[test]
fn a_wished_second_attempt_begins_when_it_is_offered_and_attempts_are_counted() {
    let wish = || reject_wishing(all(), Remedy::SecondAttempt);
    after(
        delivered(),
        vec![
            (2 * DAY, Buyer, wish(), "rejected | held 25000"),
            (3 * DAY, Seller, says(Verb::OfferSecondAttempt), "second_attempt | held 25000"),
            (4 * DAY, Seller, dispatch(all()), "in_transit | held 25000"),
            (5 * DAY, Seller, deliver(all()), "awaiting_response | held 25000"),
            (6 * DAY, Buyer, wish(), "rejected | held 25000"),
            (7 * DAY, Seller, says(Verb::OfferSecondAttempt), "no: attempts_used_up"),
            (7 * DAY, Seller, says(Verb::Concede), "completed | held 0 | buyer 25000"),
        ],
    );
}

#[test]
fn an_offered_second_attempt_is_agreed_or_lapses_into_agreement() {
    let offer = (3 * DAY, Seller, says(Verb::OfferSecondAttempt), "rejected | held 25000");
    after(
        rejected(),
        vec![
            (3 * DAY, Buyer, says(Verb::AgreeSecondAttempt), "no: nothing_offered"),
            offer.clone(),
            (3 * DAY, Seller, says(Verb::OfferSecondAttempt), "no: already_offered"),
            (4 * DAY, Buyer, says(Verb::AgreeSecondAttempt), "second_attempt | held 25000"),
            (4 * DAY, Buyer, cancel(None), "cancelled | held 0 | buyer 25000"),
        ],
    );
    after(
        rejected(),
        vec![
            offer,
            (6 * DAY - 1, Clock, lapse(Verb::LapseOffer), "no: not_due"),
            (6 * DAY - 1, Clock, lapse(Verb::LapseAnswer), "no: not_due"),
            (6 * DAY, Buyer, says(Verb::AgreeSecondAttempt), "no: past_deadline"),
            (6 * DAY, Clock, lapse(Verb::LapseOffer), "second_attempt | held 25000"),
            (7 * DAY, Seller, deliver(all()), "awaiting_response | held 25000"),
            (8 * DAY, Buyer, accept(all()), "completed | held 0 | seller 25000"),
        ],
    );
}

#[test]
fn goods_are_taken_back_at_once_or_on_their_return() {
    after(rejected(), vec![(3 * DAY, Seller, take_back(true), "completed | held 0 | buyer 25000")]);
    let to_be_sent = (3 * DAY, Seller, take_back(false), "returning | held 25000");
    after(
        rejected(),
        vec![
            to_be_sent.clone(),
            (4 * DAY, Buyer, says(Verb::SendReturn), "returning | held 25000"),
            (5 * DAY, Seller, says(Verb::ReceiveReturn), "completed | held 0 | buyer 25000"),
        ],
    );
    after(
        rejected(),
        vec![
            to_be_sent.clone(),
            (10 * DAY - 1, Clock, lapse(Verb::LapseReturn), "no: not_due"),
            (10 * DAY, Buyer, says(Verb::SendReturn), "no: past_deadline"),
            (10 * DAY, Clock, lapse(Verb::LapseReturn), "completed | held 0 | seller 25000"),
        ],
    );
    after(
        rejected(),
        vec![
            to_be_sent,
            (9 * DAY, Buyer, says(Verb::SendReturn), "returning | held 25000"),
            (12 * DAY, Buyer, says(Verb::SendReturn), "returning | held 25000"),
            (16 * DAY - 1, Clock, lapse(Verb::LapseReturn), "no: not_due"),
            (16 * DAY, Clock, lapse(Verb::LapseReturn), "completed | held 0 | buyer 25000"),
        ],
    );
}

#[test]
fn silence_is_answered_by_the_clock_to_the_microsecond() {
    story(
        two_lamps_and_a_cable(),
        &[
            (3 * DAY - 1, Clock, lapse(Verb::Expire), "no: not_due"),
            (3 * DAY, Clock, lapse(Verb::Expire), "expired | held 0"),
            (3 * DAY + 1, Clock, lapse(Verb::Expire), "no: not_allowed_in_status"),
        ],
    );
    after(
        delivered(),
        vec![
            (4 * DAY - 1, Clock, lapse(Verb::LapseInspection), "no: not_due"),
            (4 * DAY, Buyer, accept(all()), "no: past_deadline"),
            (4 * DAY, Clock, lapse(Verb::LapseInspection), "completed | held 0 | seller 25000"),
        ],
    );
    after(delivered(), vec![(4 * DAY - 1, Buyer, reject(all()), "rejected | held 25000")]);
    story(
        under(Terms { on_silence: OnSilence::Refund, ..Terms::default() }),
        &[delivered(), vec![(4 * DAY, Clock, lapse(Verb::LapseInspection), "completed | held 0 | buyer 25000")]]
            .concat(),
    );
    after(
        rejected(),
        vec![
            (5 * DAY - 1, Clock, lapse(Verb::LapseAnswer), "no: not_due"),
            (5 * DAY, Seller, says(Verb::Contest), "no: past_deadline"),
            (5 * DAY, Clock, lapse(Verb::LapseAnswer), "completed | held 0 | buyer 25000"),
        ],
    );
    let overdue = HOUR + 21 * DAY;
    story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, dispatch(all()), "in_transit | held 25000"),
            (overdue - 1, Clock, lapse(Verb::LapseDelivery), "no: not_due"),
            (overdue, Seller, deliver(all()), "no: past_deadline"),
            (overdue, Clock, lapse(Verb::LapseDelivery), "cancelled | held 0 | buyer 25000"),
        ],
    );
}

#[test]
fn a_dispute_is_negotiated_and_settled() {
    after(
        contested(),
        vec![
            (3 * DAY, Seller, offer_settlement(None, 25_001), "no: amount_exceeds_held"),
            (3 * DAY, Seller, offer_settlement(None, -1), "no: amount_not_positive"),
            (3 * DAY, Seller, offer_settlement(None, 20_000), "dispute | held 25000"),
            (4 * DAY, Seller, accept_settlement(None, 20_000), "no: own_offer"),
            (4 * DAY, Buyer, offer_settlement(None, 10_000), "dispute | held 25000"),
            (5 * DAY, Buyer, accept_settlement(None, 20_000), "no: own_offer"),
            (5 * DAY, Seller, accept_settlement(None, 20_000), "no: offer_changed"),
            (5 * DAY, Seller, accept_settlement(None, 10_000), "completed | held 0 | buyer 15000 | seller 10000"),
        ],
    );
}

#[test]
fn either_side_gives_up_a_dispute() {
    let withdrawn = "completed | held 0 | seller 25000";
    let conceded = "completed | held 0 | buyer 25000";
    after(contested(), vec![(4 * DAY, Buyer, says(Verb::Withdraw), withdrawn)]);
    after(contested(), vec![(4 * DAY, Seller, says(Verb::Concede), conceded)]);
    let escalated = (4 * DAY, Seller, says(Verb::Escalate), "under_review | held 25000");
    let reviewed = |line| after(contested(), vec![escalated.clone(), line]);
    reviewed((90 * DAY, Buyer, says(Verb::Withdraw), withdrawn));
    reviewed((90 * DAY, Seller, says(Verb::Concede), conceded));
}

#[test]
fn the_marketplace_is_asked_by_a_party_or_by_the_clock_and_rules() {
    let review = "under_review | held 25000";
    let asked = [
        vec![(4 * DAY, Buyer, says(Verb::Escalate), review)],
        vec![
            (6 * DAY - 1, Clock, lapse(Verb::Escalate), "no: not_due"),
            (6 * DAY, Clock, lapse(Verb::Escalate), review),
        ],
    ];
    let rulings = [
        (Ruling::Release, "completed | held 0 | seller 25000"),
        (Ruling::Refund, "completed | held 0 | buyer 25000"),
        (Ruling::Split(6_000), "completed | held 0 | buyer 19000 | seller 6000"),
        (Ruling::Split(25_001), "no: amount_exceeds_held"),
        (Ruling::Split(-1), "no: amount_not_positive"),
    ];
    for way in asked {
        for (ruling, end) in rulings {
            let ruled = vec![(7 * DAY, Operator, rule(None, ruling), end)];
            after(contested(), [way.clone(), ruled].concat());
        }
    }
}

#[test]
fn each_party_may_call_it_off_where_the_table_says_so() {
    let unpaid = "cancelled | held 0";
    let refunded = "cancelled | held 0 | buyer 25000";
    for party in [Buyer, Seller, Operator] {
        story(two_lamps_and_a_cable(), &[(DAY, party, cancel(None), unpaid)]);
        let paid = (DAY, Gateway, pay(25_000), "funded | held 25000");
        story(two_lamps_and_a_cable(), &[paid.clone(), (2 * DAY, party, cancel(None), refunded)]);
        let sent = (2 * DAY, Seller, dispatch(all()), "in_transit | held 25000");
        let on_its_way = if party == Buyer { "no: not_overdue" } else { refunded };
        let early = (8 * DAY - 1, party, cancel(None), on_its_way);
        story(two_lamps_and_a_cable(), &[paid.clone(), sent.clone(), early]);
        story(two_lamps_and_a_cable(), &[paid, sent, (8 * DAY, party, cancel(None), refunded)]);
        after(delivered(), vec![(2 * DAY, party, cancel(None), "no: not_allowed_in_status")]);
    }
    story(two_lamps_and_a_cable(), &[(DAY, Provider, cancel(None), "no: not_your_turn")]);
}

#[test]
fn a_late_cancellation_costs_the_buyer_the_agreed_fee() {
    let terms = Terms { cancellation_grace: Span::hours(2), cancellation_fee: bps(1_000), ..Terms::default() };
    let paid = || (HOUR, Gateway, pay(25_000), "funded | held 25000");
    let free = "cancelled | held 0 | buyer 25000";
    let late = "cancelled | held 0 | buyer 22500 | seller 2500";
    let cancelled = |at, party, end| story(under(terms), &[paid(), (at, party, cancel(None), end)]);
    cancelled(3 * HOUR - 1, Buyer, free);
    cancelled(3 * HOUR, Buyer, late);
    cancelled(3 * HOUR, Seller, free);
    cancelled(3 * HOUR, Operator, free);
    cancelled(HOUR + 7 * DAY - 1, Buyer, late);
    cancelled(HOUR + 7 * DAY, Buyer, free);
    let replaced = Terms { refund_policy: RefundPolicy::Replacement, ..terms };
    for (at, end) in [(3 * HOUR - 1, free), (3 * HOUR, "no: past_refund_time"), (HOUR + 7 * DAY, free)] {
        story(under(replaced), &[paid(), (at, Buyer, cancel(None), end)]);
    }
}

#[test]
fn a_release_waits_for_its_delay() {
    story(
        under(Terms { release_delay: Span::days(2), ..Terms::default() }),
        &[
            delivered(),
            vec![
                (2 * DAY, Buyer, accept(all()), "accepted | held 25000"),
                (4 * DAY - 1, Clock, lapse(Verb::Release), "no: not_due"),
                (4 * DAY, Clock, lapse(Verb::Release), "completed | held 0 | seller 25000"),
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_payment_that_does_not_fit_is_sent_back() {
    let play = story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay_with("less", 24_999), "no: wrong_payment"),
            (HOUR, Gateway, return_payment("less", 24_999), "awaiting_payment | held 0"),
            (HOUR, Gateway, pay_with("more", 25_001), "no: wrong_payment"),
            (2 * HOUR, Gateway, pay_with("p1", 25_000), "funded | held 25000"),
            (2 * HOUR, Gateway, pay_with("p1", 25_000), "no: not_allowed_in_status"),
            (2 * HOUR, Gateway, return_payment("p1", 25_000), "no: payment_known"),
            (2 * HOUR, Gateway, pay_with("p2", 25_000), "no: not_allowed_in_status"),
            (2 * HOUR, Gateway, return_payment("p2", 25_000), "funded | held 25000"),
            (2 * HOUR, Gateway, return_payment("p3", 0), "no: amount_not_positive"),
        ],
    );
    let buyer = crate::domain::ledger::Account::Buyer(play.order.parties.buyer);
    assert_eq!(play.credit_of(&buyer), 24_999 + 25_000, "both strays are owed back");
    story(
        two_lamps_and_a_cable(),
        &[
            (3 * DAY, Gateway, pay(25_000), "no: past_deadline"),
            (3 * DAY, Gateway, return_payment("p1", 25_000), "awaiting_payment | held 0"),
            (3 * DAY, Clock, lapse(Verb::Expire), "expired | held 0"),
            (4 * DAY, Gateway, return_payment("late", 25_000), "expired | held 0"),
        ],
    );
    story(two_lamps_and_a_cable(), &[(3 * DAY - 1, Gateway, pay(25_000), "funded | held 25000")]);
}

#[test]
fn only_the_buyers_code_hands_over() {
    let paid = || (HOUR, Gateway, pay(25_000), "funded | held 25000");
    story(
        two_lamps_and_a_cable(),
        &[
            paid(),
            (DAY, Provider, hand_over("guess"), "no: wrong_handover_code"),
            (DAY, Operator, hand_over(CODE), "no: not_your_turn"),
            (DAY, Provider, hand_over(CODE), "awaiting_response | held 25000"),
        ],
    );
    let without = Placed { handover_digest: String::new(), ..two_lamps_and_a_cable() };
    story(without, &[paid(), (DAY, Provider, hand_over(""), "no: wrong_handover_code")]);
}

#[test]
fn time_does_not_run_backwards() {
    let mut play = story(two_lamps_and_a_cable(), &delivered());
    go_on(&mut play, &[(0, Buyer, accept(all()), "completed | held 0 | seller 25000")]);
    assert_eq!(play.order.updated_at.micros_since(START), DAY);
}
