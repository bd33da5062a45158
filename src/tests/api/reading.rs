//! Reading: lists with every filter, pages, some members alone, what has not changed, and where a program reads wrongly.

use axum::http::Method;
use holdfast::domain::time::Span;
use serde_json::json;

use super::Program;
use crate::helpers::{Shop, each_store};

#[tokio::test]
async fn a_place_under_one_sort_is_none_under_another() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..5 {
            shop.place(&[]).await;
            app.wait(Span(1));
        }
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        let next = async |query: &str| {
            let page = program.get(&format!("/orders?limit=2{query}")).await.json(200);
            page["next"].as_str().expect("there is more").to_owned()
        };
        let sorts = ["", "&sort=newest", "&sort=oldest", "&sort=largest", "&sort=urgent"];
        for made_under in sorts {
            let place = next(made_under).await;
            for asked in sorts {
                let page = program.get(&format!("/orders?limit=2{asked}&after={place}")).await;
                if asked == made_under || [asked, made_under].iter().all(|sort| ["", "&sort=newest"].contains(sort)) {
                    assert_eq!(page.json(200)["data"].as_array().map(Vec::len), Some(2), "{asked} {place}");
                } else {
                    let problem = page.problem(422, "invalid_parameters");
                    assert_eq!(problem["errors"][0]["parameter"], "after", "{asked} {place}: {problem}");
                }
            }
        }
        assert_eq!(next("").await.len(), 48, "a place of the usual sort is as it was before there were marks");
    })
    .await;
}

#[tokio::test]
async fn a_list_is_narrowed_as_on_the_screen_and_read_page_by_page() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let mut placed = Vec::new();
        for number in 0..5 {
            let number = format!("shop-{number}");
            placed.push(shop.place(&[("external_ref", &number)]).await.to_string());
            app.wait(Span(1));
        }
        shop.pay(&placed[0].parse().expect("a reference")).await;
        let program = Program::of(&app, &shop.admin, "live", &["read"]).await;
        let mut found = Vec::new();
        let mut path = "/orders?limit=2&sort=oldest".to_owned();
        loop {
            let page = program.get(&path).await.json(200);
            let rows = page["data"].as_array().expect("a page has rows").clone();
            assert!(rows.len() <= 2);
            found.extend(rows.iter().filter_map(|row| row["reference"].as_str().map(str::to_owned)));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/orders?limit=2&sort=oldest&after={next}");
        }
        assert_eq!(found, placed);
        let count = async |query: &str| {
            let page = program.get(&format!("/orders?{query}")).await.json(200);
            page["data"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(count("status=funded").await, 1);
        assert_eq!(count("tab=open").await, 5);
        assert_eq!(count("tab=done").await, 0);
        assert_eq!(count("q=shop-3").await, 1);
        assert_eq!(count("party=Bisi").await, 5);
        assert_eq!(count("channel=screen").await, 5);
        assert_eq!(count("channel=api").await, 0);
        assert_eq!(count("min_minor=1").await, 5);
        assert_eq!(count("max_minor=1").await, 0);
        assert_eq!(count("placed_from=2026-11-23T09:00:00Z").await, 5);
        assert_eq!(count("placed_until=2026-11-23T10:00:00%2B01:00").await, 0);
        assert_eq!(count("overdue=true").await, 0);
        for (query, name) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=x", "limit"),
            ("status=no", "status"),
            ("tab=no", "tab"),
            ("sort=no", "sort"),
            ("seller=no", "seller"),
            ("after=no", "after"),
            ("after=no-oldest&sort=oldest", "after"),
            ("after=000000000000000000000000000000000000000000000000-no", "after"),
            ("fields=no", "fields"),
            ("placed_from=yesterday", "placed_from"),
            ("overdue=perhaps", "overdue"),
            ("min_minor=1.5", "min_minor"),
            ("unknown=1", "unknown"),
            ("q=%25%22", "q"),
            ("q=a%00", "q"),
            ("party=a%00", "party"),
        ] {
            let problem = program.get(&format!("/orders?{query}")).await.problem(422, "invalid_parameters");
            assert_eq!(problem["errors"][0]["parameter"], name, "{query}: {problem}");
            assert!(!query.ends_with("00") || problem["detail"].as_str().is_some_and(|text| text.contains("control")));
        }
    })
    .await;
}

#[tokio::test]
async fn an_order_is_told_whole_or_in_part_and_not_at_all_when_it_has_not_changed() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        let program = Program::of(&app, &shop.seller, "live", &["read", "sell"]).await;
        let told = program.get(&format!("/orders/{reference}")).await;
        let order = told.json(200);
        assert_eq!(told.header("etag"), "\"1\"");
        assert_eq!((order["currency"].as_str(), order["total_minor"].as_i64()), (Some("NGN"), Some(50_000)));
        assert_eq!(order["placed_at"], "2026-11-23T09:00:00Z");
        assert!(order["pay_url"].as_str().is_some_and(|url| url.contains("/pay/")));
        assert!(!told.body.contains("handover"), "the digest of the buyer's code is nobody's business");
        let by_id = program.get(&format!("/orders/{}", order["id"].as_str().expect("it has an id"))).await.json(200);
        assert_eq!(by_id, order);
        let path = format!("/orders/{reference}");
        let known = program.send(Method::GET, &path, None, &[("if-none-match", "W/\"1\"")]).await;
        assert_eq!((known.status, known.body.as_str()), (304, ""));
        let part = program.get(&format!("{path}?fields=status,version")).await.json(200);
        assert_eq!(part, json!({ "status": "awaiting_payment", "version": 1 }));
        let rows = program.get("/orders?fields=reference").await.json(200);
        assert_eq!(rows["data"], json!([{ "reference": reference.to_string() }]));
        let events = program.get(&format!("{path}/timeline")).await;
        assert_eq!(events.json(200)["data"][0]["type"], "placed");
        assert!(!events.body.contains("handover_digest"));
        let offers = program.get(&format!("{path}/offers")).await.json(200);
        assert!(offers["data"].as_array().is_some_and(|offers| offers.iter().any(|offer| offer["action"] == "cancel")));
        assert_eq!(program.get(&format!("{path}/deliveries")).await.json(200)["data"][0]["no"], 1);
        shop.pay(&reference).await;
        let ledger = program.get(&format!("{path}/ledger")).await.json(200);
        let sum: i64 =
            ledger["data"].as_array().expect("lines").iter().filter_map(|line| line["amount_minor"].as_i64()).sum();
        assert_eq!(sum, 0, "{ledger}");
        assert_eq!(program.get(&format!("{path}/recipient")).await.json(200)["name"], "Bisi Alade");
        let statuses = program.get("/statuses").await.json(200);
        assert_eq!(statuses["data"].as_array().map(Vec::len), Some(14));
    })
    .await;
}

#[tokio::test]
async fn notes_that_are_not_for_a_program_are_not_on_its_timeline() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.place(&[]).await;
        let note = [("text", "He never answers"), ("audience", "operators")];
        shop.act(&shop.admin, &reference, "note", &note).await.fine();
        let path = format!("/orders/{reference}/timeline");
        let seller = Program::of(&app, &shop.seller, "live", &["read"]).await;
        assert!(!seller.get(&path).await.body.contains("He never answers"));
        let buyer = Program::of(&app, &shop.buyer, "live", &["read"]).await;
        assert!(!buyer.get(&path).await.body.contains("He never answers"));
        let admin = Program::of(&app, &shop.admin, "live", &["read"]).await;
        assert!(admin.get(&path).await.body.contains("He never answers"));
    })
    .await;
}

#[tokio::test]
async fn what_nothing_can_be_found_by_finds_nothing_on_the_screen() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.place(&[]).await;
        for (query, found) in [("q=rug", 1), ("q=%25%22", 0), ("q=rug%00", 1), ("party=%00", 1), ("party=Bisi%00", 1)] {
            let page = shop.seller.get(&format!("/orders?tab=all&{query}")).await.fine();
            assert_eq!(page.body.contains("Handwoven rug"), found == 1, "{query}");
            for reader in [&shop.admin, &shop.buyer] {
                reader.get(&format!("/orders?{query}")).await.fine();
            }
        }
    })
    .await;
}
