//! What each request must show before it may change anything, and the headers that each answer bears.

use axum::{
    extract::Request,
    http::{self, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

/// What a page may ask the browser for: nothing.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=()";
/// What the page of a delivery person may ask for: the camera, which reads the buyer's code.
pub const COURIERS_PERMISSIONS: &str = "camera=(self), geolocation=(), microphone=()";

/// The name of the header that says what a page may ask for.
pub const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Sets the headers that every answer bears, where the answer has not set its own.
pub fn harden<B>(secure: bool) -> impl Fn(http::Response<B>) -> http::Response<B> + Clone {
    const HEADERS: [(HeaderName, &str); 7] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (PERMISSIONS_POLICY, PERMISSIONS),
    ];
    move |mut answer| {
        let headers = answer.headers_mut();
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        if secure {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        answer
    }
}

/// Whether a request that may change something says which site it comes from; the CSRF layer has judged what is said. Hooks are
/// called by other servers, which bear a signature instead and no cookie.
pub fn is_marked(request: &Request) -> bool {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || request.uri().path().starts_with("/hooks/");
    // "none" means that no site sent it: a browser never says so of a form.
    safe || match request.headers().get("sec-fetch-site") {
        Some(site) => site.as_bytes() != b"none",
        None => request.headers().contains_key(header::ORIGIN),
    }
}

/// The answer to a change that does not say which site it comes from.
pub fn unmarked() -> Response {
    (StatusCode::FORBIDDEN, "A change must say which site it comes from.\n").into_response()
}

/// Says in a sentence what the layers further in say with a status alone.
pub fn explain(answer: impl IntoResponse) -> Response {
    let answer = answer.into_response();
    let sentence = match answer.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            "What was sent is too large: 64 kB at most. Nothing was changed; please go back and shorten it.\n"
        }
        StatusCode::FORBIDDEN => {
            "This was sent from another site, and nothing was changed. Please open the page itself and try again there.\n"
        }
        _ => return answer,
    };
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain")) {
        return answer;
    }
    (answer.status(), sentence).into_response()
}
