//! Mails about accounts and people that did not arrive: seen by whoever looks after them, and sent again.

use holdfast::{
    domain::{id::MessageId, letter::DeadLetter, time::Span},
    server::{outbox::messages, service::undelivered},
};

use crate::helpers::{Browser, Receiver, Shop, TestApp, each_store};

async fn step(app: &TestApp) {
    messages::step(&app.state.services).await.expect("messages leave");
}

async fn dead(browser: &Browser) -> Vec<DeadLetter> {
    browser.call("messages/dead", &[]).await.json()
}

/// What the command line lists, as kind and address.
async fn open(app: &TestApp) -> Vec<(MessageId, String)> {
    let (listed, next) = undelivered::list(&app.state.services.db, undelivered::BEGIN, 100).await.expect("it answers");
    assert_eq!(next.is_some(), !listed.is_empty(), "the list goes on after what was shown");
    listed.into_iter().map(|one| (one.id, format!("{} {} {}", one.is_dead, one.kind, one.to))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_mails_about_their_people_and_of_no_others() {
    each_store(async |app| {
        let receiver = Receiver::start(0);
        let app = app.sending_to(&receiver, 3);
        let shop = Shop::open(&app).await;
        shop.admin.call("account/invite", &[("email", "dead1@demo.test"), ("role", "support")]).await.fine();
        app.wait(Span(1));
        shop.seller.call("account/invite", &[("email", "dead2@demo.test"), ("role", "shipping")]).await.fine();
        app.execute("update users set email = 'dead3@demo.test' where email = 'tunde@demo.test'").await.expect("SQL");
        app.browser().call("account/forgot", &[("email", "dead3@demo.test")]).await.fine();
        step(&app).await;
        let seen: Vec<String> =
            dead(&shop.admin).await.into_iter().map(|one| format!("{} {}", one.kind, one.to)).collect();
        assert_eq!(
            seen,
            ["invitation dead2@demo.test", "invitation dead1@demo.test"],
            "a new password is nobody's business"
        );
        let page = shop.admin.get("/settings/messages").await.fine().body;
        assert!(page.contains("dead1@demo.test") && !page.contains("dead3@demo.test"));
        for stranger in [&shop.seller, &shop.buyer] {
            stranger.call("messages/dead", &[]).await.refused(404, "not_found");
        }
        app.execute("update messages set to_address = 'ruth@shop.test' where to_address = 'dead1@demo.test'")
            .await
            .expect("SQL");
        let id = dead(&shop.admin).await.pop().expect("the older one").id.to_string();
        shop.admin.call("messages/send_again", &[("message", &id)]).await.fine();
        step(&app).await;
        assert_eq!(receiver.wait().to, ["ruth@shop.test"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_runs_the_server_sees_all_of_them_and_sends_them_again() {
    each_store(async |app| {
        let receiver = Receiver::start(0);
        let app = app.sending_to(&receiver, 3);
        let shop = Shop::open(&app).await;
        app.execute("update users set email = 'dead1@demo.test' where email = 'tunde@demo.test'").await.expect("SQL");
        app.browser().call("account/forgot", &[("email", "dead1@demo.test")]).await.fine();
        app.wait(Span(1));
        let fields = [("email", "soft@demo.test"), ("name", "Eze"), ("time_zone", "UTC")];
        app.browser().call("account/sign_up", &fields).await.fine();
        app.wait(Span(1));
        shop.admin.call("account/invite", &[("email", "dead2@demo.test"), ("role", "support")]).await.fine();
        step(&app).await;
        let listed = open(&app).await;
        let words: Vec<&str> = listed.iter().map(|(_, words)| words.as_str()).collect();
        let expected =
            ["true reset_password d…@demo.test", "false confirm_sign_up s…@demo.test", "true invitation d…@demo.test"];
        assert_eq!(words, expected);
        app.execute("update messages set to_address = 'tunde@demo.test' where to_address = 'dead1@demo.test'")
            .await
            .expect("SQL");
        undelivered::again(&app.state.services, listed[0].0).await.expect("it is owed again");
        undelivered::again(&app.state.services, listed[0].0).await.expect("it waits, and is owed at once");
        step(&app).await;
        assert_eq!(receiver.wait().to, ["tunde@demo.test"]);
        undelivered::again(&app.state.services, listed[0].0).await.expect_err("it arrived");
        app.execute("update messages set to_address = 'ruth@shop.test' where to_address = 'dead2@demo.test'")
            .await
            .expect("SQL");
        assert_eq!(
            undelivered::again_all(&app.state.services).await.expect("it works"),
            1,
            "what waits is not given up"
        );
        step(&app).await;
        assert_eq!(receiver.wait().to, ["ruth@shop.test"]);
        assert_eq!(open(&app).await.len(), 1);
        let said = app.texts("select kind from audit where kind = 'message_sent_again_at_console'").await;
        assert_eq!(said.len(), 3, "it is written down");
    })
    .await;
}
