//! Who may add and see webhooks, what may be typed, and the pages without scripts.

use std::sync::Arc;

use holdfast::{
    domain::{time::Span, webhook::Webhooks},
    server::{
        config::Config,
        state::{AppState, Shared},
        web,
        webhook::{Reach, Sender, send::PATIENCE},
    },
};

use super::{Receiver, add, log, step};
use crate::helpers::{Browser, Shop, each_store};

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_exists_for_those_who_administer_its_place_alone() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let of_market = add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        let of_ada = add(&shop.seller, &receiver.url("ok"), &[], &[]).await;
        shop.place(&[]).await;
        step(&app).await;
        let event = log(&shop.seller, &of_ada.id).await.deliveries.rows[0].event.to_string();
        let before = app.texts("select state || url || events from webhook_endpoints order by id").await;
        let attempts = app.count("webhook_attempts").await;
        for (who, browser) in [
            ("a buyer", &shop.buyer),
            ("a courier", &shop.courier),
            ("shipping", &shop.shipping),
            ("another seller", &shop.other_seller),
            ("who rules", &shop.judge),
            ("the marketplace", &shop.admin),
        ] {
            let may_list = ["another seller", "the marketplace"].contains(&who);
            let listed = browser.call("webhooks/list", &[]).await;
            if may_list {
                let there: Webhooks = listed.json();
                assert!(there.endpoints.iter().all(|one| one.id.0.to_string() != of_ada.id), "{who}");
            } else {
                listed.refused(404, "not_found");
                browser
                    .call("webhooks/create", &[("url", &receiver.url("ok")), ("form", "standard")])
                    .await
                    .refused(404, "not_found");
            }
            let url = receiver.url("broken");
            let own =
                [("endpoint", of_ada.id.as_str()), ("event", &event), ("url", &url), ("after", ""), ("since", "")];
            for function in [
                "log",
                "delivery",
                "edit",
                "turn_on",
                "turn_off",
                "remove",
                "rotate",
                "test",
                "replay",
                "replay_failed",
            ] {
                let answer = browser.call(&format!("webhooks/{function}"), &own).await;
                assert_eq!(answer.status, 404, "{who}: {function}: {}", answer.body);
            }
            let page = browser.get(&format!("/settings/webhooks/{}", of_ada.id)).await;
            assert_eq!(page.status, 404, "{who}");
        }
        let stranger = app.browser();
        stranger.call("webhooks/list", &[]).await.refused(401, "signed_out");
        stranger.call("webhooks/test", &[("endpoint", &of_market.id)]).await.refused(401, "signed_out");
        assert_eq!(stranger.get("/settings/webhooks").await.status, 303);
        assert_eq!(app.texts("select state || url || events from webhook_endpoints order by id").await, before);
        assert_eq!(app.count("webhook_attempts").await, attempts, "nothing was sent either");
        assert_eq!(shop.seller.get("/settings/webhooks/nonsense").await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_without_scripts_and_the_secret_is_shown_once() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let page = "/settings/webhooks";
        assert!(shop.seller.get("/settings").await.body.contains("href=\"/settings/webhooks\""));
        assert!(!shop.buyer.get("/settings").await.body.contains("href=\"/settings/webhooks\""));
        let wrong = shop.seller.post(page, "webhooks/create", &[("url", "ftp://x"), ("form", "standard")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("begins with https://") && wrong.body.contains("ftp://x"), "{}", wrong.body);
        let url = receiver.url("ok");
        let fields = [("url", url.as_str()), ("form", "standard"), ("event.paid", "on"), ("event.placed", "on")];
        let made = shop.seller.post(page, "webhooks/create", &fields).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let one = made.location().to_owned();
        assert!(one.starts_with("/settings/webhooks/"), "{one}");
        let first = shop.seller.get(&one).await;
        assert_eq!(first.body.matches("whsec_").count(), 1, "shown");
        assert!(!shop.seller.get(&one).await.body.contains("whsec_"), "once");
        let id = one.rsplit('/').next().expect("a path has an end");
        let own = ("endpoint", id);
        let tested = shop.seller.post(&one, "webhooks/test", &[own]).await;
        assert_eq!((tested.status, tested.location()), (303, one.as_str()));
        let body = shop.seller.get(&one).await.body;
        assert!(body.contains("200 in "), "what came back stands there");
        assert_eq!(receiver.came("ok")[0].json()["type"], "test");
        shop.place(&[]).await;
        step(&app).await;
        let event = log(&shop.seller, id).await.deliveries.rows[0].event.to_string();
        let detail = shop.seller.get(&format!("{one}/{event}")).await.fine().body;
        assert!(detail.contains("webhook-signature: v1,(hidden)") && detail.contains("webhook-id: evt_"), "{detail}");
        assert!(!detail.contains("an answer that nobody keeps"));
        let rotated = shop.seller.post(&one, "webhooks/rotate", &[own]).await;
        assert_eq!(rotated.status, 303);
        let again = shop.seller.get(&one).await.body;
        assert!(again.contains("whsec_") && again.contains("The secret before is valid until"));
        let removed = shop.seller.post(&one, "webhooks/remove", &[own]).await;
        assert_eq!((removed.status, removed.location()), (303, page));
        assert!(!shop.seller.get(page).await.body.contains(&url));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_operators_alone_is_told_to_no_sellers_endpoint() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let theirs = add(&shop.seller, &receiver.url("ok"), &["noted"], &[]).await;
        let all = add(&shop.admin, &receiver.url("ok"), &["noted"], &[]).await;
        let reference = shop.place(&[]).await;
        // Of the first minute of an endpoint nobody can say what it was owed.
        app.wait(Span::hours(1));
        for audience in ["operators", "sellers", "everyone"] {
            let said = [("text", "Look at this."), ("audience", audience)];
            shop.act(&shop.admin, &reference, "note", &said).await.fine();
        }
        assert_eq!(log(&shop.seller, &theirs.id).await.deliveries.rows.len(), 2);
        assert_eq!(log(&shop.admin, &all.id).await.deliveries.rows.len(), 3);
        app.verified().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_goes_on_after_the_last_line_that_was_seen() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &["noted"], &[]).await;
        let reference = shop.place(&[]).await;
        for number in 0..57 {
            let text = format!("Note {number}");
            shop.act(&shop.admin, &reference, "note", &[("text", &text), ("audience", "operators")]).await.fine();
        }
        let first = log(&shop.admin, &added.id).await.deliveries;
        assert_eq!(first.rows.len(), 50);
        let after = first.next.expect("there is more").write();
        let fields = [("endpoint", added.id.as_str()), ("after", &after)];
        let second: holdfast::domain::webhook::EndpointLog = shop.admin.call("webhooks/log", &fields).await.json();
        assert_eq!((second.deliveries.rows.len(), second.deliveries.next), (7, None));
        let mut seen: Vec<_> = first.rows.iter().chain(&second.deliveries.rows).map(|row| row.event).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 57, "each once");
        let page = shop.admin.get(&format!("/settings/webhooks/{}", added.id)).await.body;
        assert!(page.contains("rel=\"next\""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_lead_into_our_network_are_refused() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let config = Config { webhook_reach: Reach::Public, ..(*app.state.config).clone() };
        let mut services = app.state.services.clone();
        services.webhooks = Sender::new(Reach::Public, PATIENCE).expect("there is a client");
        let state = AppState::from(Shared { config: Arc::new(config), services, ..Shared::clone(&app.state) });
        let browser = Browser::new(web::router(&state));
        browser.keep(&format!("{}; Path=/", shop.admin.cookies()));
        for url in [
            "http://shop.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://2130706433/",
            "https://someone:secret@shop.example/",
            "javascript:alert(1)",
            "https://shop.example/\r\nHost: evil",
            "",
        ] {
            let answer = browser.call("webhooks/create", &[("url", url), ("form", "standard")]).await;
            assert!(answer.error().for_field("url").is_some(), "{url}: {}", answer.body);
        }
        assert_eq!(app.count("webhook_endpoints").await, 0);
        for (field, value) in [("form", "smoke signals"), ("description", "a\u{202e}b"), ("event.nonsense", "on")] {
            let mut fields = vec![("url", "https://shop.example/"), ("form", "standard")];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, value));
            let answer = browser.call("webhooks/create", &fields).await;
            let wrong = if field == "event.nonsense" { "events" } else { field };
            assert!(answer.error().for_field(wrong).is_some(), "{field}: {}", answer.body);
        }
        // A name is judged by what it leads to when something is sent.
        let added = add(&browser, "https://localhost:9/", &[], &[]).await;
        browser.call("webhooks/test", &[("endpoint", &added.id)]).await.fine();
        let test = log(&browser, &added.id).await.endpoint.test.expect("it was tested");
        assert_eq!((test.status, test.error.as_str()), (0, "forbidden_address"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_are_throttled_and_endpoints_are_few() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        for _ in 0..30 {
            shop.admin.call("webhooks/test", &[("endpoint", &added.id)]).await.fine();
        }
        shop.admin.call("webhooks/test", &[("endpoint", &added.id)]).await.refused(429, "too_many_attempts");
        assert_eq!(receiver.came("ok").len(), 30);
        for _ in 1..20 {
            add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        }
        let url = receiver.url("ok");
        let more = shop.admin.call("webhooks/create", &[("url", &url), ("form", "standard")]).await;
        assert!(more.error().for_field("url").is_some());
    })
    .await;
}
