//! Messages reach people: spread by what each chose, sent to a real mail server that misbehaves, tried again, given up.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast::{
    domain::{id::MessageId, notice::Channel, order::status::Status, time::Span},
    server::{
        clock,
        error::Error,
        outbox::messages,
        post::{Post, arguments::PostSettings},
        service::{
            seed::{self, Wish},
            spreading,
        },
        storage::{
            messages as rows,
            outbox::{self, NewMessage},
        },
    },
};

use tokio_util::sync::CancellationToken;

use crate::helpers::{Receiver, Shop, Store, TestApp, each_store};

/// Owes a mail that is about nothing but its reader.
async fn owe(app: &TestApp, to: &str) {
    let now = app.clock_now();
    let write = app.state.services.db.write(to.to_owned(), move |tx, to| {
        Box::pin(async move {
            let message = NewMessage {
                id: MessageId(clock::new_id(now)),
                event: None,
                marketplace: None,
                recipient: None,
                to_address: to,
                channel: Channel::Email,
                kind: "password_changed",
                payload: serde_json::json!({ "name": "Zed" }),
            };
            Ok::<_, Error>(outbox::insert(tx, &message, now).await?)
        })
    });
    write.await.expect("a message can be owed");
}

async fn step(app: &TestApp) -> usize {
    messages::step(&app.state.services).await.expect("messages leave")
}

/// State, tries and reason of the messages to an address.
async fn fate(app: &TestApp, to: &str) -> String {
    let sql = format!(
        "select state || ' ' || attempts || ' ' || last_error from messages where to_address = '{to}' order by id"
    );
    app.texts(&sql).await.join("\n")
}

/// How many rows there are of each kind, party, channel and state.
async fn rows(app: &TestApp) -> BTreeMap<String, usize> {
    let sql = "select kind || ' ' || party || ' ' || channel || ' ' || state from messages where parent_id is not null";
    let mut counted = BTreeMap::new();
    for row in app.texts(sql).await {
        *counted.entry(row).or_default() += 1;
    }
    counted
}

/// An application whose mails leave; a mail that the server does not answer to is given a few seconds.
async fn app_with_mail() -> (TestApp, Receiver) {
    let receiver = Receiver::start(0);
    (TestApp::on(Store::Sqlite).await.sending_to(&receiver, 3), receiver)
}

/// On a runtime that is left behind: a worker that never rests would keep any other from ending, and the test from failing.
#[test]
fn a_server_that_stops_takes_no_message_on_and_ends() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let seen = runtime.block_on(async {
        let (app, receiver) = app_with_mail().await;
        owe(&app, "late@demo.test").await;
        let stopping = CancellationToken::new();
        stopping.cancel();
        let working = tokio::spawn(messages::run(app.state.services.clone(), stopping));
        tokio::time::timeout(Duration::from_secs(20), working).await.is_ok().then_some(())?;
        Some((fate(&app, "late@demo.test").await, receiver.arrived().len()))
    });
    runtime.shutdown_background();
    assert_eq!(seen, Some(("pending 0 ".to_owned(), 0)), "it ends, and has sent nothing");
}

#[tokio::test]
async fn an_event_is_told_to_each_person_behind_a_party_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        app.execute("update users set phone = '+2348031234567' where email = 'bisi@demo.test'").await.expect("SQL");
        shop.delivered(&[]).await;
        app.settle().await;
        let told = rows(&app).await;
        let expected = [
            ("delivered buyer email sent", 1),
            ("delivered buyer sms sent", 1),
            ("paid seller email sent", 2),
            ("placed buyer email sent", 1),
        ];
        assert_eq!(told, expected.map(|(row, count)| (row.to_owned(), count)).into());
        assert_eq!(
            app.texts("select state from messages where parent_id is null and state <> 'spread'").await.len(),
            0
        );
        app.verified().await;
        app.settle().await;
        assert_eq!(rows(&app).await, told, "nobody is told twice");
    })
    .await;
}

#[tokio::test]
async fn several_workers_spread_and_send_each_message_once() {
    each_store(async |app| {
        let receiver = Receiver::start(0);
        let app = app.sending_to(&receiver, 20);
        let shop = Shop::open(&app).await;
        for _ in 0..6 {
            shop.delivered(&[]).await;
        }
        let done: usize = futures::future::join_all((0..4).map(|_| step(&app))).await.into_iter().sum();
        assert!(done > 0);
        step(&app).await;
        let arrived: Vec<String> = receiver.arrived().into_iter().map(|mail| mail.id).collect();
        let once: BTreeSet<&String> = arrived.iter().collect();
        assert_eq!((arrived.len(), once.len()), (6 * 4, 6 * 4), "placed and delivered to one, paid to two");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_mail_says_all_that_its_reader_must_know() {
    let (app, receiver) = app_with_mail().await;
    let shop = Shop::open(&app).await;
    let hostile = "<script>alert(1)</script>";
    app.execute(&format!("update users set name = '{hostile}' where email = 'bisi@demo.test'")).await.expect("SQL");
    let order = shop.delivered(&[]).await;
    step(&app).await;
    let mails = receiver.arrived();
    let delivered = mails.iter().find(|mail| mail.raw.contains("Delivered: accept or reject")).expect("a mail");
    let text = delivered.plain();
    assert_eq!(delivered.to, ["bisi@demo.test"]);
    for part in [
        "<no-reply@fair.test>",
        "It is your turn: accept or reject the delivery.",
        "This can be done until Thu 26 Nov 2026, 10:00.",
        "the money is released to Ada Stores",
        "List-Unsubscribe: <http://127.0.0.1:3000/settings#notifications>",
        "multipart/alternative",
        &format!("http://127.0.0.1:3000/orders/{order}"),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let (_, html) = text.split_once("text/html").expect("an HTML part");
    assert!(!html.contains("<script"), "what somebody typed is escaped: {html}");
    assert!(!html.contains("<img") && !html.contains("src=") && !html.contains("<link"), "nothing is loaded");
    let paid = mails.iter().find(|mail| mail.raw.contains("Paid into escrow")).expect("a mail");
    assert!(!paid.raw.contains("List-Unsubscribe"), "money is always told");
}

#[tokio::test]
async fn each_kind_of_failure_is_met_as_it_deserves() {
    let (app, receiver) = app_with_mail().await;
    for name in ["hang", "dead", "full", "soft", "drop", "grey", "fine"] {
        owe(&app, &format!("{name}@demo.test")).await;
    }
    assert_eq!(step(&app).await, 7, "all are tried, whatever some of them do");
    let arrived = receiver.arrived();
    assert_eq!(arrived.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), ["fine@demo.test"]);
    for (name, expected) in [
        ("hang", "pending 1 the mail server did not answer within 3 s"),
        ("dead", "dead 1 permanent error (550)"),
        ("full", "dead 1 permanent error (552)"),
        ("soft", "pending 1 transient error (451)"),
        ("drop", "pending 1 "),
        ("grey", "pending 1 transient error (451)"),
        ("fine", "sent 1 "),
    ] {
        let fate = fate(&app, &format!("{name}@demo.test")).await;
        assert!(fate.starts_with(expected), "{name}: {fate}");
    }
    assert_eq!(step(&app).await, 0, "nothing is tried again at once");
    app.execute("delete from messages where to_address = 'hang@demo.test'").await.expect("SQL");
    app.wait(Span(6));
    step(&app).await;
    assert_eq!(receiver.arrived()[0].to, ["grey@demo.test"], "greylisting is waited out");
    for _ in 0..8 {
        app.wait(Span::days(2));
        step(&app).await;
    }
    assert!(fate(&app, "soft@demo.test").await.starts_with("dead 9 transient"), "what never succeeds is given up");
    assert_eq!(step(&app).await, 0);
    assert!(receiver.arrived().is_empty());
}

#[tokio::test]
async fn who_hangs_holds_up_nobody_else() {
    let (app, receiver) = app_with_mail().await;
    for at in 0..40 {
        owe(&app, &format!("hang{at}@demo.test")).await;
    }
    for at in 0..20 {
        owe(&app, &format!("fine{at}@demo.test")).await;
    }
    step(&app).await;
    assert_eq!(receiver.arrived().len(), 20);
    let hanging = "select to_address from messages where state = 'pending' and to_address like 'hang%'";
    assert_eq!(app.texts(hanging).await.len(), 40, "they are tried again later");
}

#[tokio::test]
async fn a_line_break_in_a_name_never_becomes_a_header() {
    let (app, receiver) = app_with_mail().await;
    let shop = Shop::open(&app).await;
    app.execute("update users set name = 'Bisi\r\nBcc: all@evil.test' where email = 'bisi@demo.test'")
        .await
        .expect("SQL");
    shop.place(&[]).await;
    step(&app).await;
    let fate = fate(&app, "bisi@demo.test").await;
    assert!(fate.starts_with("dead 1 a line break or control character in the name is refused"), "{fate}");
    assert!(receiver.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_what_arrives_though_a_third_of_the_tries_fail() {
    let receiver = Receiver::start(30);
    let app = TestApp::on(Store::Sqlite).await.sending_to(&receiver, 20);
    let orders = if std::env::var_os("HOLDFAST_PROOF").is_some() { 2_000 } else { 40 };
    let wish = Wish { orders, days: 20, seed: 7, quiet: false };
    seed::seed(&app.state.services, wish, &mut |_| std::ops::ControlFlow::Continue(())).await.expect("orders");
    let mut rounds = 0;
    while !app.texts("select state from messages where state = 'pending' limit 1").await.is_empty() {
        step(&app).await;
        app.wait(Span::days(1));
        rounds += 1;
        assert!(rounds < 20, "every message comes to its end");
    }
    assert!(rounds > 2, "some had to be tried again");
    let hex = "select lower(hex(id)) from messages where state = 'sent' and channel = 'email'";
    let sent: BTreeSet<String> = app.texts(hex).await.into_iter().collect();
    let arrived: Vec<String> = receiver.arrived().into_iter().map(|mail| mail.id).collect();
    let reached: BTreeSet<String> = arrived.iter().cloned().collect();
    assert!(sent.len() > orders, "there were many: {}", sent.len());
    assert_eq!(sent, reached);
    assert_eq!(arrived.len(), reached.len(), "each arrived once");
    app.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_drain_through_kept_connections() {
    let receiver = Receiver::start(0);
    let app = TestApp::on(Store::Sqlite).await.sending_to(&receiver, 20);
    let orders = if std::env::var_os("HOLDFAST_PROOF").is_some() { 2_000 } else { 60 };
    let wish = Wish { orders, days: 20, seed: 8, quiet: false };
    seed::seed(&app.state.services, wish, &mut |_| std::ops::ControlFlow::Continue(())).await.expect("orders");
    let begun = std::time::Instant::now();
    let owed = app.texts("select kind from messages").await.len();
    while spreading::spread_some(&app.state.services).await.expect("messages are spread") > 0 {}
    let spread = begun.elapsed();
    let mails = app.texts("select kind from messages where queue = 'email' and state = 'pending'").await.len();
    let begun = std::time::Instant::now();
    step(&app).await;
    let drained = begun.elapsed();
    let rate = u128::try_from(mails).unwrap_or_default() * 1_000 / drained.as_millis().max(1);
    println!("{owed} messages to parties spread in {spread:?}; {mails} mails drained in {drained:?}: {rate} a second");
    assert_eq!(receiver.arrived().len(), mails);
}

#[tokio::test]
async fn a_claim_that_nobody_finishes_ends() {
    each_store(async |app| {
        owe(&app, "zed@demo.test").await;
        let now = app.clock_now();
        let claim = app.state.services.db.write((), move |tx, ()| {
            let lease = now.plus(Span(90));
            Box::pin(async move { Ok::<_, Error>(rows::claim(tx, "email", now, lease, 10).await?) })
        });
        assert_eq!(claim.await.expect("it can be claimed").len(), 1);
        assert_eq!(step(&app).await, 0, "meanwhile nobody else sends it");
        app.wait(Span(90));
        assert_eq!(step(&app).await, 1);
        assert_eq!(fate(&app, "zed@demo.test").await, "sent 2 ");
    })
    .await;
}

#[tokio::test]
async fn people_choose_what_they_are_told_and_money_is_always_told() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let chosen = [("language", "fr"), ("quiet_from", ""), ("quiet_to", ""), ("sms.money", "on")];
        shop.buyer.call("messages/choose", &chosen).await.fine();
        app.execute("update users set phone = '+2348031234567' where email = 'bisi@demo.test'").await.expect("SQL");
        let order = shop.delivered(&[]).await;
        shop.acts(
            &shop.seller,
            &order,
            "refund",
            &[("amount", "10.00"), ("reason", "A scratch")],
            Status::AwaitingResponse,
        )
        .await;
        app.settle().await;
        let told: BTreeSet<String> = rows(&app).await.into_keys().filter(|row| row.contains(" buyer ")).collect();
        let expected = [
            "delivered buyer email muted",
            "delivered buyer sms muted",
            "placed buyer email muted",
            "refunded buyer email sent",
            "refunded buyer sms sent",
        ];
        assert_eq!(told, expected.map(str::to_owned).into());
        let mailbox = holdfast::server::service::mailbox::list(&app.state.services, "http://x").await.expect("letters");
        assert!(mailbox.iter().any(|letter| letter.subject.starts_with("Remboursée en partie")), "in French");
        let wrong = shop.buyer.call("messages/choose", &[("language", "xx"), ("quiet_from", "25:00")]).await.error();
        assert!(wrong.for_field("language").is_some() && wrong.for_field("quiet_from").is_some(), "{wrong:?}");
        let half = shop.buyer.call("messages/choose", &[("language", "en"), ("quiet_to", "07:00")]).await.error();
        assert!(half.for_field("quiet_from").is_some(), "{half:?}");
    })
    .await;
}

#[tokio::test]
async fn what_can_wait_waits_for_the_end_of_the_quiet_hours() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        // It is ten in the morning in Lagos.
        let chosen = [("language", "en"), ("quiet_from", "09:00"), ("quiet_to", "12:30"), ("email.orders", "on")];
        shop.buyer.call("messages/choose", &chosen).await.fine();
        shop.seller.call("messages/choose", &chosen).await.fine();
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        app.settle().await;
        assert_eq!(fate(&app, "bisi@demo.test").await, "pending 0 ", "it can wait");
        assert_eq!(fate(&app, "ada@demo.test").await, "sent 1 ", "money cannot");
        app.wait(Span(150 * 60 - 1));
        app.settle().await;
        assert_eq!(fate(&app, "bisi@demo.test").await, "pending 0 ");
        app.wait(Span(1));
        app.settle().await;
        assert_eq!(fate(&app, "bisi@demo.test").await, "sent 1 ");
    })
    .await;
}

#[tokio::test]
async fn operators_see_what_did_not_arrive_and_send_it_again() {
    let (app, receiver) = app_with_mail().await;
    let shop = Shop::open(&app).await;
    let order = shop.place(&[]).await;
    app.execute("update users set email = 'dead@demo.test' where email = 'bisi@demo.test'").await.expect("SQL");
    step(&app).await;
    let seen = shop.view(&shop.admin, &order).await;
    let line = seen.messages.first().expect("operators see the message");
    assert_eq!(
        (line.state.as_str(), line.name.as_str(), line.address.as_str()),
        ("dead", "Bisi Alade", "dead@demo.test")
    );
    assert!(shop.view(&shop.seller, &order).await.messages.is_empty(), "others do not");
    let page = shop.admin.get(&format!("/orders/{order}")).await;
    assert!(page.body.contains("did not arrive: permanent error (550)"), "{}", page.body);
    let told = r#"<details open class="told"><summary>Told 1 person: 1 failed</summary>"#;
    assert!(page.body.contains(told), "what failed for good stands unfolded: {}", page.body);
    let dead: Vec<holdfast::domain::letter::DeadLetter> = shop.admin.call("messages/dead", &[]).await.json();
    assert_eq!((dead.len(), dead[0].reference.as_str()), (1, order.as_str()));
    let id = dead[0].id.to_string();
    for stranger in [&shop.seller, &shop.buyer] {
        stranger.call("messages/send_again", &[("message", &id)]).await.refused(404, "not_found");
        stranger.call("messages/dead", &[]).await.refused(404, "not_found");
        assert_eq!(stranger.get("/settings/messages").await.status, 404);
    }
    let page = shop.admin.get("/settings/messages?language=pt").await.fine();
    assert!(page.body.contains("Bisi Alade") && page.body.contains("É a sua vez"), "{}", page.body);
    assert!(shop.admin.get("/settings").await.fine().body.contains("One message did not arrive"));
    app.execute("update messages set to_address = 'bisi@demo.test' where state = 'dead'").await.expect("SQL");
    let again = shop.admin.post("/settings/messages", "messages/send_again", &[("message", &id)]).await;
    assert_eq!(again.status, 303, "it works without scripts: {}", again.body);
    step(&app).await;
    assert_eq!(receiver.arrived()[0].to, ["bisi@demo.test"]);
    let page = shop.admin.get(&format!("/orders/{order}")).await.fine();
    let told = r#"<details class="told"><summary>Told 1 person: all sent</summary>"#;
    assert!(page.body.contains(told), "what arrived is folded up: {}", page.body);
    assert_eq!(app.texts("select kind from audit where kind = 'message_sent_again'").await.len(), 1);
    shop.admin.call("messages/send_again", &[("message", &id)]).await.refused(404, "not_found");
}

#[tokio::test]
async fn without_a_mail_server_mails_wait_and_nothing_else_does() {
    each_store(async |mut app| {
        let url = app.state.config.public_url.clone();
        app.send_by(Post::open(&PostSettings::default(), &url, false).expect("nothing is set up"));
        let shop = Shop::open(&app).await;
        app.execute("update users set phone = '+2348031234567' where email = 'bisi@demo.test'").await.expect("SQL");
        shop.delivered(&[]).await;
        step(&app).await;
        let told: BTreeSet<String> = rows(&app).await.into_keys().collect();
        let expected = [
            "delivered buyer email pending",
            "delivered buyer sms muted",
            "paid seller email pending",
            "placed buyer email pending",
        ];
        assert_eq!(told, expected.map(str::to_owned).into());
        assert_eq!(step(&app).await, 0);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_spread_message_without_its_persons_is_found_broken() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.place(&[]).await;
        app.settle().await;
        app.verified().await;
        app.execute("delete from messages where parent_id is not null").await.expect("SQL");
        let findings = holdfast::server::service::verify::verify(&app.state.services.db, &mut |_, _| {}).await;
        let told = findings.expect("the database answers").to_string();
        assert!(told.contains("was spread to nobody"), "{told}");
    })
    .await;
}
