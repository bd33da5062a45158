//! A browser: keeps its cookies, posts forms as pages do, and calls server functions as islands do.

use std::{collections::BTreeMap, sync::Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use holdfast::domain::error::Error;
use tower::ServiceExt;

/// The host that the tests' application is reached by.
const HOST: &str = "127.0.0.1:3000";

/// One browser of one person.
#[derive(Debug)]
pub struct Browser {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The error in an answer of a server function.
    #[track_caller]
    pub fn error(&self) -> Error {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no error in {}: {}", self.status, self.body))
    }

    /// What the body says, as JSON.
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Where the answer leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Asserts status and code of an error of a server function.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.error().code.as_str()), (status, code), "{} {:?}", self.body, self.headers);
    }

    /// Asserts that it went well.
    #[track_caller]
    pub fn fine(self) -> Self {
        assert!((200..400).contains(&self.status), "{}: {}", self.status, self.body);
        self
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: Mutex::default() }
    }

    /// Loads a page.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        self.send(request.body(Body::empty()).expect("the request is whole")).await
    }

    /// Calls a server function (its path without `/rpc/`), as an island does.
    pub async fn call(&self, function: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(format!("/rpc/{function}"))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(encode(fields))).expect("the request is whole")).await
    }

    /// Posts a form to its own page, as a browser without scripts does.
    pub async fn post(&self, page: &str, function: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("_call", function)];
        all.extend_from_slice(fields);
        let request = Request::post(page)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, format!("http://{HOST}"));
        self.send(request.body(Body::from(encode(&all))).expect("the request is whole")).await
    }

    /// Sends a request with this browser's cookies, and keeps those that come back.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert(HOST.parse().expect("a host is ASCII"));
        headers.entry(header::USER_AGENT).or_insert("Mozilla/5.0 (X11; Linux) Firefox/140.0".parse().expect("ASCII"));
        let cookies = self.cookies();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.parse().expect("cookies are ASCII"));
        }
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body comes to its end");
        for line in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().expect("cookies are ASCII"));
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Signs in, and insists on it.
    pub async fn sign_in(&self, email: &str, password: &str) {
        self.call("session/sign_in", &[("email", email), ("password", password)]).await.fine();
    }

    /// The cookies as they are sent.
    pub fn cookies(&self) -> String {
        let kept = self.cookies.lock().expect("no test panics while it holds the cookies");
        kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Takes over cookies that were kept before.
    pub fn keep(&self, line: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie is a pair");
        let mut kept = self.cookies.lock().expect("no test panics while it holds the cookies");
        if parts.any(|part| part == "Max-Age=0") {
            kept.remove(name);
        } else {
            kept.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Fields as a form sends them.
fn encode(fields: &[(&str, &str)]) -> String {
    let one = |text: &str| holdfast::app::paths::encode(text);
    fields.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect::<Vec<_>>().join("&")
}
