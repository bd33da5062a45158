//! Handing over by key: photos as proof, where an order goes, the buyer's code, and links for whoever brings it.

use axum::http::Method;
use serde_json::{Value, json};

use super::Program;
use crate::helpers::{Shop, each_store, photo};

const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];
const BUYER: &[&str] = &["read", "note", "buy"];

fn rows(told: &Value) -> Vec<Value> {
    told["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn photos_come_along_with_an_action_and_are_read_by_those_of_the_order_alone() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", BUYER).await;
        let (order, list) = (format!("/orders/{reference}"), format!("/orders/{reference}/photos"));
        let (deliver, door, name) = (format!("{order}/deliver"), photo(1), photo(2));
        assert!(rows(&seller.get(&list).await.json(200)).is_empty());
        let body = json!({ "recipient": "Ade" });
        let files: [(&str, &[u8]); 2] = [("photos", &door), ("signature", &name)];
        let before = app.contents(&["api_calls", "api_keys"]).await;
        for (body, files, pointer) in [
            (json!({ "recipient": "Ade" }), ("photos", &b"no picture"[..]), "/photos"),
            (json!({ "recipients": "Ade" }), ("photos", &door[..]), "/recipients"),
            (json!([]), ("photos", &door[..]), ""),
        ] {
            let problem = seller.prove(&deliver, &body, &[files], None).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
        buyer.prove(&deliver, &body, &files, None).await.problem(403, "not_permitted");
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        other.prove(&deliver, &body, &files, None).await.problem(404, "not_found");
        let dispatch = format!("{order}/dispatch");
        let told = seller.prove(&dispatch, &json!({}), &files, None).await;
        told.problem(415, "unsupported_media_type");
        let mut after = app.contents(&["api_calls", "api_keys"]).await;
        after.insert("audit".to_owned(), before["audit"].clone());
        assert_eq!(after, before, "what is refused keeps nothing");
        let done = seller.prove(&deliver, &body, &files, Some("once")).await;
        assert_eq!(done.json(200)["status"], "awaiting_response");
        let again = seller.prove(&deliver, &body, &files, Some("once")).await;
        assert_eq!((again.json(200), again.header("idempotent-replayed")), (done.json(200), "true"));
        let fewer = seller.prove(&deliver, &body, &files[..1], Some("once")).await;
        fewer.problem(422, "key_reused");
        let photos = rows(&buyer.get(&list).await.json(200));
        assert_eq!(photos.iter().filter(|photo| photo["is_signature"] == true).count(), 1, "{photos:?}");
        assert_eq!((photos.len(), photos[0]["width"].as_u64(), app.count("files").await), (2, Some(6), 2));
        for told in &photos {
            let path = told["download"].as_str().expect("an address").trim_start_matches("/api/v1").to_owned();
            let picture = buyer.get(&path).await;
            assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
            assert!(!picture.body.is_empty() && !picture.body.contains("GPS"), "the place is left out");
            other.get(&path).await.problem(404, "not_found");
            let elsewhere = shop.place(&[]).await;
            let foreign = path.replace(&reference.to_string(), &elsewhere.to_string());
            seller.get(&foreign).await.problem(404, "not_found");
        }
        let reject = json!({ "code": "damaged", "text": "It is torn", "remedy": "refund" });
        buyer.prove(&format!("{order}/reject"), &reject, &[("photos", &photo(3))], Some("r")).await.json(200);
        seller
            .prove(&format!("{order}/contest"), &json!({ "statement": "It was whole" }), &[("photos", &photo(4))], None)
            .await
            .json(200);
        assert_eq!(rows(&buyer.get(&list).await.json(200)).len(), 4);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_buyers_program_says_where_an_order_goes_and_reads_the_code_for_the_door() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[("address", "1 Broad Street")]).await;
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let buyer = Program::of(&app, &shop.buyer, "live", BUYER).await;
        let reader = Program::of(&app, &shop.buyer, "live", &["read"]).await;
        let other = Program::of(&app, &shop.other_buyer, "live", BUYER).await;
        let path = format!("/orders/{reference}/recipient");
        let code = format!("/orders/{reference}/handover_code");
        let change = async |program: &Program, body: Value| {
            program.send(Method::PATCH, &path, Some(body.to_string()), &[]).await
        };
        let named = json!({ "other_name": "Chidi Okafor", "other_phone": "+2348037654321" });
        let now = change(&buyer, named.clone()).await.json(200);
        let told = |now: &Value| (now["other_name"].clone(), now["address"].clone());
        assert_eq!(told(&now), (json!("Chidi Okafor"), json!("1 Broad Street")), "what is not named stays");
        let now = change(&buyer, json!({ "address": "2 Broad Street", "other_phone": "" })).await.json(200);
        assert_eq!(told(&now), (json!("Chidi Okafor"), json!("2 Broad Street")));
        assert_eq!(now["other_phone"], "");
        for program in [&seller, &reader] {
            change(program, named.clone()).await.problem(403, "not_permitted");
        }
        change(&other, named.clone()).await.problem(404, "not_found");
        let wrong = change(&buyer, json!({ "other_phone": "12" })).await.problem(422, "invalid_fields");
        assert_eq!(wrong["errors"][0]["pointer"], "/other_phone");
        buyer.get(&code).await.problem(404, "not_found");
        shop.pay(&reference).await;
        let digits = shop.door_code(&reference).await;
        let told = json!({ "code": digits, "deliveries": [{ "delivery": 1, "code": digits }] });
        assert_eq!(buyer.get(&code).await.json(200), told);
        for (program, status) in [(&seller, 403), (&reader, 403), (&other, 404)] {
            assert_eq!(program.get(&code).await.status, status);
        }
        seller.post(&format!("/orders/{reference}/dispatch"), &json!({}), None).await.json(200);
        change(&buyer, json!({ "address": "3 Broad Street" })).await.problem(409, "already_dispatched");
        change(&buyer, json!({ "other_name": "Ngozi Obi" })).await.json(200);
        let hand_over = format!("/orders/{reference}/hand_over");
        seller.post(&hand_over, &json!({ "code": digits }), None).await.json(200);
        buyer.get(&code).await.problem(404, "not_found");
        change(&buyer, named).await.problem(409, "already_dispatched");
    })
    .await;
}

#[tokio::test]
async fn links_for_couriers_are_made_replaced_and_taken_away_by_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        let path = format!("/orders/{reference}/courier_links");
        let ships = Program::of(&app, &shop.seller, "live", &["read", "ship"]).await;
        let reads = Program::of(&app, &shop.seller, "live", &["read"]).await;
        let buyer = Program::of(&app, &shop.buyer, "live", BUYER).await;
        let other = Program::of(&app, &shop.other_seller, "live", SELLER).await;
        let new = json!({ "delivery": 1 });
        ships.post(&path, &new, None).await.problem(409, "nothing_to_bring");
        shop.pay(&reference).await;
        let made = ships.post(&path, &new, Some("link")).await;
        let first = made.json(201);
        assert_eq!(ships.post(&path, &new, Some("link")).await.json(201), first, "and once");
        let address = first["address"].as_str().expect("an address").to_owned();
        let page = address.strip_prefix("http://127.0.0.1:3000").expect("it leads here").to_owned();
        app.browser().get(&page).await.fine();
        let second = ships.post(&path, &json!({ "delivery": 1, "phone": "+2348031234567" }), None).await.json(201);
        assert_eq!(app.browser().get(&page).await.status, 404, "another took its place");
        assert_eq!(app.texts("select kind from messages where kind = 'courier_link'").await.len(), 1);
        assert_eq!(rows(&ships.get(&path).await.json(200)), std::slice::from_ref(&second));
        for (body, pointer) in [(json!({}), "/delivery"), (json!({ "delivery": 1, "phone": "12" }), "/phone")] {
            let problem = ships.post(&path, &body, None).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
        let problem = ships.post(&path, &json!({ "delivery": 2 }), None).await.problem(422, "unknown_delivery");
        assert_eq!(problem["errors"][0]["pointer"], "/delivery", "{problem}");
        for (program, status) in [(&reads, 403), (&buyer, 403), (&other, 404)] {
            assert_eq!(program.get(&path).await.status, status);
            assert_eq!(program.post(&path, &new, None).await.status, status);
            assert_eq!(program.send(Method::DELETE, &format!("{path}/1"), None, &[]).await.status, status);
        }
        assert_eq!(ships.send(Method::DELETE, &format!("{path}/1"), None, &[]).await.status, 204);
        ships.send(Method::DELETE, &format!("{path}/1"), None, &[]).await.problem(404, "not_found");
        ships.send(Method::DELETE, &format!("{path}/x"), None, &[]).await.problem(404, "not_found");
        let page = second["address"].as_str().and_then(|text| text.strip_prefix("http://127.0.0.1:3000"));
        assert_eq!(app.browser().get(page.expect("it leads here")).await.status, 404);
        let kinds = app.texts("select kind from audit where kind like 'courier%' order by kind").await;
        assert_eq!(kinds, ["courier_link_made", "courier_link_made", "courier_link_revoked"]);
        app.settle().await;
        app.verified().await;
    })
    .await;
}
