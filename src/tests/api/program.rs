//! A program that calls the API with a key.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use serde_json::Value;
use tower::ServiceExt;

use crate::helpers::{Browser, TestApp};

/// A program with a key.
#[derive(Debug, Clone)]
pub struct Program {
    router: Router,
    pub key: String,
}

/// What it was told.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, which must be of this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A problem of this status and code, whole and of the right kind.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(
            (problem["code"].as_str(), problem["status"].as_u64()),
            (Some(code), Some(u64::from(status))),
            "{problem}"
        );
        assert!(problem["detail"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        problem
    }
}

impl Program {
    /// A program with this key.
    pub fn with(app: &TestApp, key: &str) -> Self {
        Self { router: app.router(), key: key.to_owned() }
    }

    /// Has whoever is signed in in this browser make a key that may do all of this.
    pub async fn of(app: &TestApp, browser: &Browser, mode: &str, may: &[&str]) -> Self {
        let boxes: Vec<String> = may.iter().map(|code| format!("may.{code}")).collect();
        let mut fields = vec![("name", "Warehouse"), ("mode", mode)];
        fields.extend(boxes.iter().map(|name| (name.as_str(), "on")));
        browser.call("keys/create", &fields).await.fine();
        let page = browser.get("/settings/keys").await.fine();
        let at = page.body.find("<code>hf_").expect("the key is shown once") + "<code>".len();
        let key = page.body[at..].split('<').next().expect("it ends").to_owned();
        let again = browser.get("/settings/keys").await.fine();
        assert!(!again.body.contains(&key), "the key is shown once only");
        Self::with(app, &key)
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Told {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Does something, under a key of its own when one is given.
    pub async fn post(&self, path: &str, body: &Value, own: Option<&str>) -> Told {
        let headers: Vec<(&str, &str)> = own.map(|own| ("idempotency-key", own)).into_iter().collect();
        self.send(Method::POST, path, Some(body.to_string()), &headers).await
    }

    /// Asks for something, and reads it piece by piece as it comes.
    pub async fn open(&self, path: &str) -> BodyDataStream {
        let request = Request::builder().uri(format!("/api/v1{path}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        let request = request.body(Body::empty()).expect("the request is whole");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        response.into_body().into_data_stream()
    }

    /// Does something with photos as its proof: each a part's name and its content.
    pub async fn prove(&self, path: &str, body: &Value, files: &[(&str, &[u8])], own: Option<&str>) -> Told {
        let head = "--edge\r\nContent-Disposition: form-data; name=";
        let mut parts = format!("{head}\"body\"\r\nContent-Type: application/json\r\n\r\n{body}\r\n").into_bytes();
        for (name, content) in files {
            let about = format!("{head}\"{name}\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
            parts.extend([about.as_bytes(), content, b"\r\n"].concat());
        }
        parts.extend(b"--edge--\r\n");
        let kind = ("content-type", "multipart/form-data; boundary=edge");
        let headers: Vec<(&str, &str)> = own.map(|own| ("idempotency-key", own)).into_iter().chain([kind]).collect();
        self.request(Method::POST, path, Body::from(parts), &headers).await
    }

    /// Sends anything.
    pub async fn send(&self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Told {
        let mut all: BTreeMap<&str, &str> = headers.iter().copied().collect();
        if body.is_some() {
            all.entry("content-type").or_insert("application/json");
        }
        let headers: Vec<(&str, &str)> = all.into_iter().collect();
        self.request(method, path, body.map_or_else(Body::empty, Body::from), &headers).await
    }

    async fn request(&self, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Told {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !self.key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("the request is whole");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body comes to its end");
        let text = String::from_utf8_lossy(&body).into_owned();
        Told { status: parts.status.as_u16(), headers: parts.headers, body: text }
    }
}
