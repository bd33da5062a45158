//! What readers are told: whose turn it is for them, what an offer comes to, and where the money went.

use crate::domain::access::{Permission, Permissions};
use crate::domain::order::action::{Action, Verb};
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, Terms};
use crate::domain::order::tests::speech::{
    accept, accept_settlement, all, cancel, deliver, dispatch, lapse, offer_settlement, pay, reject, some,
};
use crate::domain::order::tests::stage::{DAY, HOUR, MINUTE, Play, actor, actor_with, bps, currency, under};
use crate::domain::party::{Actor, Party};

/// With plain spaces, as tests are typed.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

fn labels(play: &Play, party: Party) -> Vec<String> {
    play.order.offers(&actor(party), play.now).iter().map(|offer| plain(&offer.label)).collect()
}

/// An order of 250.00 that was rejected, whose marketplace keeps 8 %.
fn rejected() -> Play {
    let commission = Commission { rate: bps(800), ..Commission::default() };
    let mut play = Play::begin(under(Terms { commission, ..Terms::default() }));
    play.must(HOUR, Party::Gateway, &pay(25_000));
    play.must(DAY, Party::Seller, &deliver(all()));
    play.must(DAY + HOUR, Party::Buyer, &reject(all()));
    play
}

fn under_review() -> Play {
    let mut play = rejected();
    let reason = crate::domain::text::Reason::parse("It was whole").expect("a reason");
    play.must(
        DAY + 2 * HOUR,
        Party::Seller,
        &Action::Contest { delivery: None, statement: reason, evidence: Vec::new() },
    );
    play.must(DAY + 3 * HOUR, Party::Buyer, &Action::Escalate { delivery: None, text: None });
    play
}

#[test]
fn staff_who_may_not_rule_are_told_for_whom_it_waits() {
    let play = under_review();
    let told = |reader: &Actor| play.order.turn_told(reader.party, &play.order.offers(reader, play.now), play.now);
    let support = actor_with(Party::Operator, Permissions::of(&[Permission::Read, Permission::Note]));
    assert_eq!(told(&support), (false, "Waits for somebody who may decide disputes".to_owned()));
    assert_eq!(told(&actor(Party::Operator)), (true, "It is your turn: decide the dispute".to_owned()));
    assert_eq!(told(&actor(Party::Buyer)), (false, "It is Lagos Market’s turn: decide the dispute".to_owned()));
}

#[test]
fn what_was_just_rejected_is_not_the_first_thing_to_accept() {
    let mut play = rejected();
    play.must(DAY + 2 * HOUR, Party::Seller, &Action::OfferSecondAttempt { delivery: None, text: None });
    let verbs: Vec<Verb> = play.order.offers(&actor(Party::Buyer), play.now).iter().map(|offer| offer.verb).collect();
    let place = |verb| verbs.iter().position(|it| *it == verb).expect("it is offered");
    assert_eq!(place(Verb::AgreeSecondAttempt), 0);
    assert!(place(Verb::Accept) > place(Verb::OfferSettlement), "{verbs:?}");
}

#[test]
fn an_offer_to_share_says_what_reaches_whom() {
    let mut play = rejected();
    play.must(DAY + 2 * HOUR, Party::Buyer, &offer_settlement(None, 10_000));
    let said = |reader| {
        let told = play.order.settlement_sentence(&play.order.deliveries[0], reader, " until noon");
        plain(&told.expect("it stands"))
    };
    assert_eq!(
        said(Party::Buyer),
        "You offered ₦ 100.00 to Ada Stores and ₦ 150.00 back to you. Ada Stores may accept it until noon."
    );
    assert_eq!(
        said(Party::Seller),
        "Élodie offered ₦ 92.00 to you (₦ 100.00 less ₦ 8.00 fees) and ₦ 150.00 back to Élodie. You may accept it until noon."
    );
    assert!(labels(&play, Party::Buyer).contains(&"Change your offer".to_owned()));
    let accepting =
        "Accept the offer: ₦ 92.00 to you (₦ 100.00 less ₦ 8.00 fees) and ₦ 150.00 back to Élodie".to_owned();
    assert!(labels(&play, Party::Seller).contains(&accepting), "{:?}", labels(&play, Party::Seller));
    play.must(DAY + 3 * HOUR, Party::Seller, &accept_settlement(None, 10_000));
    assert_eq!(play.order.turn_sentence(Party::Buyer), "Over: the money was shared");
    let ended = play.order.ending(Party::Buyer).map(|told| plain(&told));
    let told = "₦ 150.00 came back to you; ₦ 92.00 went to Ada Stores; ₦ 8.00 marketplace fee.";
    assert_eq!(ended.as_deref(), Some(told));
}

#[test]
fn an_order_that_was_called_off_says_where_the_money_went() {
    let mut play = Play::begin(under(Terms { cancellation_fee: bps(500), ..Terms::default() }));
    assert_eq!(play.order.ending(Party::Buyer), None, "it is not over");
    play.must(HOUR, Party::Gateway, &pay(25_000));
    let offers = play.order.offers(&actor(Party::Buyer), play.now);
    let offer = offers.iter().find(|offer| offer.verb == Verb::Cancel).expect("it is offered");
    assert_eq!(offer.label, "Cancel the order");
    let before = "₦ 237.50 back to you, ₦ 12.50 late-cancellation fee to Ada Stores.";
    assert_eq!(plain(&offer.consequence), before);
    play.must(2 * HOUR, Party::Buyer, &cancel(None));
    let told = |reader| play.order.ending(reader).map(|told| plain(&told)).unwrap_or_default();
    assert_eq!(told(Party::Buyer), "₦ 237.50 came back to you; ₦ 12.50 late-cancellation fee to Ada Stores.");
    assert_eq!(told(Party::Seller), "₦ 237.50 came back to Élodie; ₦ 12.50 late-cancellation fee to you.");

    let mut unpaid = Play::begin(under(Terms::default()));
    unpaid.must(3 * DAY, Party::Clock, &lapse(Verb::Expire));
    assert_eq!(unpaid.order.ending(Party::Buyer).as_deref(), Some("Nothing was paid."));
}

#[test]
fn the_parts_of_an_order_are_told_apart_by_their_goods() {
    let mut play = Play::begin(under(Terms::default()));
    play.must(HOUR, Party::Gateway, &pay(25_000));
    play.must(DAY, Party::Seller, &dispatch(some(None, &[(1, 2)])));
    play.must(DAY + MINUTE, Party::Seller, &deliver(some(Some(1), &[])));
    let buyer = labels(&play, Party::Buyer);
    assert_eq!(buyer[..3], ["Accept: Thing 2", "Reject: Thing 2", "Accept: 2 × Thing 1"], "what is there comes first");
    play.must(2 * DAY, Party::Buyer, &accept(some(Some(1), &[])));
    assert_eq!(labels(&play, Party::Seller)[0], "Mark delivered: all 2 items", "one part is left");

    let mut halves = Play::begin(under(Terms::default()));
    halves.must(HOUR, Party::Gateway, &pay(25_000));
    halves.must(DAY, Party::Seller, &dispatch(some(None, &[(1, 1)])));
    halves.must(DAY, Party::Seller, &dispatch(some(Some(1), &[(1, 1)])));
    let seller = labels(&halves, Party::Seller);
    for label in ["Mark delivered: Thing 1, delivery 2", "Mark delivered: Thing 1, delivery 3", "Dispatch: Thing 2"] {
        assert!(seller.contains(&label.to_owned()), "{label}: {seller:?}");
    }
}

#[test]
fn fees_are_told_with_their_bounds_and_never_as_nothing() {
    let naira = currency("NGN");
    let line = |terms: Terms, label| {
        let lines = terms.lines(naira);
        lines.into_iter().find(|(named, _)| *named == label).map(|(_, text)| plain(&text))
    };
    let escrow = |rate, least_minor, most_minor| {
        let escrow_fee = EscrowFee { rate: bps(rate), least_minor, most_minor, borne_by: Bearer::Seller };
        line(Terms { escrow_fee, ..Terms::default() }, "Escrow fee")
    };
    assert_eq!(escrow(0, 0, 0), None);
    assert_eq!(escrow(0, 5_000, 0).as_deref(), Some("₦ 50.00 by the seller"));
    assert_eq!(escrow(150, 0, 0).as_deref(), Some("1.5 % by the seller"));
    let bounded = "1.5 %, at least ₦ 50.00, at most ₦ 900.00, by the seller";
    assert_eq!(escrow(150, 5_000, 90_000).as_deref(), Some(bounded));
    let commission = |rate, fixed_minor, non_split_minor| {
        let commission = Commission { rate: bps(rate), fixed_minor, non_split_minor };
        line(Terms { commission, ..Terms::default() }, "Marketplace fee")
    };
    assert_eq!(commission(0, 0, 100), None);
    assert_eq!(commission(800, 0, 0).as_deref(), Some("8 %"));
    assert_eq!(commission(0, 500, 0).as_deref(), Some("₦ 5.00"));
    assert_eq!(commission(800, 500, 10_000).as_deref(), Some("8 % of what is above ₦ 100.00, and ₦ 5.00"));
}
