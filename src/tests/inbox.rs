//! The bell: each event tells exactly those whom it concerns, once, but for who did it; looking at an order marks it as read.

use holdfast::domain::{
    id::Reference,
    inbox::{Inbox, Present},
    order::status::Status,
    time::Span,
};

use holdfast::server::{
    outbox::housekeeping,
    service::{
        demo,
        seed::{self, Wish},
    },
};
use std::ops::ControlFlow;

use super::helpers::{Browser, Shop, Store, TestApp, each_store};

/// What somebody was told of an order, the newest first, without the words after the first.
async fn told(browser: &Browser, order: &Reference) -> Vec<String> {
    let inbox: Inbox = browser.call("inbox/list", &[]).await.json();
    inbox.items.into_iter().filter(|item| item.reference == *order).map(|item| item.headline).collect()
}

async fn unread(browser: &Browser) -> u32 {
    let present: Option<Present> = browser.call("session/me", &[]).await.json();
    present.expect("somebody is signed in").unread
}

#[tokio::test]
async fn each_event_tells_those_whom_it_concerns_and_not_who_did_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let heard = told(&shop.buyer, &order).await;
        assert_eq!(heard.len(), 2, "placed and delivered, each once: {heard:?}");
        assert!(heard[0].starts_with("Delivered"), "{heard:?}");
        // The seller's staff hears of the payment, all of them; that one of them delivered it is not news to the others.
        for staff in [&shop.seller, &shop.shipping] {
            assert_eq!(told(staff, &order).await.len(), 1);
        }
        for stranger in [&shop.admin, &shop.judge, &shop.courier, &shop.other_seller, &shop.other_buyer] {
            assert_eq!(told(stranger, &order).await, [""; 0]);
        }
        let reject = [("code", "damaged"), ("remedy", "refund"), ("text", "Torn")];
        shop.acts(&shop.buyer, &order, "reject", &reject, Status::Rejected).await;
        assert_eq!(told(&shop.buyer, &order).await.len(), 2, "who did it knows");
        assert_eq!(told(&shop.shipping, &order).await.len(), 2);
        // The marketplace hears of it when it has to decide, and there those who decide.
        shop.acts(&shop.seller, &order, "contest", &[("statement", "It was whole")], Status::Dispute).await;
        shop.acts(&shop.buyer, &order, "escalate", &[], Status::UnderReview).await;
        for staff in [&shop.admin, &shop.judge] {
            assert_eq!(told(staff, &order).await, ["The marketplace was asked to decide"]);
        }
    })
    .await;
}

#[tokio::test]
async fn an_order_that_was_looked_at_is_read_and_others_are_not() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (first, second) = (shop.delivered(&[]).await, shop.place(&[]).await);
        assert_eq!(unread(&shop.buyer).await, 3);
        let page = shop.buyer.get("/orders").await.fine().body;
        assert!(page.contains("Notices, 3 unread"), "the bell says so");
        // Loading the page changes nothing: browsers load pages before anybody looks at them.
        shop.buyer.get(&format!("/orders/{first}")).await.fine();
        assert_eq!(unread(&shop.buyer).await, 3);
        // Of somebody else's it reads nothing, and of none there is nothing to read.
        shop.other_buyer.call("inbox/read", &[("order", first.as_str())]).await.fine();
        shop.buyer.call("inbox/read", &[("order", "nonsense")]).await.fine();
        assert_eq!(unread(&shop.buyer).await, 3);
        assert_eq!(shop.buyer.call("inbox/read", &[("order", first.as_str())]).await.json::<u32>(), 1);
        assert_eq!(unread(&shop.buyer).await, 1);
        let inbox: Inbox = shop.buyer.call("inbox/list", &[]).await.json();
        let new: Vec<_> = inbox.items.iter().filter(|item| item.is_new).map(|item| &item.reference).collect();
        assert_eq!(new, [&second]);
        shop.buyer.post("/notices", "inbox/read_all", &[]).await.fine();
        assert_eq!(unread(&shop.buyer).await, 0);
        assert!(!shop.buyer.get("/notices").await.fine().body.contains("Mark all as read"));
        assert_eq!(unread(&shop.seller).await, 1, "the seller's are the seller's");
    })
    .await;
}

#[tokio::test]
async fn what_concerns_another_hat_is_opened_by_putting_it_on() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    let order = shop.place(&[]).await;
    shop.pay(&order).await;
    shop.seller.call("session/wear", &[("hat", "")]).await.fine();
    let inbox: Inbox = shop.seller.call("inbox/list", &[]).await.json();
    let (hat, name) = inbox.items[0].other_hat.clone().expect("it is told under the shop's hat");
    assert_eq!(name, "Ada Stores");
    let next = format!("/orders/{order}");
    assert_eq!(shop.seller.get(&next).await.status, 404, "the order is not theirs as a buyer");
    let answer = shop.seller.post("/notices", "session/wear", &[("hat", &hat), ("next", &next)]).await;
    assert_eq!(answer.location(), next);
    assert_eq!(shop.seller.get(&next).await.status, 200);
    // Nobody is led to another site.
    let answer = shop.seller.post("/notices", "session/wear", &[("hat", &hat), ("next", "https://evil.test/")]).await;
    assert_eq!(answer.location(), "/orders");
}

#[tokio::test]
async fn who_left_the_staff_is_told_no_more_and_sees_nothing_of_it() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    let order = shop.place(&[]).await;
    shop.pay(&order).await;
    assert_eq!(told(&shop.shipping, &order).await.len(), 1);
    app.execute("delete from memberships where role = 'shipping'").await.expect("the role is taken away");
    assert_eq!(told(&shop.shipping, &order).await, [""; 0]);
    let other = shop.place(&[]).await;
    shop.pay(&other).await;
    assert_eq!(told(&shop.shipping, &other).await, [""; 0]);
}

#[tokio::test]
async fn history_that_is_written_down_in_bulk_is_news_to_nobody() {
    let app = TestApp::on(Store::Sqlite).await;
    let made = seed::seed(&app.state.services, Wish::DEMO, &mut |_| ControlFlow::Continue(())).await;
    assert!(made.expect("they are made") > 50);
    assert_eq!(app.count("inbox").await, 0);
}

#[tokio::test]
async fn what_was_told_long_ago_is_swept_away() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    shop.place(&[]).await;
    app.wait(Span::days(100));
    shop.seller.sign_in("ada@demo.test", demo::PASSWORD).await;
    shop.place(&[]).await;
    app.wait(Span::days(100));
    housekeeping::step(&app.state.services).await;
    assert_eq!(app.count("inbox").await, 1);
}
