//! Avarda's payment calls.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::{order::status::Status, time::Span};
use serde_json::{Value, json};

use super::{JSON, Key, MAY_CHANGE, Partner, SELLER, bearer, funded};
use crate::{
    api::Told,
    helpers::{Shop, TestApp, each_store},
};

async fn token(app: &TestApp, key: &Key) -> Told {
    let body = json!({ "clientId": key.id, "clientSecret": key.text });
    Partner::of(app, "avarda", &[]).post("/api/partner/tokens", &body).await
}

async fn signed_in(app: &TestApp, key: &Key) -> Partner {
    bearer(app, "avarda", key).await
}

fn path(purchase: &str, call: &str) -> String {
    format!("/api/partner/payments/{purchase}/{call}")
}

fn row(description: &str, amount: &str) -> Value {
    let amount: Value = serde_json::from_str(amount).expect("a number");
    json!({ "Description": description, "Notes": "", "Amount": amount, "TaxCode": "25", "TaxAmount": 0.0, "Quantity": 1 })
}

fn goods(reference: &str, tran: &str, rows: &[Value]) -> Value {
    json!({ "Items": rows, "OrderReference": reference, "TranId": tran })
}

fn all() -> Vec<Value> {
    vec![row("Everything", "500.00")]
}

#[track_caller]
fn refused(told: &Told, status: u16, code: &str, words: &str) {
    let list = told.json(status);
    let first = &list[0];
    assert_eq!(first["ErrorCode"].as_str(), Some(code), "{list}");
    assert!(first["ErrorMessage"].as_str().is_some_and(|text| text.contains(words)), "{list}");
}

#[tokio::test]
async fn goods_leave_in_parts_and_come_back() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let partner = signed_in(&app, &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let (reference, purchase) = funded(&shop).await;
        let mut part = goods("A-1", "t-1", &[row("Cushion cover", "50.00")]);
        part["TrackingCode"] = json!("GIG-1");
        part["PosId"] = json!("pos 7");
        let told = partner.post(&path(&purchase, "order"), &part).await;
        assert_eq!((told.status, told.body.as_str()), (204, ""));
        let order = shop.order(&reference).await;
        let stands: Vec<_> = order.deliveries.iter().map(|part| (part.no, part.status, part.pieces())).collect();
        assert_eq!(stands, [(1, Status::Funded, 2), (2, Status::AwaitingResponse, 1)]);
        assert_eq!(order.deliveries[1].tracking.as_ref().map(|at| at.number.as_str()), Some("GIG-1"));
        // The same TranId is the same request: the same answer, done once.
        assert_eq!(partner.post(&path(&purchase, "order"), &part).await.status, 204);
        assert_eq!(shop.order(&reference).await.version, order.version);
        part["OrderReference"] = json!("A-2");
        refused(&partner.post(&path(&purchase, "order"), &part).await, 400, "key_reused", "");
        let rest =
            goods("A-2", "t-2", &[row("Handwoven rug", "380.0"), row("cushion cover", "50"), row("Delivery", "20.00")]);
        assert_eq!(partner.post(&path(reference.as_str(), "order"), &rest).await.status, 204);
        let order = shop.order(&reference).await;
        assert!(order.deliveries.iter().all(|part| part.status == Status::AwaitingResponse));
        // A price adjustment of what was delivered, from what is held; then what was released is credited.
        let less = goods("R-1", "t-3", &[row("A scratch", "12.50"), row("Rebate", "-2.50")]);
        assert_eq!(partner.post(&path(&purchase, "return"), &less).await.status, 204);
        assert_eq!(partner.post(&path(&purchase, "return"), &less).await.status, 204);
        assert_eq!(shop.order(&reference).await.gone.buyer, 1_000);
        shop.acts(&shop.buyer, &reference, "accept", &[], Status::Completed).await;
        let credit = goods("R-2", "t-4", &[row("Another scratch", "3.00")]);
        assert_eq!(partner.post(&path(&purchase, "return"), &credit).await.status, 204);
        assert_eq!(shop.order(&reference).await.credited_minor, 300);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_return_that_is_awaited_is_received_and_money_that_is_held_goes_back() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let partner = signed_in(&app, &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let reference = shop.delivered(&[]).await;
        let torn = [("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")];
        shop.acts(&shop.buyer, &reference, "reject", &torn, Status::Rejected).await;
        shop.acts(&shop.seller, &reference, "take_back", &[("goods_are_back", "no")], Status::Returning).await;
        let told = partner.post(&path(reference.as_str(), "return"), &goods("R-1", "r-1", &all())).await;
        assert_eq!(told.status, 204, "{}", told.body);
        let order = shop.order(&reference).await;
        assert_eq!((order.status(), order.gone.buyer), (Status::Completed, 50_000));
        let (reference, purchase) = funded(&shop).await;
        // As their documentation has it: a number with one decimal.
        let told = partner.send(Method::POST, &path(&purchase, "refund"), JSON, r#"{"Amount": 10.0}"#).await;
        assert_eq!(told.status, 204, "{}", told.body);
        assert_eq!(shop.order(&reference).await.gone.buyer, 1_000);
        refused(
            &partner.send(Method::POST, &path(&purchase, "refund"), JSON, r#"{"Amount": 490.01}"#).await,
            400,
            "amount_exceeds_held",
            "490.00",
        );
        let told = partner.post(&path(&purchase, "refund"), &json!({ "Amount": "490" })).await;
        assert_eq!(told.status, 204, "{}", told.body);
        assert_eq!(shop.order(&reference).await.status(), Status::Completed);
        let (reference, purchase) = funded(&shop).await;
        refused(&partner.post(&path(&purchase, "cancel"), &json!({})).await, 400, "invalid_fields", "reason");
        let told = partner.post(&path(&purchase, "cancel"), &json!({ "reason": "Out of stock" })).await;
        assert_eq!(told.status, 200, "{}", told.body);
        assert_eq!(shop.order(&reference).await.status(), Status::Cancelled);
        let (reference, purchase) = funded(&shop).await;
        shop.acts(&shop.seller, &reference, "dispatch", &[], Status::InTransit).await;
        let told = partner.post(&path(&purchase, "cancel"), &json!({ "reason": "Out of stock" })).await;
        refused(&told, 400, "not_allowed_in_status", "Goods were sent");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn tokens_live_for_an_hour_and_no_longer_than_their_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let (_, purchase) = funded(&shop).await;
        let got = token(&app, &key).await.json(200);
        assert_eq!(got["tokenExpirationUtc"], "2026-11-23T10:00:00Z");
        let partner = signed_in(&app, &key).await;
        let ask = async |partner: &Partner, amount: &str| {
            partner.post(&path(&purchase, "refund"), &json!({ "Amount": amount })).await
        };
        assert_eq!(ask(&partner, "0.01").await.status, 204);
        app.wait(Span(3_599));
        assert_eq!(ask(&partner, "0.02").await.status, 204);
        app.wait(Span(1));
        refused(&ask(&partner, "0.03").await, 401, "token_unknown", "");
        let partner = signed_in(&app, &key).await;
        key.revoke(&shop.seller).await;
        refused(&ask(&partner, "0.04").await, 401, "token_unknown", "");
        refused(&token(&app, &key).await, 401, "key_unknown", "");
        let raw = Partner::of(&app, "avarda", &[("authorization", &format!("Bearer {}", key.text))]);
        refused(&ask(&raw, "0.05").await, 401, "token_unknown", "");
    })
    .await;
}

/// Bodies of goods that were sent, each wrong in one place: what is said of it.
fn wrong_goods() -> Vec<(Value, &'static str, &'static str)> {
    let with = |name: &str, value: Value| {
        let mut body = goods("A-1", "t-1", &all());
        body[name] = value;
        body
    };
    let item = |name: &str, value: Value| {
        let mut item = row("Everything", "500.00");
        item[name] = value;
        with("Items", json!([item]))
    };
    vec![
        (with("OrderReference", Value::Null), "10005", "Invalid or missing external ID."),
        (with("OrderReference", json!("x".repeat(21))), "10005", "OrderReference"),
        (with("TranId", json!("x".repeat(37))), "10005", "TranId"),
        (with("TranId", json!("")), "10005", "TranId"),
        (with("TranId", json!(["t"])), "10005", "TranId"),
        (with("Items", Value::Null), "invalid_fields", "Items"),
        (with("Items", json!([])), "invalid_fields", "Items"),
        (with("Items", json!("x")), "invalid_fields", "Items"),
        (with("Items", json!([row("a", "5"), row("b", "-5")])), "invalid_fields", "positive"),
        (with("PosId", json!("x".repeat(33))), "invalid_fields", "PosId"),
        (item("Description", json!("x".repeat(36))), "invalid_fields", "Items[0].Description"),
        (item("Amount", Value::Null), "invalid_fields", "Items[0].Amount"),
        (item("Amount", json!("1,5")), "invalid_fields", "Items[0].Amount"),
        (item("Amount", json!(1.005)), "invalid_fields", "Items[0].Amount"),
        (item("Amount", json!([1])), "invalid_fields", "Items[0].Amount"),
        (item("TaxAmount", json!("x")), "invalid_fields", "Items[0].TaxAmount"),
        (item("Quantity", json!(0)), "invalid_fields", "Items[0].Quantity"),
        (item("Quantity", json!(1.5)), "invalid_fields", "Items[0].Quantity"),
        (with("Items", json!([row("Something else", "50.00")])), "invalid_fields", "Items[0].Description"),
        (with("Items", json!([row("Cushion cover", "49.99")])), "invalid_fields", "Items[0].Amount"),
        (with("Items", json!([row("Delivery", "20.00")])), "invalid_fields", "Items"),
    ]
}

#[tokio::test]
async fn what_is_wrong_is_told_in_their_shape_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let partner = signed_in(&app, &key).await;
        let foreign = signed_in(&app, &Key::of(&app, &shop.other_seller, "live", SELLER).await).await;
        let reader = signed_in(&app, &Key::of(&app, &shop.seller, "live", &["read"]).await).await;
        let (_, purchase) = funded(&shop).await;
        app.settle().await;
        let before = app.contents(&MAY_CHANGE).await;
        for call in ["order", "return"] {
            let body = goods("A-1", "t-1", &all());
            refused(&foreign.post(&path(&purchase, call), &body).await, 404, "not_found", "");
            refused(&reader.post(&path(&purchase, call), &body).await, 403, "not_permitted", "");
        }
        for purchase in ["3021", "x", "99999999999999999999"] {
            refused(&partner.post(&path(purchase, "refund"), &json!({ "Amount": 1 })).await, 404, "not_found", "");
        }
        for (body, code, words) in wrong_goods() {
            refused(&partner.post(&path(&purchase, "order"), &body).await, 400, code, words);
        }
        let mut three = row("Cushion cover", "150.00");
        three["Quantity"] = json!(3);
        refused(
            &partner.post(&path(&purchase, "order"), &goods("A-1", "t-1", &[three])).await,
            400,
            "too_many_pieces",
            "",
        );
        for (body, code) in [
            (r#"{"Amount": -1}"#, "invalid_fields"),
            (r#"{"Amount": 0}"#, "invalid_fields"),
            (r#"{"Amount": 1e3}"#, "invalid_fields"),
            (r#"{"Amount": 10.001}"#, "invalid_fields"),
            (r#"{"Amount": 99999999999999999999}"#, "invalid_fields"),
            (r#"{"Amount": 1, "amount": 2}"#, "malformed"),
            (r#"{"Amount": "#, "malformed"),
            ("{}", "invalid_fields"),
        ] {
            refused(&partner.send(Method::POST, &path(&purchase, "refund"), JSON, body).await, 400, code, "");
        }
        for (id, secret) in [("x", key.text.as_str()), (&key.id, "x"), (&key.id, "hf_live_x")] {
            let wrong = Key { id: id.to_owned(), text: secret.to_owned() };
            refused(&token(&app, &wrong).await, 401, "key_unknown", "");
        }
        refused(
            &Partner::of(&app, "avarda", &[]).post("/api/partner/tokens", &json!({})).await,
            400,
            "invalid_fields",
            "clientId",
        );
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_requests_with_one_tran_id_act_once_and_all_are_answered_alike() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let partner = signed_in(&app, &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let (reference, purchase) = funded(&shop).await;
        let twenty = async |call: &str, body: Value| {
            let at = path(&purchase, call);
            let told = join_all((0..20).map(|_| partner.post(&at, &body))).await;
            assert!(told.iter().all(|told| told.status == 204), "{:?}", told.first().map(|told| &told.body));
        };
        twenty("refund", json!({ "Amount": 10.00, "TranId": "t-0" })).await;
        twenty("order", goods("A-1", "t-1", &[row("Cushion cover", "50.00")])).await;
        twenty("return", goods("R-1", "t-2", &[row("A scratch", "1.00")])).await;
        assert_eq!(shop.order(&reference).await.gone.buyer, 1_100);
        let events = app.texts("select kind from events order by seq").await;
        assert_eq!(events, ["placed", "paid", "refunded", "split", "delivered", "refunded"]);
        app.settle().await;
        app.verified().await;
    })
    .await;
}
