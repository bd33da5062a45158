//! AtaraPay's order status automation.

use axum::http::Method;
use futures::future::join_all;
use holdfast::domain::order::status::Status;
use serde_json::{Value, json};

use super::{BUYER, FORM, JSON, Key, MAY_CHANGE, Partner, SELLER, bearer, funded, number};
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

/// The names of the order object.
const NAMES: &[&str] = &[
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
];

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
        for name in NAMES {
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
        let actor = app.texts("select actor from events where kind = 'delivered'").await.remove(0);
        assert!(actor.contains("Warehouse") && actor.contains("api_key"), "{actor}");
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
        let disputed = async || {
            let reference = shop.delivered(&[]).await;
            let torn = [("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")];
            shop.acts(&shop.buyer, &reference, "reject", &torn, Status::Rejected).await;
            let whole = [("statement", "It was whole when it left")];
            shop.acts(&shop.seller, &reference, "contest", &whole, Status::Dispute).await;
            (number(&shop, &reference).await, reference)
        };
        let (reference, order) = funded(&shop).await;
        let data =
            success(&seller.say(&order, "cancelled", &[("comment", "Sold out")]).await, "Transaction is canceled");
        assert_eq!((data["status"]["id"].as_i64(), data["refund"]["amount"].as_i64()), (Some(9), Some(50_000)));
        assert_eq!(shop.order(&reference).await.status(), Status::Cancelled);
        error(&seller.say(&order, "cancelled", &[]).await, 409, "not_allowed_in_status", "already been processed");
        for (plugin, word) in [(&buyer, "buyer_cancel"), (&buyer, "rejected"), (&seller, "buyer_cancel")] {
            let (reference, order) = funded(&shop).await;
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
        let reference = shop.place(&[("buyer_phone", "+234 803 123 4567")]).await;
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
            (&order, "delivered", &[("phone_number", "08031234568")], 422, "invalid_fields", "phone_number"),
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
            let (status, code) = if body == huge { (413, "too_large") } else { (400, "malformed") };
            error(&told, status, code, "");
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

fn account(more: &[(&str, Value)]) -> Value {
    let mut body = json!({
        "type": 1, "bank_code": "058", "nip_bank_code": "000013", "bank_account_number": "0123456789",
        "bank_account_name": "Musa Bello", "bank_name": "GTBank", "account_id": "a-1", "email": "musa@demo.test",
        "phone": "08031234567", "firstname": "Musa", "lastname": "Bello",
    });
    for (name, value) in more {
        body[*name] = value.clone();
    }
    body
}

#[tokio::test]
async fn providers_are_kept_with_their_accounts() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let seller = bearer(&app, "atarapay", &key).await;
        let other = bearer(&app, "atarapay", &Key::of(&app, &shop.other_seller, "live", SELLER).await).await;
        let made =
            success(&seller.post("/api/serviceprovider/create", &account(&[])).await, "Service provider created");
        let provider = made["sp_id"].as_str().expect("an id").to_owned();
        assert_eq!(
            (made["bank_account_number"].as_str(), made["phone"].as_str()),
            (Some("******6789"), Some("+2348031234567"))
        );
        assert!(
            app.texts("select bank_name || account_name || email from provider_accounts").await[0].contains("GTBank")
        );
        error(&seller.post("/api/serviceprovider/create", &account(&[])).await, 409, "provider_known", "already");
        let got = success(
            &seller.post("/api/serviceprovider", &json!({ "sp_id": provider })).await,
            "Service provider fetched",
        );
        assert_eq!((got["firstname"].as_str(), got["bank_code"].as_str()), (Some("Musa"), Some("058")));
        let all = success(&seller.post("/api/serviceprovider", &json!({})).await, "Service providers fetched");
        assert!(all.as_array().is_some_and(|all| all.iter().any(|one| one["sp_id"] == provider.as_str())));
        error(&other.post("/api/serviceprovider", &json!({ "sp_id": provider })).await, 404, "not_found", "");
        error(&other.post("/api/serviceprovider/delete", &json!({ "sp_id": provider })).await, 404, "not_found", "");
        let before = app.contents(&MAY_CHANGE).await;
        for (field, value) in [
            ("type", json!(3)),
            ("bank_code", json!("58")),
            ("nip_bank_code", json!("13")),
            ("bank_account_number", json!("x")),
            ("email", json!("x")),
            ("phone", json!("x")),
            ("firstname", json!("")),
            ("bank_name", json!(null)),
        ] {
            let told = seller.post("/api/serviceprovider/create", &account(&[(field, value)])).await;
            error(&told, 422, "invalid_fields", field);
        }
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test]
async fn providers_and_the_marketplace_get_their_part_of_an_order() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = bearer(&app, "atarapay", &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let other = bearer(&app, "atarapay", &Key::of(&app, &shop.other_seller, "live", SELLER).await).await;
        let operator = bearer(&app, "atarapay", &Key::of(&app, &shop.admin, "live", SELLER).await).await;
        let made = seller.post("/api/serviceprovider/create", &account(&[])).await;
        let provider = success(&made, "Service provider created")["sp_id"].as_str().expect("an id").to_owned();
        let reference = shop.place(&[]).await;
        shop.pay(&reference).await;
        let order = number(&shop, &reference).await;
        let path = "/api/serviceprovider/order/update";
        let body = json!({ "commisson": 12.5, "sp_id": provider, "order_id": order });
        let data = success(&seller.send(Method::PUT, path, JSON, &body.to_string()).await, "Commission updated");
        assert_eq!(data["commission"], "12.5");
        let parts = shop.order(&reference).await.deliveries[0].open();
        assert_eq!(parts.provider, 6_249, "each line's part is rounded down");
        for (name, value) in [("commission", json!(101)), ("commission", json!("x")), ("commisson", json!(-1))] {
            let body = json!({ name: value, "sp_id": provider, "order_id": order });
            error(&seller.post(path, &body).await, 422, "invalid_fields", name);
        }
        let theirs = "/api/serviceprovider/marketplaceOrder/update";
        let body = json!({ "commisson": "10", "order_id": order });
        success(&operator.post(theirs, &body).await, "Commission updated");
        assert_eq!(shop.order(&reference).await.terms.commission.rate.get(), 1_000);
        error(&seller.post(theirs, &body).await, 403, "not_your_turn", "");
        error(
            &other.post(path, &json!({ "commission": 1, "sp_id": provider, "order_id": order })).await,
            404,
            "not_found",
            "",
        );
        error(
            &seller.post("/api/serviceprovider/delete", &json!({ "sp_id": provider })).await,
            409,
            "provider_in_use",
            "",
        );
        let second = account(&[("bank_account_number", json!("1111111111"))]);
        let made = success(&seller.post("/api/serviceprovider/create", &second).await, "Service provider created");
        let gone = json!({ "sp_id": made["sp_id"] });
        success(&seller.post("/api/serviceprovider/delete", &gone).await, "Service provider deleted");
        error(&seller.post("/api/serviceprovider/delete", &gone).await, 404, "not_found", "");
        let banks = success(&seller.post("/api/external/getBanks", &json!({})).await, "Banks fetched");
        assert!(banks.is_array());
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn projects_are_opened_changed_and_listed_with_their_milestones() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seller = bearer(&app, "atarapay", &Key::of(&app, &shop.seller, "live", SELLER).await).await;
        let other = bearer(&app, "atarapay", &Key::of(&app, &shop.other_seller, "live", SELLER).await).await;
        let buyer = bearer(&app, "atarapay", &Key::of(&app, &shop.buyer, "live", BUYER).await).await;
        let body = json!({
            "project_name": "A house", "description": "With a garden", "customer_email": "bisi@demo.test",
            "customer_phone": "08031234567",
        });
        let create = "/api/project/createProject";
        let made = success(&seller.post(create, &body).await, "Project created");
        assert_eq!((made["id"].as_i64(), made["order_number"].as_str()), (Some(1), Some("P-1")));
        error(&seller.post(create, &body).await, 409, "project_known", "already");
        error(&buyer.post(create, &body).await, 403, "not_permitted", "");
        for field in ["project_name", "customer_email", "customer_phone"] {
            let mut body = body.clone();
            body[field] = json!(if field == "project_name" { "" } else { "x" });
            error(&seller.post(create, &body).await, 422, "invalid_fields", field);
        }
        let change = json!({ "description": "Without one" }).to_string();
        let update = async |partner: &Partner, no: &str| {
            partner.send(Method::PUT, &format!("/api/project/updateProject/{no}"), JSON, &change).await
        };
        let changed = success(&update(&seller, "1").await, "Project updated");
        assert_eq!(
            (changed["project_name"].as_str(), changed["description"].as_str()),
            (Some("A house"), Some("Without one"))
        );
        for no in ["2", "x", "-1"] {
            error(&update(&seller, no).await, 404, "not_found", "");
        }
        error(&update(&other, "1").await, 404, "not_found", "");
        let walls = [
            ("external_ref", "P-1"),
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
        let reference = shop.place(&walls).await;
        let list = success(&seller.post("/api/project/getExternalProjects", &json!({})).await, "Projects fetched");
        assert_eq!(list[0]["order"].as_u64().map(|no| no.to_string()), Some(number(&shop, &reference).await));
        assert_eq!(list[0]["transactions"][1]["title"], "The roof");
        let changed = success(&update(&seller, "1").await, "Project updated");
        assert_eq!(changed["order"], list[0]["order"], "a project that is changed keeps its order");
        assert_eq!(changed["transactions"], list[0]["transactions"]);
        let none = success(&other.post("/api/project/getExternalProjects", &json!({})).await, "Projects fetched");
        assert_eq!(none, json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_providers_and_projects_at_once_are_one_each() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let seller = bearer(&app, "atarapay", &key).await;
        let (provider, project) =
            (account(&[]), json!({ "project_name": "A house", "customer_email": "bisi@demo.test" }));
        for (path, body, table) in [
            ("/api/serviceprovider/create", &provider, "provider_accounts"),
            ("/api/project/createProject", &project, "projects"),
        ] {
            let told = join_all((0..20).map(|_| seller.post(path, body))).await;
            assert!(told.iter().all(|told| [200, 409].contains(&told.status)), "{:?}", told[0].body);
            assert_eq!(told.iter().filter(|told| told.status == 200).count(), 1, "{path}");
            assert_eq!(app.count(table).await, 1, "{path}");
        }
    })
    .await;
}
