//! Keys: who makes them, what each may, and what becomes of one that is taken away, ends, or whose maker loses the role.

use axum::http::Method;
use futures::future::{join, join_all};
use holdfast::domain::time::Span;
use serde_json::json;

use super::Program;
use crate::helpers::{Shop, each_store};

const ALL: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];

#[tokio::test]
async fn a_key_says_who_it_is_and_nothing_else_opens_the_api() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.seller, "live", &["read", "ship"]).await;
        assert!(program.key.starts_with("hf_live_") && program.key.len() == 51, "{}", program.key);
        let me = program.get("/me").await.json(200);
        assert_eq!((me["place"].as_str(), me["party"].as_str()), (Some("Ada Stores"), Some("seller")));
        assert_eq!(me["permissions"], json!(["read", "ship"]));
        let strangers =
            ["", "hf_live_x", "nonsense", &format!("{}x", program.key), &program.key.replace("live", "test")];
        for key in strangers {
            let told = Program::with(&app, key).get("/orders").await;
            told.problem(401, if key.is_empty() { "key_missing" } else { "key_unknown" });
            assert!(told.header("www-authenticate").starts_with("Bearer"));
        }
        // A cookie opens nothing, and neither does the address without a key.
        let told = shop.seller.get("/api/v1/orders").await;
        assert_eq!(told.status, 401);
        program.get("/nowhere").await.problem(404, "not_found");
        let told = program.send(Method::PUT, "/orders", None, &[]).await;
        told.problem(405, "method_not_allowed");
        assert!(told.header("allow").contains("POST"));
        let kept = app.contents(&[]).await;
        assert!(!kept.values().any(|rows| rows.contains(&program.key)), "the key itself stands nowhere");
    })
    .await;
}

#[tokio::test]
async fn a_key_may_no_more_than_it_was_given_and_no_more_than_its_maker_may() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let fields = [("name", "Too much"), ("mode", "live"), ("may.rule", "on")];
        shop.seller.call("keys/create", &fields).await.refused(422, "invalid_fields");
        for browser in [&shop.shipping, &shop.courier, &shop.judge] {
            let fields = [("name", "Mine"), ("mode", "live"), ("may.read", "on")];
            browser.call("keys/create", &fields).await.refused(404, "not_found");
        }
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let reads = Program::of(&app, &shop.seller, "live", &["read"]).await;
        let path = format!("/orders/{reference}/dispatch");
        reads.post(&path, &json!({}), None).await.problem(403, "not_permitted");
        let other = Program::of(&app, &shop.other_seller, "live", ALL).await;
        other.get(&format!("/orders/{reference}")).await.problem(404, "not_found");
        other.post(&path, &json!({}), None).await.problem(404, "not_found");
        // Whoever loses the role takes the rights of their keys along.
        let ships = Program::of(&app, &shop.seller, "live", &["read", "ship"]).await;
        ships.get(&format!("/orders/{reference}")).await.json(200);
        let demoted = "update memberships set role = 'read_only' where user_id = (select id from users where email = 'ada@demo.test') and seller_id is not null";
        app.execute(demoted).await.expect("the role is taken away");
        ships.post(&path, &json!({}), None).await.problem(403, "not_permitted");
        app.execute("delete from memberships where user_id = (select id from users where email = 'ada@demo.test')")
            .await
            .expect("the membership is taken away");
        ships.get(&format!("/orders/{reference}")).await.problem(401, "key_unknown");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_taken_away_or_has_ended_opens_nothing_and_the_audit_says_so() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        program.get("/orders").await.json(200);
        program.get("/orders/HF-00000-00000").await.problem(404, "not_found");
        app.settle().await;
        assert_eq!(
            app.texts("select status || ' ' || route from api_calls order by status").await,
            ["200 /orders", "404 /orders/{id}"]
        );
        let page = shop.admin.get("/settings/keys").await.fine();
        assert!(page.body.contains("Warehouse") && page.body.contains("/orders/{id}"), "the page shows the calls");
        let keys: holdfast::domain::api_key::ApiKeys = shop.admin.call("keys/list", &[]).await.json();
        let key = keys.keys[0].id.0.to_string();
        shop.seller.call("keys/revoke", &[("key", &key)]).await.refused(404, "not_found");
        shop.admin.call("keys/revoke", &[("key", &key)]).await.fine();
        program.get("/orders").await.problem(401, "key_unknown");
        let kinds = app.texts("select kind from audit where kind like 'api_key%' order by kind").await;
        assert_eq!(kinds, ["api_key_made", "api_key_revoked"]);
        let fields = [("name", "Short"), ("mode", "live"), ("may.read", "on"), ("days", "2")];
        shop.admin.call("keys/create", &fields).await.fine();
        let page = shop.admin.get("/settings/keys").await.fine();
        let key = page.body.split("<code>").find(|part| part.starts_with("hf_live_") && part.find('<') == Some(51));
        let short = Program::with(&app, &key.expect("it is shown once")[..51]);
        short.get("/orders").await.json(200);
        app.wait(Span::days(2));
        short.get("/orders").await.problem(401, "key_unknown");
        // A password that was typed long ago makes no key.
        let fields = [("name", "Late"), ("mode", "live"), ("may.read", "on")];
        shop.admin.call("keys/create", &fields).await.refused(422, "invalid_fields");
    })
    .await;
}

#[tokio::test]
async fn a_test_key_sees_its_own_orders_alone_and_pays_them_in_the_sandbox() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let real = shop.place(&[]).await;
        let test = Program::of(&app, &shop.seller, "test", ALL).await;
        let live = Program::of(&app, &shop.seller, "live", ALL).await;
        test.get(&format!("/orders/{real}")).await.problem(404, "not_found");
        let path = format!("/orders/{real}/cancel");
        test.post(&path, &json!({ "reason": "Not mine" }), Some("a")).await.problem(404, "not_found");
        assert_eq!(test.get("/orders").await.json(200)["data"], json!([]));
        let order = json!({
            "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
            "items": [{ "title": "Rug", "unit_minor": 38_000 }],
        });
        let placed = test.post("/orders", &order, None).await.json(201);
        let reference = placed["reference"].as_str().expect("it has a number").to_owned();
        let told = test.get(&format!("/orders/{reference}")).await.json(200);
        assert_eq!((told["is_test"].as_bool(), told["channel"].as_str()), (Some(true), Some("test")));
        assert_eq!(test.get("/orders").await.json(200)["data"].as_array().map(Vec::len), Some(1));
        assert_eq!(live.get("/orders?channel=test").await.json(200)["data"].as_array().map(Vec::len), Some(1));
        let card = json!({ "card_number": "4242 4242 4242 4242" });
        let pay = format!("/orders/{reference}/pay");
        test.post(&pay, &card, None).await.problem(400, "idempotency_key_required");
        live.post(&pay, &card, Some("p")).await.problem(403, "not_your_turn");
        let declined = json!({ "card_number": "4000 0000 0000 0002" });
        assert_eq!(test.post(&pay, &declined, Some("d")).await.status, 422);
        let paid = test.post(&pay, &card, Some("p")).await.json(200);
        assert_eq!(paid["status"], "funded");
        let again = test.post(&pay, &card, Some("p")).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json(200), paid);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_with_a_key_goes_with_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let first = Program::of(&app, &shop.seller, "live", &["read", "administer"]).await;
        let id = first.get("/keys").await.json(200)["data"][0]["id"].as_str().expect("an id").to_owned();
        let new = json!({ "name": "Till", "mode": "live", "permissions": ["read", "administer"] });
        let made = first.post("/keys", &new, None).await.json(201);
        let child = Program::with(&app, made["key"].as_str().expect("the key"));
        let made = child.post("/keys", &new, None).await.json(201);
        let grandchild = Program::with(&app, made["key"].as_str().expect("the key"));
        let other = Program::of(&app, &shop.seller, "live", &["read", "administer"]).await;
        grandchild.get("/me").await.json(200);
        let listed = other.get("/keys").await.json(200);
        let listed = listed["data"].as_array().expect("the keys");
        let mut made_with: Vec<&str> = listed.iter().filter_map(|key| key["made_with"].as_str()).collect();
        made_with.sort_unstable();
        assert_eq!(made_with, ["Till", "Warehouse"], "{listed:?}");
        let page = shop.seller.get("/settings/keys").await.fine();
        assert!(page.body.contains("made with"), "the page says which key made it");
        // The first is taken away while it makes one more: either that was too late, or it goes as well.
        let path = format!("/keys/{id}");
        let (gone, late) = join(other.send(Method::DELETE, &path, None, &[]), first.post("/keys", &new, None)).await;
        assert_eq!(gone.status, 204, "{}", gone.body);
        if late.status == 201 {
            let late = late.json(201);
            let late = Program::with(&app, late["key"].as_str().expect("the key"));
            late.get("/me").await.problem(401, "key_unknown");
        }
        for gone in [first, child, grandchild] {
            gone.get("/me").await.problem(401, "key_unknown");
        }
        other.get("/me").await.json(200);
        let revoked = app.texts("select kind from audit where kind = 'api_key_revoked'").await;
        let keys = app.count("api_keys").await;
        assert_eq!(i64::try_from(revoked.len()), Ok(keys - 1), "each is in the audit");
    })
    .await;
}

#[tokio::test]
async fn a_command_is_in_the_audit_before_it_is_answered() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        let program = Program::of(&app, &shop.seller, "live", ALL).await;
        program.get(&format!("/orders/{reference}")).await.json(200);
        assert_eq!(app.count("api_calls").await, 0, "what only reads is written down by the lot");
        let note = json!({ "text": "Seen" });
        program.post(&format!("/orders/{reference}/note"), &note, None).await.json(200);
        let calls = "select status || ' ' || route || ' ' || what from api_calls order by route";
        let noted = format!("200 /orders/{{id}}/note {reference}");
        assert_eq!(app.texts(calls).await, [format!("200 /orders/{{id}} {reference}"), noted]);
        let path = format!("/orders/{reference}/note");
        let told = join_all((0..20).map(|_| program.post(&path, &note, None))).await;
        assert!(told.iter().all(|told| told.status == 200));
        assert_eq!(app.count("api_calls").await, 22, "each of many at once, and once");
        app.settle().await;
        assert_eq!(app.count("api_calls").await, 22);
    })
    .await;
}
