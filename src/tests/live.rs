//! Open pages are told what changed: theirs and nothing else, on from where they were, until their session or the server ends.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use futures::StreamExt;
use holdfast::{
    domain::{order::status::Status, time::Span},
    server::{
        outbox::live::{MOST_OF_ONE_PERSON, Watcher},
        service::{Services, demo},
        state::AppState,
        storage::Db,
        web,
    },
};
use tower::ServiceExt;

use super::helpers::{Browser, Shop, Store, TestApp, each_store};

/// How long the tests wait for what must come; only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// One event of the stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Event {
    id: String,
    name: String,
    data: String,
}

/// A page's connection.
struct Connection {
    body: BodyDataStream,
    text: String,
}

impl Connection {
    /// Connects as the page of this browser does, with what it sends along.
    async fn open(
        app: &TestApp,
        browser: &Browser,
        query: &str,
        last_event_id: Option<&str>,
    ) -> Result<Self, StatusCode> {
        Self::open_at(app.router(), browser, query, last_event_id).await
    }

    async fn open_at(
        router: axum::Router,
        browser: &Browser,
        query: &str,
        last_event_id: Option<&str>,
    ) -> Result<Self, StatusCode> {
        let mut request = Request::get(format!("/live{query}")).header(header::COOKIE, browser.cookies());
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Body::empty()).expect("the request is whole");
        let answer = router.oneshot(request).await.expect("the router always answers");
        if answer.status() != StatusCode::OK {
            return Err(answer.status());
        }
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert!(answer.headers().get(header::CONTENT_ENCODING).is_none(), "an event would wait for others");
        let mut connection = Self { body: answer.into_body().into_data_stream(), text: String::new() };
        let hello = connection.next().await.expect("it begins");
        assert_eq!(hello.name, "hello");
        Ok(connection)
    }

    /// The next event; nothing when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = read(event);
                let rest = rest.to_owned();
                self.text = rest;
                // Heartbeats say nothing.
                match event {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let part = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("something is said in time")?;
            self.text.push_str(&String::from_utf8_lossy(&part.expect("the body is whole")));
        }
    }

    /// Everything that was said already.
    async fn drain(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Ok(event) = tokio::time::timeout(Duration::from_millis(50), self.next()).await {
            match event {
                Some(event) => events.push(event),
                None => break,
            }
        }
        events
    }
}

fn read(text: &str) -> Option<Event> {
    let mut event = Event::default();
    let mut data = Vec::new();
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => id.clone_into(&mut event.id),
            Some(("event", name)) => name.clone_into(&mut event.name),
            Some(("data", line)) => data.push(line),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!event.name.is_empty()).then_some(event)
}

fn watcher(app: &TestApp) -> Watcher {
    Watcher::new(app.state.services.clone(), app.state.live.clone())
}

/// A change at this version, as it is said.
fn said(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.data.as_str()).collect()
}

#[tokio::test]
async fn each_hears_of_their_own_orders_and_of_no_others() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        // What happened long ago is not told.
        app.wait(Span(600));
        let mut watcher = watcher(&app);
        let mut seller = Connection::open(&app, &shop.seller, "", None).await.expect("it opens");
        let mut buyer = Connection::open(&app, &shop.buyer, "", None).await.expect("it opens");
        let mut admin = Connection::open(&app, &shop.admin, "", None).await.expect("it opens");
        let mut other_seller = Connection::open(&app, &shop.other_seller, "", None).await.expect("it opens");
        let mut other_buyer = Connection::open(&app, &shop.other_buyer, "", None).await.expect("it opens");
        let mut courier = Connection::open(&app, &shop.courier, "", None).await.expect("it opens");
        shop.acts(&shop.seller, &order, "deliver", &[], Status::AwaitingResponse).await;
        assert_eq!(watcher.step().await.expect("it looks"), 1);
        assert_eq!(watcher.step().await.expect("it looks"), 0, "once is enough");
        let version = shop.order(&order).await.version;
        let theirs = format!("{order}:{version}\nOrder {order}: delivered");
        let heard = buyer.drain().await;
        assert_eq!(said(&heard), [format!("{theirs}, your turn")]);
        assert_eq!(heard[0].name, "change");
        assert_eq!(said(&seller.drain().await), std::slice::from_ref(&theirs));
        assert_eq!(said(&admin.drain().await), [theirs]);
        for stranger in [&mut other_seller, &mut other_buyer, &mut courier] {
            assert_eq!(stranger.drain().await, []);
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_is_not_named_to_whom_it_is_hidden_from() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    let order = shop.delivered(&[]).await;
    app.wait(Span(600));
    let mut watcher = watcher(&app);
    let mut buyer = Connection::open(&app, &shop.buyer, "", None).await.expect("it opens");
    let mut admin = Connection::open(&app, &shop.admin, "", None).await.expect("it opens");
    let fields = [("text", "Keep an eye on this one."), ("audience", "operators")];
    shop.act(&shop.admin, &order, "note", &fields).await.fine();
    assert_eq!(watcher.step().await.expect("it looks"), 1);
    let heard = |events: Vec<Event>| events.into_iter().map(|event| event.data).collect::<String>();
    let (buyer, admin) = (heard(buyer.drain().await), heard(admin.drain().await));
    assert!(buyer.contains(": changed") && !buyer.contains("noted"), "{buyer}");
    assert!(admin.contains(": noted"), "{admin}");
}

#[tokio::test]
async fn nobody_signed_in_hears_nothing() {
    let app = TestApp::on(Store::Sqlite).await;
    let refused = Connection::open(&app, &app.browser(), "", None).await.err();
    assert_eq!(refused, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(app.state.live.count(), 0);
}

#[tokio::test]
async fn a_connection_goes_on_where_it_broke_off() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let first = shop.delivered(&[]).await;
        app.wait(Span(20));
        let mut watcher = watcher(&app);
        let mut page = Connection::open(&app, &shop.buyer, "", None).await.expect("it opens");
        let reject = [("code", "damaged"), ("remedy", "refund"), ("text", "Torn")];
        shop.acts(&shop.buyer, &first, "reject", &reject, Status::Rejected).await;
        watcher.step().await.expect("it looks");
        let heard = page.next().await.expect("it is told");
        drop(page);
        assert_eq!(app.state.live.count(), 0, "who goes away is let go");
        // Nobody listens while this happens.
        app.wait(Span(30));
        let second = shop.place(&[]).await;
        assert_eq!(watcher.step().await.expect("it rests"), 0);
        let mut page = Connection::open(&app, &shop.buyer, "", Some(&heard.id)).await.expect("it opens");
        let missed = page.drain().await;
        let last = missed.last().expect("what was missed is told");
        assert!(last.data.starts_with(&format!("{second}:1\n")), "{missed:?}");
        // A page that was drawn in between says so, and is told the same.
        let since = format!("?since={}", app.state.services.now().minus(Span(10)).0);
        let mut page = Connection::open(&app, &shop.buyer, &since, None).await.expect("it opens");
        assert!(page.drain().await.iter().any(|event| event.data.starts_with(&format!("{second}:1\n"))));
        // After a night the page is read anew.
        app.wait(Span::hours(8));
        let mut page = Connection::open(&app, &shop.buyer, "", Some(&heard.id)).await.expect("it opens");
        assert_eq!(page.next().await.expect("it is told").name, "reload");
        // What is no id counts as none.
        for id in ["", "x", "x-y", "99999999999999999999-"] {
            let mut page = Connection::open(&app, &shop.buyer, "", Some(id)).await.expect("it opens");
            assert_eq!(page.drain().await, [], "{id:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_too_slow_is_told_once_to_read_anew() {
    let app = TestApp::on(Store::Sqlite).await;
    let shop = Shop::open(&app).await;
    app.wait(Span(600));
    let mut watcher = watcher(&app);
    let mut slow = Connection::open(&app, &shop.seller, "", None).await.expect("it opens");
    for _ in 0..70 {
        shop.place(&[]).await;
        watcher.step().await.expect("it looks");
    }
    let heard: Vec<String> = slow.drain().await.into_iter().map(|event| event.name).collect();
    assert_eq!(heard, ["reload"]);
    // From then on it hears again.
    let order = shop.place(&[]).await;
    watcher.step().await.expect("it looks");
    assert!(slow.next().await.expect("it is told").data.starts_with(&format!("{order}:1\n")));
}

#[tokio::test]
async fn it_ends_with_the_session_and_when_rights_change() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        app.wait(Span(600));
        let mut watcher = watcher(&app);
        let mut buyer = Connection::open(&app, &shop.buyer, "", None).await.expect("it opens");
        let mut courier = Connection::open(&app, &shop.courier, "", None).await.expect("it opens");
        let mut seller = Connection::open(&app, &shop.seller, "", None).await.expect("it opens");
        let mut shipping = Connection::open(&app, &shop.shipping, "", None).await.expect("it opens");
        shop.buyer.call("session/sign_out", &[]).await.fine();
        shop.seller.call("session/wear", &[("hat", "")]).await.fine();
        app.execute("update memberships set role = 'read_only' where role = 'shipping'").await.expect("it is taken");
        app.wait(Span(6));
        shop.act(&shop.admin, &order, "note", &[("text", "Hello"), ("audience", "everyone")]).await.fine();
        watcher.step().await.expect("it looks");
        for page in [&mut buyer, &mut seller, &mut shipping] {
            assert_eq!(page.next().await.expect("it is told").name, "end");
            assert_eq!(page.next().await, None, "and nothing after that");
        }
        assert_eq!(courier.drain().await, [], "the order is not theirs");
    })
    .await;
}

#[tokio::test]
async fn it_ends_at_once_when_the_server_stops() {
    let app = TestApp::on(Store::Sqlite).await;
    app.people().await;
    let browser = app.signed_in("bisi@demo.test").await;
    let mut page = Connection::open(&app, &browser, "", None).await.expect("it opens");
    app.state.stopping.cancel();
    assert_eq!(page.next().await, None);
}

#[tokio::test]
async fn one_person_has_so_many_connections_and_no_more() {
    let app = TestApp::on(Store::Sqlite).await;
    app.people().await;
    let browser = app.signed_in("bisi@demo.test").await;
    let mut pages = Vec::new();
    for _ in 0..MOST_OF_ONE_PERSON {
        pages.push(Connection::open(&app, &browser, "", None).await.expect("it opens"));
    }
    assert_eq!(Connection::open(&app, &browser, "", None).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    let other = app.signed_in("femi@demo.test").await;
    Connection::open(&app, &other, "", None).await.expect("another person is not held up");
    pages.pop();
    Connection::open(&app, &browser, "", None).await.expect("there is room again");
}

#[tokio::test]
async fn two_processes_on_one_postgresql_hear_of_each_other() {
    if std::env::var_os("HOLDFAST_TEST_POSTGRES_URL").is_none() {
        eprintln!("HOLDFAST_TEST_POSTGRES_URL is not set: this test needs two processes on one server");
        return;
    }
    let app = TestApp::on(Store::Postgres).await;
    let shop = Shop::open(&app).await;
    app.wait(Span(600));
    // The other process: a pool, a hub and workers of its own on the same tables.
    let db = Db::open(&app.state.config.database_url).await.expect("the database opens");
    let services = Services { db, ..app.state.services.clone() };
    let other = AppState::new(app.state.config.as_ref().clone(), services);
    let reader = Browser::new(web::router(&other));
    reader.sign_in("bisi@demo.test", demo::PASSWORD).await;
    let mut page = Connection::open_at(web::router(&other), &reader, "", None).await.expect("it opens");
    let (one, two) = (app.state.clone(), other.clone());
    let watching = [
        tokio::spawn(holdfast::server::outbox::live::run(one.services.clone(), one.live.clone(), one.stopping.clone())),
        tokio::spawn(holdfast::server::outbox::live::run(two.services.clone(), two.live.clone(), two.stopping.clone())),
    ];
    let order = shop.place(&[]).await;
    let heard = page.next().await.expect("it is told");
    assert!(heard.data.starts_with(&format!("{order}:1\n")), "{heard:?}");
    app.state.stopping.cancel();
    other.stopping.cancel();
    for task in watching {
        task.await.expect("it stops");
    }
    other.services.db.close().await;
}
