//! Retailys' `System/Orders`.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::order::status::Status;
use serde_json::{Value, json};

use super::{BUYER, JSON, Key, MAY_CHANGE, Partner, SELLER};
use crate::{
    api::Told,
    helpers::{Shop, TestApp, each_store},
};

const ORDERS: &str = "/System/Orders";

fn erp(app: &TestApp, key: &Key, own: Option<&str>) -> Partner {
    let bearer = format!("Bearer {}", key.text);
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(own.map(|own| ("idempotency-key", own)));
    Partner::of(app, "retailys", &headers)
}

fn new_order() -> Value {
    json!({
        "customer": { "email": "bisi@demo.test", "name": "Bisi Alade", "phone": "+234 803 123 4567" },
        "currency": "NGN",
        "externalNumber": "1001",
        "address": "1 Broad Street\nLagos",
        "items": [
            { "title": "Handwoven rug", "unitPrice": 380.00 },
            { "title": "Delivery", "unitPrice": "20.00", "kind": "shipping" },
        ],
    })
}

async fn patch(partner: &Partner, id: &str, step: &str, body: &Value) -> Told {
    partner.send(Method::PATCH, &format!("{ORDERS}/{id}/{step}"), JSON, &body.to_string()).await
}

#[track_caller]
fn refused(told: &Told, status: u16, code: &str, words: &str) {
    let body = told.json(status);
    assert_eq!(body["code"].as_str(), Some(code), "{body}");
    let named = body["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == words));
    assert!(named || body["message"].as_str().is_some_and(|text| text.contains(words)), "{body}");
}

#[tokio::test]
async fn an_order_is_placed_edited_paid_by_hand_sent_delivered_and_done() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = erp(&app, &Key::of(&app, &shop.seller, "live", SELLER).await, None);
        let finance = erp(&app, &Key::of(&app, &shop.admin, "live", SELLER).await, None);
        let buyer = erp(&app, &Key::of(&app, &shop.buyer, "live", BUYER).await, None);
        let placed = seller.post(ORDERS, &new_order()).await.json(201);
        assert_eq!((placed["status"].as_str(), placed["version"].as_u64()), (Some("awaiting_payment"), Some(1)));
        let id = placed["id"].as_str().expect("a number").to_owned();
        let at = format!("{ORDERS}/{id}");
        let order = seller.get(&at).await.json(200);
        assert_eq!(
            (order["total"].as_str(), order["customer"]["email"].as_str()),
            (Some("400.00"), Some("bisi@demo.test"))
        );
        let cushion = json!({ "title": "Cushion", "quantity": 2, "unitPrice": "50" });
        assert_eq!(seller.post(&format!("{at}/item"), &cushion).await.json(200)["events"], json!(["items_edited"]));
        let change = json!({ "itemId": 1, "unitPrice": 379.99 }).to_string();
        seller.send(Method::PUT, &format!("{at}/item"), JSON, &change).await.json(200);
        seller.send(Method::DELETE, &format!("{at}/item/2"), "", "").await.json(200);
        let order = seller.get(&at).await.json(200);
        assert_eq!(order["total"], "479.99");
        let items = order["items"].as_array().expect("items").iter();
        let items: Vec<_> = items.map(|item| (item["id"].as_u64(), item["title"].as_str())).collect();
        assert_eq!(items, [(Some(1), Some("Handwoven rug")), (Some(3), Some("Cushion"))], "numbers stay");
        let change = json!({ "itemId": 3, "quantity": 1 }).to_string();
        seller.send(Method::PUT, &format!("{at}/item"), JSON, &change).await.json(200);
        assert_eq!(seller.get(&at).await.json(200)["total"], "429.99");
        let change = json!({ "itemId": 3, "quantity": 2 }).to_string();
        seller.send(Method::PUT, &format!("{at}/item"), JSON, &change).await.json(200);
        assert_eq!(order["paymentStatus"], "pending");
        refused(&patch(&seller, &id, "paid", &json!({})).await, 403, "not_your_turn", "gateway");
        let paid = patch(&finance, &id, "paid", &json!({ "paymentRef": "transfer 17" })).await.json(200);
        assert_eq!(paid["status"], "funded");
        refused(&patch(&finance, &id, "paid", &json!({})).await, 409, "not_allowed_in_status", "");
        let nowhere = json!({ "carrier": "GIG", "trackingNumber": "GIG-1", "deliveryId": 9 });
        refused(&seller.post(&format!("{at}/tracking"), &nowhere).await, 422, "unknown_delivery", "deliveryId");
        assert_eq!(patch(&seller, &id, "sent", &json!({})).await.json(200)["status"], "in_transit");
        let tracking = json!({ "carrier": "GIG", "trackingNumber": "GIG-1" });
        seller.post(&format!("{at}/tracking"), &tracking).await.json(200);
        seller.post(&format!("{at}/history"), &json!({ "text": "Rings twice", "audience": "sellers" })).await.json(200);
        assert_eq!(patch(&seller, &id, "delivered", &json!({})).await.json(200)["status"], "awaiting_response");
        refused(&patch(&seller, &id, "done", &json!({})).await, 403, "not_your_turn", "Possible now");
        assert_eq!(patch(&buyer, &id, "done", &json!({})).await.json(200)["status"], "completed");
        let order = buyer.get(&at).await.json(200);
        assert_eq!(
            (order["deliveries"][0]["trackingNumber"].as_str(), order["paid"].as_str()),
            (Some("GIG-1"), Some("479.99"))
        );
        let page = shop.admin.get(&format!("/orders/{}", placed["number"].as_str().expect("its number"))).await.fine();
        assert!(page.body.contains("manual (Warehouse)"), "the timeline names who marked it");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_the_callers_own_and_statuses_say_what_leads_to_them() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = erp(&app, &Key::of(&app, &shop.seller, "live", SELLER).await, None);
        let other = erp(&app, &Key::of(&app, &shop.other_seller, "live", SELLER).await, None);
        for _ in 0..3 {
            shop.place(&[]).await;
        }
        let list = async |query: &str| seller.get(&format!("{ORDERS}?{query}")).await.json(200);
        let count = |page: &Value| page["orders"].as_array().map(Vec::len);
        let first = list("limit=2").await;
        assert_eq!(count(&first), Some(2));
        let next = first["next"].as_str().expect("there is more");
        let second = list(&format!("limit=2&after={next}")).await;
        assert_eq!((count(&second), second["next"].is_null()), (Some(1), true));
        assert_eq!(count(&list("customerEmail=bisi@demo.test&status=awaiting_payment").await), Some(3));
        assert_eq!(count(&list("customerEmail=femi@demo.test").await), Some(0));
        assert_eq!(count(&list("status=Cancelled").await), Some(0));
        assert_eq!(count(&other.get(ORDERS).await.json(200)), Some(0));
        for query in ["status=x", "customerEmail=x", "createdFrom=x", "limit=0", "limit=101", "after=x"] {
            let name = query.split('=').next().unwrap_or_default();
            refused(&seller.get(&format!("{ORDERS}?{query}")).await, 422, "invalid_fields", name);
        }
        let statuses = seller.get(&format!("{ORDERS}/Statuses")).await.json(200);
        assert_eq!(statuses["statuses"].as_array().map(Vec::len), Some(14));
        assert_eq!(statuses["statuses"][2]["reachedBy"], json!(["dispatch"]));
    })
    .await;
}

#[tokio::test]
async fn a_free_status_is_reached_by_an_action_or_refused_with_what_is_possible() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = erp(&app, &Key::of(&app, &shop.seller, "live", SELLER).await, None);
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let id = reference.to_string();
        let to = async |status: &str| patch(&seller, &id, "status", &json!({ "status": status })).await;
        refused(
            &to("expired").await,
            409,
            "status_not_reachable",
            "Possible now: in_transit, awaiting_response, cancelled.",
        );
        refused(&to("rejected").await, 403, "not_your_turn", "Possible now");
        refused(&to("packed").await, 422, "invalid_fields", "status");
        refused(&to("").await, 422, "invalid_fields", "status");
        assert_eq!(to("On its way").await.json(200)["status"], "in_transit");
        assert_eq!(to("cancelled").await.json(200)["status"], "cancelled");
        assert_eq!(shop.order(&reference).await.status(), Status::Cancelled);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_names_the_field_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let seller = erp(&app, &key, None);
        let other = erp(&app, &Key::of(&app, &shop.other_seller, "live", SELLER).await, None);
        let reader = erp(&app, &Key::of(&app, &shop.seller, "live", &["read"]).await, None);
        let reference = shop.place(&[]).await;
        let at = format!("{ORDERS}/{reference}");
        app.settle().await;
        let before = app.contents(&MAY_CHANGE).await;
        let with = |name: &str, value: Value| {
            let mut body = new_order();
            body[name] = value;
            body
        };
        for (body, field) in [
            (with("items", Value::Null), "items"),
            (with("items", json!([])), "item"),
            (with("items", json!([{ "title": "Rug" }])), "items[0].unitPrice"),
            (with("items", json!([{ "unitPrice": 1 }])), "items[0].title"),
            (with("items", json!([{ "title": "Rug", "unitPrice": 1.001 }])), "items[0].unitPrice"),
            (
                with("items", json!([{ "title": "Rug", "unitPrice": 1, "quantity": 99_999_999_999_u64 }])),
                "items[0].quantity",
            ),
            (with("items", json!([{ "title": "Rug", "unitPrice": 1, "kind": "x" }])), "items[0].kind"),
            (with("customer", json!({ "name": "Bisi" })), "customer.email"),
            (with("currency", json!("USD")), "currency"),
        ] {
            let told = seller.post(ORDERS, &body).await;
            assert!([409, 422].contains(&told.status), "{}", told.body);
            let code = told.json(told.status)["code"].as_str().unwrap_or_default().to_owned();
            refused(&told, told.status, &code, field);
        }
        refused(&reader.post(ORDERS, &new_order()).await, 403, "not_permitted", "sell");
        refused(&other.get(&at).await, 404, "not_found", "");
        refused(&patch(&other, reference.as_str(), "cancel", &json!({})).await, 404, "not_found", "");
        refused(&seller.send(Method::DELETE, &format!("{at}/item/9"), "", "").await, 404, "not_found", "");
        refused(
            &seller.post(&format!("{at}/tracking"), &json!({ "carrier": "GIG" })).await,
            422,
            "invalid_fields",
            "trackingNumber",
        );
        refused(
            &seller.post(&format!("{at}/history"), &json!({ "text": "x", "audience": "y" })).await,
            422,
            "invalid_fields",
            "audience",
        );
        refused(&seller.send(Method::POST, ORDERS, JSON, "{").await, 400, "malformed", "JSON");
        refused(&seller.send(Method::POST, ORDERS, JSON, &"x".repeat(300_000)).await, 413, "too_large", "");
        refused(&erp(&app, &key, Some("")).post(ORDERS, &new_order()).await, 422, "invalid_fields", "Idempotency-Key");
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_duplicates_place_and_note_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let erp = erp(&app, &Key::of(&app, &shop.seller, "live", SELLER).await, Some("once"));
        let new = new_order();
        let told = join_all((0..20).map(|_| erp.post(ORDERS, &new))).await;
        assert!(told.iter().all(|told| told.status == 201), "{:?}", told[0].body);
        assert_eq!(app.count("orders").await, 1);
        let again = erp.post(ORDERS, &new_order()).await;
        let first = told.iter().find(|told| told.status == 201).expect("one was placed");
        assert_eq!(again.body, first.body, "the same answer");
        refused(
            &erp.post(ORDERS, &json!({ "items": [{ "title": "x", "unitPrice": 1 }] })).await,
            422,
            "key_reused",
            "",
        );
        app.settle().await;
        app.verified().await;
    })
    .await;
}
