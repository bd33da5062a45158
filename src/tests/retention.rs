//! What was told is kept for a while; timeline, ledger and audit for ever.

use holdfast::{
    domain::{
        id::Reference,
        order::status::Status,
        time::{Moment, Span},
    },
    server::{config::KEEP_DAYS, outbox::housekeeping, service::demo},
};

use crate::{
    helpers::{Shop, TestApp, each_store},
    webhooks::{add, receiver::Receiver},
};

/// What is told of one order, from its beginning to its end.
async fn trade(app: &TestApp, shop: &Shop<'_>) -> Reference {
    let order = shop.delivered(&[]).await;
    shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
    app.browser().call("account/forgot", &[("email", "femi@demo.test")]).await.fine();
    app.settle().await;
    order
}

/// How many rows there are of what is kept for a while, by when it was owed.
async fn told(app: &TestApp, when: &str) -> [i64; 6] {
    let count = async |what: &str, and: &str| app.count(&format!("{what} {when} and {and}")).await;
    [
        count("messages where created_at", "event_seq is null").await,
        count("messages where created_at", "parent_id is not null and to_address <> '' and state = 'sent'").await,
        count("webhook_deliveries where created_at", "state = 'delivered'").await,
        count("webhook_attempts where at", "status = 200").await,
        count("inbox where at", "read_at is not null").await,
        count("inbox where at", "read_at is null").await,
    ]
}

/// The sessions have ended long ago.
async fn sign_in_again(shop: &Shop<'_>) {
    for (browser, email) in [(&shop.seller, "ada@demo.test"), (&shop.buyer, "bisi@demo.test")] {
        browser.sign_in(email, demo::PASSWORD).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_long_ago_is_cleared_away_and_the_books_hold() {
    each_store(async |app| {
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        add(&shop.admin, &receiver.url("ok"), &[], &[]).await;
        let begun = app.clock_now();
        let first = trade(&app, &shop).await;
        // The buyer looked at what they were told, the seller did not; a webhook waits that was to be sent again by hand.
        shop.buyer.call("inbox/read", &[("order", first.as_str())]).await.fine();
        let waits =
            "update webhook_deliveries set state = 'pending', due_at = 9000000000000000000 where kind = 'placed'";
        assert_eq!(app.execute(waits).await.expect("SQL"), 1);
        let messages = app.count("messages where event_seq is not null").await;
        let before = app.contents(&["sessions"]).await;
        let old = told(&app, &format!("<= {}", begun.0)).await;
        assert!(old.iter().all(|count| *count > 0), "{old:?}");

        app.wait(Span::days(KEEP_DAYS));
        housekeeping::step(&app.state.services).await;
        assert_eq!(told(&app, &format!("<= {}", begun.0)).await, old, "until the last day all of it is there");

        sign_in_again(&shop).await;
        let Moment(later) = app.clock_now();
        trade(&app, &shop).await;
        let new = told(&app, &format!(">= {later}")).await;
        app.wait(Span(1));
        housekeeping::step(&app.state.services).await;
        let left = told(&app, &format!("< {later}")).await;
        assert_eq!(left, [0, 0, 0, 1, 0, old[5]], "what waits, and what was not looked at, is left with its past");
        assert_eq!(told(&app, &format!(">= {later}")).await, new, "what is newer stays");
        let of_first = "messages where event_seq is not null and created_at <= ";
        assert_eq!(app.count(&format!("{of_first}{}", begun.0)).await, messages, "that it was owed is still known");
        let after = app.contents(&["sessions"]).await;
        for table in ["events", "postings", "entries", "audit", "users", "recipients"] {
            let kept: Vec<&str> = before[table].lines().filter(|row| !after[table].contains(row)).collect();
            assert!(kept.is_empty(), "{table} lost {kept:?}");
        }
        app.verified().await;
        let page = shop.seller.get(&format!("/orders/{first}")).await.fine();
        assert!(page.body.contains("Accepted"), "the timeline tells all of it");
    })
    .await;
}

#[tokio::test]
async fn why_a_message_did_not_arrive_is_cleared_away_with_its_address() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.place(&[]).await;
        app.settle().await;
        let died =
            "update messages set state = 'dead', last_error = 'no bisi@demo.test here' where parent_id is not null";
        app.execute(died).await.expect("SQL");
        app.wait(Span::days(KEEP_DAYS + 1));
        housekeeping::step(&app.state.services).await;
        let left = "select state || ' ' || to_address || ' ' || last_error from messages where parent_id is not null";
        assert_eq!(app.texts(left).await, ["dead  why is not kept any more"]);
        shop.admin.sign_in("admin@demo.test", demo::PASSWORD).await;
        let dead: Vec<holdfast::domain::letter::DeadLetter> = shop.admin.call("messages/dead", &[]).await.json();
        assert!(dead.is_empty(), "nothing is left that could be sent again");
        app.verified().await;
    })
    .await;
}
