//! Endpoints that are told in the words of AtaraPay.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use holdfast::{
    domain::{id::Reference, order::status::Status, webhook::DeliveryDetail},
    server::storage::{Conn, On},
};
use serde_json::Value;

use super::{Receiver, add, log, receiver::Came, states, step};
use crate::helpers::{Shop, each_store};

/// The fields of a form.
fn fields(came: &Came) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let mut digit = || char::from(rest.next().expect("two digits follow")).to_digit(16).expect("a digit");
            bytes.push(if byte == b'%' { u8::try_from(digit() * 16 + digit()).expect("a byte") } else { byte });
        }
        String::from_utf8(bytes).expect("text")
    };
    assert_eq!(came.headers["content-type"], "application/x-www-form-urlencoded");
    let pairs = came.body.split('&').map(|pair| pair.split_once('=').expect("a pair"));
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}

/// Statuses, the ids in the data, and whether payout or refund are told, in the order of the timeline.
fn told(receiver: &Receiver, reference: &Reference) -> Vec<(String, i64, bool, bool)> {
    let mut all: Vec<(String, (String, i64, bool, bool))> = Vec::new();
    for came in receiver.came("ok") {
        let fields = fields(&came);
        let data: Value = serde_json::from_str(&fields["data"]).expect("the data is JSON");
        if data["id"] == reference.number() {
            let id = data["status"]["id"].as_i64().expect("a number");
            let line = (fields["status"].clone(), id, data["payout"].is_object(), data["refund"].is_object());
            let seq: i64 = came.id().rsplit('_').next().and_then(|seq| seq.parse().ok()).expect("a number");
            all.push((format!("{seq:05}"), line));
        }
    }
    all.sort();
    all.into_iter().map(|(_, line)| line).collect()
}

#[track_caller]
fn check(told: &[(String, i64, bool, bool)], expected: &[(&str, i64, bool, bool)]) {
    let told: Vec<_> = told.iter().map(|(status, id, paid, back)| (status.as_str(), *id, *paid, *back)).collect();
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_in_its_words_and_the_others_not_at_all() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let added = add(&shop.admin, &receiver.url("ok"), &[], &[("form", "atarapay")]).await;
        let accepted = shop.delivered(&[("external_ref", "WOO-9")]).await;
        shop.acts(&shop.buyer, &accepted, "accept", &[], Status::Completed).await;
        let cancelled = shop.place(&[]).await;
        shop.pay(&cancelled).await;
        shop.acts(&shop.seller, &cancelled, "cancel", &[("reason", "Sold out")], Status::Cancelled).await;
        let by_buyer = shop.place(&[]).await;
        shop.pay(&by_buyer).await;
        shop.acts(&shop.buyer, &by_buyer, "cancel", &[("reason", "Changed my mind")], Status::Cancelled).await;
        let disputed = shop.delivered(&[]).await;
        let wrong = [("code", "damaged"), ("text", "Torn"), ("remedy", "refund")];
        shop.acts(&shop.buyer, &disputed, "reject", &wrong, Status::Rejected).await;
        shop.acts(&shop.seller, &disputed, "contest", &[("statement", "It was whole")], Status::Dispute).await;
        shop.acts(&shop.seller, &disputed, "escalate", &[], Status::UnderReview).await;
        shop.acts(&shop.buyer, &disputed, "withdraw", &[], Status::Completed).await;
        step(&app).await;
        check(&told(&receiver, &accepted), &[("Delivered", 1, false, false), ("Accepted", 5, false, false)]);
        check(&told(&receiver, &cancelled), &[("Canceled", 9, false, true)]);
        check(&told(&receiver, &by_buyer), &[("Rejected", 9, false, true)]);
        check(
            &told(&receiver, &disputed),
            &[
                ("Delivered", 1, false, false),
                ("Rejected", 3, false, false),
                ("Dispute", 2, false, false),
                ("Disputed", 2, false, false),
                ("Complete", 5, true, false),
            ],
        );
        let (public, private) = (&added.secrets[0], &added.secrets[1]);
        let order = shop.order(&accepted).await;
        let came = receiver.came("ok");
        let delivered = came.iter().find(|came| came.id().contains(&order.id.0.simple().to_string())).expect("told");
        let fields = fields(delivered);
        let token = format!("{public}:{private}:{}:{}", accepted.number(), order.total_minor());
        assert_eq!(fields["token"], STANDARD.encode(token));
        let data: Value = serde_json::from_str(&fields["data"]).expect("JSON");
        assert_eq!(data["product_id"], "WOO-9", "the plug-in finds its order by it");
        assert_eq!(data["buyer_email"], "bisi@demo.test");
        assert_eq!((data["amount_net"].as_i64(), data["currency"].as_str()), (Some(50_000), Some("NGN")));
        let skipped = states(&app).await.iter().filter(|state| *state == "skipped").count();
        assert!(skipped >= 8, "placed, paid and released have no word there: {skipped}");
        assert!(!states(&app).await.contains(&"pending".to_owned()));
        // Neither what is kept nor what is shown holds the private key.
        let bodies = app.texts("select coalesce(body, '') from webhook_deliveries").await;
        let keyed = STANDARD.encode(format!("{public}:{private}"));
        assert!(bodies.iter().all(|body| !body.contains(private.as_str()) && !body.contains(&keyed[..40])));
        let rows = log(&shop.admin, &added.id).await.deliveries.rows;
        let one = rows.iter().find(|row| row.state == "delivered").expect("told").event.to_string();
        let detail: DeliveryDetail =
            shop.admin.call("webhooks/delivery", &[("endpoint", &added.id), ("event", &one)]).await.json();
        assert!(detail.body.contains("token=%28hidden%29"), "{}", detail.body);
        let mut reader = app.state.services.db.reader().await.expect("it answers");
        let sealed: Vec<Vec<u8>> = match reader.on() {
            On::Sqlite(c) => sqlx::query_scalar("select sealed from webhook_secrets").fetch_all(c).await,
            On::Postgres(c) => sqlx::query_scalar("select sealed from webhook_secrets").fetch_all(c).await,
        }
        .expect("rows can be read");
        assert!(!sealed[0].windows(private.len()).any(|part| part == private.as_bytes()), "sealed at rest");
    })
    .await;
}
