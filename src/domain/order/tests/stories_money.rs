//! Stories about money: charges and who bears them, part refunds, credits, charge-backs, down to the unit.

use uuid::Uuid;

use crate::domain::id::ProviderId;
use crate::domain::ledger::Account;
use crate::domain::money::Minor;
use crate::domain::order::action::{Action, HowMuch, Ruling, Verb};
use crate::domain::order::event::Placed;
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, Terms};
use crate::domain::order::tests::speech::{
    accept, accept_settlement, all, charge_back, credit, deliver, offer_settlement, pay, refund, reject, rule,
    set_commission, some, take_back,
};
use crate::domain::order::tests::stage::{DAY, HOUR, bps, courier, goods, item, two_lamps_and_a_cable, under};
use crate::domain::order::tests::stories::{Line, go_on, says, story};
use crate::domain::order::{Item, ItemKind, Share, ShareBearer};
use crate::domain::party::Party;
use crate::domain::text::DisplayName;

use Party::{Buyer, Gateway, Operator, Seller};

/// A tenth to the marketplace.
fn tenth() -> Terms {
    Terms { commission: Commission { rate: bps(1_000), ..Commission::default() }, ..Terms::default() }
}

fn fee(rate: u16, least_minor: Minor, most_minor: Minor, borne_by: Bearer) -> Terms {
    let escrow_fee = EscrowFee { rate: bps(rate), least_minor, most_minor, borne_by };
    Terms { escrow_fee, ..tenth() }
}

/// Paid, delivered and accepted within two days.
fn accepted(due: Minor, end: &'static str) -> Vec<Line> {
    let held = |status: &str| -> &'static str { Box::leak(format!("{status} | held {due}").into()) };
    vec![
        (HOUR, Gateway, pay(due), held("funded")),
        (DAY, Seller, deliver(all()), held("awaiting_response")),
        (2 * DAY, Buyer, accept(all()), end),
    ]
}

/// Paid and delivered, with this much held.
fn delivered(due: Minor) -> Vec<Line> {
    let mut lines = accepted(due, "");
    lines.truncate(2);
    lines
}

#[track_caller]
fn ends(placed: Placed, due: Minor, end: &'static str) {
    story(placed, &accepted(due, end));
}

#[test]
fn the_marketplace_keeps_its_commission() {
    ends(under(tenth()), 25_000, "completed | held 0 | seller 22500 | marketplace 2500");
    let commission = Commission { rate: bps(1_000), fixed_minor: 300, non_split_minor: 5_000 };
    let terms = Terms { commission, ..Terms::default() };
    ends(under(terms), 25_000, "completed | held 0 | seller 22700 | marketplace 2300");
    let all_of_it = Commission { fixed_minor: 90_000, ..Commission::default() };
    let terms = Terms { commission: all_of_it, ..Terms::default() };
    ends(under(terms), 25_000, "completed | held 0 | marketplace 25000");
    let own_rate = |no, rate| Item { commission: Some(bps(rate)), ..goods(no, 1, 10_000) };
    let items = vec![own_rate(1, 2_000), own_rate(2, 0), goods(3, 1, 10_000)];
    let placed = Placed { items, ..under(tenth()) };
    ends(placed, 30_000, "completed | held 0 | seller 27000 | marketplace 3000");
}

#[test]
fn the_fee_for_holding_is_borne_as_agreed_and_keeps_its_bounds() {
    let by = |bearer| under(fee(100, 0, 0, bearer));
    let seller = "completed | held 0 | seller 22250 | marketplace 2500 | fee 250";
    ends(by(Bearer::Seller), 25_000, seller);
    let buyer = "completed | held 0 | seller 22500 | marketplace 2500 | fee 250";
    ends(by(Bearer::Buyer), 25_250, buyer);
    let both = "completed | held 0 | seller 22375 | marketplace 2500 | fee 250";
    ends(by(Bearer::Both), 25_125, both);
    let odd = "completed | held 0 | seller 22374 | marketplace 2500 | fee 251";
    ends(under(fee(100, 251, 0, Bearer::Both)), 25_125, odd);
    let least = "completed | held 0 | seller 22500 | marketplace 2500 | fee 400";
    ends(under(fee(100, 400, 500, Bearer::Buyer)), 25_400, least);
    let most = "completed | held 0 | seller 22500 | marketplace 2500 | fee 200";
    ends(under(fee(100, 0, 200, Bearer::Buyer)), 25_200, most);
    let huge = "completed | held 0 | fee 25000";
    ends(under(fee(100, 90_000, 0, Bearer::Seller)), 25_000, huge);
}

#[test]
fn the_courier_is_paid_by_whom_it_was_agreed() {
    let with = |share, bearer| Placed { provider: Some(courier(share, bearer)), ..under(tenth()) };
    let seller = "completed | held 0 | seller 21000 | provider 1500 | marketplace 2500";
    let marketplace = "completed | held 0 | seller 22500 | provider 1500 | marketplace 1000";
    ends(with(Share::Amount(1_500), ShareBearer::Seller), 25_000, seller);
    ends(with(Share::Rate(bps(600)), ShareBearer::Seller), 25_000, seller);
    ends(with(Share::Amount(1_500), ShareBearer::Marketplace), 25_000, marketplace);
    ends(with(Share::Rate(bps(600)), ShareBearer::Marketplace), 25_000, marketplace);
    let all_of_the_commission = "completed | held 0 | seller 22500 | provider 2500";
    ends(with(Share::Amount(9_000), ShareBearer::Marketplace), 25_000, all_of_the_commission);
    let all_of_the_rest = "completed | held 0 | provider 22500 | marketplace 2500";
    ends(with(Share::Amount(90_000), ShareBearer::Seller), 25_000, all_of_the_rest);
}

#[test]
fn a_couriers_share_is_never_negative() {
    let set = |share| Action::SetProvider {
        provider: Some((
            ProviderId(Uuid::from_u128(8)),
            DisplayName::parse("Slow").expect("a name"),
            share,
            ShareBearer::Seller,
        )),
    };
    story(
        two_lamps_and_a_cable(),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (HOUR, Seller, set(Share::Amount(-1)), "no: amount_not_positive"),
            (HOUR, Seller, set(Share::Amount(i64::MAX)), "no: amount_too_large"),
            (HOUR, Seller, set(Share::Amount(2_000)), "funded | held 25000"),
            (DAY, Seller, deliver(all()), "awaiting_response | held 25000"),
            (DAY, Buyer, accept(all()), "completed | held 0 | seller 23000 | provider 2000"),
        ],
    );
    let placed = Placed { provider: Some(courier(Share::Amount(-1), ShareBearer::Seller)), ..two_lamps_and_a_cable() };
    assert_eq!(placed.check().expect_err("it is negative").code(), "amount_not_positive");
}

#[test]
fn another_courier_or_commission_charges_the_fixed_part_only_once() {
    let commission = Commission { fixed_minor: 500, ..Commission::default() };
    story(
        under(Terms { commission, ..Terms::default() }),
        &[
            (HOUR, Gateway, pay(25_000), "funded | held 25000"),
            (DAY, Seller, deliver(some(None, &[(1, 1)])), "funded+awaiting_response | held 25000"),
            (DAY, Buyer, accept(all()), "funded+completed | held 15000 | seller 9800 | marketplace 200"),
            (DAY, Seller, says(Verb::SetProvider), "funded+completed | held 15000 | seller 9800 | marketplace 200"),
            (
                DAY,
                Operator,
                set_commission(commission),
                "funded+completed | held 15000 | seller 9800 | marketplace 200",
            ),
            (DAY, Seller, deliver(all()), "awaiting_response+completed | held 15000 | seller 9800 | marketplace 200"),
            (2 * DAY, Buyer, accept(all()), "completed+completed | held 0 | seller 24500 | marketplace 500"),
        ],
    );
}

#[test]
fn a_couriers_fixed_amount_is_paid_once_an_order() {
    let begun = [
        (HOUR, Gateway, pay(25_000), "funded | held 25000"),
        (DAY, Seller, deliver(some(None, &[(1, 1)])), "funded+awaiting_response | held 25000"),
        (DAY, Buyer, accept(all()), "funded+completed | held 15000 | seller 9400 | provider 600"),
    ];
    let ended = [
        (DAY, Seller, deliver(all()), "awaiting_response+completed | held 15000 | seller 9400 | provider 600"),
        (2 * DAY, Buyer, accept(all()), "completed+completed | held 0 | seller 23500 | provider 1500"),
    ];
    let still = "funded+completed | held 15000 | seller 9400 | provider 600";
    let again = |change| [&begun[..], &[change], &ended[..]].concat();
    let of = |share| Placed { provider: Some(courier(share, ShareBearer::Seller)), ..two_lamps_and_a_cable() };
    let same = |share| Action::SetProvider {
        provider: Some({
            let own = courier(share, ShareBearer::Seller);
            (own.id, DisplayName::parse(&own.name).expect("a name"), own.share, own.borne_by)
        }),
    };
    for change in [
        (DAY, Operator, set_commission(Commission::default()), still),
        (DAY, Seller, same(Share::Amount(1_500)), still),
    ] {
        story(of(Share::Amount(1_500)), &again(change));
    }
}

#[test]
fn shipping_and_rebates_ride_with_the_goods() {
    let items = vec![
        goods(1, 1, 10_000),
        goods(2, 2, 5_000),
        item(3, ItemKind::Shipping, 1, 1_001),
        item(4, ItemKind::Adjustment, 1, -4_000),
    ];
    story(
        Placed { items, ..two_lamps_and_a_cable() },
        &[
            (HOUR, Gateway, pay(17_001), "funded | held 17001"),
            (DAY, Seller, deliver(all()), "awaiting_response | held 17001"),
            (DAY, Buyer, accept(some(None, &[(1, 1)])), "awaiting_response+completed | held 8501 | seller 8500"),
            (
                DAY,
                Buyer,
                accept(some(Some(1), &[(2, 1)])),
                "awaiting_response+completed+completed | held 4251 | seller 12750",
            ),
            (DAY, Buyer, accept(all()), "completed+completed+completed | held 0 | seller 17001"),
        ],
    );
}

#[test]
fn a_part_is_refunded_by_amount_down_to_the_last_unit() {
    let amount = |amount| refund(None, HowMuch::Amount(amount));
    story(
        under(tenth()),
        &[
            delivered(25_000),
            vec![
                (DAY, Seller, amount(0), "no: amount_not_positive"),
                (DAY, Seller, amount(-5), "no: amount_not_positive"),
                (DAY, Seller, amount(i64::MIN), "no: amount_not_positive"),
                (DAY, Seller, amount(25_001), "no: amount_exceeds_held"),
                (DAY, Seller, amount(i64::MAX), "no: amount_exceeds_held"),
                (DAY, Operator, amount(24_999), "awaiting_response | held 1 | buyer 24999"),
                (DAY, Seller, amount(2), "no: amount_exceeds_held"),
                (DAY, Seller, amount(1), "completed | held 0 | buyer 25000"),
            ],
        ]
        .concat(),
    );
    story(
        under(tenth()),
        &[
            delivered(25_000),
            vec![
                (DAY, Seller, amount(5_000), "awaiting_response | held 20000 | buyer 5000"),
                (2 * DAY, Buyer, accept(all()), "completed | held 0 | buyer 5000 | seller 18000 | marketplace 2000"),
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_part_is_refunded_by_items_with_their_own_rate() {
    let own_rate = |no, rate| Item { commission: Some(bps(rate)), ..goods(no, 2, 5_000) };
    let placed = || Placed { items: vec![own_rate(1, 2_000), own_rate(2, 500)], ..two_lamps_and_a_cable() };
    let items = |items: &[(u16, u32)]| refund(None, HowMuch::Items(items.to_vec()));
    story(
        placed(),
        &[
            delivered(20_000),
            vec![
                (DAY, Seller, items(&[(1, 3)]), "no: too_many_pieces"),
                (DAY, Seller, items(&[(1, 0)]), "no: too_many_pieces"),
                (DAY, Seller, items(&[(1, 1), (1, 1)]), "no: too_many_pieces"),
                (DAY, Seller, items(&[(3, 1)]), "no: unknown_item"),
                (DAY, Seller, items(&[]), "no: amount_not_positive"),
                (DAY, Seller, items(&[(1, 1)]), "awaiting_response | held 15000 | buyer 5000"),
                (2 * DAY, Buyer, accept(all()), "completed | held 0 | buyer 5000 | seller 13500 | marketplace 1500"),
            ],
        ]
        .concat(),
    );
    story(
        placed(),
        &[
            delivered(20_000),
            vec![
                (DAY, Seller, items(&[(2, 2)]), "awaiting_response | held 10000 | buyer 10000"),
                (DAY, Seller, items(&[(2, 1)]), "no: too_many_pieces"),
                (DAY, Buyer, accept(some(None, &[(2, 1)])), "no: too_many_pieces"),
                (2 * DAY, Buyer, accept(all()), "completed | held 0 | buyer 10000 | seller 8000 | marketplace 2000"),
            ],
        ]
        .concat(),
    );
}

#[test]
fn what_was_held_is_charged_for_even_when_a_part_goes_back() {
    story(
        under(fee(100, 0, 0, Bearer::Buyer)),
        &[
            delivered(25_250),
            vec![
                (DAY, Seller, refund(None, HowMuch::Amount(10_000)), "awaiting_response | held 15250 | buyer 10000"),
                (
                    DAY,
                    Buyer,
                    accept(all()),
                    "completed | held 0 | buyer 10000 | seller 13500 | marketplace 1500 | fee 250",
                ),
            ],
        ]
        .concat(),
    );
    let all_back = "completed | held 0 | buyer 25250";
    let rejected = (DAY, Buyer, reject(all()), "rejected | held 25250");
    for (party, action) in [(Seller, take_back(true)), (Seller, says(Verb::Concede))] {
        let lines = vec![rejected.clone(), (DAY, party, action, all_back)];
        story(under(fee(100, 0, 0, Bearer::Buyer)), &[delivered(25_250), lines].concat());
    }
    let contested = (DAY, Seller, says(Verb::Contest), "dispute | held 25250");
    for (ruling, end) in [
        (Ruling::Refund, all_back),
        (Ruling::Split(0), all_back),
        (Ruling::Split(10_000), "completed | held 0 | buyer 15150 | seller 9000 | marketplace 1000 | fee 100"),
        (Ruling::Release, "completed | held 0 | seller 22500 | marketplace 2500 | fee 250"),
    ] {
        let lines = vec![rejected.clone(), contested.clone(), (DAY, Operator, rule(None, ruling), end)];
        story(under(fee(100, 0, 0, Bearer::Buyer)), &[delivered(25_250), lines].concat());
    }
}

#[test]
fn a_credit_gives_commission_back_in_proportion() {
    let released = "completed | held 0 | seller 22500 | marketplace 2500";
    let amount = |amount| credit(None, HowMuch::Amount(amount));
    let mut play = story(under(tenth()), &accepted(25_000, released));
    let credited = "completed | held 0 | seller 22500 | marketplace 2500 | credited 10000";
    let all = "completed | held 0 | seller 22500 | marketplace 2500 | credited 25000";
    go_on(
        &mut play,
        &[
            (3 * DAY, Seller, amount(0), "no: amount_not_positive"),
            (3 * DAY, Seller, amount(25_001), "no: amount_exceeds_released"),
            (3 * DAY, Seller, amount(10_000), credited),
        ],
    );
    let parties = play.order.parties.clone();
    assert_eq!(play.credit_of(&Account::Seller(parties.seller)), 22_500 - 9_000);
    assert_eq!(play.credit_of(&Account::Marketplace(parties.marketplace)), 2_500 - 1_000);
    assert_eq!(play.credit_of(&Account::Buyer(parties.buyer)), 10_000);
    go_on(
        &mut play,
        &[
            (4 * DAY, Operator, amount(15_001), "no: amount_exceeds_released"),
            (4 * DAY, Operator, credit(None, HowMuch::Items(vec![(1, 2), (2, 1)])), all),
            (4 * DAY, Operator, amount(1), "no: amount_exceeds_released"),
        ],
    );
    assert_eq!(play.credit_of(&Account::Seller(parties.seller)), 0);
    assert_eq!(play.credit_of(&Account::Marketplace(parties.marketplace)), 0);
}

#[test]
fn a_charge_back_takes_what_is_held_then_what_was_released_and_the_rest_is_lost() {
    let balances = |lines: &[Line]| {
        let mut play = story(under(tenth()), lines);
        let at = play.now.0 - play.order.placed_at.0;
        play.must(at, Gateway, &charge_back("p1"));
        let again = play.act(at, &crate::domain::order::tests::stage::actor(Gateway), &charge_back("p1"));
        assert!(again.is_err(), "a payment is reversed once");
        let parties = play.order.parties.clone();
        (
            -play.credit_of(&Account::Gateway("sandbox".to_owned())),
            play.credit_of(&Account::Seller(parties.seller)),
            play.credit_of(&Account::Buyer(parties.buyer)),
            -play.credit_of(&Account::Chargeback),
        )
    };
    assert_eq!(balances(&delivered(25_000)), (0, 0, 0, 0), "held");
    let released = "completed | held 0 | seller 22500 | marketplace 2500";
    assert_eq!(balances(&accepted(25_000, released)), (0, 0, 0, 2_500), "released");
    let refunded = "completed | held 0 | buyer 25000";
    let taken_back =
        vec![(DAY, Buyer, reject(all()), "rejected | held 25000"), (DAY, Seller, take_back(true), refunded)];
    let lines = [delivered(25_000), taken_back].concat();
    assert_eq!(balances(&lines), (0, 0, 25_000, 25_000), "refunded");
    let some_accepted = vec![
        (
            DAY,
            Buyer,
            accept(some(None, &[(2, 1)])),
            "awaiting_response+completed | held 20000 | seller 4500 | marketplace 500",
        ),
        (
            DAY,
            Seller,
            refund(Some(1), HowMuch::Amount(3_000)),
            "awaiting_response+completed | held 17000 | buyer 3000 | seller 4500 | marketplace 500",
        ),
    ];
    let lines = [delivered(25_000), some_accepted].concat();
    assert_eq!(balances(&lines), (0, 0, 3_000, 3_500), "some of each");
}

/// An offer to share names an amount of what was held when it was made.
#[test]
fn an_offer_to_share_falls_when_there_is_less_to_share() {
    let rejected = (DAY, Buyer, reject(all()), "rejected | held 25000");
    let offered = (DAY, Seller, offer_settlement(None, 24_000), "rejected | held 25000");
    story(
        two_lamps_and_a_cable(),
        &[
            delivered(25_000),
            vec![
                rejected.clone(),
                offered.clone(),
                (DAY, Seller, refund(None, HowMuch::Amount(20_000)), "rejected | held 5000 | buyer 20000"),
                (DAY, Buyer, accept_settlement(None, 24_000), "no: nothing_offered"),
            ],
        ]
        .concat(),
    );
    story(
        two_lamps_and_a_cable(),
        &[
            delivered(25_000),
            vec![
                rejected,
                offered,
                (DAY, Buyer, accept(some(None, &[(2, 1)])), "rejected+completed | held 20000 | seller 5000"),
                (DAY, Buyer, accept_settlement(None, 24_000), "no: nothing_offered"),
            ],
        ]
        .concat(),
    );
}

/// With a tenth here and a tenth there rounded down alone, the last unit would be owed twice.
#[test]
fn charges_on_the_last_unit_never_exceed_it() {
    let terms = Terms {
        commission: Commission { rate: bps(5_000), ..Commission::default() },
        ..fee(3_300, 0, 0, Bearer::Seller)
    };
    let placed = || Placed {
        items: vec![goods(1, 3, 1)],
        provider: Some(courier(Share::Rate(bps(10_000)), ShareBearer::Seller)),
        ..under(terms)
    };
    for to_seller in 0..=3 {
        let mut play = story(placed(), &delivered(3));
        play.must(DAY, Buyer, &reject(all()));
        play.must(DAY, Seller, &offer_settlement(None, to_seller));
        play.must(DAY, Buyer, &accept_settlement(None, to_seller));
        assert_eq!(play.order.gone.buyer, 3 - to_seller);
        let mut play = story(placed(), &delivered(3));
        for _ in 0..3 {
            play.must(DAY, Buyer, &accept(some(Some(1), &[(1, 1)])));
        }
    }
}
