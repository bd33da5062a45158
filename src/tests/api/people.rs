//! People by key: the staff of a place, what people were told, and the numbers on the tabs.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Program;
use crate::helpers::{Shop, each_store};

const ADMIN: &[&str] = &["read", "note", "ship", "sell", "rule", "finance", "administer"];
const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];

fn rows(told: &Value) -> Vec<Value> {
    told["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_key_invites_people_to_no_more_than_it_may_and_takes_roles_away() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let little = Program::of(&app, &shop.seller, "live", &["read", "administer"]).await;
        let invite = |role: &str| json!({ "email": "new@demo.test", "role": role });
        for (role, program) in [("owner", &little), ("shipping", &little), ("admin", &seller), ("no", &seller)] {
            let problem = program.post("/team/invitations", &invite(role), None).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["pointer"], "/role", "{role}: {problem}");
        }
        assert_eq!(app.count("invitations").await, 0);
        assert_eq!(little.post("/team/invitations", &invite("read_only"), Some("i")).await.status, 202);
        assert_eq!(little.post("/team/invitations", &invite("read_only"), Some("i")).await.status, 202);
        assert_eq!(seller.post("/team/invitations", &invite("owner"), None).await.status, 202);
        let team = little.get("/team").await.json(200);
        let invitations = team["invitations"].as_array().expect("a list").clone();
        assert_eq!(app.texts("select kind from audit where kind = 'invited'").await.len(), 2, "each is done once");
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let path = format!("/team/invitations/{}", invitations[0]["id"].as_str().expect("an id"));
        other.send(Method::DELETE, &path, None, &[]).await.problem(404, "not_found");
        assert_eq!(little.send(Method::DELETE, &path, None, &[]).await.status, 204);
        little.send(Method::DELETE, &path, None, &[]).await.problem(404, "not_found");
        let member = |email: &str| {
            let all = team["members"].as_array().expect("a list");
            let found = all.iter().find(|member| member["email"] == email).expect("they are on the staff");
            format!("/team/members/{}", found["id"].as_str().expect("an id"))
        };
        let (tunde, ada) = (member("tunde@demo.test"), member("ada@demo.test"));
        other.send(Method::DELETE, &tunde, None, &[]).await.problem(404, "not_found");
        assert_eq!(little.send(Method::DELETE, &tunde, None, &[]).await.status, 204);
        little.send(Method::DELETE, &ada, None, &[]).await.problem(409, "last_administrator");
        Program::of(&app, &shop.seller, "live", &["read"]).await.get("/team").await.problem(403, "not_permitted");
        let buyer = Program::of(&app, &shop.buyer, "live", &["read", "buy"]).await;
        buyer.get("/team").await.problem(403, "not_permitted");
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn what_people_were_told_is_for_the_marketplace_and_what_did_not_arrive_is_sent_again() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        app.settle().await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let path = format!("/orders/{reference}/messages");
        let told = rows(&admin.get(&path).await.json(200));
        assert!(told.iter().any(|line| line["party"] == "buyer" && line["state"] == "sent"), "{told:?}");
        assert!(rows(&seller.get(&path).await.json(200)).is_empty());
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        other.get(&path).await.problem(404, "not_found");
        assert!(rows(&admin.get("/messages/undelivered").await.json(200)).is_empty());
        let lost = "update messages set state = 'dead', last_error = 'no such address' where state = 'sent' and to_address like 'bisi%'";
        app.execute(lost).await.expect("SQL");
        let dead = rows(&admin.get("/messages/undelivered").await.json(200));
        assert_eq!(dead[0]["order"], reference.to_string(), "{dead:?}");
        seller.get("/messages/undelivered").await.problem(404, "not_found");
        let again = format!("/messages/{}/send_again", dead[0]["id"].as_str().expect("an id"));
        seller.post(&again, &json!({}), None).await.problem(404, "not_found");
        assert_eq!(admin.post(&again, &json!({}), Some("again")).await.status, 202);
        assert_eq!(admin.post(&again, &json!({}), Some("again")).await.status, 202);
        admin.post(&again, &json!({}), None).await.problem(404, "not_found");
        let nobody = format!("/messages/{}/send_again", Uuid::nil());
        admin.post(&nobody, &json!({}), None).await.problem(404, "not_found");
        app.settle().await;
        assert_eq!(rows(&admin.get("/messages/undelivered").await.json(200)).len(), dead.len() - 1);
    })
    .await;
}

#[tokio::test]
async fn what_messages_say_and_what_an_order_starts_from_can_be_read_before() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let french = rows(&admin.get("/messages/previews?language=fr").await.json(200));
        let english = rows(&admin.get("/messages/previews").await.json(200));
        assert_eq!(french.len(), english.len());
        assert_ne!(french[0]["subject"], english[0]["subject"]);
        seller.get("/messages/previews").await.problem(404, "not_found");
        let problem = admin.get("/messages/previews?language=xx").await.problem(422, "invalid_parameters");
        assert_eq!(problem["errors"][0]["parameter"], "language");
        let start = admin.get("/orders/new").await.json(200);
        assert_eq!((start["currency"].as_str(), start["sets_fees"].as_bool()), (Some("NGN"), Some(true)));
        let named = start["sellers"].as_array().expect("a list").clone();
        let own = seller.get("/orders/new").await.json(200);
        assert_eq!((own["sellers"].as_array().map(Vec::len), own["sets_fees"].as_bool()), (Some(1), Some(false)));
        assert!(named.len() > 1 && named.contains(&own["sellers"][0]));
        // What is read there places an order.
        let order = json!({
            "seller": named[0]["id"],
            "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
            "items": [{ "title": "Handwoven rug", "unit_minor": 38_000 }],
        });
        let placed = admin.post("/orders", &order, None).await.json(201);
        let path = format!("/orders/{}", placed["reference"].as_str().expect("a number"));
        assert_eq!(admin.get(&path).await.json(200)["terms"], start["terms"]);
        let little = Program::of(&app, &shop.admin, "live", &["read", "sell"]).await;
        assert_eq!(little.get("/orders/new").await.json(200)["sets_fees"], false);
        let buyer = Program::of(&app, &shop.buyer, "live", &["read", "buy"]).await;
        buyer.get("/orders/new").await.problem(403, "not_permitted");
    })
    .await;
}

#[tokio::test]
async fn the_numbers_on_the_tabs_are_those_of_the_screen() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (first, _) = (shop.place(&[]).await, shop.place(&[]).await);
        shop.pay(&first).await;
        let seller = Program::of(&app, &shop.seller, "live", &["read"]).await;
        let screen = shop.desk(&shop.seller, &[], None).await.counts;
        let counts = seller.get("/counts").await.json(200);
        let told = ["your_turn", "open", "disputes", "done"].map(|tab| counts[tab].as_i64().unwrap_or(-1));
        assert_eq!(told, [screen.your_turn, screen.open, screen.disputes, screen.done]);
        assert_eq!((told[0], told[1]), (1, 2));
        let test = Program::of(&app, &shop.seller, "test", &["read"]).await;
        test.get("/counts").await.problem(403, "not_for_test_keys");
    })
    .await;
}
