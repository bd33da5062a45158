//! What is said while an amount is typed is what happens when it is sent.

use crate::domain::money::Minor;
use crate::domain::order::action::{HowMuch, Ruling, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::event::{Event, Placed};
use crate::domain::order::preview::{Kind, Preview};
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, Terms};
use crate::domain::order::tests::speech::{accept, all, credit, deliver, pay, plainly, refund, reject, rule};
use crate::domain::order::tests::stage::{DAY, HOUR, Play, bps, courier, under};
use crate::domain::order::{Item, ItemKind, Share, ShareBearer};
use crate::domain::party::Party;

/// With everybody taking a part: commission, a fee borne by both, a courier paid out of either.
fn placed(borne_by: ShareBearer) -> Placed {
    let escrow_fee = EscrowFee { rate: bps(333), least_minor: 0, most_minor: 0, borne_by: Bearer::Both };
    let commission = Commission { rate: bps(1_234), fixed_minor: 77, non_split_minor: 0 };
    let terms = Terms { escrow_fee, commission, ..Terms::default() };
    Placed { provider: Some(courier(Share::Amount(701), borne_by)), ..under(terms) }
}

fn delivered(borne_by: ShareBearer) -> Play {
    let mut play = Play::begin(placed(borne_by));
    let due = play.order.due_minor();
    play.must(HOUR, Party::Gateway, &pay(due));
    play.must(DAY, Party::Seller, &deliver(all()));
    play
}

/// The preview as a browser has it: read from what was written into the page.
fn in_browser(play: &Play, kind: Kind, reader: Party) -> Preview {
    let preview = Preview::of(&play.order, &play.order.deliveries[0], kind, reader);
    let slices = Preview::read_slices(&preview.written_slices()).expect("what was written can be read");
    assert_eq!(slices, preview.slices);
    assert_eq!(Kind::from_code(preview.kind.code()), Some(kind));
    Preview { slices, ..preview }
}

fn flow(events: &[Event]) -> Flow {
    events.iter().fold(Flow::ZERO, |sum, event| sum.plus(event.flow()))
}

fn amounts(whole: Minor) -> impl Iterator<Item = Minor> {
    [0, 1, 2, 99, 100, 7_777, whole - 1, whole].into_iter()
}

fn typed(minor: Minor) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[test]
fn a_shared_amount_goes_where_it_was_said() {
    for borne_by in [ShareBearer::Seller, ShareBearer::Marketplace] {
        let whole = delivered(borne_by).order.deliveries[0].open().amount;
        for to_seller in amounts(whole) {
            let mut play = delivered(borne_by);
            play.must(DAY + HOUR, Party::Buyer, &reject(all()));
            let contest = plainly(&play.order, Verb::Contest, Party::Seller, Some(1));
            play.must(DAY + 2 * HOUR, Party::Seller, &contest);
            let preview = in_browser(&play, Kind::Settle, Party::Operator);
            let ruled = play.must(DAY + 3 * HOUR, Party::Operator, &rule(Some(1), Ruling::Split(to_seller)));
            assert_eq!(preview.settled(to_seller), flow(&ruled), "{to_seller} to the seller");
            let said = preview.sentence(&typed(to_seller)).expect("it is an amount");
            assert_eq!(said, play.order.flow_sentence(flow(&ruled), Party::Operator));
        }
    }
}

#[test]
fn a_refund_and_a_credit_take_what_they_said() {
    for borne_by in [ShareBearer::Seller, ShareBearer::Marketplace] {
        let whole = delivered(borne_by).order.deliveries[0].open().amount;
        for minor in amounts(whole).filter(|minor| *minor > 0) {
            let mut play = delivered(borne_by);
            let said = in_browser(&play, Kind::Refund, Party::Seller).sentence(&typed(minor));
            let events = play.must(DAY + HOUR, Party::Seller, &refund(Some(1), HowMuch::Amount(minor)));
            let back = play.order.money(flow(&events).buyer);
            let left = play.order.deliveries[0].open().amount;
            let rest = if left == 0 {
                ", and nothing stays held.".to_owned()
            } else {
                format!("; {} stays held.", play.order.money(left))
            };
            assert_eq!(said, Some(format!("{back} goes back to {}{rest}", play.order.name_of(Party::Buyer))));

            let mut play = delivered(borne_by);
            play.must(DAY + HOUR, Party::Buyer, &accept(all()));
            let said = in_browser(&play, Kind::Credit, Party::Operator).sentence(&typed(minor)).expect("an amount");
            let credited = play.must(2 * DAY, Party::Operator, &credit(Some(1), HowMuch::Amount(minor)));
            let Some(Event::Credited { flow, .. }) = credited.last() else { panic!("{credited:?}") };
            for part in [flow.buyer, -flow.seller].into_iter().filter(|part| *part != 0) {
                assert!(said.contains(&play.order.money(part).to_string()), "{said} for {flow:?}");
            }
            assert_eq!(said.contains("marketplace fee"), flow.marketplace != 0, "{said} for {flow:?}");
        }
    }
}

#[test]
fn what_is_no_amount_is_not_spoken_of_and_too_much_is_named() {
    let play = delivered(ShareBearer::Seller);
    let whole = play.order.deliveries[0].open().amount;
    for kind in [Kind::Settle, Kind::Refund] {
        let preview = in_browser(&play, kind, Party::Buyer);
        for nothing in ["", "x", "-1", "1,5", "0.001"] {
            assert_eq!(preview.sentence(nothing), None, "{nothing}");
        }
        let only = format!("Only {} is held.", play.order.money(whole));
        assert_eq!(preview.sentence(&typed(whole + 1)), Some(only.clone()));
        assert_eq!(preview.sentence("9999999999999999"), Some(only));
        assert_eq!(preview.sentence("99999999999999999"), None, "no longer an amount");
    }
    assert_eq!(in_browser(&play, Kind::Refund, Party::Buyer).sentence("0"), None);
}

#[test]
fn a_title_says_how_many_of_the_first_and_how_many_others() {
    let mut order = delivered(ShareBearer::Seller).order;
    order.items.retain(|item| item.kind == ItemKind::Goods);
    let mut titled = |quantities: &[u32]| {
        let first = order.items[0].clone();
        order.items = quantities
            .iter()
            .map(|quantity| Item { quantity: *quantity, title: "Lamp".to_owned(), ..first.clone() })
            .collect();
        order.title()
    };
    assert_eq!(titled(&[1]), "Lamp");
    assert_eq!(titled(&[2]), "2 × Lamp");
    assert_eq!(titled(&[1, 1]), "Lamp and 1 more item");
    assert_eq!(titled(&[2, 1]), "2 × Lamp and 1 more item");
    assert_eq!(titled(&[1, 2]), "Lamp and 2 more items");
}
