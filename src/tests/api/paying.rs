//! Paying by key: one command under one key, what came of it however it ended, and whose orders it pays.

use holdfast::{
    domain::time::Span,
    server::{
        gateway::worker,
        service::payments::{self, Wanted},
    },
};
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, TestApp, each_store};

const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];
const BUYER: &[&str] = &["read", "note", "buy"];

fn card(number: &str) -> Value {
    json!({ "card_number": number })
}

fn good() -> Value {
    card("4242 4242 4242 4242")
}

/// An order of a test key, and the address at which its buyer pays it.
async fn placed(seller: &Program) -> (String, String) {
    let order = json!({
        "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
        "items": [{ "title": "Rug", "unit_minor": 38_000 }],
    });
    let told = seller.post("/orders", &order, None).await.json(201);
    let order = format!("/orders/{}", told["reference"].as_str().expect("it has a number"));
    let pay = format!("{order}/pay");
    (order, pay)
}

async fn test_keys(app: &TestApp, shop: &Shop<'_>) -> (Program, Program) {
    (Program::of(app, &shop.seller, "test", SELLER).await, Program::of(app, &shop.buyer, "test", BUYER).await)
}

#[tokio::test]
async fn another_card_under_a_used_key_is_refused_and_the_same_one_is_told_what_came_of_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, buyer) = test_keys(&app, &shop).await;
        let (_, pay) = placed(&seller).await;
        let declined = card("4000 0000 0000 0002");
        let first = buyer.post(&pay, &declined, Some("p")).await;
        let told = first.problem(422, "card_declined");
        assert_eq!(first.header("idempotent-replayed"), "");
        let again = buyer.post(&pay, &declined, Some("p")).await;
        assert_eq!(again.problem(422, "card_declined")["detail"], told["detail"]);
        assert_eq!(again.header("idempotent-replayed"), "true");
        buyer.post(&pay, &good(), Some("p")).await.problem(422, "key_reused");
        let (_, other) = placed(&seller).await;
        buyer.post(&other, &declined, Some("p")).await.problem(422, "key_reused");
        // What was refused before anything was asked uses no key up.
        let stale = json!({ "card_number": "4242 4242 4242 4242", "expected_version": 7 });
        buyer.post(&pay, &stale, Some("q")).await.problem(409, "version_conflict");
        let paid = buyer.post(&pay, &good(), Some("q")).await.json(200);
        let again = buyer.post(&pay, &good(), Some("q")).await;
        assert_eq!((again.json(200), again.header("idempotent-replayed")), (paid, "true"));
        buyer.post(&pay, &declined, Some("q")).await.problem(422, "key_reused");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_is_not_answered_is_asked_after_under_its_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, buyer) = test_keys(&app, &shop).await;
        let (order, pay) = placed(&seller).await;
        let silent = json!({ "card_number": "4000 0000 0000 0119", "expected_version": 1 });
        buyer.post(&pay, &silent, Some("p")).await.problem(409, "payment_unknown");
        buyer.post(&pay, &silent, Some("p")).await.problem(409, "payment_unknown");
        buyer.post(&pay, &good(), Some("p")).await.problem(422, "key_reused");
        app.wait(Span(30));
        let paid = buyer.post(&pay, &silent, Some("p")).await;
        assert_eq!((paid.json(200)["status"].as_str(), paid.header("idempotent-replayed")), (Some("funded"), "true"));
        assert_eq!(buyer.get(&order).await.json(200)["status"], "funded");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn after_a_kill_in_the_middle_of_paying_the_same_key_tells_what_came_of_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, buyer) = test_keys(&app, &shop).await;
        let (order, pay) = placed(&seller).await;
        let reference = order.trim_start_matches("/orders/").parse().expect("a number");
        let id = shop.order(&reference).await.id;
        // The process ends between writing the attempt down and asking the gateway.
        let services = &app.state.services;
        let wanted = Wanted {
            token: payments::pay_token(services, id),
            amount_minor: 38_000,
            agreed: None,
            expected_version: None,
            key: payments::attempt_key(id, "p"),
            claim: None,
            gateway: "sandbox",
            card_last4: "4242".to_owned(),
        };
        payments::begin(services, wanted).await.expect("it can be paid");
        buyer.post(&pay, &good(), Some("p")).await.problem(409, "payment_unknown");
        app.wait(Span(120));
        assert_eq!(worker::step(services).await.expect("it can work"), 1);
        let told = buyer.post(&pay, &good(), Some("p")).await;
        told.problem(422, "not_asked");
        assert_eq!(told.header("idempotent-replayed"), "true");
        buyer.post(&pay, &good(), Some("another")).await.json(200);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

/// Whether paying is among what is told to be possible.
fn pays(told: &Value, list: &str) -> bool {
    told[list].as_array().expect("a list").iter().any(|offer| offer["action"] == "pay")
}

#[tokio::test]
async fn a_live_key_is_promised_no_paying_and_told_where_there_is_no_gateway() {
    for (closed, status, code) in [(false, 403, "not_your_turn"), (true, 409, "no_gateway")] {
        each_store(async |mut app| {
            if closed {
                app.close_sandbox();
            }
            let shop = Shop::open(&app).await;
            let reference = shop.place(&[]).await;
            let live = Program::of(&app, &shop.buyer, "live", BUYER).await;
            assert!(!pays(&live.get(&format!("/orders/{reference}/offers")).await.json(200), "data"));
            let refused = live.post(&format!("/orders/{reference}/pay"), &good(), Some("p")).await;
            assert!(!pays(&refused.problem(status, code), "allowed_actions"));
            // Orders of test keys are paid in the sandbox either way.
            let (seller, buyer) = test_keys(&app, &shop).await;
            let (order, pay) = placed(&seller).await;
            assert!(pays(&buyer.get(&format!("{order}/offers")).await.json(200), "data"));
            buyer.post(&pay, &good(), Some("p")).await.json(200);
            app.settle().await;
        })
        .await;
    }
}
