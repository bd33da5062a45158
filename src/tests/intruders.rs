//! Ways in that were tried: each is closed, and nothing is lost or told by trying.

use axum::{body::Body, http::Request};
use futures::{StreamExt, stream};
use holdfast::{
    domain::{order::status::Status, people::Team, time::Span},
    server::service::{demo, mailbox},
};

use crate::helpers::{Shop, TestApp, each_store};

/// A password that may be chosen.
const GOOD: &str = "kettle moss harbour";
/// The number that a seller types as that of a buyer.
const TYPED: &str = "+2348099999901";

#[tokio::test]
async fn a_seller_who_types_a_buyers_number_gets_nothing_with_which_to_answer() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let guest = [("buyer_email", "victim@buyer.test"), ("buyer_name", "Vic"), ("buyer_phone", TYPED)];
        let order = shop.delivered(&guest).await;
        app.settle().await;
        let letters = mailbox::list(&app.state.services, "http://127.0.0.1:3000").await.expect("the mailbox opens");
        let texted: Vec<_> = letters.iter().filter(|letter| letter.to.contains(TYPED)).collect();
        assert!(!texted.is_empty(), "it is told that something was delivered");
        for letter in texted {
            let said = format!("{letter:?}");
            assert!(!said.contains("/a/") && !said.to_lowercase().contains("code"), "{said}");
        }
        let mailed = letters.iter().find(|letter| letter.to.contains("victim@buyer.test"));
        assert!(format!("{mailed:?}").contains("/a/"), "the buyer's own address gets the link");
        assert_eq!(app.texts("select phone from users where email = 'victim@buyer.test'").await, [""]);
        assert_eq!(shop.order(&order).await.status(), Status::AwaitingResponse);
    })
    .await;
}

#[tokio::test]
async fn a_seller_takes_nothing_of_what_the_marketplace_keeps() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        let provider = shop.view(&shop.seller, &order).await.providers[0].0.to_string();
        let set =
            |bearer| [("provider", provider.as_str()), ("share", "100"), ("share_kind", "rate"), ("borne_by", bearer)];
        let seller = shop.act(&shop.seller, &order, "set_provider", &set("marketplace")).await;
        seller.refused(422, "fees_are_the_marketplaces");
        shop.acts(&shop.admin, &order, "set_provider", &set("marketplace"), Status::AwaitingPayment).await;
        for fields in [&set("seller")[..], &[("provider", "")]] {
            let seller = shop.act(&shop.seller, &order, "set_provider", fields).await;
            seller.refused(422, "fees_are_the_marketplaces");
        }
    })
    .await;
}

#[tokio::test]
async fn whom_a_removed_administrator_invited_does_not_come_in() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.admin.call("account/invite", &[("email", "mallory@x.test"), ("role", "admin")]).await.fine();
        let token = app.mailed_token("mallory@x.test").await;
        let mallory = app.browser();
        let accept = [("token", token.as_str()), ("name", "Mallory"), ("password", GOOD)];
        mallory.call("account/accept", &accept).await.fine();
        mallory.call("account/invite", &[("email", "again@x.test"), ("role", "admin")]).await.fine();
        let token = app.mailed_token("again@x.test").await;
        let team: Team = shop.admin.call("account/team", &[]).await.json();
        let membership = team.staff.iter().find(|one| one.email == "mallory@x.test").expect("on the staff").membership;
        let membership = membership.to_string();
        shop.admin.call("account/remove_member", &[("membership", &membership)]).await.fine();
        let accept = [("token", token.as_str()), ("name", "Mallory"), ("password", GOOD)];
        app.browser().call("account/accept", &accept).await.refused(404, "dead_link");
    })
    .await;
}

#[tokio::test]
async fn a_link_for_a_new_password_dies_with_the_old_one() {
    each_store(async |app| {
        app.people().await;
        let femi = app.signed_in("femi@demo.test").await;
        app.browser().call("account/forgot", &[("email", "femi@demo.test")]).await.fine();
        let token = app.mailed_token("femi@demo.test").await;
        let change = [("old_password", demo::PASSWORD), ("new_password", GOOD), ("new_password_again", GOOD)];
        femi.call("account/change_password", &change).await.fine();
        let reset = [("token", token.as_str()), ("password", "another moss harbour")];
        app.browser().call("account/reset", &reset).await.refused(404, "dead_link");
    })
    .await;
}

#[tokio::test]
async fn one_order_after_the_other_for_a_stranger_comes_to_an_end() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let stranger = [("buyer_email", "stranger@buyer.test")];
        for _ in 0..20 {
            shop.place(&stranger).await;
        }
        let fields =
            [("buyer_email", "stranger@buyer.test"), ("buyer_name", "Bisi"), ("title.1", "Rug"), ("price.1", "1.00")];
        shop.seller.call("orders/place", &fields).await.refused(429, "too_many_attempts");
        shop.place(&[]).await;
        app.wait(Span::hours(1));
        shop.place(&stranger).await;
    })
    .await;
}

/// A form of so many files of one byte, that ends or waits for ever before its end.
fn many_files(count: usize, waits: bool) -> Request<Body> {
    let part = "--edge\r\ncontent-disposition: form-data; name=\"photos\"; filename=\"a.png\"\r\n\r\nx\r\n";
    let begun = stream::once(async move { Ok::<_, std::io::Error>(part.repeat(count)) });
    let body = if waits {
        Body::from_stream(begun.chain(stream::pending()))
    } else {
        Body::from_stream(begun.chain(stream::once(async { Ok("--edge--\r\n".to_owned()) })))
    };
    Request::post("/a/x")
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin")
        .body(body)
        .expect("a request")
}

async fn stays_open(app: &TestApp, count: usize) {
    let browser = app.browser();
    let sending = browser.send(many_files(count, true));
    let ended = tokio::time::timeout(std::time::Duration::from_millis(200), sending).await;
    assert!(ended.is_err(), "it is still being sent");
}

#[tokio::test]
async fn who_sends_many_files_slowly_holds_up_nobody() {
    each_store(async |app| {
        for _ in 0..3 {
            stays_open(&app, 300).await;
        }
        let open: Vec<_> = (0..3).map(|_| app.browser()).collect();
        let slow = open.iter().map(|browser| browser.send(many_files(300, true)));
        let slow = futures::future::join_all(slow);
        let quick = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            app.browser().send(many_files(2, false)).await
        };
        tokio::select! {
            _ = slow => panic!("they never end"),
            answer = quick => assert_ne!(answer.status, 503, "{}", answer.body),
        }
    })
    .await;
}
