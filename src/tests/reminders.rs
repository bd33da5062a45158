//! Whoever has the turn is reminded of it, once each time, and never of the past.

use holdfast::{
    domain::{order::status::Status, time::Span},
    server::{
        outbox::reminders,
        service::seed::{self, Wish},
    },
};

use crate::helpers::{Shop, TestApp, each_store};

async fn step(app: &TestApp) -> usize {
    reminders::step(&app.state.services).await.expect("people are reminded")
}

/// To which parties reminders were owed, in their order.
async fn reminded(app: &TestApp) -> Vec<String> {
    app.texts("select party from messages where kind = 'reminder' and parent_id is null order by created_at, party")
        .await
}

#[tokio::test]
async fn the_buyer_is_reminded_at_half_of_the_window_and_a_day_before_its_end() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        app.settle().await;
        app.wait(Span(36 * 3_600 - 1));
        assert_eq!(step(&app).await, 0);
        app.wait(Span(1));
        assert_eq!(step(&app).await, 1);
        assert_eq!(step(&app).await, 0, "once");
        app.settle().await;
        let mailbox = holdfast::server::service::mailbox::list(&app.state.services, "http://x").await.expect("letters");
        let reminder = mailbox.iter().find(|letter| letter.subject.starts_with("Reminder")).expect("a letter");
        assert_eq!(reminder.to, "bisi@demo.test");
        assert!(reminder.subject.contains(order.as_str()));
        assert!(reminder.paragraphs.iter().any(|text| text.contains("until Thu 26 Nov 2026, 10:00")), "{reminder:?}");
        app.wait(Span::hours(12));
        assert_eq!(step(&app).await, 1, "a day before its end");
        app.wait(Span::hours(23));
        assert_eq!(step(&app).await, 0);
        assert_eq!(reminded(&app).await, ["buyer", "buyer"]);
        app.verified().await;
        let seen = shop.view(&shop.admin, &order).await;
        assert!(seen.messages.iter().any(|line| line.kind == "reminder" && line.event_seq == seen.order.version));
    })
    .await;
}

#[tokio::test]
async fn whoever_acts_in_time_is_not_reminded() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        app.wait(Span::hours(20));
        shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        app.wait(Span::days(30));
        assert_eq!(step(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn several_workers_remind_once_and_one_that_slept_reminds_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..4 {
            shop.delivered(&[]).await;
        }
        app.wait(Span::hours(37));
        let done: usize = futures::future::join_all((0..4).map(|_| step(&app))).await.into_iter().sum();
        assert_eq!(done, 4);
        assert_eq!(reminded(&app).await.len(), 4);
        // Asleep over the last reminder of an order that was paid just now: it has another two ahead.
        let paid = shop.place(&[]).await;
        shop.pay(&paid).await;
        app.wait(Span::days(7));
        let before = reminded(&app).await.len();
        step(&app).await;
        let seller = reminded(&app).await.split_off(before);
        assert_eq!(seller.iter().filter(|party| *party == "seller").count(), 1, "half and last day in one: {seller:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_written_down_afterwards_are_not_reminded_of_the_past() {
    each_store(async |app| {
        for quiet in [true, false] {
            let wish = Wish { orders: 120, days: 30, seed: 4, quiet };
            seed::seed(&app.state.services, wish, &mut |_| std::ops::ControlFlow::Continue(())).await.expect("orders");
        }
        assert_eq!(step(&app).await, 0);
        app.wait(Span::days(2));
        assert!(step(&app).await > 0, "but of what comes");
        app.verified().await;
    })
    .await;
}
