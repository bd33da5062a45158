//! Offers are honest: what is offered is carried out and moves what it says, and what would be is offered.

use crate::domain::access::{Permission, Permissions};
use crate::domain::order::action::{Action, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::decide::decide;
use crate::domain::order::offer::is_of_order;
use crate::domain::order::terms::Terms;
use crate::domain::order::tests::speech::{all, deliver, pay, plainly, reject};
use crate::domain::order::tests::stage::{DAY, HOUR, Play, actor, actor_with, under};
use crate::domain::party::{Actor, Party};

/// The parties to whom a screen shows offers.
const PEOPLE: [Party; 4] = [Party::Buyer, Party::Seller, Party::Provider, Party::Operator];

/// Whether the amount is still to be typed, so that it cannot be known beforehand.
fn is_typed(verb: Verb) -> bool {
    matches!(verb, Verb::OfferSettlement | Verb::Rule | Verb::Refund | Verb::Credit)
}

#[track_caller]
pub(super) fn offers_are_honest(play: &Play) {
    for party in PEOPLE {
        offers_to(play, &actor(party));
    }
    let rights = [Permission::Read, Permission::Ship];
    offers_to(play, &actor_with(Party::Seller, Permissions::of(&rights)));
}

#[track_caller]
fn offers_to(play: &Play, reader: &Actor) {
    let order = &play.order;
    let offers = order.offers(reader, play.now);
    let try_out =
        |verb, party: &Actor, delivery| decide(order, party, &plainly(order, verb, party.party, delivery), play.now);
    for offer in &offers {
        if offer.verb == Verb::Pay {
            let fresh = Action::Pay {
                amount_minor: order.due_minor(),
                gateway: "sandbox".to_owned(),
                payment_ref: "fresh".to_owned(),
            };
            let paid = decide(order, &actor(Party::Gateway), &fresh, play.now);
            assert!(paid.is_ok(), "paying was offered but would be refused: {paid:?}");
            continue;
        }
        let events = try_out(offer.verb, reader, offer.delivery).unwrap_or_else(|refusal| {
            panic!("{:?} was offered to {:?} but is refused: {refusal:?}", offer.verb, reader.party)
        });
        let moved = events.iter().fold(Flow::ZERO, |sum, event| sum.plus(event.flow()));
        if !is_typed(offer.verb) {
            assert_eq!(offer.flow, moved, "{:?} says what it moves", offer.verb);
        }
        assert!(offer.is_final || moved == Flow::ZERO, "{:?} is confirmed first", offer.verb);
        assert!(!offer.label.is_empty() && offer.consequence.ends_with('.'), "{offer:?}");
    }
    for verb in Verb::ALL.iter().copied() {
        let parts = order.deliveries.iter().map(|part| Some(part.no));
        let places: Vec<Option<u16>> = if is_of_order(verb) { vec![None] } else { parts.collect() };
        for delivery in places {
            let possible = try_out(verb, reader, delivery).is_ok();
            let offered = offers.iter().any(|offer| (offer.verb, offer.delivery) == (verb, delivery));
            assert_eq!(offered, possible, "{verb:?} of {delivery:?} to {:?}", reader.party);
        }
    }
}

#[test]
fn the_main_offer_is_what_the_reader_is_waited_for() {
    let mut play = Play::begin(under(Terms::default()));
    let first = |play: &Play, party| play.order.offers(&actor(party), play.now).first().map(|it| it.verb);
    assert_eq!(first(&play, Party::Buyer), Some(Verb::Pay));
    play.must(HOUR, Party::Gateway, &pay(25_000));
    assert_eq!(first(&play, Party::Seller), Some(Verb::Dispatch));
    assert_eq!(first(&play, Party::Buyer), Some(Verb::Cancel));
    play.must(DAY, Party::Seller, &deliver(all()));
    assert_eq!(first(&play, Party::Buyer), Some(Verb::Accept));
    play.must(DAY, Party::Buyer, &reject(all()));
    assert_eq!(first(&play, Party::Seller), Some(Verb::OfferSecondAttempt));
    offers_are_honest(&play);
}
