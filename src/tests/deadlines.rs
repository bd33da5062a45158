//! What silence brings: every clock row of the table is carried out by the worker, at its deadline and not before.

use std::collections::BTreeSet;

use holdfast::{
    domain::{
        id::Reference,
        order::{action::Verb, rules::RULES, status::Status},
        party::{Party, Source},
        time::Span,
    },
    server::outbox::deadlines::{self, Worker},
};

use crate::helpers::{Shop, Store, TestApp, each_store};

const REJECT: [(&str, &str); 3] = [("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")];

/// Something that a person does before the silence.
#[derive(Debug, Clone, Copy)]
enum Do {
    Pay,
    Seller(&'static str, &'static [(&'static str, &'static str)]),
    Buyer(&'static str, &'static [(&'static str, &'static str)]),
}

/// A row of the table: the terms, what is done before, and what silence then brings.
struct Silence {
    terms: &'static [(&'static str, &'static str)],
    before: &'static [Do],
    verb: Verb,
    events: &'static [&'static str],
    status: Status,
}

const DELIVERED: [Do; 2] = [Do::Pay, Do::Seller("deliver", &[])];
const REJECTED: [Do; 3] = [Do::Pay, Do::Seller("deliver", &[]), Do::Buyer("reject", &REJECT)];
const RETURNING: [Do; 4] =
    [REJECTED[0], REJECTED[1], REJECTED[2], Do::Seller("take_back", &[("goods_are_back", "no")])];

const ROWS: [Silence; 13] = [
    Silence { terms: &[], before: &[], verb: Verb::Expire, events: &["expired"], status: Status::Expired },
    Silence {
        terms: &[],
        before: &[Do::Pay],
        verb: Verb::LapseDelivery,
        events: &["delivery_lapsed"],
        status: Status::Cancelled,
    },
    Silence {
        terms: &[],
        before: &[Do::Pay, Do::Seller("dispatch", &[])],
        verb: Verb::LapseDelivery,
        events: &["delivery_lapsed"],
        status: Status::Cancelled,
    },
    Silence {
        terms: &[],
        before: &DELIVERED,
        verb: Verb::LapseInspection,
        events: &["inspection_lapsed", "released"],
        status: Status::Completed,
    },
    Silence {
        terms: &[("release_delay", "2")],
        before: &DELIVERED,
        verb: Verb::LapseInspection,
        events: &["inspection_lapsed"],
        status: Status::Accepted,
    },
    Silence {
        terms: &[("on_silence", "refund")],
        before: &DELIVERED,
        verb: Verb::LapseInspection,
        events: &["refunded_in_full"],
        status: Status::Completed,
    },
    Silence {
        terms: &[("release_delay", "2")],
        before: &[Do::Pay, Do::Seller("deliver", &[]), Do::Buyer("accept", &[])],
        verb: Verb::Release,
        events: &["released"],
        status: Status::Completed,
    },
    Silence {
        terms: &[],
        before: &REJECTED,
        verb: Verb::LapseAnswer,
        events: &["refunded_in_full"],
        status: Status::Completed,
    },
    Silence {
        terms: &[],
        before: &[REJECTED[0], REJECTED[1], REJECTED[2], Do::Seller("offer_second_attempt", &[])],
        verb: Verb::LapseOffer,
        events: &["offer_lapsed"],
        status: Status::SecondAttempt,
    },
    Silence {
        terms: &[],
        before: &[
            REJECTED[0],
            REJECTED[1],
            REJECTED[2],
            Do::Seller("offer_second_attempt", &[]),
            Do::Buyer("agree_second_attempt", &[]),
        ],
        verb: Verb::LapseDelivery,
        events: &["delivery_lapsed"],
        status: Status::Cancelled,
    },
    Silence {
        terms: &[],
        before: &RETURNING,
        verb: Verb::LapseReturn,
        events: &["return_lapsed", "released"],
        status: Status::Completed,
    },
    Silence {
        terms: &[],
        before: &[RETURNING[0], RETURNING[1], RETURNING[2], RETURNING[3], Do::Buyer("send_return", &[])],
        verb: Verb::LapseReturn,
        events: &["refunded_in_full"],
        status: Status::Completed,
    },
    Silence {
        terms: &[],
        before: &[REJECTED[0], REJECTED[1], REJECTED[2], Do::Seller("contest", &[("statement", "It was whole")])],
        verb: Verb::Escalate,
        events: &["escalated"],
        status: Status::UnderReview,
    },
];

async fn prepared(shop: &Shop<'_>, row: &Silence) -> Reference {
    let reference = shop.place(row.terms).await;
    for step in row.before {
        match step {
            Do::Pay => drop(shop.pay(&reference).await),
            Do::Seller(verb, fields) => {
                drop(shop.act(&shop.seller, &reference, verb, fields).await.fine());
            }
            Do::Buyer(verb, fields) => {
                drop(shop.act(&shop.buyer, &reference, verb, fields).await.fine());
            }
        }
    }
    reference
}

async fn step(app: &TestApp) -> usize {
    deadlines::step(&app.state.services).await.expect("the clock works")
}

async fn check(store: Store, row: &Silence) {
    let app = TestApp::on(store).await;
    let shop = Shop::open(&app).await;
    let reference = prepared(&shop, row).await;
    let before = shop.order(&reference).await;
    let (_, verb, at) = before.next_lapse().expect("the clock has something to do");
    assert_eq!(verb, row.verb);
    app.clock.set(at.shifted(-1));
    assert_eq!(step(&app).await, 0, "{verb:?}: nothing is due a microsecond before");
    assert_eq!(shop.order(&reference).await, before);
    app.clock.set(at);
    assert_eq!(step(&app).await, 1, "{verb:?}");
    let after = shop.order(&reference).await;
    assert_eq!(after.status(), row.status, "{verb:?}");
    let mut reader = app.state.services.db.reader().await.expect("the database answers");
    let rows = holdfast::server::storage::events::list(&mut reader, after.id).await.expect("events can be read");
    let entries: Vec<_> =
        rows.iter().skip(before.version as usize).map(|row| row.entry().expect("a whole row")).collect();
    let codes: Vec<&str> = entries.iter().map(|entry| entry.event.code()).collect();
    assert_eq!(codes, row.events, "{verb:?}");
    for entry in &entries {
        assert_eq!((entry.actor.party, entry.actor.source, entry.at), (Party::Clock, Source::Clock, at), "{verb:?}");
    }
    if after.is_over() {
        assert_eq!(after.held_minor(), 0, "{verb:?}");
        assert!(!shop.ledger(&reference).await.contains_key("liabilities:escrow"), "{verb:?}: nothing stays in escrow");
    }
    assert_eq!(step(&app).await, 0, "{verb:?}: it happens once");
}

#[tokio::test]
async fn every_clock_row_acts_at_its_deadline_and_not_a_microsecond_before() {
    let tried: BTreeSet<Verb> = ROWS.iter().map(|row| row.verb).collect();
    let of_the_table: BTreeSet<Verb> = RULES.iter().filter(|row| !row.clock.is_empty()).map(|row| row.verb).collect();
    assert_eq!(tried, of_the_table, "every clock row of the table is tried");
    each_store(async |app| {
        for row in &ROWS {
            check(app.store, row).await;
        }
    })
    .await;
}

#[tokio::test]
async fn one_lapse_after_the_other_is_carried_out_as_its_time_comes() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[("release_delay", "1")]).await;
        app.wait(Span::days(3));
        assert_eq!(step(&app).await, 1);
        assert_eq!(shop.order(&order).await.status(), Status::Accepted);
        app.wait(Span::days(1));
        assert_eq!(step(&app).await, 1);
        assert_eq!(shop.ledger(&order).await["liabilities:payable:seller"], -50_000);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_slept_catches_up_with_all_orders() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let mut orders = Vec::new();
        for _ in 0..5 {
            orders.push(shop.place(&[]).await);
        }
        shop.pay(&orders[0]).await;
        app.wait(Span::days(100));
        assert_eq!(step(&app).await, 5);
        for (at, order) in orders.iter().enumerate() {
            let expected = if at == 0 { Status::Cancelled } else { Status::Expired };
            assert_eq!(shop.order(order).await.status(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn accepting_and_silence_at_the_same_instant_have_one_winner() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for (before, expected) in [(-1, "accepted"), (0, "refunded_in_full"), (1, "refunded_in_full")] {
            let order = shop.delivered(&[("on_silence", "refund")]).await;
            let at = shop.order(&order).await.deadline_at();
            app.clock.set(at.shifted(before));
            let (accepted, lapsed) = tokio::join!(shop.act(&shop.buyer, &order, "accept", &[]), step(&app));
            assert_eq!(accepted.status < 400, before < 0, "{}: {}", before, accepted.body);
            assert_eq!(lapsed, usize::from(before >= 0));
            let view = shop.view(&shop.seller, &order).await;
            assert_eq!(view.timeline[3].event.code(), expected);
            assert_eq!(view.order.held_minor(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn several_workers_on_one_database_carry_out_each_lapse_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..6 {
            shop.delivered(&[]).await;
        }
        app.wait(Span::days(4));
        let workers = (0..4).map(|_| step(&app));
        let done: usize = futures::future::join_all(workers).await.into_iter().sum();
        assert!(done >= 6, "each was done by somebody: {done}");
        assert_eq!(app.count("events").await, 6 * 5, "placed, paid, delivered, lapsed, released");
        assert_eq!(step(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn in_a_dispute_no_other_clock_runs() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let reject = [&REJECT[..], &[("item.1", "1")]].concat();
        shop.acts(&shop.buyer, &order, "reject", &reject, Status::Rejected).await;
        shop.acts(&shop.seller, &order, "contest", &[("statement", "It was whole")], Status::Dispute).await;
        app.wait(Span::days(300));
        assert_eq!(step(&app).await, 1, "only the negotiation ends");
        let stored = shop.order(&order).await;
        assert_eq!((stored.status(), stored.held_minor()), (Status::UnderReview, 50_000));
        assert!(stored.deliveries.iter().any(|part| part.status == Status::AwaitingResponse));
    })
    .await;
}

#[tokio::test]
async fn an_order_that_fails_rests_and_holds_up_nobody_else() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (broken, whole) = (shop.place(&[]).await, shop.place(&[]).await);
        let id = shop.order(&broken).await.id;
        // Its row says that something is due, but cannot be read.
        let reference = broken.as_str();
        let spoilt =
            format!("update orders set state = '{{}}', deadline_at = deadline_at - 1 where reference = '{reference}'");
        app.execute(&spoilt).await.expect("a row can be spoilt by hand");
        app.wait(Span::days(3));
        let mut worker = Worker::new(app.state.services.clone());
        assert_eq!(worker.step().await.expect("the clock works"), 1);
        assert_eq!(shop.order(&whole).await.status(), Status::Expired);
        let third = shop.place(&[]).await;
        app.wait(Span::days(3));
        assert_eq!(worker.step().await.expect("the clock works"), 1, "{id} does not come in the way");
        assert_eq!(shop.order(&third).await.status(), Status::Expired);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_swept_away() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.delivered(&[]).await;
        let answers = app.count("idempotency").await;
        assert!(answers > 0 && app.count("sessions").await == 8);
        app.wait(Span::days(29));
        holdfast::server::outbox::housekeeping::step(&app.state.services).await;
        assert_eq!((app.count("idempotency").await, app.count("sessions").await), (answers, 8));
        app.wait(Span::days(60));
        holdfast::server::outbox::housekeeping::step(&app.state.services).await;
        assert_eq!((app.count("idempotency").await, app.count("sessions").await), (0, 0));
    })
    .await;
}
