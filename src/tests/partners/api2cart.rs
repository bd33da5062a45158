//! `API2Cart`'s order methods.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::{id::Reference, order::status::Status, time::Span};
use serde_json::{Value, json};

use super::{JSON, Key, MAY_CHANGE, Partner, SELLER, funded, number};
use crate::{
    api::Told,
    helpers::{Shop, TestApp, each_store},
};

fn client(app: &TestApp, key: &str, store: &str) -> Partner {
    Partner::of(app, "api2cart", &[("x-api-key", key), ("x-store-key", store)])
}

async fn stores(app: &TestApp) -> (String, String) {
    let seller = app.texts("select lower(hex(id)) from sellers where name = 'Ada Stores'");
    let market = "select lower(hex(id)) from marketplaces";
    if app.store == crate::helpers::Store::Postgres {
        let seller = app.texts("select id::text from sellers where name = 'Ada Stores'").await.remove(0);
        return (seller, app.texts("select id::text from marketplaces").await.remove(0));
    }
    (seller.await.remove(0), app.texts(market).await.remove(0))
}

#[track_caller]
fn result(told: &Told) -> Value {
    let body = told.json(200);
    assert_eq!((body["return_code"].as_i64(), body["return_message"].as_str()), (Some(0), Some("")), "{body}");
    body["result"].clone()
}

#[track_caller]
fn refused(told: &Told, status: u16, return_code: i64, code: &str, words: &str) {
    let body = told.json(status);
    assert_eq!(
        (body["return_code"].as_i64(), body["result"]["code"].as_str()),
        (Some(return_code), Some(code)),
        "{body}"
    );
    assert!(body["return_message"].as_str().is_some_and(|text| text.contains(words)), "{body}");
}

fn ids(list: &Value) -> Vec<String> {
    let orders = list["order"].as_array().expect("a list");
    orders.iter().map(|order| order["id"].as_str().expect("an id").to_owned()).collect()
}

async fn update(client: &Partner, body: &Value) -> Told {
    client.send(Method::PUT, "/v1.1/order.update.json", JSON, &body.to_string()).await
}

#[tokio::test]
async fn statuses_are_their_usual_ones_and_narrowed_to_what_is_legal() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let client = client(&app, &key.text, &stores(&app).await.0);
        let list = result(&client.get("/v1.1/order.status.list.json").await);
        let statuses = list["cart_order_statuses"][0]["status"].as_array().expect("a list");
        assert_eq!((statuses.len(), list["count"].as_u64()), (14, Some(14)));
        assert_eq!(statuses[0], json!({ "id": "1", "name": "Pending" }));
        assert_eq!(statuses[13], json!({ "id": "16", "name": "Voided" }));
        let legal = result(&client.get("/v1.1/order.status.list.json?action=update").await);
        assert_eq!(legal["count"], 6);
        refused(&client.get("/v1.1/order.status.list.json?action=x").await, 422, 109, "invalid_fields", "action");
        for (method, name, count) in [
            ("order.financial_status.list", "order_financial_statuses", 6),
            ("order.fulfillment_status.list", "order_fulfillment_statuses", 5),
        ] {
            let list = result(&client.get(&format!("/v1.1/{method}.json")).await);
            assert_eq!(list[name].as_array().map(Vec::len), Some(count));
        }
    })
    .await;
}

#[tokio::test]
async fn an_order_is_shipped_in_parts_followed_updated_and_refunded() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let (seller, _) = stores(&app).await;
        let client = client(&app, &key.text, &format!("sel_{}", seller.replace('-', "")));
        let (reference, id) = funded(&shop).await;
        let info = result(&client.get(&format!("/v1.1/order.info.json?order_id={id}")).await);
        assert_eq!((info["id"].as_str(), info["status"]["name"].as_str()), (Some(id.as_str()), Some("Processing")));
        assert_eq!(info["totals"]["total"].to_string(), "500.0");
        assert_eq!(info["customer"]["email"], "bisi@demo.test");
        let history = info["status"]["history"].as_array().expect("a list");
        let names: Vec<&str> = history.iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(names, ["Pending", "Processing"]);
        assert_eq!(history[0]["modified_time"]["value"], "2026-11-23T09:00:00+0000");
        let body = json!({
            "order_id": id,
            "items": [{ "order_product_id": "2", "quantity": 1 }],
            "tracking_numbers": [
                { "carrier_id": "GIG", "tracking_number": "GIG-1" },
                { "carrier_id": "GIG", "tracking_number": "GIG-2" },
            ],
            "tracking_link": "https://gig.example/GIG-1",
        });
        let shipped = result(&client.post("/v1.1/order.shipment.add.json", &body).await);
        assert!(shipped["shipment_id"].is_string());
        let order = shop.order(&reference).await;
        let stands: Vec<_> = order.deliveries.iter().map(|part| (part.status, part.pieces())).collect();
        assert_eq!(stands, [(Status::Funded, 2), (Status::InTransit, 1)]);
        assert_eq!(order.deliveries[1].tracking.as_ref().map(|at| at.number.as_str()), Some("GIG-1"));
        let info = result(&client.get(&format!("/v1.1/order.info.json?id={reference}")).await);
        assert_eq!(
            (info["fulfillment_status"].as_str(), info["financial_status"].as_str()),
            (Some("partial"), Some("paid"))
        );
        let told = json!({ "order_id": id, "tracking_number": "GIG-3", "carrier_id": "GIG" });
        result(&client.post("/v1.1/order.shipment.tracking.add.json", &told).await);
        assert_eq!(
            shop.order(&reference).await.deliveries[1].tracking.as_ref().map(|at| at.number.clone()).as_deref(),
            Some("GIG-3")
        );
        let body =
            json!({ "order_id": id, "order_status": "Shipped", "comment": "On its way", "admin_comment": "By van" });
        assert_eq!(result(&update(&client, &body).await), json!({ "updated_items": 1 }));
        result(&update(&client, &json!({ "order_id": id, "fulfillment_status": "delivered" })).await);
        assert_eq!(shop.order(&reference).await.status(), Status::AwaitingResponse);
        let refund = json!({ "order_id": id, "total_price": 12.34, "message": "A scratch" });
        result(&client.post("/v1.1/order.refund.add.json", &refund).await);
        assert_eq!(shop.order(&reference).await.gone.buyer, 1_234);
        let refund = json!({ "order_id": id, "items": [{ "order_product_id": 2, "quantity": 1 }] });
        result(&client.post("/v1.1/order.refund.add.json", &refund).await);
        let info = result(&client.get(&format!("/v1.1/order.info.json?id={id}")).await);
        assert_eq!(info["financial_status"], "partially_refunded");
        let (gone, id) = funded(&shop).await;
        let body =
            json!({ "order_id": id, "order_status": 7, "cancellation_reason": "Sold out", "send_notifications": true });
        result(&update(&client, &body).await);
        assert_eq!(shop.order(&gone).await.status(), Status::Cancelled);
        let (_, id) = funded(&shop).await;
        result(&update(&client, &json!({ "order_id": id, "financial_status": "refunded" })).await);
        let info = result(&client.get(&format!("/v1.1/order.info.json?id={id}")).await);
        assert_eq!(info["status"]["name"], "Refunded");
        assert_eq!(info["status"]["refund_info"]["total_refunded"].to_string(), "500.0");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_narrowed_sorted_paged_and_counted() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let (seller, _) = stores(&app).await;
        let client = client(&app, &key.text, &seller);
        let mut all = Vec::new();
        for _ in 0..4 {
            let reference = shop.place(&[]).await;
            all.push(number(&shop, &reference).await);
            app.wait(Span(60));
        }
        let second: Reference = {
            let orders = app.texts("select reference from orders order by placed_at").await;
            orders[1].parse().expect("a reference")
        };
        shop.pay(&second).await;
        let list = async |query: &str| ids(&result(&client.get(&format!("/v1.1/order.list.json?{query}")).await));
        assert_eq!(list("").await, all);
        assert_eq!(list("sort_direction=desc&count=2").await, [all[3].clone(), all[2].clone()]);
        assert_eq!(list("start=1&count=2").await, [all[1].clone(), all[2].clone()]);
        assert_eq!(list(&format!("since_id={}", all[1])).await, [all[2].clone(), all[3].clone()]);
        assert_eq!(list(&format!("ids={},{},17", all[0], all[3])).await, [all[0].clone(), all[3].clone()]);
        assert_eq!(list("order_status=Processing").await, [all[1].clone()]);
        assert_eq!(list("order_status_ids[]=2&order_status_ids[]=7").await, [all[1].clone()]);
        assert_eq!(list("financial_status=paid").await, [all[1].clone()]);
        assert_eq!(list("fulfillment_status=delivered").await.len(), 0);
        assert_eq!(list("customer_email=bisi@demo.test").await, all);
        assert_eq!(list("customer_email=femi@demo.test").await.len(), 0);
        assert_eq!(list("created_from=2026-11-23T09:02:00Z").await, [all[2].clone(), all[3].clone()]);
        assert_eq!(list("created_to=2026-11-23%2009:00:30").await, [all[0].clone()]);
        assert_eq!(list("sort_by=modified_at&sort_direction=desc&count=1").await, [all[1].clone()]);
        assert_eq!(list("modified_from=2026-11-23T09:04:00Z").await, [all[1].clone()]);
        let mut walked = Vec::new();
        let mut query = "count=3&customer_email=bisi@demo.test".to_owned();
        loop {
            let page = client.get(&format!("/v1.1/order.list.json?{query}")).await.json(200);
            walked.extend(ids(&page["result"]));
            let Some(next) = page["pagination"]["next"].as_str() else { break };
            query = format!("page_cursor={next}");
        }
        assert_eq!(walked, all);
        let count = async |query: &str| {
            result(&client.get(&format!("/v1.1/order.count.json?{query}")).await)["orders_count"].clone()
        };
        assert_eq!((count("").await, count("order_status=1").await), (json!(4), json!(3)));
        assert_eq!((count("financial_status=paid").await, count("order_status=11").await), (json!(1), json!(0)));
        let some = client.get("/v1.1/order.list.json?count=1&response_fields={result{order{id,status{name}}}}").await;
        let some = some.json(200);
        assert_eq!(some["result"], json!({ "order": [{ "id": all[0], "status": { "name": "Pending" } }] }));
        let some = result(&client.get("/v1.1/order.list.json?count=1&response_fields=id,totals&exclude=totals").await);
        assert_eq!(some["order"][0], json!({ "id": all[0] }));
    })
    .await;
}

#[tokio::test]
async fn a_store_key_narrows_to_its_store() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (seller, market) = stores(&app).await;
        let (_, id) = funded(&shop).await;
        let all = [id.clone()];
        let others = Key::of(&app, &shop.other_seller, "live", SELLER).await;
        let kabir = if app.store == crate::helpers::Store::Postgres {
            app.texts("select id::text from sellers where name <> 'Ada Stores' order by name").await
        } else {
            app.texts("select lower(hex(id)) from sellers where name <> 'Ada Stores' order by name").await
        };
        let mut seen = 0;
        for store in &kabir {
            let told = super::api2cart::client(&app, &others.text, store).get("/v1.1/order.list.json").await;
            seen += usize::from(told.status == 200);
            assert!(told.status == 401 || ids(&result(&told)).is_empty());
        }
        assert_eq!(seen, 1, "one store is theirs");
        // The marketplace's own key sees it under its own store key, and under the seller's.
        let admin = Key::of(&app, &shop.admin, "live", SELLER).await;
        for store in [&seller, &market] {
            let operator = super::api2cart::client(&app, &admin.text, store);
            result(&operator.get(&format!("/v1.1/order.info.json?id={id}")).await);
        }
        let operator = super::api2cart::client(&app, &admin.text, &kabir[0]);
        assert_eq!(ids(&result(&operator.get("/v1.1/order.list.json").await)).len(), 0);
        refused(&operator.get(&format!("/v1.1/order.info.json?id={}", all[0])).await, 404, 112, "not_found", "");
        let body = json!({ "order_id": all[0], "order_status": "Shipped" });
        refused(&update(&operator, &body).await, 404, 112, "not_found", "");
        let whole = super::api2cart::client(&app, &admin.text, &market);
        assert_eq!(ids(&result(&whole.get("/v1.1/order.list.json").await)), all);
    })
    .await;
}

/// Lists that are asked for wrongly: the last parameter is to blame.
const WRONG_QUERIES: &[&str] = &[
    "count=0",
    "count=251",
    "count=x",
    "start=-1",
    "start=99999",
    "ids[]=1&order_status=nonsense",
    "order_status_ids[]=99",
    "financial_status=x",
    "fulfillment_status=x",
    "customer_id=x",
    "since_id=17",
    "customer_email=x",
    "phone=x",
    "created_from=yesterday",
    "modified_to=x",
    "sort_by=price",
    "sort_direction=up",
    "page_cursor=x",
    "page_cursor=W10",
    "page_cursor=x&count=1",
    "response_fields={",
];

/// Updates that are wrong, with what is said of them.
fn wrong_updates(id: &str) -> Vec<(Value, u16, i64, &'static str)> {
    vec![
        (json!({}), 422, 109, "invalid_fields"),
        (json!({ "order_id": id }), 422, 109, "invalid_fields"),
        (json!({ "order_id": "17", "order_status": "Shipped" }), 404, 112, "not_found"),
        (json!({ "order_id": id, "order_status": "Sent" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": ["Shipped"] }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "financial_status": "x" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": 3, "send_notifications": "x" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": 3, "fulfillment_status": "delivered" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": "Voided" }), 409, 107, "status_not_reachable"),
        (json!({ "order_id": id, "order_status": "Complete" }), 403, 107, "not_your_turn"),
        (json!({ "order_id": id, "order_status": 7, "cancellation_reason": "x" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": 3, "idempotency_key": "é" }), 422, 109, "invalid_fields"),
        (json!({ "order_id": id, "order_status": 3, "idempotency_key": "" }), 422, 109, "invalid_fields"),
    ]
}

/// Other changes that are wrong in a field.
fn wrong_changes(id: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("shipment.add", json!({ "order_id": id, "items": [{ "order_product_id": "x", "quantity": 1 }] })),
        ("shipment.add", json!({ "order_id": id, "items": [{ "order_product_id": 1, "quantity": 0 }] })),
        ("shipment.add", json!({ "order_id": id, "items": [{ "order_product_id": 1, "quantity": 9 }] })),
        ("shipment.add", json!({ "order_id": id, "tracking_link": "javascript:x" })),
        ("shipment.tracking.add", json!({ "order_id": id })),
        ("refund.add", json!({ "order_id": id })),
        ("refund.add", json!({ "order_id": id, "total_price": 0 })),
        ("refund.add", json!({ "order_id": id, "total_price": 1.001 })),
        ("refund.add", json!({ "order_id": id, "total_price": 99_999.99 })),
    ]
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_envelope_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let (store, market) = stores(&app).await;
        let client = client(&app, &key.text, &store);
        let (_, id) = funded(&shop).await;
        app.settle().await;
        let before = app.contents(&MAY_CHANGE).await;
        let list = "/v1.1/order.list.json";
        for (key, store, code, return_code) in [
            ("hf_live_x", store.as_str(), "key_unknown", 2),
            ("", &store, "key_unknown", 2),
            (&key.text, "", "store_unknown", 3),
            (&key.text, "x", "store_unknown", 3),
            (&key.text, &market, "store_unknown", 3),
            (&key.text, "sel_00000000000070008000000000000000", "store_unknown", 3),
        ] {
            refused(&super::api2cart::client(&app, key, store).get(list).await, 401, return_code, code, "Incorrect");
        }
        for query in WRONG_QUERIES.iter().copied() {
            let told = client.get(&format!("{list}?{query}")).await;
            let name =
                query.rsplit_once('&').map_or(query, |(_, last)| last).split(['=', '[']).next().unwrap_or_default();
            refused(&told, 422, 109, "invalid_fields", name);
        }
        for (body, status, return_code, code) in wrong_updates(&id) {
            refused(&update(&client, &body).await, status, return_code, code, "");
        }
        let voided = update(&client, &json!({ "order_id": id, "order_status": "Voided" })).await;
        refused(&voided, 409, 107, "status_not_reachable", "Possible now: Shipped, Canceled, Refunded, Processed.");
        for (method, body) in wrong_changes(&id) {
            let told = client.post(&format!("/v1.1/order.{method}.json"), &body).await;
            assert_eq!((told.status, told.json(422)["return_code"].as_i64()), (422, Some(109)), "{method} {body}");
        }
        let broken = client.send(Method::POST, "/v1.1/order.update.json", JSON, "{").await;
        refused(&broken, 400, 4, "malformed", "JSON");
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_updates_under_one_key_act_once_and_are_answered_alike_for_a_while() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let client = client(&app, &key.text, &stores(&app).await.0);
        let (_, id) = funded(&shop).await;
        let body = json!({ "order_id": id, "order_status": "Shipped", "idempotency_key": "u-1" });
        let told = join_all((0..20).map(|_| update(&client, &body))).await;
        assert!(told.iter().all(|told| told.status == 200), "{:?}", told[0].body);
        let refund = json!({ "order_id": id, "total_price": "10.00", "idempotency_key": "r-1" });
        let told = join_all((0..20).map(|_| client.post("/v1.1/order.refund.add.json", &refund))).await;
        assert!(told.iter().all(|one| one.status == 200 && one.body == told[0].body));
        let events = app.texts("select kind from events order by seq").await;
        assert_eq!(events, ["placed", "paid", "dispatched", "refunded"]);
        app.wait(Span(15 * 60));
        app.settle().await;
        assert_eq!(result(&update(&client, &body).await), json!({ "updated_items": 1 }));
        let other = json!({ "order_id": id, "order_status": "Processed", "idempotency_key": "u-1" });
        refused(&update(&client, &other).await, 422, 109, "key_reused", "");
        app.verified().await;
    })
    .await;
}
