//! What an open page fetches of itself when something changed: a part holds what it is asked for, costs no more than that, and
//! opens nothing that the page would not.

use axum::{body::Body, http::Request};
use holdfast::domain::{id::Reference, view::Part};

use crate::helpers::{Answer, Browser, Shop, Store, TestApp, each_store};

/// The list, the order beside it, and what only the whole page has.
const LIST: &str = "aria-label=\"List of orders\"";
const ORDER: &str = "aria-labelledby=\"order-title\"";
const SEARCH: &str = "role=\"search\"";

/// Fetches what this code asks for, as an open page does.
async fn fetch(reader: &Browser, path: &str, code: &str) -> Answer {
    let request = Request::get(path).header(Part::HEADER, code).body(Body::empty()).expect("the request is whole");
    reader.send(request).await
}

/// What stands between two marks of a page, from the first on.
#[track_caller]
fn between<'page>(page: &'page str, from: &str, to: &str) -> &'page str {
    let from = page.find(from).unwrap_or_else(|| panic!("no {from} in {page}"));
    let length = page[from..].find(to).unwrap_or_else(|| panic!("no {to} after it in {page}"));
    &page[from..from + length]
}

/// The list without what is another at each drawing: the key of its form.
fn list(page: &str) -> String {
    let list = between(page, LIST, "</section>");
    let (before, key) = list.split_once("name=\"key\" value=\"").expect("the list has a form");
    format!("{before}{}", key.split_once('"').expect("the value ends").1)
}

#[tokio::test]
async fn a_part_is_what_the_page_shows_of_it_and_nothing_else() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let other = shop.place(&[]).await;
        let path = format!("/orders/{order}?tab=all");
        for reader in [&shop.admin, &shop.seller, &shop.buyer] {
            let page = reader.get(&path).await.fine().body;
            let part = fetch(reader, &path, "order").await.fine();
            assert!(part.body.contains(ORDER) && !part.body.contains(LIST) && !part.body.contains(SEARCH));
            assert!(!part.body.contains(other.as_str()), "nothing of the list");
            let head = |page: &str| between(page, ORDER, "order-body").to_owned();
            // Its clock runs down, and its forms have keys of their own: what stands above them is the same to the letter.
            assert_eq!(between(&head(&part.body), ORDER, "</header>"), between(&head(&page), ORDER, "</header>"));
            assert_eq!(part.header("cache-control"), "no-store", "it is never shown in place of the page");

            let part = fetch(reader, &path, "list").await.fine();
            assert!(!part.body.contains(ORDER) && !part.body.contains(SEARCH));
            assert_eq!(list(&part.body), list(&page), "also the row of the open order is marked");
            assert_eq!(between(&part.body, "<title>", "</title>"), between(&page, "<title>", "</title>"));
            assert_eq!(part.header("cache-control"), "no-store");
            for part in [&part.body, &fetch(reader, &path, "order").await.body] {
                assert_eq!(between(part, "id=\"bell\"", "</a>"), between(&page, "id=\"bell\"", "</a>"));
                assert_eq!(part.matches("id=\"bell\"").count(), 1);
                assert_eq!(part.matches("data-since=").count(), 1, "it says when it was drawn");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_knows_no_parts_and_what_is_no_part_is_whole() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    let order = shop.delivered(&[]).await;
    for code in ["whole", "both", "", "Order", "order,list"] {
        let page = fetch(&shop.seller, &format!("/orders/{order}"), code).await.fine().body;
        assert!(page.contains(ORDER) && page.contains(LIST) && page.contains(SEARCH), "{code:?}");
    }
    for code in ["order", "list"] {
        // Without an order beside it there is no part to leave out.
        let page = fetch(&shop.seller, "/orders?tab=all", code).await.fine().body;
        assert!(page.contains(LIST) && page.contains(SEARCH), "{code}");
        for path in ["/notices", "/settings", "/orders/new"] {
            let page = fetch(&shop.seller, path, code).await.fine().body;
            assert!(page.contains(SEARCH), "{path} {code}");
        }
    }
    // A form that was refused is answered with its page.
    let form = Request::post(format!("/orders/{order}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header(Part::HEADER, "list")
        .body(Body::from(format!("_call=orders/act&order={order}&version=1&verb=deliver")));
    let answer = shop.seller.send(form.expect("the request is whole")).await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains(ORDER) && answer.body.contains(SEARCH), "{}", answer.body);
}

#[tokio::test]
async fn no_part_opens_what_the_page_does_not() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let unknown: Reference = "HF-Y1R5G-YTKG4".parse().expect("a reference");
        let stranger = app.browser();
        for code in ["order", "list"] {
            for reader in [&shop.other_seller, &shop.other_buyer, &shop.courier] {
                let refused = fetch(reader, &format!("/orders/{order}"), code).await;
                assert_eq!(refused.status, 404, "{code}");
                assert!(!refused.body.contains(ORDER) && !refused.body.contains(LIST), "{code}");
            }
            assert_eq!(fetch(&shop.seller, &format!("/orders/{unknown}"), code).await.status, 404);
            assert_eq!(fetch(&shop.seller, "/orders/nonsense", code).await.status, 404);
            let path = format!("/orders/{order}?tab=all");
            let led = fetch(&stranger, &path, code).await;
            assert_eq!((led.status, led.location()), (303, stranger.get(&path).await.location()), "{code}");
            assert!(!led.body.contains(order.as_str()) && !led.body.contains("data-since"), "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_part_asks_the_database_for_nothing_of_the_other() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let path = format!("/orders/{order}?tab=all");
        for (name, reader) in [("admin", &shop.admin), ("seller", &shop.seller), ("buyer", &shop.buyer)] {
            let cost = async |code: &str| {
                let before = app.state.services.db.queries().get();
                fetch(reader, &path, code).await.fine();
                app.state.services.db.queries().get() - before
            };
            let (whole, order, list) = (cost("whole").await, cost("order").await, cost("list").await);
            assert_eq!(order, whole - 2, "the order costs what the page does without its list, for {name}");
            // The session, whose the order is, the head of the list, and its rows.
            assert_eq!(list, 4, "for {name}");
        }
    })
    .await;
}
