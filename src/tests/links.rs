//! Signed links: the buyer's, whose answer needs a code, and the courier's; photos that come with both, and where orders go.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use holdfast::{
    domain::{
        id::{OrderId, Reference},
        order::{event::Event, status::Status},
        party::{Party, Source},
        receiving::{AnswerPage, CourierLinks, CourierPage, CourierStage},
        time::Span,
    },
    server::{
        secret::Purpose,
        service::{demo, mailbox, payments, verify},
    },
};

use crate::helpers::{Answer, Browser, Shop, TestApp, each_store, photo};

const REJECTION: [(&str, &str); 3] = [("code", "damaged"), ("remedy", "refund"), ("text", "A leg is broken.")];

/// How a page says what was just done: where the focus goes.
fn said(sentence: &str) -> String {
    format!(r#"<p role="status" tabindex="-1" autofocus class="flash">{sentence}</p>"#)
}

/// A delivered order, its buyer's link, and somebody without an account who holds it.
struct Door<'app> {
    app: &'app TestApp,
    shop: Shop<'app>,
    order: Reference,
    id: OrderId,
    token: String,
    stranger: Browser,
}

impl<'app> Door<'app> {
    async fn delivered(app: &'app TestApp, more: &[(&str, &str)]) -> Self {
        let shop = Shop::open(app).await;
        let order = shop.delivered(more).await;
        Self::of(app, shop, order).await
    }

    async fn paid(app: &'app TestApp, more: &[(&str, &str)]) -> Self {
        let shop = Shop::open(app).await;
        let order = shop.place(more).await;
        shop.pay(&order).await;
        Self::of(app, shop, order).await
    }

    async fn of(app: &'app TestApp, shop: Shop<'app>, order: Reference) -> Self {
        let id = shop.order(&order).await.id;
        let token = app.state.services.secret.sign_link(Purpose::Order, id.0);
        Self { app, shop, order, id, token, stranger: app.browser() }
    }

    fn page(&self) -> String {
        format!("/a/{}", self.token)
    }

    /// The code in the newest message that has one, and the link that leads to this order.
    async fn mailed_code(&self) -> String {
        let letters =
            mailbox::list(&self.app.state.services, "http://127.0.0.1:3000").await.expect("the mailbox opens");
        let page = format!("http://127.0.0.1:3000{}", self.page());
        let mine = letters.iter().filter(|letter| letter.links.iter().any(|(_, link)| *link == page));
        let mut codes = mine.flat_map(|letter| &letter.paragraphs).filter_map(|text| {
            let (_, rest) = text.split_once("Your code is ")?;
            Some(rest[..6].to_owned())
        });
        codes.next().expect("a message with a code was owed")
    }

    /// The fields of the form of a verb, as the page has them now.
    async fn fields(&self, verb: &str, code: &str) -> Vec<(String, String)> {
        let version = self.shop.order(&self.order).await.version.to_string();
        let (key, form) = (format!("{verb} {version} {code}"), format!("{verb}-1"));
        let fields = [
            ("token", self.token.as_str()),
            ("verb", verb),
            ("_form", &form),
            ("delivery", "1"),
            ("version", &version),
            ("key", &key),
            ("answer_code", code),
        ];
        owned(&fields)
    }

    /// Answers as a browser without scripts does.
    async fn give(&self, browser: &Browser, verb: &str, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = self.fields(verb, code).await;
        fields.extend(owned(more));
        browser.post(&self.page(), "answers/give", &borrowed(&fields)).await
    }

    async fn status(&self) -> Status {
        self.shop.order(&self.order).await.status()
    }

    /// All that the marketplace's staff see of it.
    async fn last_event(&self) -> holdfast::domain::timeline::Entry {
        let view = self.shop.view(&self.shop.admin, &self.order).await;
        view.timeline.last().expect("something happened").clone()
    }

    async fn events(&self) -> usize {
        self.shop.view(&self.shop.admin, &self.order).await.timeline.len()
    }

    async fn sound(&self) {
        let findings = verify::verify(&self.app.state.services.db, &mut |_, _| {}).await.expect("the database answers");
        assert!(findings.are_clean(), "{findings:?}");
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A file in a form: its field, its name, its content.
type Part<'a> = (&'a str, &'a str, &'a [u8]);

/// Posts a form with files, as a browser does.
async fn post_files(browser: &Browser, page: &str, call: &str, fields: &[(&str, &str)], files: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in [&[("_call", call)][..], fields].concat() {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (field, name, content) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    let request = Request::post(page)
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("origin", "http://127.0.0.1:3000");
    browser.send(request.body(Body::from(body)).expect("a whole request")).await
}

fn other_than(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

#[tokio::test]
async fn a_link_shows_the_order_and_looking_changes_nothing() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        let before = (
            door.events().await,
            app.count("messages").await,
            app.count("throttle").await,
            app.count("idempotency").await,
        );
        for _ in 0..3 {
            let page = door.stranger.get(&door.page()).await;
            assert_eq!(page.status, 200);
            for words in [
                door.order.as_str(),
                "It is your turn: accept or reject the delivery",
                "Handwoven rug",
                "to Ada Stores",
                "Send me a new code",
            ] {
                assert!(page.body.contains(words), "{words}");
            }
            assert!(!page.body.contains(&code), "whoever has the page has not the code");
            assert_eq!(page.header("cache-control"), "no-store");
        }
        let after = (
            door.events().await,
            app.count("messages").await,
            app.count("throttle").await,
            app.count("idempotency").await,
        );
        assert_eq!(before, after);
        assert_eq!(app.count("answer_codes where attempts > 0 or used_at > 0").await, 0);
        let dead = [
            payments::pay_token(&app.state.services, door.id),
            app.state.services.secret.sign_link(Purpose::Courier, door.id.0),
            app.state.services.secret.sign_link(Purpose::Order, uuid::Uuid::nil()),
            door.token[1..].to_owned(),
            "x".to_owned(),
        ];
        for token in dead {
            assert_eq!(door.stranger.get(&format!("/a/{token}")).await.status, 404, "{token}");
            let answer = door
                .stranger
                .call(
                    "answers/give",
                    &[("token", &token), ("verb", "accept"), ("version", "1"), ("answer_code", &code)],
                )
                .await;
            assert_eq!(answer.status, 404, "{token}");
            assert_eq!(door.stranger.call("answers/new_code", &[("token", &token)]).await.status, 404);
        }
        assert_eq!(door.status().await, Status::AwaitingResponse);
    })
    .await;
}

/// Every form of a page with what stands in it, as a scanner of links finds them; each name counts once.
fn forms(page: &str) -> Vec<BTreeMap<String, String>> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let fields = |form: &str| {
        let kinds = ["input", "textarea", "button"];
        let tags = form.split('<').filter(|tag| kinds.iter().any(|kind| tag.starts_with(kind)));
        let typed = tags.filter(|tag| attribute(tag, "type").as_deref() != Some("file"));
        typed
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect::<BTreeMap<_, _>>()
    };
    page.split("<form").skip(1).map(|form| fields(form.split("</form>").next().unwrap_or_default())).collect()
}

#[tokio::test]
async fn whatever_follows_links_and_sends_every_form_cannot_act() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let guess = other_than(&door.mailed_code().await);
        let page = door.stranger.get(&door.page()).await.body;
        let found = forms(&page);
        for verb in ["accept", "reject"] {
            let has = |form: &&BTreeMap<String, String>| form.get("verb").is_some_and(|value| value == verb);
            let form = found.iter().find(has).expect("the page has a form for it");
            assert!(form.contains_key("answer_code"), "{form:?}");
        }
        for filling in ["", guess, "Yes", "1"] {
            for form in &found {
                let Some(call) = form.get("_call") else { continue };
                let fill = |value: &String| if value.is_empty() { filling.to_owned() } else { value.clone() };
                let others = form.iter().filter(|(name, _)| *name != "_call");
                let filled: Vec<(String, String)> = others.map(|(name, value)| (name.clone(), fill(value))).collect();
                door.stranger.post(&door.page(), call, &borrowed(&filled)).await;
            }
        }
        assert_eq!(door.status().await, Status::AwaitingResponse);
        assert_eq!(app.count("recipients").await, 0);
        assert_eq!(app.count("answer_codes where used_at > 0").await, 0);
        let others = app.count("messages where kind = 'answer_code' and to_address <> 'bisi@demo.test'").await;
        assert_eq!(others, 0, "a code goes to the known address alone");
        door.sound().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_the_link_and_the_code_answers_once() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        for (typed, words) in
            [("", "Type the six digits"), ("12", "Type the six digits"), (other_than(&code), "This is not the code")]
        {
            let refused = door.give(&door.stranger, "accept", typed, &[]).await;
            assert_eq!(refused.status, 422, "{typed}");
            assert!(refused.body.contains(words), "{typed}: {words}");
        }
        assert_eq!(door.status().await, Status::AwaitingResponse);
        let fields = door.fields("accept", &code).await;
        let some = [borrowed(&fields), vec![("item.0", "0"), ("item.1", "1")]].concat();
        for _ in 0..2 {
            let done = door.stranger.post(&door.page(), "answers/give", &some).await;
            assert_eq!(
                (done.status, done.location()),
                (303, format!("{}?done=accept", door.page()).as_str()),
                "the same form twice is answered twice"
            );
        }
        let page = door.stranger.get(&format!("{}?done=accept", door.page())).await.fine();
        assert!(page.body.contains(&said("Done: accepted.")), "{}", page.body);
        let view = door.shop.view(&door.shop.seller, &door.order).await;
        let accepted: Vec<_> =
            view.timeline.iter().filter(|entry| matches!(entry.event, Event::Accepted { .. })).collect();
        assert_eq!(accepted.len(), 1);
        let by = &accepted[0].actor;
        assert_eq!((by.party, by.name.as_str(), by.source), (Party::Buyer, "Bisi Alade", Source::SignedLink));
        let again = door.give(&door.stranger, "reject", &code, &REJECTION).await;
        assert_eq!(again.status, 422);
        assert!(again.body.contains("was used already"), "{}", again.body);
        assert!(again.body.contains("A leg is broken."), "what was typed is kept");
        app.wait(Span(1));
        door.stranger.post(&door.page(), "answers/new_code", &[("token", &door.token)]).await.fine();
        let fresh = door.mailed_code().await;
        assert_ne!(fresh, code);
        let asked = format!("{}?sent=code", door.page());
        let page = door.stranger.get(&asked).await.fine();
        assert!(page.body.contains("A new code is on its way"), "{}", page.body);
        let fields = door.fields("reject", &fresh).await;
        let fields = [borrowed(&fields), REJECTION.to_vec()].concat();
        let done = door.stranger.post(&asked, "answers/give", &fields).await;
        assert_eq!((done.status, done.location()), (303, format!("{asked}&done=reject").as_str()), "{}", done.body);
        let page = door.stranger.get(done.location()).await.fine();
        assert!(page.body.contains(&said("Done: rejected.")), "{}", page.body);
        assert!(!page.body.contains("A new code is on its way"), "what was done before is not said again");
        assert_eq!(door.status().await, Status::Rejected);
        let page = door.stranger.get(&door.page()).await;
        assert!(page.body.contains("It is Ada Stores’ turn") && page.body.contains("signed link"), "{}", page.body);
        door.sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_link_cannot_do_leads_to_signing_in() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        assert_eq!(door.give(&door.stranger, "reject", &code, &REJECTION).await.status, 303);
        assert!(!door.stranger.get(&door.page()).await.body.contains("Sign in to"), "nothing waits for the buyer");
        door.shop.acts(&door.shop.seller, &door.order, "offer_second_attempt", &[], Status::Rejected).await;
        let page = door.stranger.get(&door.page()).await;
        assert!(page.body.contains("Sign in to answer the offer"), "{}", page.body);
        assert!(page.body.contains(&format!("/sign-in?next=%2Forders%2F{}", door.order)), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn five_wrong_codes_end_a_code_and_many_tries_end_for_an_hour() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        let wrong = other_than(&code);
        for left in ["4 more times", "3 more times", "2 more times", "once more", "no code left"] {
            let refused = door.give(&door.stranger, "accept", wrong, &[]).await;
            assert_eq!(refused.status, 422);
            assert!(refused.body.contains(left), "{left}: {}", refused.body);
        }
        let refused = door.give(&door.stranger, "accept", &code, &[]).await;
        assert!(
            refused.status == 422 && refused.body.contains("cannot be used any more"),
            "the right one came too late"
        );
        for _ in 0..3 {
            let asked = door.stranger.post(&door.page(), "answers/new_code", &[("token", &door.token)]).await;
            assert_eq!((asked.status, asked.location()), (303, format!("{}?sent=code", door.page()).as_str()));
        }
        assert_eq!(door.stranger.call("answers/new_code", &[("token", &door.token)]).await.status, 429);
        let page = door.stranger.get(&format!("{}?sent=code", door.page())).await;
        assert!(page.body.contains("A new code is on its way to b…@demo.test."), "{}", page.body);
        for _ in 6..15 {
            door.give(&door.stranger, "accept", wrong, &[]).await;
        }
        let fresh = door.mailed_code().await;
        assert_eq!(door.give(&door.stranger, "accept", &fresh, &[]).await.status, 429);
        app.wait(Span::hours(1));
        door.stranger.post(&door.page(), "answers/new_code", &[("token", &door.token)]).await.fine();
        let fresh = door.mailed_code().await;
        let done = door.give(&door.stranger, "accept", &fresh, &[]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(door.status().await, Status::Completed);
    })
    .await;
}

#[tokio::test]
async fn codes_grow_old_and_links_end_with_their_order() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[("inspection_window", "20")]).await;
        let code = door.mailed_code().await;
        app.wait(Span::days(7));
        let refused = door.give(&door.stranger, "accept", &code, &[]).await;
        assert!(refused.status == 422 && refused.body.contains("cannot be used any more"), "{}", refused.body);
        door.stranger.post(&door.page(), "answers/new_code", &[("token", &door.token)]).await.fine();
        let fresh = door.mailed_code().await;
        assert_eq!(door.give(&door.stranger, "accept", &fresh, &[]).await.status, 303);
        let over = door.stranger.get(&door.page()).await;
        assert!(over.status == 200 && over.body.contains("Over: the money was released"));
        assert_eq!(door.stranger.call("answers/new_code", &[("token", &door.token)]).await.status, 409);
        app.wait(Span(Span::days(30).0 - 1));
        assert_eq!(door.stranger.get(&door.page()).await.status, 200);
        app.wait(Span(1));
        let ended = door.stranger.get(&door.page()).await;
        assert!(ended.status == 404 && ended.body.contains("This link has expired"), "{}", ended.body);
        door.stranger.call("answers/look", &[("token", &door.token)]).await.refused(404, "expired_link");
    })
    .await;
}

#[tokio::test]
async fn the_buyer_who_is_signed_in_needs_no_code_and_nobody_else_gains_by_being_it() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        for browser in [&door.shop.other_buyer, &door.shop.seller, &door.shop.admin, &door.shop.courier] {
            let page: AnswerPage = browser.call("answers/look", &[("token", &door.token)]).await.json();
            assert!(page.needs_code);
            assert_eq!(door.give(browser, "accept", "", &[]).await.status, 422);
        }
        assert_eq!(door.status().await, Status::AwaitingResponse);
        let page: AnswerPage = door.shop.buyer.call("answers/look", &[("token", &door.token)]).await.json();
        assert!(!page.needs_code);
        for verb in ["cancel", "withdraw", "note", "rule", "deliver", "pay"] {
            let refused = door.give(&door.shop.buyer, verb, "", &[("reason", "Because"), ("text", "x")]).await;
            assert_eq!(refused.status, 422, "{verb}");
        }
        let drawn = door.shop.buyer.get(&door.page()).await.body;
        assert!(!drawn.contains("answer_code") && drawn.contains("no code is needed"), "{drawn}");
        assert_eq!(door.give(&door.shop.buyer, "accept", "", &[]).await.status, 303);
        assert_eq!(door.status().await, Status::Completed);
        let by = door.last_event().await.actor;
        assert_eq!(by.source, Source::SignedLink);
    })
    .await;
}

#[tokio::test]
async fn the_code_of_one_order_says_nothing_about_another() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        let other = door.shop.delivered(&[]).await;
        let id = door.shop.order(&other).await.id;
        let token = app.state.services.secret.sign_link(Purpose::Order, id.0);
        let version = door.shop.order(&other).await.version.to_string();
        let fields = [("token", token.as_str()), ("verb", "accept"), ("version", &version), ("answer_code", &code)];
        let answer = door.stranger.call("answers/give", &fields).await;
        answer.refused(422, "wrong_code");
        assert_eq!(door.shop.order(&other).await.status(), Status::AwaitingResponse);
        let stale = [("token", door.token.as_str()), ("verb", "accept"), ("version", "1"), ("answer_code", &code)];
        door.stranger.call("answers/give", &stale).await.refused(409, "version_conflict");
        assert_eq!(
            door.give(&door.stranger, "accept", &code, &[]).await.status,
            303,
            "a code that changed nothing is not used up"
        );
    })
    .await;
}

#[tokio::test]
async fn photos_come_with_a_rejection_without_what_the_camera_wrote_and_are_seen_by_those_of_the_order() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let code = door.mailed_code().await;
        let fields = [door.fields("reject", &code).await, owned(&REJECTION)].concat();
        let files: [(&str, &str, &[u8]); 3] =
            [("photos", "a.jpg", &photo(1)), ("photos", "../b.php", &photo(2)), ("photos", "", b"")];
        for _ in 0..2 {
            let done = post_files(&door.stranger, &door.page(), "answers/give", &borrowed(&fields), &files).await;
            assert_eq!(done.status, 303, "{}", done.body);
        }
        assert_eq!(app.count("files").await, 2, "sent twice, kept once");
        let event = door.last_event().await.event;
        let [first, second] = event.photos() else { panic!("{event:?}") };
        assert_ne!(first, second);
        let path = format!("/files/{first}");
        for browser in [&door.shop.seller, &door.shop.buyer, &door.shop.admin, &door.shop.judge] {
            let shown = browser.get(&path).await;
            assert_eq!((shown.status, shown.header("content-type")), (200, "image/jpeg"));
            assert_eq!(shown.header("content-disposition"), format!("attachment; filename=\"photo-{first}.jpg\""));
            assert_eq!(shown.header("x-content-type-options"), "nosniff");
            assert!(shown.header("content-security-policy").contains("default-src 'none'"));
            assert!(!shown.body.contains("GPS") && !shown.body.contains("Exif"), "the place is gone");
        }
        for browser in [&door.shop.other_seller, &door.shop.other_buyer, &door.shop.courier, &door.stranger] {
            assert_eq!(browser.get(&path).await.status, 404);
        }
        let by_link = door.stranger.get(&format!("{}{path}", door.page())).await;
        assert_eq!(by_link.status, 200);
        let other = door.shop.delivered(&[]).await;
        let other = app.state.services.secret.sign_link(Purpose::Order, door.shop.order(&other).await.id.0);
        for token in [other.as_str(), "x", &payments::pay_token(&app.state.services, door.id)] {
            assert_eq!(door.stranger.get(&format!("/a/{token}{path}")).await.status, 404);
        }
        for nonsense in ["/files/1", "/files/fil_x", "/files/fil_00000000000000000000000000000000"] {
            assert_eq!(door.shop.seller.get(nonsense).await.status, 404, "{nonsense}");
        }
        let page = door.shop.seller.get(&format!("/orders/{}", door.order)).await.body;
        assert!(page.contains(&format!("<img src=\"{path}\"")), "the timeline shows it");
        let page = door.stranger.get(&door.page()).await.body;
        assert!(page.contains(&format!("<img src=\"{}{path}\"", door.page())), "and so does the page of the link");
        assert!(app.execute("update files set kind = 'signature'").await.is_err(), "files are never changed");
        app.execute("delete from files").await.expect("files can be erased");
        let page = door.shop.seller.get(&format!("/orders/{}", door.order)).await.body;
        assert!(page.contains("not kept any more"));
        door.sound().await;
    })
    .await;
}

#[tokio::test]
async fn files_that_are_no_photos_too_large_or_too_many_are_refused_beside_their_field() {
    each_store(async |app| {
        let door = Door::delivered(&app, &[]).await;
        let page = format!("/orders/{}", door.order);
        let version = door.shop.order(&door.order).await.version.to_string();
        let reference = door.order.to_string();
        let fields = [
            &[
                ("order", reference.as_str()),
                ("verb", "reject"),
                ("delivery", "1"),
                ("_form", "reject-1"),
                ("version", version.as_str()),
            ][..],
            &REJECTION[..],
        ]
        .concat();
        let mut large = photo(1);
        large.splice(2..2, [vec![0xff, 0xfe, 0xff, 0xff], vec![0; 65_533]].concat().repeat(90));
        let photos: Vec<Vec<u8>> = (0..7).map(photo).collect();
        let seven: Vec<(&str, &str, &[u8])> =
            photos.iter().map(|photo| ("photos", "a.jpg", photo.as_slice())).collect();
        let html = b"<script>alert(1)</script>".as_slice();
        let broken = &photo(1)[..60];
        let cases: [(&[Part<'_>], &str); 5] = [
            (&[("photos", "a.jpg", html)], "This is no picture"),
            (&[("photos", "a.jpg", b"GIF89a")], "This is no picture"),
            (&[("photos", "a.jpg", broken)], "This picture is broken"),
            (&[("photos", "a.jpg", &large)], "5 MB at most"),
            (&seven, "Six photos at most"),
        ];
        for (files, words) in cases {
            let refused = post_files(&door.shop.buyer, &page, "orders/act", &fields, files).await;
            assert_eq!(refused.status, 422, "{words}");
            assert!(refused.body.contains(words), "{words}");
            assert!(refused.body.contains("A leg is broken."), "what was typed is kept: {words}");
        }
        let accept = [("order", reference.as_str()), ("verb", "accept"), ("version", &version)];
        let stray = post_files(&door.shop.buyer, &page, "orders/act", &accept, &[("photos", "a.jpg", &photo(1))]).await;
        assert_eq!(stray.status, 422, "an acceptance takes no photos");
        assert_eq!((app.count("files").await, door.status().await), (0, Status::AwaitingResponse));
        let text = "x".repeat(70_000);
        let long = [("order", reference.as_str()), ("verb", "reject"), ("text", &text)];
        let refused = post_files(&door.shop.buyer, &page, "orders/act", &long, &[("photos", "a.jpg", &photo(1))]).await;
        assert_eq!(refused.status, 413, "texts have the limit that they always had");
        let elsewhere =
            post_files(&door.shop.buyer, "/settings", "orders/act", &fields, &[("photos", "a.jpg", &photo(1))]).await;
        assert_eq!(elsewhere.status, 415, "other pages take no files");
        let six = &seven[..6];
        let done = post_files(&door.shop.buyer, &page, "orders/act", &fields, six).await;
        assert_eq!((done.status, app.count("files").await), (303, 6), "{}", done.body);
        let contest = [
            ("order", reference.as_str()),
            ("verb", "contest"),
            ("version", &(door.events().await).to_string()),
            ("statement", "It was whole when it left."),
        ];
        let done =
            post_files(&door.shop.seller, &page, "orders/act", &contest, &[("photos", "a.jpg", &photo(9))]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(door.last_event().await.event.photos().len(), 1, "evidence of the seller");
    })
    .await;
}

/// A courier's link and whoever holds it.
struct Ride<'app> {
    door: Door<'app>,
    token: String,
}

impl<'app> Ride<'app> {
    async fn begin(app: &'app TestApp) -> Self {
        let address = [
            ("address", "4 Marina Road\nLagos"),
            ("delivery_note", "Ring twice."),
            ("buyer_phone", "+234 803 123 4567"),
        ];
        let door = Door::paid(app, &address).await;
        let token = Self::link(&door, &door.shop.shipping).await;
        Self { door, token }
    }

    async fn link(door: &Door<'_>, maker: &Browser) -> String {
        let order = door.order.to_string();
        maker.call("couriers/make_link", &[("order", &order), ("delivery", "1")]).await.fine();
        let page: CourierLinks = maker.call("couriers/links", &[("order", &order)]).await.json();
        let [link] = page.links.as_slice() else { panic!("{page:?}") };
        assert!(link.qr.as_ref().is_some_and(|qr| qr.size > 21 && qr.path.starts_with('M')));
        link.address.rsplit('/').next().expect("an address has an end").to_owned()
    }

    async fn look(&self) -> CourierPage {
        self.door.stranger.call("couriers/look", &[("token", &self.token)]).await.json()
    }

    async fn report(&self, verb: &str, more: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let version = self.door.shop.order(&self.door.order).await.version.to_string();
        let key = format!("{verb} {version} {}", files.len());
        let fields =
            [&[("token", self.token.as_str()), ("verb", verb), ("version", &version), ("key", &key)][..], more]
                .concat();
        post_files(&self.door.stranger, &format!("/courier/{}", self.token), "couriers/report", &fields, files).await
    }
}

#[tokio::test]
async fn a_courier_without_an_account_finds_the_way_and_hands_over_with_the_buyers_code() {
    each_store(async |app| {
        let ride = Ride::begin(&app).await;
        let door = &ride.door;
        let code = door.shop.door_code(&door.order).await;
        let page = door.stranger.get(&format!("/courier/{}", ride.token)).await;
        assert_eq!(page.status, 200);
        for words in [
            "Bisi Alade",
            "4 Marina Road\nLagos",
            "Ring twice.",
            "tel:+2348031234567",
            "geo:0,0?q=4%20Marina%20Road%20Lagos",
            "1 × Handwoven rug",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains(&code) && !page.body.contains("380.00"), "neither the code nor what it costs");
        let theirs: AnswerPage = door.stranger.call("answers/look", &[("token", &door.token)]).await.json();
        assert_eq!(theirs.view.door_codes[0].code, code, "the buyer has it behind their own link");
        assert!(theirs.view.door_codes[0].qr.is_some());
        assert_eq!(door.shop.view(&door.shop.seller, &door.order).await.door_codes, []);
        let nobody = ride.report("miss", &[("text", "Nobody opened.")], &[("photos", "door.jpg", &photo(3))]).await;
        assert_eq!(nobody.status, 303, "{}", nobody.body);
        let page = door.stranger.get(nobody.location()).await.fine();
        assert!(
            page.body.contains(&said("Done: written down that nobody was there. The buyer is told.")),
            "{}",
            page.body
        );
        assert_eq!((door.status().await, ride.look().await.missed), (Status::Funded, 1));
        let missed = door.last_event().await;
        assert_eq!((missed.event.code(), missed.event.photos().len()), ("missed", 1));
        assert_eq!(app.count("messages where kind = 'missed'").await, 1, "the buyer is told");
        let wrong = ride.report("hand_over", &[("code", other_than(&code))], &[]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        let done = [("code", code.as_str())];
        let seen = door.shop.order(&door.order).await.version.to_string();
        let fields =
            [("token", ride.token.as_str()), ("verb", "hand_over"), ("version", &seen), ("key", "once"), done[0]];
        for _ in 0..2 {
            let path = format!("/courier/{}", ride.token);
            let files: [(&str, &str, &[u8]); 1] = [("photos", "a.jpg", &photo(4))];
            let answer = post_files(&door.stranger, &path, "couriers/report", &fields, &files).await;
            assert_eq!(answer.status, 303, "sent twice, done once: {}", answer.body);
            let page = door.stranger.get(answer.location()).await.fine();
            assert!(
                page.body.contains(r#"role="status" tabindex="-1" autofocus class="panel"><h2>Handed over"#),
                "{}",
                page.body
            );
        }
        let last = door.last_event().await;
        assert!(matches!(&last.event, Event::HandedOver { photos, .. } if photos.len() == 1), "{last:?}");
        assert_eq!(
            (last.actor.party, last.actor.name.as_str(), last.actor.source),
            (Party::Provider, "Courier (link)", Source::SignedLink)
        );
        let after = ride.look().await;
        assert_eq!(
            (after.stage, after.recipient.address.as_str(), after.recipient.phone.as_str()),
            (CourierStage::Delivered, "", "")
        );
        let late = ride.report("miss", &[], &[]).await;
        assert_eq!(late.status, 409, "the attempt is over");
        assert_eq!(door.mailed_code().await.len(), 6, "the buyer was sent link and code");
        door.sound().await;
    })
    .await;
}

#[tokio::test]
async fn without_the_code_a_courier_needs_a_photo_and_wrong_codes_end_for_an_hour() {
    each_store(async |app| {
        let ride = Ride::begin(&app).await;
        let door = &ride.door;
        let bare = ride.report("deliver", &[("recipient", "The neighbour")], &[]).await;
        assert!(bare.status == 422 && bare.body.contains("a photo or a signature is needed"), "{}", bare.body);
        for verb in ["dispatch", "cancel", "accept", "note", "track", "refund"] {
            let refused = ride.report(verb, &[("reason", "Because")], &[]).await;
            assert_eq!(refused.status, 422, "{verb}");
        }
        let code = door.shop.door_code(&door.order).await;
        for _ in 0..10 {
            assert_eq!(ride.report("hand_over", &[("code", other_than(&code))], &[]).await.status, 422);
        }
        assert_eq!(ride.report("hand_over", &[("code", &code)], &[]).await.status, 429);
        let signed: [(&str, &str, &[u8]); 2] = [("signature", "s.jpg", &photo(5)), ("photos", "p.jpg", &photo(5))];
        let done = ride.report("deliver", &[("recipient", "The neighbour")], &signed).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(
            (door.status().await, app.count("files where kind = 'signature'").await),
            (Status::AwaitingResponse, 1)
        );
        let view = door.shop.view(&door.shop.buyer, &door.order).await;
        assert_eq!(view.photos.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_couriers_link_opens_one_attempt_until_another_takes_its_place() {
    each_store(async |app| {
        let ride = Ride::begin(&app).await;
        let door = &ride.door;
        let order = door.order.to_string();
        for browser in
            [&door.shop.buyer, &door.shop.other_seller, &door.shop.other_buyer, &door.shop.judge, &door.shop.courier]
        {
            let refused = browser.call("couriers/make_link", &[("order", &order), ("delivery", "1")]).await;
            assert_eq!(refused.status, 404);
            assert_eq!(browser.call("couriers/links", &[("order", &order)]).await.status, 404);
        }
        assert_eq!(door.stranger.call("couriers/make_link", &[("order", &order), ("delivery", "1")]).await.status, 401);
        assert_eq!(
            door.shop.seller.call("couriers/make_link", &[("order", &order), ("delivery", "2")]).await.status,
            422
        );
        let page = door.shop.seller.get(&format!("/orders/{order}/courier")).await;
        assert!(
            page.status == 200 && page.body.contains(&format!("/courier/{}", ride.token)) && page.body.contains("<svg"),
            "{}",
            page.body
        );
        let second = Ride::link(door, &door.shop.admin).await;
        assert_eq!(door.stranger.get(&format!("/courier/{}", ride.token)).await.status, 404, "replaced");
        assert_eq!(ride.report("miss", &[], &[]).await.status, 404);
        let ride = Ride { token: second, door: ride.door };
        let door = &ride.door;
        for path in ["a", "pay"] {
            assert_eq!(
                door.stranger.get(&format!("/{path}/{}", ride.token)).await.status,
                404,
                "it opens nothing else"
            );
        }
        app.wait(Span::days(14));
        door.shop.seller.sign_in("ada@demo.test", demo::PASSWORD).await;
        assert_eq!(door.stranger.get(&format!("/courier/{}", ride.token)).await.status, 404, "too old");
        let third = Ride::link(door, &door.shop.seller).await;
        let ride = Ride { token: third, door: ride.door };
        let door = &ride.door;
        door.shop
            .acts(&door.shop.seller, &door.order, "cancel", &[("reason", "Out of stock")], Status::Cancelled)
            .await;
        assert_eq!(ride.look().await.stage, CourierStage::CalledOff);
        let refused = door.shop.seller.call("couriers/make_link", &[("order", &order), ("delivery", "1")]).await;
        refused.refused(409, "nothing_to_bring");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_texted_to_a_number_that_is_one_and_not_too_often() {
    each_store(async |app| {
        let door = Door::paid(&app, &[]).await;
        let order = door.order.to_string();
        let send = async |phone: &str| {
            door.shop.seller.call("couriers/make_link", &[("order", &order), ("delivery", "1"), ("phone", phone)]).await
        };
        send("0803 123").await.refused(422, "invalid_fields");
        assert_eq!(app.count("courier_links").await, 0);
        for _ in 0..5 {
            send("+234 803 123 4567").await.fine();
        }
        assert_eq!(send("+2348031234567").await.status, 429);
        assert_eq!(app.count("messages where to_address = '+2348031234567' and channel = 'sms'").await, 5);
        let letters = mailbox::list(&app.state.services, "http://127.0.0.1:3000").await.expect("the mailbox opens");
        let texted = letters.iter().filter(|letter| letter.links.iter().any(|(_, link)| link.contains("/courier/")));
        assert_eq!(texted.count(), 5);
    })
    .await;
}

#[tokio::test]
async fn the_buyer_says_where_it_goes_until_it_is_sent_and_who_may_take_it_until_it_is_there() {
    each_store(async |app| {
        let door = Door::paid(&app, &[("address", "4 Marina Road")]).await;
        let order = door.order.to_string();
        let change = async |browser: &Browser, fields: &[(&str, &str)]| {
            let all = [&[("order", order.as_str())][..], fields].concat();
            browser.call("couriers/recipient", &all).await
        };
        let moved = [
            ("name", "Bisi Alade"),
            ("phone", "+234 1 234 5678"),
            ("address", "7 Broad Street\r\nLagos"),
            ("other_name", "Tope"),
        ];
        for browser in [&door.shop.seller, &door.shop.admin, &door.shop.other_buyer] {
            assert_eq!(change(browser, &moved).await.status, 404);
        }
        change(&door.shop.buyer, &[("phone", "12"), ("other_phone", "x")]).await.refused(422, "invalid_fields");
        change(&door.shop.buyer, &[("price", "1")]).await.refused(422, "invalid_fields");
        change(&door.shop.buyer, &moved).await.fine();
        for browser in [&door.shop.seller, &door.shop.admin, &door.shop.buyer] {
            let seen = door.shop.view(browser, &door.order).await.receiving;
            assert_eq!(
                (seen.recipient.address.as_str(), seen.recipient.other_name.as_str()),
                ("7 Broad Street\nLagos", "Tope")
            );
        }
        assert!(!door.shop.view(&door.shop.seller, &door.order).await.receiving.changes.other);
        door.shop.acts(&door.shop.seller, &door.order, "dispatch", &[], Status::InTransit).await;
        change(&door.shop.buyer, &moved).await.refused(409, "already_dispatched");
        let by_link = async |code: &str, name: &str| {
            let fields =
                [("token", door.token.as_str()), ("answer_code", code), ("other_name", name), ("note", "Ring.")];
            door.stranger.post(&door.page(), "answers/recipient", &fields).await
        };
        assert_eq!(by_link("", "Mallory").await.status, 422);
        door.stranger.post(&door.page(), "answers/new_code", &[("token", &door.token)]).await.fine();
        let code = door.mailed_code().await;
        assert_eq!(by_link(&code, "Kemi").await.status, 303);
        assert!(by_link(&code, "Mallory").await.body.contains("was used already"));
        let seen = door.shop.view(&door.shop.seller, &door.order).await.receiving.recipient;
        assert_eq!(
            (seen.address.as_str(), seen.other_name.as_str()),
            ("7 Broad Street\nLagos", "Kemi"),
            "the address stays"
        );
        door.shop.acts(&door.shop.seller, &door.order, "deliver", &[], Status::AwaitingResponse).await;
        change(&door.shop.buyer, &[("other_name", "Late")]).await.refused(409, "already_dispatched");
        assert_eq!(
            app.count("events where body like '%Broad Street%' or body like '%Kemi%'").await,
            0,
            "none of it is chained"
        );
        door.sound().await;
    })
    .await;
}
