//! What an integration could do by asking again, at the wrong time, or for too much: money twice, orders that it never sees.

use axum::http::Method;
use holdfast::{
    domain::{order::status::Status, payment::Checkout, time::Span},
    server::service::payments,
};
use serde_json::{Value, json};

use super::{JSON, Key, MAY_CHANGE, Partner, SELLER, bearer, funded, number, twenty};
use crate::{
    api::{Program, Told},
    helpers::{Shop, Store, TestApp, each_store},
};

async fn cart(app: &TestApp, shop: &Shop<'_>) -> Partner {
    let key = Key::of(app, &shop.seller, "live", SELLER).await;
    let page = shop.seller.get("/settings/partners").await.fine();
    let store = page.body.split("x-store-key: ").last().and_then(|rest| rest.get(..32)).expect("there is one");
    Partner::of(app, "api2cart", &[("x-api-key", &key.text), ("x-store-key", store)])
}

async fn paid(finance: &Partner, order: &str, body: &Value) -> Told {
    finance.send(Method::PATCH, &format!("/System/Orders/{order}/paid"), JSON, &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_payment_by_hand_pays_one_order_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let finance = bearer(&app, "retailys", &Key::of(&app, &shop.admin, "live", SELLER).await).await;
        let (first, second) = (shop.place(&[]).await, shop.place(&[]).await);
        let transfer = json!({ "paymentRef": "transfer 17" });
        let path = format!("/System/Orders/{first}/paid");
        let told = twenty(&finance, Method::PATCH, &path, &transfer).await;
        assert!(told.iter().all(|told| told.status == 200), "{:?}", told[0].body);
        assert_eq!(told.iter().filter(|told| told.header("idempotent-replayed").is_empty()).count(), 1);
        let refused = paid(&finance, second.as_str(), &transfer).await.json(409);
        assert_eq!(
            (refused["code"].as_str(), refused["errors"][0]["field"].as_str()),
            (Some("payment_known"), Some("paymentRef"))
        );
        assert_eq!(shop.order(&second).await.status(), Status::AwaitingPayment);
        // The same transfer tells of both at once: one of them has it.
        let third = shop.place(&[]).await;
        let other = json!({ "paymentRef": "transfer 18" });
        let (one, two) =
            futures::join!(paid(&finance, second.as_str(), &other), paid(&finance, third.as_str(), &other));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.body, two.body);
        assert_eq!(app.texts("select kind from events where kind = 'paid'").await.len(), 2);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_by_hand_of_a_project_says_which_it_is() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let finance = bearer(&app, "retailys", &Key::of(&app, &shop.admin, "live", SELLER).await).await;
        let walls = [
            ("milestones", "on"),
            ("title.1", "The walls"),
            ("price.1", "500.00"),
            ("title.2", "The roof"),
            ("price.2", "300.00"),
            ("quantity.2", "1"),
            ("title.3", ""),
            ("price.3", ""),
            ("kind.3", ""),
        ];
        let project = shop.place(&walls).await;
        let refused = paid(&finance, project.as_str(), &json!({})).await.json(422);
        assert_eq!(refused["errors"][0]["field"], "paymentRef");
        for _ in 0..2 {
            let told = paid(&finance, project.as_str(), &json!({ "paymentRef": "walls" })).await.json(200);
            assert_eq!((told["status"].as_str(), told["events"].clone()), (Some("funded"), json!(["paid"])));
        }
        assert_eq!(shop.order(&project).await.paid_minor, 50_000);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_paid_by_hand_while_a_bank_has_not_answered() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let finance = bearer(&app, "retailys", &Key::of(&app, &shop.admin, "live", SELLER).await).await;
        let order = shop.place(&[]).await;
        let token = payments::pay_token(&app.state.services, shop.order(&order).await.id);
        let seen: Checkout = app.browser().call("payments/look", &[("token", &token)]).await.json();
        let (amount, key) = (seen.amount.minor.to_string(), seen.key.to_string());
        let card = [
            ("token", token.as_str()),
            ("amount_minor", &amount),
            ("key", &key),
            ("card_number", "4000 0000 0000 0119"),
            ("expiry", "12/29"),
            ("card_cvc", "123"),
            ("holder", "Bisi Alade"),
        ];
        app.browser().post(&format!("/pay/{token}"), "payments/pay", &card).await.fine();
        let before = app.contents(&MAY_CHANGE).await;
        let told = paid(&finance, order.as_str(), &json!({ "paymentRef": "transfer 17" })).await.json(409);
        assert_eq!(told["code"], "payment_unknown");
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_words_without_a_key_act_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let (avarda, erp) = (bearer(&app, "avarda", &key).await, bearer(&app, "retailys", &key).await);
        let operator = bearer(&app, "atarapay", &Key::of(&app, &shop.admin, "live", SELLER).await).await;
        let cart = cart(&app, &shop).await;
        let (reference, order) = funded(&shop).await;
        let at = format!("/System/Orders/{order}");
        let refund = format!("/api/partner/payments/{order}/refund");
        let calls = [
            (&avarda, Method::POST, refund.clone(), json!({ "Amount": 10.0 })),
            (
                &cart,
                Method::POST,
                "/v1.1/order.refund.add.json".to_owned(),
                json!({ "order_id": order, "total_price": 10 }),
            ),
            (
                &cart,
                Method::PUT,
                "/v1.1/order.update.json".to_owned(),
                json!({ "order_id": order, "comment": "Rings twice" }),
            ),
            (&erp, Method::POST, format!("{at}/history"), json!({ "text": "Rings once" })),
            (
                &operator,
                Method::POST,
                "/api/serviceprovider/marketplaceOrder/update".to_owned(),
                json!({ "commisson": "10", "order_id": order }),
            ),
        ];
        for (partner, method, path, body) in calls {
            let told = twenty(partner, method, &path, &body).await;
            assert!(
                told.iter().all(|one| one.status == told[0].status && one.status < 300),
                "{path} {:?}",
                told[0].body
            );
            assert_eq!(told.iter().filter(|told| told.header("idempotent-replayed") == "true").count(), 19, "{path}");
        }
        let events = app.texts("select kind from events order by seq").await;
        assert_eq!(events, ["placed", "paid", "refunded", "refunded", "noted", "noted", "commission_set"]);
        // Later nobody can tell a late repetition from a second wish: with a key it is one.
        app.wait(Span(15 * 60));
        let late = avarda.post(&refund, &json!({ "Amount": "10.00" })).await.json(400);
        assert_eq!(late[0]["ErrorCode"], "repeated_without_key");
        assert_eq!(shop.order(&reference).await.gone.buyer, 2_000);
        assert_eq!(avarda.post(&refund, &json!({ "Amount": 10, "TranId": "again" })).await.status, 204);
        assert_eq!(shop.order(&reference).await.gone.buyer, 3_000);
        erp.post(&format!("{at}/history"), &json!({ "text": "Rings once" })).await.json(200);
        assert_eq!(app.texts("select kind from events where kind = 'noted'").await.len(), 3);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_order_and_its_items_are_placed_once_without_a_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let erp = bearer(&app, "retailys", &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let new = json!({
            "customer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
            "currency": "NGN",
            "items": [{ "title": "Rug", "unitPrice": 380.5 }],
        });
        let told = twenty(&erp, Method::POST, "/System/Orders", &new).await;
        assert!(told.iter().all(|one| one.status == 201 && one.body == told[0].body), "{:?}", told[0].body);
        assert_eq!(app.count("orders").await, 1);
        let id = told[0].json(201)["id"].as_str().expect("a number").to_owned();
        let cushion = json!({ "title": "Cushion", "unitPrice": "50" });
        let told = twenty(&erp, Method::POST, &format!("/System/Orders/{id}/item"), &cushion).await;
        assert!(told.iter().all(|one| one.status == 200), "{:?}", told[0].body);
        assert_eq!(erp.get(&format!("/System/Orders/{id}")).await.json(200)["total"], "430.50");
        // What is set, set otherwise and set again stands as it was set last.
        for (quantity, total) in [(2, "480.50"), (1, "430.50"), (2, "480.50"), (2, "480.50")] {
            let change = json!({ "itemId": 2, "quantity": quantity }).to_string();
            erp.send(Method::PUT, &format!("/System/Orders/{id}/item"), JSON, &change).await.json(200);
            assert_eq!(erp.get(&format!("/System/Orders/{id}")).await.json(200)["total"], total);
        }
        // The next day it is another order.
        app.wait(Span::days(1));
        assert_ne!(erp.post("/System/Orders", &new).await.json(201)["id"], id.as_str());
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_amount_that_is_written_otherwise_is_the_same_request() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let avarda = bearer(&app, "avarda", &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let (reference, order) = funded(&shop).await;
        let path = format!("/api/partner/payments/{order}/refund");
        for body in [
            r#"{"Amount": 10.0, "TranId": "t-1"}"#,
            r#"{"Amount": 10.00, "TranId": "t-1"}"#,
            r#"{ "tranId": "t-1", "amount": "10" }"#,
        ] {
            let told = avarda.send(Method::POST, &path, JSON, body).await;
            assert_eq!(told.status, 204, "{body} {}", told.body);
        }
        let other = avarda.send(Method::POST, &path, JSON, r#"{"Amount": 10.01, "TranId": "t-1"}"#).await;
        assert_eq!(other.json(400)[0]["ErrorCode"], "key_reused");
        assert_eq!(shop.order(&reference).await.gone.buyer, 1_000);
    })
    .await;
}

#[tokio::test]
async fn refunded_gives_all_of_an_order_back_and_then_nothing_more() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let cart = cart(&app, &shop).await;
        let (reference, order) = funded(&shop).await;
        let part = json!({ "order_id": order, "items": [{ "order_product_id": "2", "quantity": 1 }] });
        cart.post("/v1.1/order.shipment.add.json", &part).await.json(200);
        let accepted = [("delivery", "2")];
        shop.act(&shop.buyer, &reference, "accept", &accepted).await.fine();
        let parts: Vec<Status> = shop.order(&reference).await.deliveries.iter().map(|part| part.status).collect();
        assert_eq!(parts, [Status::Funded, Status::Completed]);
        for (key, items) in [("a", 1), ("a", 1), ("b", 0), ("c", 0)] {
            let body = json!({ "order_id": order, "order_status": "Refunded", "idempotency_key": key });
            let told = cart.post("/v1.1/order.update.json", &body).await.json(200);
            assert_eq!(told["result"]["updated_items"], items, "{key}");
            let now = shop.order(&reference).await;
            assert_eq!(now.gone.buyer + now.credited_minor, 50_000, "{key}");
        }
        let unpaid = shop.place(&[]).await;
        let body = json!({ "order_id": number(&shop, &unpaid).await, "order_status": "Refunded" });
        assert_eq!(
            cart.post("/v1.1/order.update.json", &body).await.json(409)["result"]["code"],
            "status_not_reachable"
        );
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_has_ended_opens_no_surface() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (_, order) = funded(&shop).await;
        let fields = [("name", "Short"), ("mode", "live"), ("days", "1"), ("may.read", "on"), ("may.sell", "on")];
        shop.seller.call("keys/create", &fields).await.fine();
        let page = shop.seller.get("/settings/keys").await.fine();
        let at = page.body.find("<code>hf_").expect("the key is shown once") + "<code>".len();
        let program = Program::with(&app, page.body[at..].split('<').next().expect("it ends"));
        let id = program.get("/me").await.json(200)["key"]["id"].as_str().expect("it has an id").to_owned();
        let key = Key { id, text: program.key.clone() };
        app.wait(Span(24 * 60 * 60 - 60));
        let (avarda, erp) = (bearer(&app, "avarda", &key).await, bearer(&app, "retailys", &key).await);
        let plugin = bearer(&app, "atarapay", &key).await;
        let cart = Partner::of(&app, "api2cart", &[("x-api-key", &key.text), ("x-store-key", "x")]);
        erp.get(&format!("/System/Orders/{order}")).await.json(200);
        app.wait(Span(60));
        for told in [
            avarda.post(&format!("/api/partner/payments/{order}/refund"), &json!({ "Amount": 1 })).await,
            avarda.post("/api/partner/tokens", &json!({ "clientId": key.id, "clientSecret": key.text })).await,
            erp.get(&format!("/System/Orders/{order}")).await,
            plugin.post("/api/callback/order", &json!({ "order": order, "status": "order" })).await,
            cart.get("/v1.1/order.count.json").await,
        ] {
            assert_eq!(told.status, 401, "{}", told.body);
        }
    })
    .await;
}

/// So many orders more, like one that is there, each placed before it.
async fn more_like(app: &TestApp, reference: &str, many: u32) {
    let (id, numbers) = match app.store {
        Store::Sqlite => (
            "randomblob(16)",
            format!(
                "(with recursive n(i) as (select 1 union all select i + 1 from n where i < {many}) select i from n) as n"
            ),
        ),
        Store::Postgres => ("gen_random_uuid()", format!("generate_series(1, {many}) as n(i)")),
    };
    let same =
        "marketplace_id, seller_id, buyer_id, channel, currency, title, seller_name, buyer_name, task, total_minor,
        held_minor, status, stage, turn, urgent_at, deadline_at, version";
    let statement = format!(
        "insert into orders (id, reference, {same}, placed_at, updated_at, state)
        select {id}, 'HF-' || n.i, {same}, placed_at - n.i, updated_at, state from orders cross join {numbers}
        where reference = '{reference}'"
    );
    app.execute(&statement).await.expect("rows can be copied");
}

#[tokio::test]
async fn a_list_of_more_orders_than_are_looked_through_at_once_goes_on() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let cart = cart(&app, &shop).await;
        let first = shop.place(&[]).await;
        more_like(&app, first.as_str(), 10_300).await;
        app.wait(Span(60));
        let (_, last) = funded(&shop).await;
        let (mut query, mut found, mut pages) = ("financial_status=paid".to_owned(), Vec::new(), 0);
        loop {
            let page = cart.get(&format!("/v1.1/order.list.json?{query}")).await.json(200);
            let orders = page["result"]["order"].as_array().expect("a list").iter();
            found.extend(orders.filter_map(|order| order["id"].as_str().map(str::to_owned)));
            pages += 1;
            let Some(next) = page["pagination"]["next"].as_str() else { break };
            query = format!("page_cursor={next}");
        }
        assert_eq!((found, pages), (vec![last.clone()], 2));
        let left_out = cart.get("/v1.1/order.list.json?financial_status=pending&start=10000&count=2").await.json(200);
        let next = left_out["pagination"]["next"].as_str().expect("it goes on");
        let then = cart.get(&format!("/v1.1/order.list.json?page_cursor={next}")).await.json(200);
        let told = |page: &Value| page["result"]["order"].as_array().map(Vec::len);
        assert_eq!((told(&left_out), told(&then)), (Some(0), Some(2)), "the same are left out, page by page");
        let count = cart.get("/v1.1/order.count.json?financial_status=pending").await.json(200);
        assert_eq!(count["result"]["orders_count"], 10_301);
    })
    .await;
}
