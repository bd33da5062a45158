//! What is sent and what becomes of it: signed thin bodies, retries, leases, giving up, disabling, sending again.

use std::{collections::BTreeSet, ops::ControlFlow, time::Duration};

use holdfast::{
    domain::{
        id::EndpointId,
        order::status::Status,
        time::Span,
        webhook::{DeliveryDetail, State},
    },
    server::{
        service::{
            seed::{self, Wish},
            verify,
            webhooks::sending::{self, DISABLED_AFTER, LEASE},
        },
        webhook::{Reach, Sender, SigningSecret},
    },
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Added, Receiver, add, log,
    receiver::{Came, breaking_port},
    shown, states, step,
};
use crate::helpers::{Shop, TestApp, each_store};

fn endpoint_id(added: &Added) -> EndpointId {
    EndpointId(Uuid::try_parse(&added.id).expect("an id"))
}

pub(super) async fn seeded(app: &TestApp, orders: usize, quiet: bool) {
    let wish = Wish { orders, days: 30, seed: 5, quiet };
    let made = seed::seed(&app.state.services, wish, &mut |_| ControlFlow::Continue(())).await;
    assert_eq!(made.expect("orders can be made up"), orders);
}

/// The signature under one secret, as the receiver would compute it.
fn signature(secret: &str, came: &Came) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_").expect("its prefix")).expect("base 64");
    let secret = SigningSecret::from_bytes(&bytes).expect("32 bytes");
    let timestamp = came.headers["webhook-timestamp"].parse().expect("a number");
    secret.sign(came.id(), timestamp, &came.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_in_thin_signed_bodies() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        let of_ada = add(&shop.seller, &receiver.url("broken"), &["delivered"], &[]).await;
        let of_kabir = add(&shop.other_seller, &receiver.url("gone"), &[], &[]).await;
        let reference = shop.delivered(&[("external_ref", "A-17")]).await;
        assert_eq!(step(&app).await, 4, "three for the marketplace, one for Ada, none for Kabir");
        let came = receiver.came("ok");
        let order = shop.order(&reference).await;
        let last = came.iter().find(|came| came.json()["type"] == "delivered").expect("it was told");
        let body = last.json();
        assert_eq!(last.id(), format!("evt_{}_{}", order.id.0.simple(), order.version));
        assert_eq!(body["id"], last.id());
        assert_eq!(body["sequence"], order.version);
        assert_eq!(body["order"]["reference"], reference.to_string());
        assert_eq!(body["order"]["external_ref"], "A-17");
        assert_eq!(body["order"]["status"], "awaiting_response");
        assert_eq!(body["order"]["turn"], serde_json::json!(["buyer"]));
        assert_eq!(body["order"]["at_deadline"], "lapse_inspection");
        assert_eq!(body["order"]["total_minor"], 50_000);
        assert_eq!(body["order"]["held_minor"], 50_000);
        assert_eq!(body["order"]["released_minor"], 0);
        assert_eq!(body["actor"], serde_json::json!({ "party": "seller", "source": "screen" }));
        for came in &came {
            assert!(came.taken);
            assert_eq!(came.headers["webhook-signature"], signature(&added.secrets[0], came));
            for word in ["Bisi", "Alade", "demo.test", "Ada"] {
                assert!(!came.body.contains(word), "nobody's name or address: {}", came.body);
            }
        }
        assert_eq!(receiver.came("gone").len(), 0, "{of_kabir:?}");
        assert_eq!(receiver.came("broken")[0].headers["webhook-signature"].split(' ').count(), 1, "{of_ada:?}");
        assert!(verify::verify(&app.state.services.db, &mut |_, _| {}).await.expect("it answers").are_clean());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_often_gets_every_event_all_the_same() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        add(&shop.admin, &receiver.url("flaky"), &[], &[]).await;
        seeded(&app, 20, true).await;
        assert_eq!(app.count("webhook_deliveries").await, 0, "imported history tells nobody");
        seeded(&app, 110, false).await;
        let owed = app.count("webhook_deliveries").await;
        assert!(owed >= 500, "{owed}");
        for _ in 0..40 {
            if step(&app).await == 0 && !states(&app).await.contains(&"pending".to_owned()) {
                break;
            }
            app.wait(Span::hours(1));
        }
        let wanted: BTreeSet<String> = app
            .texts(match app.store {
                crate::helpers::Store::Sqlite => {
                    "select 'evt_' || lower(hex(order_id)) || '_' || event_seq from webhook_deliveries"
                }
                crate::helpers::Store::Postgres => {
                    "select 'evt_' || replace(order_id::text, '-', '') || '_' || event_seq from webhook_deliveries"
                }
            })
            .await
            .into_iter()
            .collect();
        let came = receiver.came("flaky");
        let taken: Vec<&Came> = came.iter().filter(|came| came.taken).collect();
        let told: BTreeSet<String> = taken.iter().map(|came| came.id().to_owned()).collect();
        assert_eq!(told, wanted, "set sent = set received");
        assert_eq!(taken.len(), wanted.len(), "and each was taken once");
        assert!(came.len() > taken.len() + 100, "it failed often enough: {} of {}", taken.len(), came.len());
        let bodies: BTreeSet<(&str, &str)> = came.iter().map(|came| (came.id(), came.body.as_str())).collect();
        assert_eq!(bodies.len(), wanted.len(), "every attempt sends the same bytes");
        assert_eq!(app.count("webhook_attempts").await, i64::try_from(came.len()).expect("not so many"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_holds_nobody_else_up() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let hanging = add(&shop.admin, &receiver.url("hang"), &[], &[]).await;
        add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        shop.delivered(&[]).await;
        let services = app.state.services.clone();
        let worker = tokio::spawn(async move { holdfast::server::outbox::webhook::step(&services).await });
        let begun = Instant::now();
        while receiver.came("ok").len() < 3 || receiver.came("hang").is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the others wait for the one that hangs");
            tokio::task::yield_now().await;
        }
        assert!(!worker.is_finished(), "it hangs still");
        worker.await.expect("it ends").expect("and has not failed");
        let log = log(&shop.admin, &hanging.id).await;
        assert!(log.deliveries.rows.iter().all(|row| row.state == "pending" && row.error == "timeout"), "{log:?}");
        assert!(log.endpoint.failing_since.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_success_counts_and_answers_are_not_read_to_their_end() {
    let receiver = Receiver::open().await;
    let breaking = breaking_port().await;
    let sender = Sender::new(Reach::Anywhere, Duration::from_millis(1_500)).expect("there is a client");
    let request = holdfast::server::webhook::Request { headers: Vec::new(), body: "x".to_owned() };
    for (url, status, error) in [
        (receiver.url("ok"), 200, ""),
        (receiver.url("huge"), 200, ""),
        (receiver.url("redirect"), 307, "redirect"),
        (receiver.url("gone"), 410, "gone"),
        (receiver.url("broken"), 500, "status"),
        (receiver.url("hang"), 0, "timeout"),
        (format!("http://{breaking}/"), 0, "broke_off"),
        ("http://127.0.0.1:1/".to_owned(), 0, "connect"),
        ("nonsense".to_owned(), 0, "bad_address"),
    ] {
        let sent = sender.post(&url, &request).await;
        assert_eq!((sent.status, sent.error), (status, error), "{url}");
    }
    assert_eq!(receiver.came("ok").len(), 1, "a redirect is not followed");
    // Names are looked up and judged by what they lead to; nothing is connected to.
    let guarded = Sender::new(Reach::Public, Duration::from_secs(2)).expect("there is a client");
    for url in
        [format!("https://localhost:{}/ok", receiver.address.port()), receiver.url("ok").replace("http", "https")]
    {
        assert_eq!(guarded.post(&url, &request).await.error, "forbidden_address", "{url}");
    }
    assert_eq!(guarded.post(&receiver.url("ok"), &request).await.error, "bad_address", "not over http");
    assert_eq!(receiver.came("ok").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_took_along_when_it_died_is_claimed_again() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        shop.delivered(&[]).await;
        let died = sending::claim(&app.state.services, endpoint_id(&added)).await.expect("it can be claimed");
        assert_eq!(died.expect("something is due").jobs.len(), 3);
        assert_eq!(step(&app).await, 0, "claimed by another");
        app.wait(Span(LEASE.0 + 1));
        let (one, other) = futures::join!(step(&app), step(&app));
        assert_eq!(one + other, 3, "two workers share what is due");
        assert_eq!(receiver.came("ok").len(), 3);
        assert_eq!(states(&app).await, ["delivered"; 3]);
        let log = log(&shop.admin, &added.id).await;
        assert!(log.deliveries.rows.iter().all(|row| row.attempts == 2), "the lost attempt counts");
        assert_eq!(app.count("webhook_attempts").await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_attempts_it_is_given_up_and_can_be_sent_again() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("broken"), &["delivered"], &[]).await;
        shop.delivered(&[]).await;
        let waits = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        assert_eq!(step(&app).await, 1);
        for wait in waits {
            app.wait(Span(wait - 1));
            assert_eq!(step(&app).await, 0, "not before {wait} s");
            app.wait(Span(wait / 5 + 2));
            assert_eq!(step(&app).await, 1, "after {wait} s");
        }
        assert_eq!(states(&app).await, ["dead"]);
        let came = receiver.came("broken");
        assert_eq!(came.len(), 10);
        assert!(came.iter().all(|one| one.id() == came[0].id() && one.body == came[0].body));
        let before = log(&shop.admin, &added.id).await;
        assert_eq!((before.endpoint.state, before.endpoint.dead), (State::On, 1));
        let event = before.deliveries.rows[0].event.to_string();
        receiver.mend();
        shop.admin.call("webhooks/replay", &[("endpoint", &added.id), ("event", &event)]).await.fine();
        shop.admin
            .call("webhooks/replay", &[("endpoint", &added.id), ("event", &event)])
            .await
            .refused(409, "waits_already");
        assert_eq!(step(&app).await, 1);
        assert_eq!(states(&app).await, ["delivered"]);
        let detail: DeliveryDetail =
            shop.admin.call("webhooks/delivery", &[("endpoint", &added.id), ("event", &event)]).await.json();
        assert_eq!(detail.attempts.len(), 11);
        assert_eq!(detail.attempts[10].status, 200);
        assert_eq!(detail.body, came[0].body);
        assert!(detail.headers.contains(&("webhook-signature".to_owned(), "v1,(hidden)".to_owned())), "{detail:?}");
        // All that was given up, since a day.
        app.execute("update webhook_deliveries set state = 'dead'").await.expect("it can be spoiled");
        let tomorrow = [("endpoint", added.id.as_str()), ("since", "2030-01-01")];
        shop.admin.call("webhooks/replay_failed", &tomorrow).await.fine();
        assert_eq!(states(&app).await, ["dead"]);
        let nonsense = shop.admin.call("webhooks/replay_failed", &[("endpoint", &added.id), ("since", "soon")]).await;
        assert!(nonsense.error().for_field("since").is_some());
        shop.admin.call("webhooks/replay_failed", &[("endpoint", &added.id), ("since", "2026-11-01")]).await.fine();
        assert_eq!(step(&app).await, 1);
        assert_eq!(states(&app).await, ["delivered"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_or_fails_for_days_is_disabled_and_its_people_are_told() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let gone = add(&shop.seller, &receiver.url("gone"), &["placed"], &[]).await;
        let failing = add(&shop.admin, &receiver.url("broken"), &["placed", "noted"], &[]).await;
        let reference = shop.place(&[]).await;
        step(&app).await;
        assert_eq!(log(&shop.seller, &gone.id).await.endpoint.reason, "gone");
        assert_eq!(app.mails("ada@demo.test").await.len(), 1, "{:?}", app.mails("ada@demo.test").await);
        let mut spent = 0;
        while log(&shop.admin, &failing.id).await.endpoint.state == State::On {
            assert!(spent <= DISABLED_AFTER.0 + 12 * 3_600, "it goes on for ever");
            app.wait(Span::hours(12));
            spent += 12 * 3_600;
            shop.act(&shop.admin, &reference, "note", &[("text", "Still there?"), ("audience", "operators")])
                .await
                .fine();
            step(&app).await;
        }
        assert!(spent >= DISABLED_AFTER.0, "not before five days: {spent}");
        assert_eq!(receiver.came("gone").len(), 1, "what is gone is left alone");
        let mails = app.mails("admin@demo.test").await;
        assert_eq!(mails.len(), 1, "told once");
        assert!(mails[0].link.as_ref().is_some_and(|link| link.ends_with(&failing.id)), "{mails:?}");
        // Nothing is owed while it is disabled; what waited goes on when it is turned on again.
        let owed = states(&app).await.len();
        let _ =
            shop.act(&shop.admin, &reference, "note", &[("text", "And now?"), ("audience", "operators")]).await.fine();
        assert_eq!((states(&app).await.len(), step(&app).await), (owed, 0));
        receiver.mend();
        shop.admin.call("webhooks/turn_on", &[("endpoint", &failing.id)]).await.fine();
        app.wait(Span::days(2));
        assert!(step(&app).await > 0);
        assert!(!states(&app).await.contains(&"pending".to_owned()));
        assert_eq!(log(&shop.admin, &failing.id).await.endpoint.state, State::On);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_valid_for_a_day_after_it_was_replaced() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &["placed"], &[]).await;
        shop.admin.call("webhooks/rotate", &[("endpoint", &added.id)]).await.fine();
        let second = shown(&shop.admin, &added.id).await.remove(0);
        assert!(log(&shop.admin, &added.id).await.secret.is_none(), "shown once");
        let signed = async |expected: &[&str]| {
            shop.place(&[]).await;
            step(&app).await;
            let came = receiver.came("ok").pop().expect("it came");
            let signatures: Vec<String> = expected.iter().map(|secret| signature(secret, &came)).collect();
            assert_eq!(came.headers["webhook-signature"], signatures.join(" "));
        };
        signed(&[&second, &added.secrets[0]]).await;
        app.wait(Span(24 * 3_600 - 1));
        signed(&[&second, &added.secrets[0]]).await;
        app.wait(Span(1));
        signed(&[&second]).await;
        // A new secret needs a fresh password.
        let own = ("endpoint", added.id.as_str());
        let stale = shop.admin.call("webhooks/rotate", &[own]).await;
        assert!(stale.error().for_field("password").is_some());
        let password = ("password", holdfast::server::service::demo::PASSWORD);
        shop.admin.call("webhooks/rotate", &[own, password]).await.fine();
        let third = shown(&shop.admin, &added.id).await.remove(0);
        shop.admin.call("webhooks/rotate", &[own]).await.fine();
        let fourth = shown(&shop.admin, &added.id).await.remove(0);
        signed(&[&fourth, &third]).await;
        for secret in [&added.secrets[0], &second, &third, &fourth] {
            let stored = app.texts("select detail from audit union all select payload from messages").await;
            assert!(!stored.iter().any(|text| text.contains(secret.as_str())));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_wanted_is_owed_and_nothing_while_it_is_paused() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.seller, &receiver.url("ok"), &["paid"], &[]).await;
        let own = ("endpoint", added.id.as_str());
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        assert_eq!(states(&app).await, ["pending"]);
        shop.seller.call("webhooks/turn_off", &[own]).await.fine();
        assert_eq!(step(&app).await, 0, "it is paused");
        shop.pay(&shop.place(&[]).await).await;
        shop.seller.call("webhooks/turn_on", &[own]).await.fine();
        assert_eq!(step(&app).await, 1, "what waited is sent, what happened meanwhile was not owed");
        let url = receiver.url("huge");
        let edited = [own, ("url", url.as_str()), ("event.delivered", "on"), ("description", "Stock keeping")];
        shop.seller.call("webhooks/edit", &edited).await.fine();
        shop.acts(&shop.seller, &reference, "deliver", &[], Status::AwaitingResponse).await;
        shop.pay(&shop.place(&[]).await).await;
        assert_eq!(step(&app).await, 1);
        assert_eq!(receiver.came("huge")[0].json()["type"], "delivered");
        let log = log(&shop.seller, &added.id).await;
        assert_eq!(
            (log.endpoint.description.as_str(), log.endpoint.events.as_slice()),
            ("Stock keeping", &["delivered".to_owned()][..])
        );
        shop.seller.call("webhooks/remove", &[own]).await.fine();
        shop.seller.call("webhooks/log", &[own]).await.refused(404, "not_found");
        assert_eq!(app.count("webhook_secrets").await, 0);
        let owed = states(&app).await;
        shop.delivered(&[]).await;
        assert_eq!(states(&app).await, owed, "what is removed is owed nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_missing_or_made_up_is_found() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        app.wait(Span(120));
        shop.delivered(&[]).await;
        let find = async || verify::verify(&app.state.services.db, &mut |_, _| {}).await.expect("it answers");
        assert!(find().await.are_clean(), "{}", find().await);
        app.execute("update webhook_deliveries set kind = 'ruled' where kind = 'paid'").await.expect("it is spoiled");
        let broken = find().await;
        assert!(broken.breaches.keys().any(|rule| rule.code == "webhooks"), "{broken}");
        app.execute("delete from webhook_deliveries where kind = 'ruled'").await.expect("it is spoiled");
        let missing = find().await;
        let (_, breach) = missing.breaches.iter().find(|(rule, _)| rule.code == "webhooks").expect("it is found");
        assert!(breach.first.contains("is not told of event 2"), "{}", breach.first);
    })
    .await;
}

/// Says how fast it goes; how fast is never asserted. `HOLDFAST_DRAIN` is how many deliveries, at least.
#[tokio::test(flavor = "multi_thread")]
async fn many_deliveries_drain() {
    let wanted: i64 = std::env::var("HOLDFAST_DRAIN").ok().and_then(|many| many.parse().ok()).unwrap_or(600);
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        seeded(&app, usize::try_from(wanted / 5).expect("not so many"), false).await;
        let begun = Instant::now();
        let sent = step(&app).await;
        let took = begun.elapsed();
        let rate = u128::try_from(sent).unwrap_or_default() * 1_000 / took.as_millis().max(1);
        println!("{:?}: {sent} deliveries in {took:?}, {rate} a second", app.store);
        assert_eq!(receiver.came("ok").len(), sent);
        assert!(states(&app).await.iter().all(|state| state == "delivered"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_secrets_open_with_their_key_alone() {
    let app = TestApp::on(crate::helpers::Store::Sqlite).await;
    let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
    let added = add(&shop.admin, &receiver.url("ok"), &["placed"], &[]).await;
    shop.place(&[]).await;
    let mut other = app.state.services.clone();
    other.secret = holdfast::server::secret::Secret::from_bytes([9; 32]);
    let refused = sending::claim(&other, endpoint_id(&added)).await.expect_err("another key opens nothing");
    assert!(format!("{refused}").contains("webhook_secrets"), "{refused}");
    app.wait(Span(LEASE.0 + 1));
    assert_eq!(step(&app).await, 1);
}
