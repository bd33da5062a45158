//! What must hold for an order after every single step, whoever took it.

use crate::domain::ledger::Account;
use crate::domain::money::Minor;
use crate::domain::order::charge::Slice;
use crate::domain::order::event::Event;
use crate::domain::order::status::{Status, Turn};
use crate::domain::order::tests::stage::Play;
use crate::domain::order::{Line, Order};
use crate::domain::time::Moment;

#[track_caller]
pub(super) fn check(play: &Play) {
    let order = &play.order;
    money_adds_up(order);
    for line in order.deliveries.iter().flat_map(|part| &part.lines) {
        nobody_owes_more_than_there_is(line);
    }
    ledger_agrees(play);
    // A long timeline takes long to play again: that is done now and then, and when it ends.
    if play.events.len() < 12 || play.events.len().is_multiple_of(6) {
        timeline_is_whole(play);
    }
    somebody_or_the_clock_is_next(order);
}

#[track_caller]
fn money_adds_up(order: &Order) {
    let held = order.held_minor();
    assert_eq!(order.paid_minor, held + order.gone.total(), "paid = held + gone");
    let paid = order.deliveries.iter().filter(|part| part.paid_at.is_some());
    let open: Minor = paid.map(|part| part.open().paid_for()).sum();
    assert_eq!(held, open, "what is held is what is open of the paid deliveries");
    assert!(held >= 0, "escrow is never below zero");
    if order.is_over() {
        assert_eq!(held, 0, "nothing is held for an order that is over");
    }
    for part in order.deliveries.iter().filter(|part| part.status.is_over()) {
        let held = part.paid_at.is_some() && part.open() != Slice::ZERO;
        assert!(!held, "delivery {} is over and holds {:?}", part.no, part.open());
    }
    for part in order.deliveries.iter().filter(|part| part.status.holds_money()) {
        assert!(part.paid_at.is_some() && part.paid_by.is_some(), "{:?} was paid", part.status);
    }
    let gone = order.gone;
    let least = [gone.buyer, gone.seller, gone.provider, gone.marketplace, gone.fee].into_iter().min();
    assert!(least >= Some(0), "nobody pays into escrow but by paying: {gone:?}");
    assert!(order.credited_minor <= gone.total() - gone.buyer, "credits come out of releases");
    let payments: Minor = order.payments.iter().map(|payment| payment.amount_minor).sum();
    assert_eq!(payments, order.paid_minor, "each payment is counted once");
}

#[track_caller]
fn nobody_owes_more_than_there_is(line: &Line) {
    for slice in [line.open, line.released] {
        let flow = slice.release();
        assert_eq!(flow.total(), slice.paid_for(), "a release releases all of {slice:?}");
        let least = [flow.seller, flow.provider, flow.marketplace, flow.fee].into_iter().min();
        assert!(least >= Some(0), "{slice:?} would be released as {flow:?}");
        assert!(slice.buyer_fee >= 0 && slice.seller_fee >= 0, "{slice:?}");
        assert!(slice.provider_by_marketplace <= slice.provider, "{slice:?}");
    }
}

/// The ledger's sums are the order's.
#[track_caller]
fn ledger_agrees(play: &Play) {
    let (order, parties) = (&play.order, &play.order.parties);
    assert_eq!(play.ledger.values().sum::<Minor>(), 0, "the whole ledger is balanced");
    assert_eq!(play.credit_of(&Account::Escrow(order.id)), order.held_minor(), "escrow is what is held");
    let (mut returned, mut credited, mut kept_less) = (0, 0, 0);
    let (mut reversed_held, mut reversed_released, mut lost) = (0, 0, 0);
    for (event, _) in &play.events {
        match event {
            Event::PaymentReturned { amount_minor, .. } => returned += amount_minor,
            Event::Credited { flow, .. } => {
                assert_eq!(flow.total(), 0, "a credit is balanced by itself: {flow:?}");
                assert!(flow.buyer > 0 && flow.seller <= 0 && flow.marketplace <= 0, "{flow:?}");
                credited += flow.buyer;
                kept_less -= flow.marketplace;
            }
            Event::ChargedBack { held_minor, from_seller_minor, lost_minor, .. } => {
                assert!(*held_minor >= 0 && *from_seller_minor >= 0 && *lost_minor >= 0, "{event:?}");
                reversed_held += held_minor;
                reversed_released += from_seller_minor;
                lost += lost_minor;
            }
            _ => {}
        }
    }
    let reversed = reversed_held + reversed_released + lost;
    let gateway: Minor = play
        .ledger
        .iter()
        .filter(|(account, _)| matches!(account, Account::Gateway(_)))
        .map(|(_, amount)| amount)
        .sum();
    let providers: Minor = play
        .ledger
        .iter()
        .filter(|(account, _)| matches!(account, Account::Provider(_)))
        .map(|(_, amount)| -amount)
        .sum();
    let gone = order.gone;
    assert_eq!(credited, order.credited_minor);
    assert_eq!(gateway, order.paid_minor + returned - reversed, "the gateway has what came and stayed");
    assert_eq!(
        play.credit_of(&Account::Buyer(parties.buyer)),
        gone.buyer - reversed_held + returned + credited,
        "the buyer is owed what went back, but for what the bank took itself"
    );
    assert_eq!(
        play.credit_of(&Account::Seller(parties.seller)),
        gone.seller - (credited - kept_less) - reversed_released,
        "the seller is owed what was released, less credits and reversals"
    );
    assert_eq!(play.credit_of(&Account::Marketplace(parties.marketplace)), gone.marketplace - kept_less);
    assert_eq!(play.credit_of(&Account::EscrowFee), gone.fee);
    assert_eq!(providers, gone.provider);
    assert_eq!(-play.credit_of(&Account::Chargeback), lost);
}

/// The events alone give the order again, to the byte, and survive being stored.
#[track_caller]
pub(super) fn timeline_is_whole(play: &Play) {
    let order = &play.order;
    assert_eq!(usize::try_from(order.version), Ok(play.events.len()), "versions count events");
    assert!(play.events.is_sorted_by_key(|(_, at)| *at), "times never fall");
    let (last, _) = play.events.last().expect("an order was placed");
    let stored = serde_json::to_string(last).expect("events are plain data");
    let read: Event = serde_json::from_str(&stored).expect("what was written can be read");
    assert_eq!(&read, last, "an event survives being stored");
    let again = Order::replay(play.events.iter().map(|(event, at)| (event, *at)));
    let again = again.expect("the timeline begins with the placing");
    assert_eq!(&again, order, "the events alone give the order again");
    let bytes = |order: &Order| serde_json::to_string(order).expect("orders are plain data");
    assert_eq!(bytes(&again), bytes(order), "to the byte");
    let read: Order = serde_json::from_str(&bytes(order)).expect("what was written can be read");
    assert_eq!(&read, order, "an order survives being stored");
}

#[track_caller]
fn somebody_or_the_clock_is_next(order: &Order) {
    assert_eq!(order.paused_since.is_some(), order.in_dispute(), "clocks stand in a dispute only");
    let waits = order.turn() != Turn::NOBODY || order.deadline_at() != Moment::NEVER;
    assert_eq!(waits, !order.is_over(), "{:?}: somebody acts next until it is over", order.status());
    for part in order.deliveries.iter().filter(|part| part.started && !part.status.is_over()) {
        // Only under review nothing but the operator's word ends it, and only in a dispute of another part it stands still.
        let waits = part.turn() != Turn::NOBODY || order.deadline_of(part) != Moment::NEVER;
        assert!(waits || order.in_dispute(), "delivery {} waits for nobody", part.no);
        let clocked = part.lapse().is_some() && part.deadline_at != Moment::NEVER;
        assert!(clocked || part.status == Status::UnderReview, "{:?} has no clock", part.status);
    }
}
