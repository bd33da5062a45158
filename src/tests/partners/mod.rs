//! The surfaces of other systems: their examples, their refusals, and that each does no more than its key may.

mod abuse;
mod api2cart;
mod atarapay;
mod avarda;
mod retailys;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::join_all;
use holdfast::{domain::id::Reference, server::service::demo};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    api::{Program, Told},
    helpers::{Browser, Shop, TestApp, each_store},
};

pub const SELLER: &[&str] = &["read", "note", "ship", "sell", "finance", "administer"];
pub const BUYER: &[&str] = &["read", "note", "buy"];
pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";
/// What is written however a call ends: when a key was last used, and what was asked for.
pub const MAY_CHANGE: [&str; 3] = ["api_keys", "api_calls", "throttle"];

/// An integration that was written for another system.
#[derive(Debug, Clone)]
pub struct Partner {
    router: Router,
    base: String,
    headers: Vec<(String, String)>,
}

impl Partner {
    /// One that calls this surface with these headers.
    pub fn of(app: &TestApp, surface: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { router: app.router(), base: format!("/partners/{surface}"), headers }
    }

    /// Sends anything.
    pub async fn send(&self, method: Method, path: &str, kind: &str, body: &str) -> Told {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("the request is whole");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body comes to its end");
        Told {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Reads something.
    pub async fn get(&self, path: &str) -> Told {
        self.send(Method::GET, path, "", "").await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Told {
        self.send(Method::POST, path, JSON, &body.to_string()).await
    }

    /// Sends a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Told {
        let encode = holdfast::app::paths::encode;
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.send(Method::POST, path, FORM, &pairs.join("&")).await
    }
}

/// A key with its public half.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    pub text: String,
}

impl Key {
    /// Has whoever is signed in make one.
    pub async fn of(app: &TestApp, browser: &Browser, mode: &str, may: &[&str]) -> Self {
        let program = Program::of(app, browser, mode, may).await;
        let me = program.get("/me").await.json(200);
        let id = me["key"]["id"].as_str().expect("it has an id").to_owned();
        Self { id, text: program.key }
    }

    /// Base 64 of both halves.
    pub fn pair(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.id.trim_start_matches("key_"), self.text))
    }

    /// It is taken away.
    pub async fn revoke(&self, browser: &Browser) {
        let id = self.id.trim_start_matches("key_");
        browser.call("keys/revoke", &[("key", id), ("password", demo::PASSWORD)]).await.fine();
    }
}

/// Whoever knocks at a surface with the token that it makes of a key, in the header.
pub async fn bearer(app: &TestApp, surface: &str, key: &Key) -> Partner {
    let token = match surface {
        "avarda" => {
            let body = json!({ "clientId": key.id, "clientSecret": key.text });
            let got = Partner::of(app, surface, &[]).post("/api/partner/tokens", &body).await.json(200);
            got["token"].as_str().expect("there is a token").to_owned()
        }
        "atarapay" => key.pair(),
        _ => key.text.clone(),
    };
    Partner::of(app, surface, &[("authorization", &format!("Bearer {token}"))])
}

/// An order that is placed and paid, with its number.
pub async fn funded(shop: &Shop<'_>) -> (Reference, String) {
    let reference = shop.place(&[]).await;
    shop.pay(&reference).await;
    let number = number(shop, &reference).await;
    (reference, number)
}

/// What an integration without any key of its own sends, at the same time, twenty times.
pub async fn twenty(partner: &Partner, method: Method, path: &str, body: &Value) -> Vec<Told> {
    let body = body.to_string();
    join_all((0..20).map(|_| partner.send(method.clone(), path, JSON, &body))).await
}

/// The number of an order.
pub async fn number(shop: &Shop<'_>, reference: &Reference) -> String {
    shop.order(reference).await.reference.number().to_string()
}

#[tokio::test]
async fn no_door_of_any_surface_opens_without_a_token() {
    each_store(async |app| {
        let _shop = Shop::open(&app).await;
        let before = app.contents(&[]).await;
        for surface in holdfast::server::partners::SURFACES {
            let partner = Partner::of(&app, surface.name, &[]);
            let wrong = Partner::of(
                &app,
                surface.name,
                &[("authorization", "Bearer hf_live_no"), ("x-api-key", "hf_live_no"), ("x-store-key", "sel_1")],
            );
            let doors = (surface.doors)();
            assert!(!doors.is_empty());
            for door in doors {
                let path = door.path.replace(['{', '}'], "");
                for body in ["{}", "{", r#"{"authtoken": "AAAA", "clientId": "x", "clientSecret": "y"}"#] {
                    for caller in [&partner, &wrong] {
                        let told = caller.send(door.method.clone(), &path, JSON, body).await;
                        let right = [400, 401, 422].contains(&told.status) && !told.body.is_empty();
                        assert!(right, "{} {path} {body}: {} {}", surface.name, told.status, told.body);
                    }
                }
            }
            let nothing = partner.get("/no/such/thing").await;
            assert_eq!(nothing.status, 404, "{}", nothing.body);
            assert!(serde_json::from_str::<Value>(&nothing.body).is_ok(), "{}", nothing.body);
        }
        assert_eq!(app.contents(&[]).await, before, "nothing was changed");
    })
    .await;
}

#[tokio::test]
async fn the_page_of_partners_gives_requests_that_work() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let key = Key::of(&app, &shop.seller, "live", SELLER).await;
        let page = shop.seller.get("/settings/partners").await.fine();
        let half = key.id.trim_start_matches("key_");
        for text in ["/partners/atarapay", "/partners/avarda", "/partners/retailys", "/partners/api2cart/v1.1", half] {
            assert!(page.body.contains(text), "{text}");
        }
        let store = page.body.split("x-store-key: ").last().and_then(|rest| rest.get(..32)).expect("there is one");
        let listed = Partner::of(&app, "api2cart", &[("x-api-key", &key.text), ("x-store-key", store)]);
        assert_eq!(listed.get("/v1.1/order.list.json?count=10").await.json(200)["return_code"], 0);
        assert!(!page.body.contains(&key.text), "a key is shown once, when it is made");
        let bought = shop.buyer.get("/settings/partners").await.fine();
        assert!(!bought.body.contains("x-store-key"), "what a person bought is no store");
    })
    .await;
}
