//! REST for programs under `/api/v1`: everything that the screen can do, with the same verbs, on the same path.
//!
//! Each entry stands once, in the `routes` of its noun; the router and the OpenAPI document are made of that list. What
//! lives in here may use use cases, the caller's key, errors and the domain: no SQL, no pages.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
};
use tower::ServiceBuilder;
use tower_http::{compression::CompressionLayer, cors, timeout::TimeoutLayer};

use self::{
    call::{Call, REPLAYED, Reply, only, wanted_fields},
    limits::Left,
    problem::{PROBLEM, Problem},
    route::{Once, Route, Takes},
};
use crate::{
    domain::api_key::Mode,
    server::{
        counted::{self, Arrived, Named},
        service::{
            keys::{self as service_keys, Holder},
            photos::Uploads,
            repeats::{self, Before},
        },
        state::AppState,
        upload::{self, Taken},
    },
};

mod actions;
mod batch;
mod books;
mod call;
mod dto;
mod exports;
mod keys;
pub mod limits;
mod messages;
pub mod openapi;
mod orders;
mod photos;
mod placing;
pub mod problem;
mod projects;
mod receiving;
mod reference;
mod route;
mod sellers;
mod shapes;
mod statuses;
mod team;
mod terms;
mod webhooks;

/// The longest body.
const BODY_LIMIT_BYTES: usize = 256 * 1024;
/// How long one call may take, beyond the time that a phone with a poor connection may send its photos.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Every entry of the API.
pub fn routes() -> Vec<Route> {
    [
        orders::routes(),
        placing::routes(),
        actions::routes(),
        batch::routes(),
        receiving::routes(),
        photos::routes(),
        messages::routes(),
        projects::routes(),
        statuses::routes(),
        books::routes(),
        webhooks::routes(),
        keys::routes(),
        team::routes(),
        sellers::routes(),
        terms::routes(),
        exports::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The API under its address, with its own layers: no cookie is looked at in here.
pub fn router(state: &AppState) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let filter = MethodFilter::try_from(route.method.clone()).expect("the methods of the table are known");
        let path = route.path.clone();
        let sending = if route.takes == Takes::Photos { upload::SENDING_TIMEOUT } else { Duration::ZERO };
        let patience = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT + sending);
        let route = Arc::new(route);
        let run = move |State(state): State<AppState>, params: RawPathParams, request: Request| {
            answer(route.clone(), state, params, request)
        };
        router = router.route(&path, on(filter, run).layer(patience));
    }
    let router = router.fallback(nowhere).with_state(state.clone());
    let documents = Router::new()
        .route("/api", get(reference::page))
        .route("/api/openapi.json", get(reference::openapi))
        .route("/api/reference.js", get(reference::script))
        .with_state(state.clone());
    let router = documents
        .nest("/api/v1", router)
        .layer(ServiceBuilder::new().layer(CompressionLayer::new()).layer(middleware::map_response(explain)));
    if state.config.api_origins.is_empty() { router } else { router.layer(cross_origin(state)) }
}

/// Lets the pages of these sites call, with a key.
fn cross_origin(state: &AppState) -> cors::CorsLayer {
    let origins: Vec<HeaderValue> = state.config.api_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let exposed =
        ["etag", "idempotent-replayed", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"];
    cors::CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .allow_headers(cors::AllowHeaders::mirror_request())
        .expose_headers(exposed.map(header::HeaderName::from_static))
        .max_age(Duration::from_hours(1))
}

async fn nowhere() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Says as a problem what layers and the router say with a status alone.
async fn explain(answer: Response) -> Response {
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let is_problem = kind.is_some_and(|kind| kind.as_bytes().starts_with(PROBLEM.as_bytes()));
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address. /api lists what there is."),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This address does not know that method."),
        StatusCode::SERVICE_UNAVAILABLE => ("busy", "It took too long. Please try again."),
        _ if status.is_server_error() => ("internal", "Something went wrong on our side and was written down."),
        _ => ("malformed", "The request cannot be read."),
    };
    let mut problem = Problem::new(status, code, detail).answer("");
    if let Some(allow) = answer.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

/// Answers one call, and notes it.
async fn answer(route: Arc<Route>, state: AppState, params: RawPathParams, request: Request) -> Response {
    let arrived = Arrived::of(&state, &request);
    let id = arrived.request_id.clone();
    let what = params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default();
    let holder = match who(&state, request.headers()).await {
        Ok(holder) => holder,
        Err(problem) => return problem.answer(&id),
    };
    let key = holder.key;
    let (counted, left) = arrived.count(&state, key);
    let done = if counted {
        let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (parts, body) = request.into_parts();
        let call = Call {
            holder,
            visit: arrived.visit.clone(),
            params,
            uri: parts.uri,
            headers: parts.headers,
            body: axum::body::Bytes::new(),
            key: None,
            uploads: Uploads::default(),
            taken: Taken::default(),
            route: route.clone(),
            state: state.clone(),
        };
        run(call, body).await
    } else {
        Err(too_often(left))
    };
    let code = done.as_ref().err().map(|problem| problem.code.clone()).unwrap_or_default();
    let mut response = match done {
        Ok(reply) => respond(reply),
        Err(problem) => problem.answer(&id),
    };
    arrived.done(&state, left, Named { key, route: route.path.clone(), what, code }, &mut response).await;
    response
}

fn too_often(left: Option<Left>) -> Problem {
    let wait = left.map_or(1, |left| left.wait_secs.max(1));
    let detail = format!("This key calls too often: wait {wait} s. The RateLimit headers say how often it may.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).with(header::RETRY_AFTER, &wait.to_string())
}

fn respond(reply: Reply) -> Response {
    let body = reply.stream.unwrap_or_else(|| Body::from(reply.body));
    let mut response = (reply.status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if !reply.media.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.media));
    }
    for (name, value) in reply.headers {
        headers.insert(name, value);
    }
    if reply.replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Who calls, by the key in the header.
async fn who(state: &AppState, headers: &HeaderMap) -> Result<Holder, Problem> {
    let refused = |code, detail: &str| {
        Problem::new(StatusCode::UNAUTHORIZED, code, detail).with(header::WWW_AUTHENTICATE, "Bearer realm=\"holdfast\"")
    };
    let header = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused("key_missing", "Send your key in the header “Authorization: Bearer hf_…”."));
    }
    let found = service_keys::recognise(&state.services, text.trim()).await?;
    found.ok_or_else(|| refused("key_unknown", "This key is not known here, was taken away, or has expired."))
}

/// Runs what is called, once everything about the call is in order.
async fn run(mut call: Call, body: Body) -> Result<Reply, Problem> {
    if !call.holder.permissions.has(call.route.needs) {
        let detail = format!("This key may not do that: it lacks “{}”.", call.route.needs.code());
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_permitted", detail));
    }
    if call.route.is_live_only && call.holder.mode == Mode::Test {
        let detail = "Test keys see and change orders of the sandbox alone: use a live key for this.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_for_test_keys", detail));
    }
    let changes = call.route.once != Once::Reads;
    if changes {
        match upload::boundary(&call.headers).filter(|_| call.route.takes == Takes::Photos) {
            Some(boundary) => photos::take(&mut call, boundary, body).await?,
            None => call.body = read_body(&call, body).await?,
        }
        shapes::check(&call.route, &call.body)?;
        call.no_if_match()?;
        call.key = own_key(&call)?;
    }
    let under_way = match &call.key {
        Some(own) => Some(call.state.limits.begin(call.holder.key, own).ok_or_else(in_use)?),
        None => None,
    };
    let wanted = match &call.route.fields {
        Some(known) => wanted_fields(parameter(&call, "fields").as_deref(), known)?,
        None => None,
    };
    let run = call.route.run;
    let reply = match call.key.clone() {
        Some(own) if matches!(call.route.once, Once::Around | Once::Resumed) => once(call, &own).await,
        _ => run(call).await,
    }?;
    drop(under_way);
    Ok(match wanted {
        Some(wanted) => only(reply, &wanted),
        None => reply,
    })
}

fn in_use() -> Problem {
    let detail = "A request with this Idempotency-Key is under way. Its answer is told when you ask again.";
    Problem::new(StatusCode::CONFLICT, "idempotency_key_in_use", detail).with(header::RETRY_AFTER, "1")
}

/// One parameter of the address, read by itself.
fn parameter(call: &Call, name: &str) -> Option<String> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&call.uri).ok()?.0;
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

async fn read_body(call: &Call, body: Body) -> Result<axum::body::Bytes, Problem> {
    let body = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(|_| {
        let detail = format!("The body is longer than {} kB.", BODY_LIMIT_BYTES / 1024);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    })?;
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !body.is_empty() && !kind.eq_ignore_ascii_case("application/json") {
        let detail = "Send the body as JSON, with “Content-Type: application/json”.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    Ok(body)
}

fn key_required() -> Problem {
    let detail = "This moves money: send an Idempotency-Key of your own, and the same one when you try again.";
    Problem::parameter(StatusCode::BAD_REQUEST, "idempotency_key_required", "Idempotency-Key", detail)
}

/// The caller's own key for this command.
fn own_key(call: &Call) -> Result<Option<String>, Problem> {
    match counted::own_key(&call.headers) {
        Ok(None) if call.route.is_money => Err(key_required()),
        Ok(found) => Ok(found),
        Err(bad) => {
            Err(Problem::parameter(StatusCode::BAD_REQUEST, "idempotency_key_invalid", "Idempotency-Key", bad.0))
        }
    }
}

/// An answer as it is kept.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Runs a command under the caller's key, or tells again what came of it.
async fn once(call: Call, own: &str) -> Result<Reply, Problem> {
    let (services, holder, fingerprint) = (call.services().clone(), call.holder.clone(), call.fingerprint());
    let resumed = call.route.once == Once::Resumed;
    let before = if resumed {
        repeats::look(&services, &holder, own, fingerprint).await?
    } else {
        repeats::claim(&services, &holder, own, fingerprint).await?
    };
    if let Before::Answered(kept) = before {
        return Ok(again(&kept));
    }
    let run = call.route.run;
    let done = run(call).await;
    match &done {
        Ok(reply) => {
            let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let kept = Kept {
                status: reply.status.as_u16(),
                headers: reply.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
                body: String::from_utf8_lossy(&reply.body).into_owned(),
            };
            let kept = serde_json::to_vec(&kept).expect("answers are plain data");
            repeats::keep(&services, &holder, own, &kept).await?;
        }
        // What it began is written down with it.
        Err(_) if resumed => {}
        Err(_) => repeats::forget(&services, &holder, own).await?,
    }
    done
}

fn again(kept: &[u8]) -> Reply {
    let Ok(kept) = serde_json::from_slice::<Kept>(kept) else { return Reply::nothing(StatusCode::NO_CONTENT) };
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let media = if kept.body.is_empty() { "" } else { "application/json" };
    let mut reply = Reply { body: kept.body.into_bytes(), media, replayed: true, ..Reply::nothing(status) };
    for (name, value) in kept.headers {
        if let Ok(name) = name.parse() {
            reply = reply.with(name, &value);
        }
    }
    reply
}
