//! The doors themselves: forms without scripts, what other sites may not do, and bodies that are no requests.

use std::sync::Arc;

use axum::{body::Body, http::Request};
use holdfast::server::{
    config::Config,
    service::demo,
    state::{AppState, Shared},
    web,
};

use crate::helpers::{Browser, each_store};

const ADA: &str = "ada@demo.test";

#[tokio::test]
async fn a_form_posted_to_its_page_redirects_or_draws_the_page_again_with_the_error() {
    each_store(async |app| {
        app.people().await;
        let browser = app.browser();
        let wrong = browser.post("/sign-in", "session/sign_in", &[("email", ADA), ("password", "not this one")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.header("content-type").starts_with("text/html"), "the page is drawn again");
        assert!(!wrong.body.contains("not this one"), "a password is never sent back");
        let fields = [("email", ADA), ("password", demo::PASSWORD), ("next", "/settings")];
        let right = browser.post("/sign-in", "session/sign_in", &fields).await;
        assert_eq!((right.status, right.location()), (303, "/settings"));
        let elsewhere = [("email", ADA), ("password", demo::PASSWORD), ("next", "//evil.test/")];
        let right = browser.post("/sign-in", "session/sign_in", &elsewhere).await;
        assert_eq!((right.status, right.location()), (303, "/orders"), "only to paths of our own");
        let stays = browser.post("/settings?tab=1", "session/prove", &[("password", demo::PASSWORD)]).await;
        assert_eq!((stays.status, stays.location()), (303, "/settings?tab=1"));
    })
    .await;
}

#[tokio::test]
async fn what_another_site_sends_changes_nothing() {
    each_store(async |app| {
        app.people().await;
        let browser = app.signed_in(ADA).await;
        let marks = [
            vec![],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://evil.test")],
            vec![("origin", "null")],
            vec![("sec-fetch-site", "none")],
        ];
        for (path, body) in [("/rpc/session/sign_out", ""), ("/sign-in", "_call=session/sign_out")] {
            for mark in &marks {
                let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
                for (name, value) in mark {
                    request = request.header(*name, *value);
                }
                let answer = browser.send(request.body(Body::from(body)).expect("a whole request")).await;
                assert_eq!(answer.status, 403, "{path} {mark:?}");
            }
        }
        assert_eq!(app.count("sessions").await, 1);
        assert_eq!(browser.get("/rpc/session/sign_out").await.status, 405, "a GET changes nothing");
    })
    .await;
}

#[tokio::test]
async fn bodies_that_are_no_forms_are_refused_and_change_nothing() {
    each_store(async |app| {
        app.people().await;
        let browser = app.signed_in(ADA).await;
        let form = "application/x-www-form-urlencoded";
        let large = vec![b'a'; 10 * 1024 * 1024];
        let cases: [(&str, Vec<u8>, u16); 8] = [
            (form, large.clone(), 413),
            ("application/json", b"{}".to_vec(), 415),
            ("text/plain", b"_call=session/sign_out".to_vec(), 415),
            (form, b"_call=session/sign_out&name=%FF%FE".to_vec(), 400),
            (form, b"_call=session/sign_out&name=%4".to_vec(), 400),
            (form, b"name=x".to_vec(), 400),
            (form, b"_call=../../healthz".to_vec(), 400),
            (form, b"_call=no/such/thing".to_vec(), 400),
        ];
        for (kind, body, status) in cases {
            let said = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let request =
                Request::post("/sign-in").header("content-type", kind).header("sec-fetch-site", "same-origin");
            let answer = browser.send(request.body(Body::from(body)).expect("a whole request")).await;
            assert_eq!(answer.status, status, "{kind}: {said}");
        }
        let request = Request::post("/rpc/session/sign_out").header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", form).header("content-length", large.len());
        let request = request.body(Body::from(large)).expect("a whole request");
        let answer = browser.send(request).await;
        assert_eq!(answer.status, 413);
        assert!(answer.body.contains("too large"), "it says so in words: {}", answer.body);
        assert_eq!(app.count("sessions").await, 1, "still signed in");
    })
    .await;
}

#[tokio::test]
async fn every_answer_bears_the_headers_and_private_pages_are_not_kept() {
    each_store(async |app| {
        let answer = app.browser().get("/sign-in").await;
        assert_eq!(answer.status, 200);
        for (name, part) in [
            ("content-security-policy", "frame-ancestors 'none'"),
            ("content-security-policy", "script-src 'nonce-"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ] {
            assert!(answer.header(name).contains(part), "{name}: {}", answer.header(name));
        }
        // The one page that reads codes with the camera, whatever its link opens.
        let couriers = app.browser().get("/courier/nonsense").await;
        assert_eq!(couriers.header("permissions-policy"), "camera=(self), geolocation=(), microphone=()");
        assert!(couriers.header("content-security-policy").contains("script-src 'nonce-"));
        assert_eq!(
            app.browser().get("/couriers").await.header("permissions-policy").split(',').next(),
            Some("camera=()")
        );
        assert_eq!(app.browser().get("/readyz").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn behind_tls_the_cookie_and_the_browser_insist_on_it() {
    each_store(async |app| {
        app.people().await;
        let config = Config { public_url: "https://orders.example".to_owned(), ..(*app.state.config).clone() };
        let state = AppState::from(Shared { config: Arc::new(config), ..Shared::clone(&app.state) });
        let browser = Browser::new(web::router(&state));
        let fields = [("email", ADA), ("password", demo::PASSWORD)];
        let answer = browser.call("session/sign_in", &fields).await.fine();
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-holdfast="), "{cookie}");
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5184000"), "{cookie}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        browser.call("account/forgot", &[("email", ADA)]).await.fine();
        let foreign = Request::post("/rpc/account/forgot")
            .header("host", "evil.test")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let foreign = foreign.body(Body::from("email=ada%40demo.test")).expect("a whole request");
        browser.send(foreign).await.fine();
        let links: Vec<String> = app.mails(ADA).await.into_iter().filter_map(|mail| mail.link).collect();
        assert_eq!(links.len(), 2);
        assert!(links.iter().all(|link| !link.contains("evil")), "links never follow the Host header: {links:?}");
    })
    .await;
}
