//! Forms: each verb's plain form is read, what is missing or wrong is said beside its field, and nothing else is taken.

use uuid::Uuid;

use super::running::{RunningTotal, TypedRow};
use super::{Fields, parse, parse_items, parse_terms};
use crate::domain::id::{MarketplaceId, OrderId, Reference, SellerId, UserId};
use crate::domain::money::{Bps, Currency};
use crate::domain::order::action::{Action, HowMuch, Ruling, Verb};
use crate::domain::order::event::Placed;
use crate::domain::order::terms::Terms;
use crate::domain::order::{Item, ItemKind, Order, Parties};
use crate::domain::time::{Moment, Span};

fn naira() -> Currency {
    "NGN".parse().expect("a currency")
}

fn order() -> Order {
    let id = Uuid::from_u128;
    let commission = Bps::new(700);
    let title = "Lamp".to_owned();
    let kind = ItemKind::Goods;
    let placed = Placed {
        id: OrderId(id(1)),
        reference: Reference::from_bits(1),
        parties: Parties {
            marketplace: MarketplaceId(id(2)),
            marketplace_name: "Market".to_owned(),
            seller: SellerId(id(3)),
            seller_name: "Seller".to_owned(),
            buyer: UserId(id(4)),
            buyer_name: "Buyer".to_owned(),
        },
        external_ref: None,
        channel: "screen".to_owned(),
        currency: naira(),
        items: vec![Item { no: 1, title, kind, quantity: 2, unit_minor: 100, commission, due_at: None }],
        terms: Terms::default(),
        milestones: false,
        provider: None,
        handover_digest: String::new(),
    };
    Order::placed(&placed, Moment(0))
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Each verb that people carry out, with the plainest form that is complete.
const PLAIN: &[(Verb, &[(&str, &str)])] = &[
    (Verb::Dispatch, &[]),
    (Verb::Deliver, &[]),
    (Verb::HandOver, &[("code", "123456")]),
    (Verb::Accept, &[]),
    (Verb::Reject, &[("code", "damaged"), ("remedy", "refund"), ("text", "It is broken")]),
    (Verb::OfferSecondAttempt, &[]),
    (Verb::AgreeSecondAttempt, &[]),
    (Verb::TakeBack, &[("goods_are_back", "no")]),
    (Verb::SendReturn, &[]),
    (Verb::ReceiveReturn, &[]),
    (Verb::Contest, &[("statement", "It was whole")]),
    (Verb::OfferSettlement, &[("to_seller", "12.50")]),
    (Verb::AcceptSettlement, &[("to_seller", "12.50")]),
    (Verb::Withdraw, &[]),
    (Verb::Concede, &[]),
    (Verb::Escalate, &[]),
    (Verb::Rule, &[("ruling", "split"), ("to_seller", "1"), ("reasons", "As shown")]),
    (Verb::Cancel, &[("reason", "Changed my mind")]),
    (Verb::Refund, &[("amount", "1,000.05"), ("reason", "A scratch")]),
    (Verb::Credit, &[("amount", "7"), ("reason", "A scratch")]),
    (Verb::EditItems, &[("title.1", "Lamp"), ("price.1", "3")]),
    (Verb::EditTerms, &[("inspection_window", "2.5"), ("release_delay", "36h")]),
    (Verb::SetCommission, &[("commission_rate", "1.5")]),
    (Verb::SetProvider, &[("provider", "")]),
    (Verb::Track, &[("carrier", "GIG"), ("tracking", "1")]),
    (Verb::Miss, &[]),
    (Verb::Note, &[("text", "Seen"), ("audience", "everyone")]),
    (Verb::AddMilestone, &[("title", "The roof"), ("amount", "5")]),
];

#[test]
fn the_plain_form_of_each_verb_is_read() {
    for (verb, typed) in PLAIN {
        let action = parse(*verb, &fields(typed), &order());
        assert_eq!(action.map(|action| action.verb()), Ok(*verb), "{verb:?}");
    }
    let known: Vec<Verb> = PLAIN.iter().map(|(verb, _)| *verb).collect();
    for verb in Verb::ALL.iter().filter(|verb| !known.contains(verb)) {
        assert!(parse(*verb, &Fields::new(), &order()).is_err(), "{verb:?} is nobody's form");
    }
}

#[test]
fn each_missing_field_is_named_and_no_other_field_is_taken() {
    for (verb, typed) in PLAIN {
        for (name, _) in typed.iter().filter(|(name, _)| needed(*verb, name)) {
            let rest: Vec<(&str, &str)> = typed.iter().filter(|(other, _)| other != name).copied().collect();
            let error = parse(*verb, &fields(&rest), &order()).expect_err("something is missing");
            assert!(error.for_field(name).is_some(), "{verb:?} without {name}: {error:?}");
        }
        let stray = [typed, &[("party", "operator")][..]].concat();
        let error = parse(*verb, &fields(&stray), &order()).expect_err("nobody asked for that");
        assert!(error.for_field("party").is_some(), "{verb:?}: {error:?}");
    }
}

fn needed(verb: Verb, name: &str) -> bool {
    match verb {
        Verb::EditTerms | Verb::SetCommission | Verb::SetProvider => false,
        Verb::EditItems => name != "title.1",
        _ => true,
    }
}

#[test]
fn hostile_fields_are_refused_beside_their_name_and_break_nothing() {
    let hostile = [
        "-1",
        "1e9",
        "1,5",
        "99999999999999999999",
        "é",
        "\0",
        "<b>",
        "NaN",
        "0x1",
        "½",
        "\u{202e}",
        "h",
        ".",
        "-",
        "9.99h",
    ];
    for (verb, typed) in PLAIN {
        let names = typed.iter().map(|(name, _)| *name).chain(["delivery", "item.1", "item.x", "item.", "carrier"]);
        for name in names {
            for text in hostile.iter().map(|text| (*text).to_owned()).chain(["x".repeat(5_000)]) {
                let mut form = fields(typed);
                form.insert(name.to_owned(), text.clone());
                if let Err(error) = parse(*verb, &form, &order()) {
                    assert!(!error.fields.is_empty(), "{verb:?} {name} {text}: no field is named");
                    assert!(error.fields.iter().all(|wrong| !wrong.message.is_empty()));
                }
            }
        }
    }
}

#[test]
fn pieces_are_chosen_by_item() {
    let chosen = |typed: &[(&str, &str)]| match parse(Verb::Accept, &fields(typed), &order()) {
        Ok(Action::Accept { parts }) => Ok((parts.delivery, parts.items)),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.fields.iter().map(|wrong| wrong.field.clone()).collect::<Vec<_>>()),
    };
    assert_eq!(chosen(&[]), Ok((None, vec![])));
    assert_eq!(chosen(&[("delivery", "2"), ("item.1", "2"), ("item.3", "0")]), Ok((Some(2), vec![(1, 2)])));
    assert_eq!(chosen(&[("item.1", ""), ("item.3", "0")]), Err(vec!["items".to_owned()]));
    assert_eq!(chosen(&[("item.1", "-1")]), Err(vec!["item.1".to_owned()]));
    assert_eq!(chosen(&[("delivery", "65536")]), Err(vec!["delivery".to_owned()]));
    let refund = parse(Verb::Refund, &fields(&[("item.1", "1"), ("reason", "A scratch")]), &order());
    let Ok(Action::Refund { how_much, .. }) = refund else { panic!("{refund:?}") };
    assert_eq!(how_much, HowMuch::Items(vec![(1, 1)]));
}

#[test]
fn a_ruling_names_an_amount_only_when_it_shares() {
    let ruled = |ruling| {
        let typed = [("ruling", ruling), ("to_seller", "1.50"), ("reasons", "As shown")];
        match parse(Verb::Rule, &fields(&typed), &order()) {
            Ok(Action::Rule { ruling, .. }) => Some(ruling),
            _ => None,
        }
    };
    assert_eq!(ruled("release"), Some(Ruling::Release));
    assert_eq!(ruled("refund"), Some(Ruling::Refund));
    assert_eq!(ruled("split"), Some(Ruling::Split(150)));
    assert_eq!(ruled("mine"), None);
}

#[test]
fn a_rebate_is_taken_off_and_an_extra_is_added() {
    let adjusted = |kind, price| {
        let typed =
            [("title.1", "Lamp"), ("price.1", "3"), ("title.2", "More or less"), ("price.2", price), ("kind.2", kind)];
        parse_items(&fields(&typed), naira()).map(|items| (items[1].kind, items[1].unit_minor))
    };
    assert_eq!(adjusted("rebate", "1"), Ok((ItemKind::Adjustment, -100)));
    assert_eq!(adjusted("rebate", "-1"), Ok((ItemKind::Adjustment, -100)), "a minus takes nothing off twice");
    assert_eq!(adjusted("extra", "1"), Ok((ItemKind::Adjustment, 100)));
    for (kind, price) in [("extra", "-1"), ("rebate", ""), ("extra", ""), ("rebate", "--")] {
        let error = adjusted(kind, price).expect_err("wrong");
        assert!(error.for_field("price.2").is_some(), "{kind} {price}: {error:?}");
    }
}

#[test]
fn items_and_terms_are_read_and_what_is_not_shown_is_kept() {
    let typed =
        [("title.1", "Lamp"), ("price.1", "3"), ("title.2", "Rebate"), ("price.2", "-1"), ("kind.2", "adjustment")];
    let items = parse_items(&fields(&typed), naira()).expect("two items");
    assert_eq!(items.iter().map(|item| item.unit_minor).collect::<Vec<_>>(), [300, -100]);
    assert_eq!(items.iter().map(|item| item.no).collect::<Vec<_>>(), [1, 2]);
    let twice = [("title.1", "Lamp"), ("price.1", "3"), ("title.01", "Lamp")];
    assert_eq!(parse_items(&fields(&twice), naira()).map(|items| items.len()), Ok(1));
    assert!(parse_items(&Fields::new(), naira()).is_err());
    let edited = parse(Verb::EditItems, &fields(&typed), &order());
    let Ok(Action::EditItems { items }) = edited else { panic!("{edited:?}") };
    assert_eq!((items[0].commission, items[1].commission), (Bps::new(700), None), "its own rate is kept");
    let typed = [("inspection_window", "2.5"), ("release_delay", "36h"), ("on_silence", "refund")];
    let terms = parse_terms(&fields(&typed), &Terms::default(), naira()).expect("terms");
    assert_eq!((terms.inspection_window, terms.release_delay), (Span::hours(60), Span::hours(36)));
    assert_eq!(terms.answer_window, Terms::default().answer_window);
    for (name, text) in
        [("inspection_window", "1.25"), ("on_silence", "maybe"), ("max_attempts", "x"), ("commission_rate", "101")]
    {
        let error = parse_terms(&fields(&[(name, text)]), &Terms::default(), naira()).expect_err("wrong");
        assert!(error.for_field(name).is_some(), "{error:?}");
    }
}

/// Rows as "kind quantity price", where `_` is an empty field.
fn typed_rows(rows: &[&str]) -> Vec<TypedRow> {
    let field = |text: Option<&str>| text.filter(|text| *text != "_").unwrap_or_default().to_owned();
    let row = |row: &&str| {
        let mut fields = row.split(' ');
        let mut next = || field(fields.next());
        TypedRow { kind: next(), quantity: next(), price: next() }
    };
    rows.iter().map(row).collect()
}

#[track_caller]
fn comes_to(rows: &[&str], said: Option<&str>) {
    let said = said.map(|said| said.replace("₦ ", "₦\u{a0}"));
    assert_eq!(RunningTotal::of(naira()).sentence(&typed_rows(rows)), said, "{rows:?}");
}

#[test]
fn what_is_typed_so_far_is_summed_up() {
    comes_to(&["goods 2 10000", "goods 1 5,000.00", "goods 1 _"], Some("Total ₦ 25,000.00."));
    comes_to(&["goods _ 0.5"], Some("Total ₦ 0.50."));
    let all = ["goods 2 10000", "shipping 1 1500", "extra 1 50", "rebate 1 500", "rebate 1 -50"];
    let parts = "Goods ₦ 20,000.00, shipping ₦ 1,500.00, extra ₦ 50.00, rebate ₦ 550.00.";
    comes_to(&all, Some(&format!("{parts} Total ₦ 21,000.00.")));
}

#[test]
fn nothing_is_summed_up_while_a_field_is_not_a_number_yet_or_the_sum_is_no_order() {
    comes_to(&[], None);
    comes_to(&["goods 1 _"], None);
    for row in ["goods 1 1,5", "goods x 5", "goods 0 5", "goods 100001 5", "extra 1 -5", "goods 1 -5", "magic 1 5"] {
        comes_to(&["goods 1 5", row], None);
    }
    comes_to(&["goods 1 5", "rebate 1 5"], None);
    comes_to(&["goods 100000 9999999999999999"], None);
}

#[test]
fn the_sum_that_is_said_is_that_of_the_items_that_are_sold() {
    let kinds = ["goods", "shipping", "rebate", "extra", "adjustment", ""];
    for (at, kind) in kinds.into_iter().enumerate() {
        for amount in ["1", "12.34", "-7", "1,000", "0.001", "x", ""] {
            let typed = [
                ("title.1", "Lamp"),
                ("quantity.1", "3"),
                ("price.1", "1000"),
                ("kind.1", "goods"),
                ("title.2", "More"),
                ("quantity.2", if at % 2 == 0 { "2" } else { "" }),
                ("price.2", amount),
                ("kind.2", kind),
            ];
            let rows = ["1", "2"].map(|no| {
                let field = |name: &str| {
                    let name = format!("{name}.{no}");
                    typed.iter().find(|(typed, _)| *typed == name).map_or("", |(_, value)| value).to_owned()
                };
                TypedRow { kind: field("kind"), quantity: field("quantity"), price: field("price") }
            });
            let said = RunningTotal::of(naira()).sentence(&rows);
            let Ok(items) = parse_items(&fields(&typed), naira()) else {
                assert!(said.is_none() || amount.is_empty(), "{kind} {amount} is refused, and said to be {said:?}");
                continue;
            };
            let sum: i64 = items.iter().map(|item| item.unit_minor * i64::from(item.quantity)).sum();
            let total = format!("Total {}.", crate::domain::money::Money::new(sum, naira()));
            match said {
                Some(said) => assert!(said.ends_with(&total), "{said} is not {total}"),
                None => assert!(items.iter().any(|item| item.unit_minor < 0), "{kind} {amount}"),
            }
        }
    }
}
