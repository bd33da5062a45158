//! The terms that new orders begin with, by key: a marketplace's, and what differs for a seller.

use std::collections::BTreeSet;

use axum::http::Method;
use futures::future::join;
use serde_json::{Value, json};

use super::{Program, Told};
use crate::helpers::{Shop, each_store};

const ADMIN: &[&str] = &["read", "note", "ship", "sell", "rule", "finance", "administer"];
const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];

/// The ids of the demo's sellers: Ada's, and another one's.
async fn sellers(admin: &Program) -> [String; 2] {
    let told = admin.get("/sellers").await.json(200);
    [0, 1].map(|at| told["data"][at]["id"].as_str().expect("an id").to_owned())
}

async fn edit(program: &Program, path: &str, terms: Value, own: Option<&str>) -> Told {
    let headers: Vec<_> = own.map(|own| ("idempotency-key", own)).into_iter().collect();
    program.send(Method::PATCH, path, Some(json!({ "terms": terms }).to_string()), &headers).await
}

#[tokio::test]
async fn a_program_changes_what_new_orders_begin_with() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let before = admin.get("/terms").await.json(200);
        assert_eq!((before["currency"].as_str(), before["seller"].is_null()), (Some("NGN"), true));
        assert_eq!(before["own"]["inspection_window_secs"], Value::Null);
        let change = json!({ "inspection_window_secs": 432_001, "commission_bps": 800 });
        let after = edit(&admin, "/terms", change.clone(), Some("a")).await.json(200);
        assert_eq!(edit(&admin, "/terms", change.clone(), Some("a")).await.json(200), after);
        assert_eq!(app.texts("select kind from audit where kind = 'terms_set'").await.len(), 1, "it is done once");
        assert_eq!((&after["terms"]["commission_bps"], &after["own"]["commission_bps"]), (&json!(800), &json!(800)));
        assert_eq!(admin.get("/terms").await.json(200), after);
        let order = shop.order(&shop.place(&[]).await).await;
        assert_eq!(order.terms.inspection_window.0, 432_001);
        // A form that shows it sends it back to the second.
        assert!(shop.admin.get("/settings/terms").await.fine().body.contains("value=\"432001s\""));
        let back = edit(&admin, "/terms", json!({ "inspection_window_secs": null }), None).await.json(200);
        assert_eq!(back["terms"]["inspection_window_secs"], before["terms"]["inspection_window_secs"]);
        assert_eq!(back["terms"]["commission_bps"], 800);
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn what_differs_for_a_seller_is_for_its_marketplace_and_as_far_as_sellers_decide_for_itself() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let sellers = sellers(&admin).await;
        let (own, other) = (format!("/sellers/{}/terms", sellers[0]), format!("/sellers/{}/terms", sellers[1]));
        let seller = Program::of(&app, &shop.seller, "live", SELLER).await;
        let set = edit(&admin, &own, json!({ "commission_bps": 500, "escrow_fee_borne_by": "both" }), None).await;
        assert_eq!(set.json(200)["seller"], sellers[0]);
        let told = seller.get(&own).await.json(200);
        assert_eq!((&told["own"]["commission_bps"], &told["place"]), (&json!(500), &json!("Ada Stores")));
        for (name, value) in [("commission_bps", json!(0)), ("commission_bps", json!(null))] {
            let refused = edit(&seller, &own, json!({ name: value, "inspection_window_secs": 86_400 }), None).await;
            let problem = refused.problem(422, "fees_are_the_marketplaces");
            assert_eq!(problem["errors"][0]["pointer"], "/terms/commission_bps");
        }
        assert_eq!(seller.get(&own).await.json(200), told, "what is refused is not done");
        let set = json!({ "inspection_window_secs": 86_400, "commission_bps": 500, "escrow_fee_borne_by": null });
        let told = edit(&seller, &own, set, None).await.json(200);
        assert_eq!(
            (&told["terms"]["inspection_window_secs"], &told["terms"]["commission_bps"]),
            (&json!(86_400), &json!(500))
        );
        assert_eq!(told["own"]["escrow_fee_borne_by"], Value::Null);
        let order = shop.order(&shop.place(&[]).await).await;
        assert_eq!((order.terms.inspection_window.0, order.terms.commission.rate.get()), (86_400, 500));
        // A key may no more than it was given, whatever its maker may.
        let little = Program::of(&app, &shop.admin, "live", &["read", "administer"]).await;
        edit(&little, &own, json!({ "commission_bps": 1 }), None).await.problem(422, "fees_are_the_marketplaces");
        edit(&little, &own, json!({ "answer_window_secs": 60 }), None).await.json(200);
        // What is not one's own is not there.
        for (program, path) in [(&seller, "/terms"), (&seller, other.as_str())] {
            program.get(path).await.problem(404, "not_found");
            edit(program, path, json!({ "inspection_window_secs": 60 }), None).await.problem(404, "not_found");
        }
        let nobody = format!("/sellers/sel_{}/terms", "0".repeat(32));
        admin.get(&nobody).await.problem(404, "not_found");
        edit(&admin, &nobody, json!({}), None).await.problem(404, "not_found");
        let reader = Program::of(&app, &shop.admin, "live", &["read", "sell", "finance"]).await;
        reader.get("/terms").await.problem(403, "not_permitted");
        let test = Program::of(&app, &shop.admin, "test", ADMIN).await;
        edit(&test, "/terms", json!({}), None).await.problem(403, "not_for_test_keys");
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn two_who_change_different_terms_at_once_both_find_theirs() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        for round in 1..=4 {
            let (one, two) = join(
                edit(&admin, "/terms", json!({ "inspection_window_secs": 86_400 * round }), None),
                edit(&admin, "/terms", json!({ "return_window_secs": 3_600 * round }), None),
            )
            .await;
            one.json(200);
            two.json(200);
            let own = admin.get("/terms").await.json(200)["own"].clone();
            let both = (own["inspection_window_secs"].as_i64(), own["return_window_secs"].as_i64());
            assert_eq!(both, (Some(86_400 * round), Some(3_600 * round)));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_in_a_body_is_pointed_at_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = Program::of(&app, &shop.admin, "live", ADMIN).await;
        let seller = format!("/sellers/{}/terms", sellers(&admin).await[0]);
        for (name, value) in [
            ("payment_window_secs", json!(59)),
            ("delivery_window_secs", json!(315_619_201)),
            ("overdue_window_secs", json!(-1)),
            ("inspection_window_secs", json!("3")),
            ("answer_window_secs", json!(59)),
            ("negotiation_window_secs", json!(59)),
            ("return_window_secs", json!(59)),
            ("release_delay_secs", json!(-1)),
            ("max_attempts", json!(10)),
            ("on_silence", json!("maybe")),
            ("cancellation_fee_bps", json!(10_001)),
            ("escrow_fee_bps", json!(10_001)),
            ("escrow_fee_least_minor", json!(-1)),
            ("commission_bps", json!(10_001)),
            ("commission_fixed_minor", json!(1_000_000_000_001_i64)),
        ] {
            for path in ["/terms", seller.as_str()] {
                let told = edit(&admin, path, json!({ name: value }), None).await;
                let problem = told.json(422);
                assert_eq!(problem["errors"][0]["pointer"], format!("/terms/{name}"), "{problem}");
            }
        }
        for (name, least) in [("payment_window_secs", 60), ("return_window_secs", 60), ("release_delay_secs", 0)] {
            edit(&admin, "/terms", json!({ name: least }), None).await.json(200);
        }
        admin.send(Method::PATCH, "/terms", Some("{}".to_owned()), &[]).await.problem(422, "invalid_fields");
        let stored: BTreeSet<String> = app.texts("select terms from sellers").await.into_iter().collect();
        assert_eq!(stored, ["{}".to_owned()].into());
    })
    .await;
}
