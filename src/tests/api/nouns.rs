//! The other nouns: webhooks, keys made with keys, projects, books, providers and banks.

use axum::http::Method;
use futures::future::join_all;
use holdfast::{domain::time::Span, server::api::limits::Limits};
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, each_store};

const ADMIN: &[&str] = &["read", "note", "ship", "sell", "rule", "finance", "administer"];
const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];

fn rows(told: &Value) -> Vec<Value> {
    told["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn webhooks_are_run_by_key_and_their_secret_is_told_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let new = json!({ "url": "http://127.0.0.1:9/hook", "events": ["paid", "placed"] });
        let made = program.post("/webhooks", &new, Some("hook")).await.json(201);
        let again = program.post("/webhooks", &new, Some("hook")).await;
        assert_eq!((again.json(201), again.header("idempotent-replayed")), (made.clone(), "true"));
        assert!(made["secret"][0]["value"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
        let answers = app.texts("select answer from idempotency").await.join("\n");
        assert!(!answers.contains("whsec_"), "what is kept for a repeat is sealed");
        let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
        let path = format!("/webhooks/{id}");
        other.get(&path).await.problem(404, "not_found");
        assert_eq!(rows(&program.get("/webhooks").await.json(200)).len(), 1);
        let edit = json!({ "description": "The shop", "is_on": false });
        let edited = program.send(Method::PATCH, &path, Some(edit.to_string()), &[]).await.json(200);
        assert_eq!((edited["state"].as_str(), edited["description"].as_str()), (Some("off"), Some("The shop")));
        assert_eq!(edited["events"], json!(["placed", "paid"]), "what is not named stays");
        let matched = program.send(Method::PATCH, &path, Some("{}".to_owned()), &[("if-match", "\"1\"")]).await;
        assert_eq!(matched.problem(400, "malformed")["errors"][0]["parameter"], "If-Match", "a webhook has no version");
        let on = json!({ "is_on": true }).to_string();
        program.send(Method::PATCH, &path, Some(on), &[]).await.json(200);
        shop.place(&[]).await;
        app.settle().await;
        let deliveries = rows(&program.get(&format!("{path}/deliveries")).await.json(200));
        assert_eq!((deliveries.len(), deliveries[0]["type"].as_str()), (1, Some("placed")));
        let event = deliveries[0]["event"].as_str().expect("an id").to_owned();
        let detail = program.get(&format!("{path}/deliveries/{event}")).await.json(200);
        assert!(detail["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()));
        program
            .post(&format!("{path}/deliveries/{event}/replay"), &json!({}), None)
            .await
            .problem(409, "waits_already");
        program.post(&format!("{path}/replay"), &json!({}), None).await.json(202);
        program.post(&format!("{path}/test"), &json!({}), None).await.json(200);
        let rotated = program.post(&format!("{path}/rotate"), &json!({}), None).await.json(200);
        assert_ne!(rotated["secret"], made["secret"]);
        program.post("/webhooks", &json!({ "url": "ftp://x" }), None).await.problem(422, "invalid_fields");
        program
            .post("/webhooks", &json!({ "url": "https://x.example", "events": ["no"] }), None)
            .await
            .problem(422, "invalid_fields");
        assert_eq!(program.send(Method::DELETE, &path, None, &[]).await.status, 204);
        program.get(&path).await.problem(404, "not_found");
        let test = Program::of(&app, &shop.admin, "test", ADMIN).await;
        test.get("/webhooks").await.problem(403, "not_for_test_keys");
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_keys_that_may_no_more_than_it_and_takes_them_away() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.seller, "live", &["read", "administer"]).await;
        let new =
            |permissions: Value| json!({ "name": "Till", "mode": "live", "permissions": permissions, "valid_days": 1 });
        program.post("/keys", &new(json!(["ship"])), None).await.problem(422, "invalid_fields");
        program.post("/keys", &new(json!(["everything"])), None).await.problem(422, "invalid_fields");
        let made = program.post("/keys", &new(json!(["read"])), None).await.json(201);
        let till = Program::with(&app, made["key"].as_str().expect("the key"));
        till.get("/me").await.json(200);
        till.get("/keys").await.problem(403, "not_permitted");
        let listed = rows(&program.get("/keys?limit=1").await.json(200));
        assert_eq!(listed.len(), 1);
        assert!(listed[0].get("key").is_none());
        let id = made["id"].as_str().expect("an id");
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let path = format!("/keys/{id}");
        other.send(Method::DELETE, &path, None, &[]).await.problem(404, "not_found");
        assert_eq!(program.send(Method::DELETE, &path, None, &[]).await.status, 204);
        till.get("/me").await.problem(401, "key_unknown");
        program.send(Method::DELETE, &path, None, &[]).await.problem(404, "not_found");
        app.settle().await;
        let calls = rows(&program.get("/calls").await.json(200));
        assert!(calls.iter().any(|call| call["key"] == "Till" && call["code"] == "not_permitted"), "{calls:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_change_different_things_of_a_webhook_at_once_both_find_theirs() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let new = json!({ "url": "http://127.0.0.1:9/hook" });
        let made = program.post("/webhooks", &new, None).await.json(201);
        let path = format!("/webhooks/{}", made["webhook"]["id"].as_str().expect("an id"));
        let change = async |change: Value| program.send(Method::PATCH, &path, Some(change.to_string()), &[]).await;
        for round in 0..8 {
            let (url, words) = (format!("http://127.0.0.1:9/hook/{round}"), format!("The shop {round}"));
            let is_on = round % 2 == 0;
            let events = if is_on { json!(["paid"]) } else { json!(["placed"]) };
            let told = join_all([
                change(json!({ "url": url })),
                change(json!({ "description": words })),
                change(json!({ "events": events })),
                change(json!({ "is_on": is_on })),
            ])
            .await;
            for told in told {
                told.json(200);
            }
            let now = program.get(&path).await.json(200);
            let state = if is_on { "on" } else { "off" };
            assert_eq!(
                (&now["url"], &now["description"], &now["events"], &now["state"]),
                (&json!(url), &json!(words), &events, &json!(state)),
                "round {round}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_project_is_begun_read_and_grows_by_a_milestone() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", &["read", "buy"]).await;
        let new = json!({
            "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
            "items": [
                { "title": "The walls", "unit_minor": 50_000, "due_at": "2026-12-24T18:00:00+01:00" },
                { "title": "The roof", "unit_minor": 30_000 },
            ],
        });
        let placed = seller.post("/projects", &new, None).await.json(201);
        let path = format!("/projects/{}", placed["reference"].as_str().expect("a number"));
        let project = seller.get(&path).await.json(200);
        assert_eq!(project["milestones"].as_array().map(Vec::len), Some(2));
        assert_eq!(project["milestones"][0]["due_at"], "2026-12-24T17:00:00Z");
        let more = json!({ "title": "The garden", "amount_minor": 10_000 });
        let grows = format!("{path}/milestones");
        seller.post(&grows, &more, None).await.problem(403, "not_permitted");
        buyer.post(&grows, &more, None).await.json(200);
        let project = buyer.get(&path).await.json(200);
        assert_eq!(
            (project["milestones"].as_array().map(Vec::len), project["total_minor"].as_i64()),
            (Some(3), Some(90_000))
        );
        let order = shop.place(&[]).await;
        seller.get(&format!("/projects/{order}")).await.problem(404, "not_found");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn books_providers_and_banks_are_those_of_the_keys_own_place() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", &["read", "buy"]).await;
        let added = seller
            .post("/providers", &json!({ "name": "Ada’s riders", "phone": "+2348031234567" }), Some("p"))
            .await
            .json(201);
        let path = format!("/providers/{}", added["id"].as_str().expect("an id"));
        seller.get(&path).await.json(200);
        other.get(&path).await.problem(404, "not_found");
        buyer.get("/providers").await.problem(404, "not_found");
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        let share = json!({ "provider": added["id"], "share_bps": 1_000, "borne_by": "seller" });
        seller.post(&format!("/orders/{order}/set_provider"), &share, None).await.json(200);
        seller.post(&format!("/orders/{order}/deliver"), &json!({}), None).await.json(200);
        buyer.post(&format!("/orders/{order}/accept"), &json!({}), Some("a")).await.json(200);
        let postings = rows(&admin.get("/ledger/entries").await.json(200));
        assert!(postings.len() >= 2);
        for posting in &postings {
            let sum: i64 = posting["entries"]
                .as_array()
                .expect("entries")
                .iter()
                .filter_map(|entry| entry["amount_minor"].as_i64())
                .sum();
            assert_eq!((sum, posting["order"].as_str()), (0, Some(order.as_str())), "{posting}");
        }
        assert_eq!(rows(&seller.get("/ledger/entries").await.json(200)).len(), 1);
        assert!(rows(&other.get("/ledger/entries").await.json(200)).is_empty());
        let owed = rows(&seller.get("/balances").await.json(200));
        assert_eq!(owed[0]["owed_minor"].as_i64(), Some(45_001), "{owed:?}");
        assert!(rows(&other.get("/balances").await.json(200)).is_empty());
        let put = async |program: &Program, body: Value| {
            program.send(Method::PUT, "/banks/058", Some(body.to_string()), &[]).await
        };
        put(&seller, json!({ "name": "GTBank" })).await.problem(404, "not_found");
        put(&admin, json!({ "name": "GTB" })).await.json(200);
        put(&admin, json!({ "name": "GTBank", "nip_code": "000013" })).await.json(200);
        assert_eq!(
            rows(&seller.get("/banks").await.json(200)),
            [json!({ "code": "058", "nip_code": "000013", "name": "GTBank" })]
        );
        assert_eq!(admin.send(Method::DELETE, "/banks/058", None, &[]).await.status, 204);
        admin.send(Method::DELETE, "/banks/058", None, &[]).await.problem(404, "not_found");
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_calls_too_often_is_told_to_wait() {
    each_store(async |mut app| {
        let shop = Shop::open(&app).await;
        let program = Program::of(&app, &shop.seller, "live", &["read"]).await;
        drop(shop);
        app.limit_calls(Limits::new(2));
        let program = Program::with(&app, &program.key);
        let first = program.get("/me").await;
        assert_eq!(
            (first.status, first.header("ratelimit"), first.header("ratelimit-policy")),
            (200, "\"key\";r=1;t=0", "\"key\";q=2;w=60")
        );
        assert_eq!(program.get("/me").await.status, 200);
        let told = program.get("/me").await;
        told.problem(429, "rate_limited");
        assert_eq!(told.header("retry-after"), "30");
        app.wait(Span(30));
        assert_eq!(program.get("/me").await.status, 200);
    })
    .await;
}
