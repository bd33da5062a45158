//! What a program could do with a key that it should not: money out of nothing, changes lost, somebody else's tries used up.

use axum::http::Method;
use futures::future::join;
use serde_json::{Value, json};

use super::Program;
use crate::{
    helpers::{Shop, TestApp, each_store},
    partners::Partner,
};

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

#[tokio::test]
async fn whoever_asks_again_what_came_of_a_hand_over_tries_no_code() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let code = shop.door_code(&reference).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let hand_over = format!("/orders/{reference}/hand_over");
        // One piece at a time, so that there is something left to hand over.
        let body = json!({ "code": code, "items": [{ "item": 2, "quantity": 1 }] });
        seller.post(&hand_over, &body, Some("first")).await.json(200);
        for _ in 0..12 {
            let again = seller.post(&hand_over, &body, Some("first")).await;
            assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{}", again.body);
        }
        seller.post(&hand_over, &json!({ "code": "000000" }), None).await.problem(422, "wrong_handover_code");
        // What is left has another code.
        let code = shop.door_code(&reference).await;
        let fields = [("code", code.as_str())];
        let version = shop.order(&reference).await.version.to_string();
        let text = reference.to_string();
        let mut all =
            vec![("order", text.as_str()), ("verb", "hand_over"), ("version", version.as_str()), ("key", "again")];
        all.extend_from_slice(&fields);
        for _ in 0..12 {
            shop.seller.call("orders/act", &all).await.fine();
        }
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_says_of_their_own_purchase_that_it_is_paid() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let own = shop.place(&[("buyer_email", "admin@demo.test"), ("buyer_name", "Amina Admin")]).await;
        let other = shop.place(&[]).await;
        let all = ["read", "note", "ship", "sell", "rule", "finance", "administer"];
        let operator = Program::of(&app, &shop.admin, "live", &all).await;
        let card = json!({ "card_number": "4242 4242 4242 4242" });
        for order in [&own, &other] {
            operator.post(&format!("/orders/{order}/pay"), &card, Some("p")).await.problem(403, "not_your_turn");
            shop.act(&shop.admin, order, "pay", &[]).await.refused(422, "invalid_fields");
        }
        // What came in past every gateway is said by finance, but not of what they bought themselves.
        let bearer = format!("Bearer {}", operator.key);
        let partner = Partner::of(&app, "retailys", &[("authorization", &bearer)]);
        let paid = async |order: &str| {
            partner.send(Method::PATCH, &format!("/System/Orders/{order}/paid"), "application/json", "{}").await
        };
        let refused = paid(own.as_str()).await;
        assert!(refused.status == 403 && refused.body.contains("not_your_turn"), "{} {}", refused.status, refused.body);
        assert_eq!(shop.order(&own).await.paid_minor, 0);
        assert_eq!(paid(other.as_str()).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_sellers_key_places_no_order_of_another_seller() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let theirs = placed(&other, "O-1").await;
        let theirs = shop.order(&theirs.rsplit('/').next().expect("a reference").parse().expect("a reference")).await;
        let foreign = json!(theirs.parties.seller.to_string());
        let own = shop.order(&shop.place(&[]).await).await.parties.seller.to_string();
        let mut order = json!({
            "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
            "items": [{ "title": "Handwoven rug", "unit_minor": 38_000 }],
        });
        for named in [foreign, json!("sel_00000000000070008000000000000000"), json!("nonsense")] {
            order["seller"] = named;
            let problem = seller.post("/orders", &order, None).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["pointer"], "/seller", "{problem}");
        }
        assert_eq!(app.count("orders").await, 2);
        order["seller"] = json!(own);
        seller.post("/orders", &order, None).await.json(201);
    })
    .await;
}
