//! A person who asks for it is erased from all that can lose them; timeline and ledger stay as they are, and true.

use holdfast::{
    domain::{
        id::{FileId, Reference},
        order::status::Status,
        party::Party,
        text::Email,
        time::Span,
    },
    server::{
        clock,
        error::Error,
        service::{demo, erasure},
        storage::files::{self, NewFile},
    },
};

use crate::helpers::{Shop, TestApp, each_store};

const PHONE: &str = "+2349099999999";

async fn erase(app: &TestApp, email: &str) -> Result<erasure::Erased, String> {
    let email = Email::parse(email).expect("an address");
    erasure::erase(&app.state.services, &email).await.map_err(|error| match error {
        Error::Refused(shown) => shown.code,
        other => panic!("{other:?}"),
    })
}

/// An order of Bisi's that is delivered, with all that is known of where it goes.
async fn delivered(app: &TestApp, shop: &Shop<'_>) -> Reference {
    app.execute(&format!("update users set phone = '{PHONE}' where email = 'bisi@demo.test'")).await.expect("SQL");
    let order = shop.place(&[]).await;
    let goes = [
        ("order", order.as_str()),
        ("name", "Bisi at work"),
        ("phone", "+2347055555555"),
        ("address", "12 Marina Road"),
        ("note", "Ring twice"),
        ("other_name", "Uncle Jide"),
        ("other_phone", "+2347066666666"),
    ];
    shop.buyer.call("couriers/recipient", &goes).await.fine();
    shop.pay(&order).await;
    shop.acts(&shop.seller, &order, "deliver", &[], Status::AwaitingResponse).await;
    let (id, now) = (shop.order(&order).await.id, app.clock_now());
    let write = app.state.services.db.write((), move |tx, ()| {
        Box::pin(async move {
            let photo = NewFile {
                id: FileId(clock::new_id(now)),
                order: id,
                kind: "signature",
                media_type: "image/png",
                pixels: (1, 1),
                content: b"as if it were a picture",
                party: Party::Provider,
                user: None,
            };
            Ok::<_, Error>(files::insert(tx, &photo, now).await?)
        })
    });
    write.await.expect("a picture is kept");
    app.settle().await;
    order
}

/// The tables in which this text stands, in any case.
async fn tables_with(app: &TestApp, text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let contents = app.contents(&[]).await;
    contents.into_iter().filter(|(_, rows)| rows.to_lowercase().contains(&text)).map(|(table, _)| table).collect()
}

#[tokio::test]
async fn who_is_erased_is_found_nowhere_but_by_name_on_the_timeline() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = delivered(&app, &shop).await;
        app.browser().call("account/forgot", &[("email", "bisi@demo.test")]).await.fine();
        shop.admin.call("account/invite", &[("email", "bisi@demo.test"), ("role", "support")]).await.fine();
        shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        let waiting = "kind = 'delivered' and parent_id is not null and channel = 'email'";
        let waits = format!("update messages set state = 'pending' where {waiting}");
        assert_eq!(app.execute(&waits).await.expect("SQL"), 1);
        let told = app.count("messages where parent_id is not null").await;
        let (events, entries) = (app.contents(&[]).await["events"].clone(), app.contents(&[]).await["entries"].clone());
        let secrets =
            ["bisi@demo.test", PHONE, "2347055555555", "12 marina road", "ring twice", "uncle jide", "2347066666666"];
        for secret in secrets {
            assert!(!tables_with(&app, secret).await.is_empty(), "{secret} is there before");
        }

        let erased = erase(&app, "bisi@demo.test").await.expect("their orders are over");
        assert_eq!((erased.orders, erased.files), (1, 1));
        let fate = format!("select state || ' ' || last_error from messages where {waiting}");
        assert_eq!(app.texts(&fate).await, ["muted this person was erased"], "what waited is not sent any more");
        for secret in secrets.into_iter().filter(|secret| *secret != "bisi@demo.test") {
            assert_eq!(tables_with(&app, secret).await, [""; 0], "{secret}");
        }
        // That somebody was invited is part of who gave which rights.
        assert_eq!(tables_with(&app, "bisi@demo.test").await, ["audit"]);
        assert_eq!(tables_with(&app, "bisi alade").await, ["events", "orders"]);
        assert_eq!(
            app.count("order_terms where term in ('bisi', 'alade')").await,
            2,
            "found by name, as the timeline is"
        );
        assert_eq!(app.count("order_terms where term like '%demotest' or term like '234%'").await, 0);
        let (events_after, entries_after) =
            (app.contents(&[]).await["events"].clone(), app.contents(&[]).await["entries"].clone());
        assert_eq!((events_after, entries_after), (events, entries), "not a byte of timeline and ledger is another");
        assert!(
            app.count("messages where parent_id is not null").await >= told,
            "that something was owed is still known"
        );
        app.verified().await;

        assert!(shop.buyer.get("/orders").await.location().starts_with("/sign-in"), "they are signed out");
        let typed = [("email", "bisi@demo.test"), ("password", demo::PASSWORD)];
        app.browser().call("session/sign_in", &typed).await.refused(422, "wrong_credentials");
        let page = shop.seller.get(&format!("/orders/{order}")).await.fine();
        assert!(
            page.body.contains("Bisi Alade") && !page.body.contains("Marina"),
            "the seller knows whom they traded with"
        );

        // What is owed to them later finds nobody.
        app.wait(Span(60));
        let credit = [("amount", "10.00"), ("reason", "A scratch")];
        shop.acts(&shop.seller, &order, "credit", &credit, Status::Completed).await;
        app.settle().await;
        let sent = format!("messages where created_at >= {} and to_address like '%invalid'", app.clock_now().0);
        assert_eq!(app.count(&sent).await, 0);
        app.verified().await;
        // The address can begin anew, with nothing of what was.
        shop.place(&[]).await;
        assert_eq!(app.count("users where email = 'bisi@demo.test'").await, 1);
        assert_eq!(erase(&app, "nobody@demo.test").await, Err("not_found".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_erased_while_others_need_them() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        delivered(&app, &shop).await;
        let before = app.contents(&[]).await;
        assert_eq!(erase(&app, "bisi@demo.test").await, Err("orders_open".to_owned()));
        for last in ["admin@demo.test", "ada@demo.test"] {
            assert_eq!(erase(&app, last).await, Err("last_administrator".to_owned()), "{last}");
        }
        assert_eq!(app.contents(&[]).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test]
async fn staff_is_erased_and_what_they_did_stays() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        shop.acts(&shop.shipping, &order, "deliver", &[], Status::AwaitingResponse).await;
        app.settle().await;
        erase(&app, "tunde@demo.test").await.expect("others are left");
        assert_eq!(tables_with(&app, "tunde@demo.test").await, [""; 0]);
        assert_eq!(tables_with(&app, "tunde bello").await, ["events"], "who did it is chained");
        assert!(shop.shipping.get("/orders").await.location().starts_with("/sign-in"));
        let page = shop.seller.get(&format!("/orders/{order}")).await.fine();
        assert!(page.body.contains("Tunde Bello"), "the timeline says who delivered it");
        shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        app.settle().await;
        app.verified().await;
    })
    .await;
}
