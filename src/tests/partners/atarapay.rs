//! AtaraPay's order status automation.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::order::status::Status;
use serde_json::{Value, json};

use super::{BUYER, FORM, JSON, Key, MAY_CHANGE, Partner, SELLER, number};
use crate::{
    api::Told,
    helpers::{Shop, TestApp, each_store},
};

const CALLBACK: &str = "/api/callback/order";

/// A shop's integration.
struct Plugin {
    partner: Partner,
    token: String,
}

impl Plugin {
    fn of(app: &TestApp, key: &Key) -> Self {
        Self { partner: Partner::of(app, "atarapay", &[]), token: key.pair() }
    }

    async fn say(&self, order: &str, status: &str, more: &[(&str, &str)]) -> Told {
        let mut fields = vec![("authtoken", self.token.as_str()), ("order", order), ("status", status)];
        fields.extend_from_slice(more);
        self.partner.form(CALLBACK, &fields).await
    }
}

#[track_caller]
fn success(told: &Told, message: &str) -> Value {
    let body = told.json(200);
    assert_eq!((body["status"].as_str(), body["message"].as_str()), (Some("success"), Some(message)), "{body}");
    body["data"].clone()
}

#[track_caller]
fn error(told: &Told, status: u16, code: &str, message: &str) {
    let body = told.json(status);
    assert_eq!((body["status"].as_str(), body["code"].as_str()), (Some("error"), Some(code)), "{body}");
    assert!(body["message"].as_str().is_some_and(|text| text.contains(message)), "{body}");
}

const PHONE: (&str, &str) = ("phone_number", "08031234567");

#[tokio::test]
async fn a_shop_says_that_goods_were_delivered_and_reads_the_order() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let plugin = Plugin::of(&app, &Key::of(&app, &shop.seller, "live", SELLER).await);
        let reference = shop.place(&[("external_ref", "1001")]).await;
        shop.pay(&reference).await;
        let order = number(&shop, &reference).await;
        let read = success(&plugin.say(&order, "order", &[]).await, "Order Fetched");
        assert_eq!(read["id"].as_u64().map(|id| id.to_string()), Some(order.clone()));
        assert_eq!(read["product_id"], "1001");
        assert_eq!(read["status"], json!({ "id": 1, "title": "Pending", "description": "The money is held" }));
        assert_eq!((read["amount_payed"].as_i64(), read["amount_net"].as_i64()), (Some(50_000), Some(50_000)));
        assert_eq!((read["max_delivery_days"].as_i64(), read["currency"].as_str()), (Some(7), Some("NGN")));
        assert_eq!(
            (read["buyer_email"].as_str(), read["seller_email"].as_str()),
            (Some("bisi@demo.test"), Some("ada@demo.test"))
        );
        for name in [
            "type",
            "customer_id",
            "beneficiary_merchant_id",
            "seller_phone",
            "buyer_phone",
            "buyer_alt_phone",
            "shipping_fee_bearer",
            "escrow_fee_bearer",
            "tx_fee_bearer",
            "is_marketplace",
            "shipping_cost",
            "category",
            "product_name",
            "product_desc",
            "product_cost",
            "started_by",
            "payment_ref",
            "gateway_name",
            "callback_url",
            "comment",
            "delivery_man",
            "delivery_location",
            "delivery_city",
            "delivery_state",
            "delivery_country",
            "product_delivery_status",
            "transaction_date",
            "delivery_date",
            "shipping_method",
            "quantity",
            "sla",
            "cancellation_fee",
            "created_at",
            "updated_at",
            "attempts",
            "seller_attempts",
            "payment",
            "additional_services",
            "customers",
        ] {
            assert!(read.get(name).is_some(), "{name} is missing in {read}");
        }
        assert!(read.get("payout").is_none() && read.get("refund").is_none());
        let done = plugin.say(&order, "delivered", &[PHONE, ("email", "bisi@demo.test")]).await;
        let data = success(&done, "pod_created");
        assert_eq!(data["phone"], "08031234567");
        assert_eq!((data["email"].as_str(), data["order"].as_u64()), (Some("bisi@demo.test"), order.parse().ok()));
        assert_eq!(shop.order(&reference).await.status(), Status::AwaitingResponse);
        error(&plugin.say(&order, "delivered", &[PHONE]).await, 409, "not_allowed_in_status", "already been processed");
        let read = success(&plugin.say(reference.as_str(), "order", &[]).await, "Order Fetched");
        assert_eq!(read["status"]["title"], "Awaiting Buyer Response");
        shop.acts(&shop.buyer, &reference, "accept", &[], Status::Completed).await;
        let read = success(&plugin.say(&order, "order", &[]).await, "Order Fetched");
        assert_eq!((read["status"]["id"].as_i64(), read["status"]["title"].as_str()), (Some(5), Some("Complete")));
        assert_eq!(read["payout"]["amount"], 50_000);
        // The timeline says which key it was.
        let page = shop.seller.get(&format!("/orders/{reference}")).await.fine();
        assert!(page.body.contains("Warehouse") && page.body.contains("API key"));
        app.settle().await;
        assert!(app.count("api_calls").await > 3);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_seller_calls_off_and_concedes_and_a_buyer_calls_off_and_withdraws() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Plugin::of(&app, &Key::of(&app, &shop.seller, "live", SELLER).await);
        let buyer = Plugin::of(&app, &Key::of(&app, &shop.buyer, "live", BUYER).await);
        let funded = async || {
            let reference = shop.place(&[]).await;
            shop.pay(&reference).await;
            (number(&shop, &reference).await, reference)
        };
        let disputed = async || {
            let reference = shop.delivered(&[]).await;
            let torn = [("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")];
            shop.acts(&shop.buyer, &reference, "reject", &torn, Status::Rejected).await;
            let whole = [("statement", "It was whole when it left")];
            shop.acts(&shop.seller, &reference, "contest", &whole, Status::Dispute).await;
            (number(&shop, &reference).await, reference)
        };
        let (order, reference) = funded().await;
        let data =
            success(&seller.say(&order, "cancelled", &[("comment", "Sold out")]).await, "Transaction is canceled");
        assert_eq!((data["status"]["id"].as_i64(), data["refund"]["amount"].as_i64()), (Some(9), Some(50_000)));
        assert_eq!(shop.order(&reference).await.status(), Status::Cancelled);
        error(&seller.say(&order, "cancelled", &[]).await, 409, "not_allowed_in_status", "already been processed");
        for (plugin, word) in [(&buyer, "buyer_cancel"), (&buyer, "rejected"), (&seller, "buyer_cancel")] {
            let (order, reference) = funded().await;
            let data = success(&plugin.say(&order, word, &[]).await, "Buyer canceled the order");
            assert_eq!(data["refund"]["amount"], 50_000, "{word}");
            assert_eq!(shop.order(&reference).await.status(), Status::Cancelled, "{word}");
        }
        let (order, reference) = disputed().await;
        // A seller who withdraws the buyer's dispute would be paid by that.
        error(&seller.say(&order, "buyer_cancel", &[]).await, 409, "in_dispute", "came from another app");
        error(&buyer.say(&order, "cancelled", &[]).await, 403, "not_your_turn", "");
        let data = success(&seller.say(&order, "cancelled", &[]).await, "Transaction is canceled");
        assert_eq!((data["status"]["id"].as_i64(), data["refund"]["amount"].as_i64()), (Some(5), Some(50_000)));
        assert_eq!(shop.order(&reference).await.status(), Status::Completed);
        let (order, _) = disputed().await;
        let data = success(&buyer.say(&order, "buyer_cancel", &[]).await, "Buyer canceled the order");
        assert_eq!((data["status"]["id"].as_i64(), data["payout"]["amount"].as_i64()), (Some(5), Some(50_000)));
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_buyers_cancel_past_the_time_for_a_refund_is_refused_through_whichever_key() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = Plugin::of(&app, &Key::of(&app, &shop.seller, "live", SELLER).await);
        let buyer = Plugin::of(&app, &Key::of(&app, &shop.buyer, "live", BUYER).await);
        let reference = shop.place(&[("refund_policy", "replacement"), ("cancellation_grace", "0")]).await;
        shop.pay(&reference).await;
        let order = number(&shop, &reference).await;
        for plugin in [&seller, &buyer] {
            error(
                &plugin.say(&order, "buyer_cancel", &[]).await,
                409,
                "past_refund_time",
                "refund policy is replacement",
            );
        }
        assert_eq!(shop.order(&reference).await.status(), Status::Funded);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_in_their_shape_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let plugin = Plugin::of(&app, &key);
        let foreign = Plugin::of(&app, &Key::of(&app, &shop.other_seller, "live", SELLER).await);
        let reader = Plugin::of(&app, &Key::of(&app, &shop.seller, "live", &["read"]).await);
        let sandbox = Plugin::of(&app, &Key::of(&app, &shop.seller, "test", SELLER).await);
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        app.settle().await;
        let order = number(&shop, &reference).await;
        let before = app.contents(&MAY_CHANGE).await;
        for stranger in [&foreign, &sandbox] {
            error(&stranger.say(&order, "order", &[]).await, 404, "not_found", "no such order for this seller");
            error(&stranger.say(&order, "delivered", &[PHONE]).await, 404, "not_found", "no such order");
            error(&stranger.say(&order, "buyer_cancel", &[]).await, 404, "not_found", "no such order");
        }
        error(&reader.say(&order, "delivered", &[PHONE]).await, 403, "not_permitted", "");
        for (order, status, more, refused, code, field) in [
            ("3021", "order", &[][..], 404, "not_found", ""),
            ("99999999999999999999", "order", &[], 404, "not_found", ""),
            ("ord_x", "order", &[], 404, "not_found", ""),
            ("", "order", &[], 422, "invalid_fields", "order"),
            (&order, "", &[], 422, "invalid_fields", "status"),
            (&order, "shipped", &[], 422, "invalid_status", "status"),
            (&order, "delivered", &[], 422, "invalid_fields", "phone_number"),
            (&order, "delivered", &[("phone_number", "call me")], 422, "invalid_fields", "phone_number"),
            (&order, "delivered", &[PHONE, ("email", "nobody")], 422, "invalid_fields", "email"),
            (&order, "cancelled", &[("comment", "x")], 422, "invalid_fields", "comment"),
        ] {
            let told = plugin.say(order, status, more).await;
            error(&told, refused, code, field);
            let named = told.json(refused)["errors"].as_object().is_some_and(|errors| errors.contains_key(field));
            assert_eq!(named, !field.is_empty(), "{}", told.body);
        }
        let unknown = "The auth token does not match any record";
        let other = Key { id: format!("key_{}", "0".repeat(32)), text: key.text.clone() };
        for token in ["x", "YWJjOmRlZg==", &other.pair(), &key.text] {
            let told =
                Plugin { partner: plugin.partner.clone(), token: token.to_owned() }.say(&order, "order", &[]).await;
            error(&told, 401, "key_unknown", unknown);
        }
        let huge = "x".repeat(300_000);
        for (kind, body) in [(JSON, "{"), (JSON, "[]"), ("text/plain", "a=1"), (FORM, huge.as_str())] {
            let told = plugin.partner.send(Method::POST, CALLBACK, kind, body).await;
            error(&told, 400, if body == huge { "too_large" } else { "malformed" }, "");
        }
        assert_eq!(plugin.partner.get(CALLBACK).await.json(405)["code"], "method_not_allowed");
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
        // JSON is read like a form, and the address of their documentation leads here too.
        let body =
            json!({ "authtoken": key.pair(), "order": order.parse::<u64>().expect("a number"), "status": "order" });
        success(&plugin.partner.post("/api/api/callback/order", &body).await, "Order Fetched");
        key.revoke(&shop.seller).await;
        error(&plugin.say(&order, "order", &[]).await, 401, "key_unknown", unknown);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_deliveries_at_once_are_one() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let plugin = Plugin::of(&app, &Key::of(&app, &shop.seller, "live", SELLER).await);
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let order = number(&shop, &reference).await;
        let told = join_all((0..20).map(|_| plugin.say(&order, "delivered", &[PHONE]))).await;
        assert_eq!(told.iter().filter(|told| told.status == 200).count(), 1);
        assert!(told.iter().all(|told| [200, 409].contains(&told.status)));
        let told = join_all((0..20).map(|_| plugin.say(&order, "cancelled", &[]))).await;
        assert!(told.iter().all(|told| told.status == 409), "what was delivered is not called off");
        let events = app.texts("select kind from events order by seq").await;
        assert_eq!(events, ["placed", "paid", "delivered"]);
        app.settle().await;
        app.verified().await;
    })
    .await;
}
