//! Text messages by the HTTP interfaces of two providers, against a real HTTP server that answers as they do.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use holdfast::server::{
    outbox::messages,
    post::{
        Post,
        arguments::{PostArguments, PostSettings},
    },
};

use crate::helpers::{Shop, Store, TestApp};

/// What was asked of the provider: path, authorization and body.
type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// A provider on a port of its own that answers so; a broken number is refused as both do.
async fn provider(answer: (u16, &'static str)) -> (String, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .fallback(move |State(asked): State<Asked>, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let body = String::from_utf8_lossy(&body).into_owned();
            asked.lock().expect("no test panics here").push((uri.path().to_owned(), authorization.to_owned(), body));
            (StatusCode::from_u16(answer.0).expect("a status"), answer.1)
        })
        .with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), asked)
}

async fn app_by(provider: &str, url: &str) -> TestApp {
    let arguments = PostArguments {
        sms_provider: Some(provider.to_owned()),
        sms_account: Some("AC123".to_owned()),
        sms_key: Some("k3y".to_owned()),
        sms_from: Some("+15005550006".to_owned()),
        sms_url: Some(url.to_owned()),
        ..PostArguments::default()
    };
    let mut app = TestApp::on(Store::Sqlite).await;
    let settings = PostSettings::new(arguments).expect("the settings make sense");
    let post = Post::open(&settings, &app.state.config.public_url, true).expect("the post opens");
    app.send_by(post);
    app
}

async fn deliver(app: &TestApp, phone: &str) {
    let shop = Shop::open(app).await;
    app.execute(&format!("update users set phone = '{phone}' where email = 'bisi@demo.test'")).await.expect("SQL");
    shop.delivered(&[]).await;
    messages::step(&app.state.services).await.expect("messages leave");
}

async fn fate(app: &TestApp) -> Vec<String> {
    app.texts("select state || ' ' || provider_ref || ' ' || last_error from messages where queue = 'sms'").await
}

#[tokio::test]
async fn twilio_is_asked_as_it_wants_to_be() {
    let (url, asked) = provider((201, r#"{"sid":"SM42","status":"queued"}"#)).await;
    let app = app_by("twilio", &url).await;
    deliver(&app, "+2348031234567").await;
    assert_eq!(fate(&app).await, ["sent SM42 "]);
    let asked = asked.lock().expect("no test panics here").clone();
    let [(path, authorization, body)] = asked.as_slice() else { panic!("asked once: {asked:?}") };
    assert_eq!(path, "/2010-04-01/Accounts/AC123/Messages.json");
    assert_eq!(authorization, "Basic QUMxMjM6azN5");
    assert!(body.starts_with("To=%2B2348031234567&From=%2B15005550006&Body=Lagos+Fair"), "{body}");
    assert!(body.contains("accept+or+reject"), "{body}");
}

#[tokio::test]
async fn termii_is_asked_as_it_wants_to_be() {
    let (url, asked) = provider((200, r#"{"message_id":"9122821270554876574","message":"Successfully Sent"}"#)).await;
    let app = app_by("termii", &url).await;
    deliver(&app, "+2348031234567").await;
    assert_eq!(fate(&app).await, ["sent 9122821270554876574 "]);
    let asked = asked.lock().expect("no test panics here").clone();
    let [(path, _, body)] = asked.as_slice() else { panic!("asked once: {asked:?}") };
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(path, "/api/sms/send");
    for (name, value) in [
        ("api_key", "k3y"),
        ("to", "2348031234567"),
        ("from", "+15005550006"),
        ("type", "plain"),
        ("channel", "generic"),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
}

#[tokio::test]
async fn what_a_provider_refuses_is_given_up_and_what_it_cannot_do_now_is_tried_again() {
    for (answer, expected) in [
        (
            (400, r#"{"code":21211,"message":"Invalid 'To' number"}"#),
            "dead  the provider answered 400: Invalid 'To' number",
        ),
        ((500, "oh"), "pending  the provider answered 500: "),
        ((429, "{}"), "pending  the provider answered 429: "),
        ((302, ""), "pending  the provider answered 302: "),
        ((401, "{}"), "pending  the provider answered 401: "),
    ] {
        let (url, _) = provider(answer).await;
        let app = app_by("twilio", &url).await;
        deliver(&app, "+2348031234567").await;
        assert_eq!(fate(&app).await, [expected], "{answer:?}");
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_given_up_with_the_reason() {
    let (url, asked) = provider((201, r#"{"sid":"SM42"}"#)).await;
    let app = app_by("twilio", &url).await;
    deliver(&app, "0803").await;
    assert_eq!(fate(&app).await, ["dead  0803 is not a phone number with its country"]);
    assert!(asked.lock().expect("no test panics here").is_empty());
}

#[tokio::test]
async fn a_provider_out_of_reach_is_tried_again_without_its_account_in_the_reason() {
    let app = app_by("twilio", "http://127.0.0.1:9").await;
    deliver(&app, "+2348031234567").await;
    let fate = fate(&app).await.join("");
    assert!(fate.starts_with("pending  the provider is out of reach"), "{fate}");
    assert!(!fate.contains("AC123"), "{fate}");
}
