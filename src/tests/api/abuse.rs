//! What a program could do with a key that it should not: money out of nothing, changes lost, somebody else's tries used up.

use axum::http::Method;
use futures::future::join;
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, TestApp, each_store};

const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];
const BUYER: &[&str] = &["read", "note", "buy"];

async fn placed(program: &Program, number: &str) -> String {
    let order = json!({
        "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
        "external_ref": number,
        "items": [{ "title": "Handwoven rug", "unit_minor": 38_000 }],
    });
    let told = program.post("/orders", &order, None).await.json(201);
    format!("/orders/{}", told["reference"].as_str().expect("it has a number"))
}

async fn test_keys(app: &TestApp, shop: &Shop<'_>) -> (Program, Program) {
    (Program::of(app, &shop.seller, "test", SELLER).await, Program::of(app, &shop.buyer, "test", BUYER).await)
}

#[tokio::test]
async fn the_money_of_a_test_is_owed_to_nobody_and_nobody_is_told_of_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, buyer) = test_keys(&app, &shop).await;
        let live = Program::of(&app, &shop.seller, "live", SELLER).await;
        let told = app.count("messages").await;
        let order = placed(&seller, "T-1").await;
        let card = json!({ "card_number": "4242 4242 4242 4242" });
        buyer.post(&format!("{order}/pay"), &card, Some("p")).await.json(200);
        seller.post(&format!("{order}/deliver"), &json!({}), None).await.json(200);
        let done = buyer.post(&format!("{order}/accept"), &json!({}), Some("a")).await.json(200);
        assert_eq!(done["status"], "completed");
        app.settle().await;
        assert_eq!(live.get("/balances").await.json(200)["data"], json!([]));
        let sums = "select account from balances where balance_minor <> 0 order by account";
        let sums = app.texts(sums).await;
        assert!(!sums.is_empty() && sums.iter().all(|account| account.starts_with("test:")), "{sums:?}");
        assert_eq!(app.count("messages").await, told);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_card_that_is_not_answered_has_not_paid() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, buyer) = test_keys(&app, &shop).await;
        let order = placed(&seller, "T-2").await;
        let card = json!({ "card_number": "4000 0000 0000 0119" });
        buyer.post(&format!("{order}/pay"), &card, Some("p")).await.problem(409, "payment_unknown");
        assert_eq!(buyer.get(&order).await.json(200)["status"], "awaiting_payment");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_at_once_both_stand_and_each_is_answered_again_under_its_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        for round in 0..4 {
            let order = placed(&seller, &format!("C-{round}")).await;
            let change = async |key: &str, terms: Value| {
                let body = json!({ "terms": terms }).to_string();
                seller.send(Method::PATCH, &order, Some(body), &[("idempotency-key", key)]).await
            };
            let (first, second) = (format!("a{round}"), format!("b{round}"));
            let (one, two) = join(
                change(&first, json!({ "inspection_window_secs": 111_600 })),
                change(&second, json!({ "return_window_secs": 222_000 })),
            )
            .await;
            one.json(200);
            two.json(200);
            let terms = seller.get(&order).await.json(200)["terms"].clone();
            let both = (terms["inspection_window_secs"].as_i64(), terms["return_window_secs"].as_i64());
            assert_eq!(both, (Some(111_600), Some(222_000)));
            let again = change(&first, json!({ "inspection_window_secs": 111_600 })).await;
            assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
            change(&first, json!({ "inspection_window_secs": 111_601 })).await.problem(422, "key_reused");
        }
    })
    .await;
}

#[tokio::test]
async fn who_may_not_hand_over_uses_up_nobodys_tries_at_the_code() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", BUYER).await;
        let order = placed(&seller, "H-1").await;
        let reference = order.rsplit('/').next().expect("a reference");
        shop.pay(&reference.parse().expect("a reference")).await;
        app.settle().await;
        let tries: Vec<Value> = (0..12)
            .map(|_| json!({ "order": reference, "action": "hand_over", "body": { "code": "000000" } }))
            .collect();
        let answers = buyer.post("/batch", &json!({ "actions": tries }), Some("b")).await;
        assert_eq!(answers.body.matches("\"code\":\"not_your_turn\"").count(), 12, "{}", answers.body);
        let own = seller.post(&format!("{order}/hand_over"), &json!({ "code": "000000" }), None).await;
        assert_ne!(own.status, 429, "{}", own.body);
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_none_that_outlives_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.seller
            .call(
                "keys/create",
                &[("name", "Short"), ("mode", "live"), ("days", "1"), ("may.read", "on"), ("may.administer", "on")],
            )
            .await
            .fine();
        let page = shop.seller.get("/settings/keys").await.fine();
        let at = page.body.find("<code>hf_").expect("the key is shown once") + "<code>".len();
        let short = Program::with(&app, page.body[at..].split('<').next().expect("it ends"));
        let ends = |key: &Value| key["expires_at"].as_str().map(str::to_owned);
        let made = short
            .post("/keys", &json!({ "name": "Child", "mode": "live", "permissions": ["read"] }), Some("k"))
            .await
            .json(201);
        let keys = short.get("/keys").await.json(200);
        let keys = keys["data"].as_array().expect("the keys");
        let child = keys.iter().find(|key| key["id"] == made["id"]).expect("it is listed");
        assert!(ends(child).is_some() && keys.iter().all(|key| ends(key) == ends(child)), "{keys:?}");
    })
    .await;
}
