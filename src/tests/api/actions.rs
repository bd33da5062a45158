//! Acting: the whole story by key, commands sent twice or twenty times at once, versions, bad bodies, and many at once.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::order::{action::Verb, rules::rows};
use holdfast::domain::party::Party;
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, TestApp, each_store};

const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];
const BUYER: &[&str] = &["read", "note", "buy"];

fn new_order() -> Value {
    json!({
        "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade", "phone": "+234 803 123 4567" },
        "external_ref": "1001",
        "currency": "NGN",
        "address": "1 Broad Street\nLagos",
        "items": [
            { "title": "Handwoven rug", "unit_minor": 38_000 },
            { "title": "Cushion cover", "quantity": 2, "unit_minor": 5_000 },
            { "title": "Delivery", "unit_minor": 2_000, "kind": "shipping" },
        ],
        "terms": { "inspection_window_secs": 432_000 },
    })
}

/// An order that a program placed and its buyer paid.
async fn funded(app: &TestApp, shop: &Shop<'_>, program: &Program) -> String {
    let placed = program.post("/orders", &new_order(), None).await;
    let reference = placed.json(201)["reference"].as_str().expect("it has a number").to_owned();
    assert_eq!(placed.header("location"), format!("/api/v1/orders/{reference}"));
    shop.pay(&reference.parse().expect("a reference")).await;
    app.settle().await;
    reference
}

#[tokio::test]
async fn programs_take_an_order_from_nothing_to_its_release_and_the_timeline_names_their_keys() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", BUYER).await;
        let reference = funded(&app, &shop, &seller).await;
        let order = format!("/orders/{reference}");
        let sent =
            seller.post(&format!("{order}/dispatch"), &json!({ "carrier": "GIG", "tracking": "G-1" }), None).await;
        assert_eq!(sent.json(200)["status"], "in_transit");
        assert_eq!(sent.header("etag"), "\"3\"");
        seller.post(&format!("{order}/deliver"), &json!({ "recipient": "Ade" }), None).await.json(200);
        let accept = format!("{order}/accept");
        buyer.post(&accept, &json!({}), None).await.problem(400, "idempotency_key_required");
        seller.post(&accept, &json!({}), Some("a")).await.problem(403, "not_permitted");
        let done = buyer.post(&accept, &json!({}), Some("a")).await.json(200);
        assert_eq!(done["status"], "completed");
        let refused = buyer.post(&format!("{order}/cancel"), &json!({ "reason": "Too late" }), Some("b")).await;
        let problem = refused.problem(409, "not_allowed_in_status");
        assert!(
            problem["allowed_actions"].as_array().is_some_and(|all| all.iter().any(|one| one["action"] == "note")),
            "{problem}"
        );
        let timeline = seller.get(&format!("{order}/timeline")).await.json(200);
        let actors: Vec<&str> = timeline["data"]
            .as_array()
            .expect("events")
            .iter()
            .filter_map(|event| event["actor"]["source"].as_str())
            .collect();
        assert_eq!(actors, ["api_key", "gateway", "api_key", "api_key", "api_key", "api_key"]);
        assert_eq!(timeline["data"][0]["actor"]["name"], "Warehouse");
        let page = shop.seller.get(&format!("/orders/{reference}")).await.fine();
        assert!(page.body.contains("Warehouse") && page.body.contains("API key"));
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_command_that_is_sent_again_is_answered_and_not_done_again() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let first = seller.post("/orders", &new_order(), Some("new-1")).await;
        let second = seller.post("/orders", &new_order(), Some("new-1")).await;
        assert_eq!(first.json(201), second.json(201));
        assert_eq!((first.header("idempotent-replayed"), second.header("idempotent-replayed")), ("", "true"));
        let mut other = new_order();
        other["external_ref"] = json!("1002");
        seller.post("/orders", &other, Some("new-1")).await.problem(422, "key_reused");
        // The shop's own number is taken, too.
        let taken = seller.post("/orders", &new_order(), Some("new-2")).await.problem(422, "invalid_fields");
        assert_eq!(taken["errors"][0]["pointer"], "/external_ref");
        let reference = first.json(201)["reference"].as_str().expect("a number").to_owned();
        let cancel = format!("/orders/{reference}/cancel");
        let reason = json!({ "reason": "Sold out" });
        seller.post(&cancel, &reason, Some("new-1")).await.problem(422, "key_reused");
        let done = seller.post(&cancel, &reason, Some("c")).await.json(200);
        let again = seller.post(&cancel, &reason, Some("c")).await;
        assert_eq!(again.json(200), done);
        assert_eq!(again.header("idempotent-replayed"), "true");
        seller.post(&cancel, &json!({ "reason": "Another" }), Some("c")).await.problem(422, "key_reused");
        for own in ["", "\u{e9}", &"x".repeat(256)] {
            let headers = [("idempotency-key", own)];
            let told = seller.send(Method::POST, &cancel, Some(reason.to_string()), &headers).await;
            told.problem(400, "idempotency_key_invalid");
        }
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_duplicates_at_once_act_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let twenty = async |path: String, body: Value, own: &str| {
            let calls = (0..20).map(|_| seller.post(&path, &body, Some(own)));
            let told = join_all(calls).await;
            assert!(
                told.iter().all(|told| [200, 201, 409].contains(&told.status)),
                "{:?}",
                told.iter().map(|told| (told.status, &told.body)).collect::<Vec<_>>()
            );
            let fresh = told.iter().filter(|told| told.status < 300 && told.header("idempotent-replayed").is_empty());
            assert_eq!(fresh.count(), 1, "it is done once");
        };
        twenty("/orders".to_owned(), new_order(), "place").await;
        assert_eq!(app.count("orders").await, 1);
        let reference = app.texts("select reference from orders").await.remove(0);
        shop.pay(&reference.parse().expect("a reference")).await;
        twenty(
            format!("/orders/{reference}/refund"),
            json!({ "amount_minor": 1_000, "reason": "A scratch" }),
            "refund",
        )
        .await;
        twenty(format!("/orders/{reference}/note"), json!({ "text": "Seen" }), "note").await;
        let batch = json!({ "actions": [{ "order": reference, "action": "note", "body": { "text": "Twice?" } }] });
        let told = join_all((0..20).map(|_| seller.post("/batch", &batch, Some("batch")))).await;
        assert!(told.iter().all(|told| [200, 409].contains(&told.status)));
        let events = app.texts("select kind from events order by seq").await;
        assert_eq!(events, ["placed", "paid", "refunded", "noted", "noted"]);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_overtaken_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let reference = funded(&app, &shop, &seller).await;
        let note = format!("/orders/{reference}/note");
        let body = |version: u32| json!({ "text": "Seen", "expected_version": version });
        seller.post(&note, &body(1), None).await.problem(409, "version_conflict");
        let text = json!({ "text": "Seen" }).to_string();
        let matched =
            async |tag: &str| seller.send(Method::POST, &note, Some(text.clone()), &[("if-match", tag)]).await;
        matched("\"1\"").await.problem(412, "precondition_failed");
        matched("nonsense").await.problem(400, "malformed");
        matched("\"2\"").await.json(200);
        matched("*").await.json(200);
        seller.post(&note, &body(4), None).await.json(200);
        let patch = async |body: Value| {
            seller.send(Method::PATCH, &format!("/orders/{reference}"), Some(body.to_string()), &[]).await
        };
        patch(json!({ "terms": { "max_attempts": 3 } })).await.problem(409, "not_allowed_in_status");
        patch(json!({})).await.problem(422, "invalid_fields");
        let body = Some(json!({ "terms": { "max_attempts": 3 } }).to_string());
        let stale = seller.send(Method::PATCH, &format!("/orders/{reference}"), body, &[("if-match", "\"1\"")]).await;
        stale.problem(412, "precondition_failed");
    })
    .await;
}

#[tokio::test]
async fn an_order_is_edited_before_it_is_paid() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let placed = seller.post("/orders", &new_order(), None).await.json(201);
        let path = format!("/orders/{}", placed["reference"].as_str().expect("a number"));
        let change = async |body: Value| seller.send(Method::PATCH, &path, Some(body.to_string()), &[]).await;
        change(json!({ "items": [{ "title": "Rug", "unit_minor": 40_000 }] })).await.json(200);
        change(json!({ "terms": { "max_attempts": 3, "release_delay_secs": 3_601 } })).await.json(200);
        let order = seller.get(&path).await.json(200);
        assert_eq!((order["total_minor"].as_i64(), order["version"].as_u64()), (Some(40_000), Some(3)));
        let terms = &order["terms"];
        assert_eq!((terms["max_attempts"].as_u64(), terms["release_delay_secs"].as_i64()), (Some(3), Some(3_601)));
        assert_eq!(terms["inspection_window_secs"], 432_000, "what is not named stays");
        let both = json!({ "items": [{ "title": "Rug", "unit_minor": 30_000 }], "terms": { "max_attempts": 2 } });
        let before = app.contents(&[]).await;
        let mut half = both.clone();
        half["terms"]["max_attempts"] = json!(200);
        assert_eq!(change(half).await.status, 422);
        let mut after = app.contents(&["api_calls"]).await;
        after.insert("api_calls".to_owned(), before["api_calls"].clone());
        assert_eq!(after, before, "neither is changed where one is refused");
        let mut seen = both.clone();
        seen["expected_version"] = json!(3);
        let done = change(seen.clone()).await;
        assert_eq!(
            (done.json(200)["events"].clone(), done.header("etag")),
            (json!(["items_edited", "terms_edited"]), "\"5\"")
        );
        change(seen).await.problem(409, "version_conflict");
        let order = seller.get(&path).await.json(200);
        assert_eq!((order["total_minor"].as_i64(), order["terms"]["max_attempts"].as_u64()), (Some(30_000), Some(2)));
        let fees = change(json!({ "terms": { "commission_bps": 1 } })).await.problem(422, "fees_are_the_marketplaces");
        assert!(fees["errors"][0]["pointer"].is_string());
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_field_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let reference = funded(&app, &shop, &seller).await;
        let order = format!("/orders/{reference}");
        let before = app.contents(&["api_keys", "api_calls"]).await;
        let cases: &[(&str, &str, u16, &str)] = &[
            ("refund", "{", 400, ""),
            ("refund", "{} x", 400, ""),
            ("refund", "[]", 422, ""),
            ("refund", r#"{"reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": 1}"#, 422, "/reason"),
            ("refund", r#"{"amount_minor": 1.5, "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": "1", "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": -1, "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": 99999999999999999999, "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": 1000000000001, "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": 1, "amount_minor": 2, "reason": "A scratch"}"#, 422, "/amount_minor"),
            ("refund", r#"{"amount_minor": 1, "reason": "A scratch", "price": 1}"#, 422, "/price"),
            ("refund", r#"{"amount_minor": 1, "reason": "A scratch", "delivery": 65536}"#, 422, "/delivery"),
            ("refund", r#"{"items": [{"item": 1}], "reason": "A scratch"}"#, 422, "/items/0/quantity"),
            ("refund", r#"{"items": [{"item": 9, "quantity": 1}], "reason": "A scratch"}"#, 422, "/items/0/item"),
            (
                "refund",
                r#"{"items": [{"item": 1, "quantity": 1}, {"item": 2, "quantity": 9}], "reason": "A scratch"}"#,
                422,
                "/items/1/quantity",
            ),
            ("refund", r#"{"items": [[1, 1]], "reason": "A scratch"}"#, 422, "/items/0"),
            ("note", r#"[null, "Seen"]"#, 422, ""),
            ("note", r#"{"text": ""}"#, 422, "/text"),
            ("note", r#"{"text": "x", "audience": "nobody"}"#, 422, "/audience"),
            ("set_provider", r#"{"provider": "prv_x"}"#, 422, "/provider"),
            ("set_provider", r#"{"provider": "prv_00000000000070008000000000000000"}"#, 422, "/provider"),
            ("hand_over", r#"{"code": "000"}"#, 422, "/code"),
        ];
        for (verb, body, status, pointer) in cases {
            let headers = [("idempotency-key", "once")];
            let told = seller.send(Method::POST, &format!("{order}/{verb}"), Some((*body).to_owned()), &headers).await;
            let problem = told.json(*status);
            assert_eq!(
                problem["errors"][0]["pointer"].as_str().unwrap_or_default(),
                *pointer,
                "{verb} {body}: {problem}"
            );
        }
        let form = [("content-type", "application/x-www-form-urlencoded"), ("idempotency-key", "x")];
        let told = seller.send(Method::POST, &format!("{order}/cancel"), Some("reason=x".to_owned()), &form).await;
        told.problem(415, "unsupported_media_type");
        let long = json!({ "reason": "x".repeat(300_000) });
        seller.post(&format!("{order}/cancel"), &long, Some("x")).await.problem(413, "too_large");
        let mut after = app.contents(&["api_keys", "api_calls"]).await;
        after.insert("throttle".to_owned(), before["throttle"].clone());
        assert_eq!(after, before, "nothing was changed");
    })
    .await;
}

#[tokio::test]
async fn a_new_order_is_refused_by_field_and_what_the_clock_does_by_everybody() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let order = format!("/orders/{}", funded(&app, &shop, &seller).await);
        let whole =
            [("currency", json!("USD"), "/currency"), ("buyer", json!({ "email": "x", "name": "" }), "/buyer/email")];
        let items = |odd: Value| ("items", json!([{ "title": "Rug", "unit_minor": 38_000 }, odd]));
        let whole = whole.into_iter().chain(
            [
                (items(json!({ "title": "Lamp", "unit_minor": 1, "quantity": 0 })), "/items/1/quantity"),
                (items(json!({ "title": "Lamp", "unit_minor": 1, "quantity": 100_001 })), "/items/1/quantity"),
                (items(json!({ "title": "Lamp", "unit_minor": -1 })), "/items/1/unit_minor"),
                (items(json!({ "title": "Lamp", "unit_minor": i64::MIN })), "/items/1/unit_minor"),
                (items(json!({ "title": "Lamp", "unit_minor": 1, "kind": "x" })), "/items/1/kind"),
            ]
            .map(|((member, value), pointer)| (member, value, pointer)),
        );
        for (member, value, pointer) in whole {
            let mut body = new_order();
            body["external_ref"] = json!("2");
            body[member] = value;
            let problem = seller.post("/orders", &body, None).await.json(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
        assert_eq!(app.count("orders").await, 1);
        for verb in
            Verb::ALL.iter().filter(|verb| rows(**verb, Party::Clock).next().is_some() && **verb != Verb::Escalate)
        {
            let told = seller.post(&format!("{order}/{}", verb.code()), &json!({}), Some("clock")).await;
            told.problem(403, "not_your_turn");
        }
    })
    .await;
}

#[tokio::test]
async fn many_actions_in_one_call_have_a_result_each() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let reference = funded(&app, &shop, &seller).await;
        let batch = json!({ "actions": [
            { "order": reference, "action": "dispatch", "body": { "carrier": "GIG" } },
            { "order": reference, "action": "dispatch" },
            { "order": "HF-00000-00000", "action": "dispatch" },
            { "order": reference, "action": "note", "body": { "nonsense": 1 } },
        ] });
        let told = seller.post("/batch", &batch, Some("many")).await.json(200);
        let statuses: Vec<u64> =
            told["results"].as_array().expect("results").iter().filter_map(|one| one["status"].as_u64()).collect();
        assert_eq!(statuses, [200, 409, 404, 422]);
        assert_eq!(told["results"][0]["done"]["status"], "in_transit");
        assert_eq!(told["results"][1]["problem"]["code"], "not_allowed_in_status");
        let again = seller.post("/batch", &batch, Some("many")).await.json(200);
        assert_eq!(again["results"][0], told["results"][0], "what was done is told again");
        let money =
            json!({ "actions": [{ "order": reference, "action": "cancel", "body": { "reason": "Sold out" } }] });
        seller.post("/batch", &money, None).await.problem(400, "idempotency_key_required");
        seller.post("/batch", &json!({ "actions": [] }), None).await.problem(422, "invalid_fields");
        let note = |seen: u32| json!({ "order": reference, "action": "note", "body": { "text": "Seen" }, "expected_version": seen });
        let mut odd = note(4);
        odd["body"]["expected_version"] = json!(3);
        let pieces = json!({ "order": reference, "action": "refund", "body": { "items": [{ "item": 1, "quantity": 9 }], "reason": "A scratch" } });
        let versions = json!({ "actions": [note(3), note(3), odd, pieces] });
        let told = seller.post("/batch", &versions, Some("versions")).await.json(200);
        let codes: Vec<&Value> = (0..4).map(|at| &told["results"][at]["problem"]["code"]).collect();
        let expected = [&Value::Null, &json!("version_conflict"), &json!("invalid_fields"), &json!("too_many_pieces")];
        assert_eq!(codes, expected, "{told}");
        assert_eq!(told["results"][3]["problem"]["errors"][0]["pointer"], "/items/0/quantity");
        let headers = [("if-match", "\"4\""), ("idempotency-key", "matched")];
        let matched = seller.send(Method::POST, "/batch", Some(batch.to_string()), &headers).await;
        assert_eq!(matched.problem(400, "malformed")["errors"][0]["parameter"], "If-Match");
        let clock = json!({ "actions": [{ "order": reference, "action": "release" }] });
        seller.post("/batch", &clock, Some("x")).await.problem(422, "invalid_fields");
    })
    .await;
}
