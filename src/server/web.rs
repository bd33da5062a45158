//! The HTTP server: every route, and every layer around them.

use std::time::Duration;

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use leptos::{nonce::use_nonce, prelude::*, server_fn::axum::server_fn_paths};
use leptos_axum::ResponseOptions;
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use crate::{
    app::{PAGES, paths},
    domain::error::Error,
    rpc::{PageStatus, theme::Theme},
    server::{
        api, clock, error::with_causes, export, files, gateway::hook, guard, live, page_form, pages, partners, session,
        state::AppState, storage, upload,
    },
};

/// The longest body of a request that is not an upload.
const BODY_LIMIT_BYTES: usize = 64 * 1024;
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the database may take to say that it is there: those who ask seldom wait longer.
const READY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Every route of the server inside every layer.
pub fn router(state: &AppState) -> Router {
    let built = state.config.site.clone();
    let assets = ServeDir::new(&built)
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(any(pages::show).with_state(state.clone()));
    let mut site = Router::new().route("/", get(first_page));
    for (path, _) in PAGES {
        site = site.route(path, get(pages::show));
    }
    for (path, _) in server_fn_paths() {
        site = site.route(path, post(run_server_function));
    }
    let house = Router::new()
        // Pages are drawn for one reader and sent once.
        .merge(site.layer(CompressionLayer::new().quality(CompressionLevel::Fastest)))
        .route("/orders/export.csv", get(export::csv))
        .route("/orders/export.xlsx", get(export::xlsx))
        .route("/rpc/{*function}", any(no_such_function))
        .route("/hooks/gateway/{gateway}", post(hook::receive))
        .route("/files/{id}", get(files::show))
        .route("/a/{token}/files/{id}", get(files::show_by_link))
        .route("/live", get(live::listen))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .nest_service("/pkg", built_files(&built.join("pkg")))
        .fallback_service(assets)
        .with_state(state.clone());
    // Programs show a key with each call, and no cookie is looked at: what guards forms is not for them.
    guarded(house, state)
        .merge(api::router(state))
        .merge(partners::router(state))
        // One stack, not a layer each: the router would box and copy every one of them for each request.
        .layer(
            ServiceBuilder::new()
                // An id for the logs and the answer; one that came along is replaced, for it may be anything.
                .map_request(forget_foreign_id)
                .layer(SetRequestIdLayer::x_request_id(NewRequestId))
                .layer(TraceLayer::new_for_http().make_span_with(request_span))
                .layer(PropagateRequestIdLayer::x_request_id())
                // The headers that every answer bears, also those of the layers further in.
                .map_response(guard::harden(state.config.is_secure()))
                // A panic is a 500 for one request, not the end of the process.
                .layer(CatchPanicLayer::new()),
        )
}

/// Lays around everything that browsers ask for what guards it, outermost first.
fn guarded(house: Router, state: &AppState) -> Router {
    house.layer(
        ServiceBuilder::new()
            .map_response(guard::explain)
            // What another site makes a browser send changes nothing here.
            .layer(CsrfLayer::new())
            // Files are taken out of forms before what comes next, within limits and a time of their own.
            .layer(middleware::from_fn_with_state(state.clone(), receive))
            // No body is longer than a form needs.
            .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
            .map_request(boxed)
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT))
            // Who is behind the request is found out at most once, and a new cookie goes out with the answer; a form that is
            // posted to a page runs the server function that it names.
            .layer(session::layer(state))
            .layer(middleware::from_fn_with_state(state.clone(), session::carry)),
    )
}

/// Lets in what says where it comes from, with the files of its form beside it.
async fn receive(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !guard::is_marked(&request) {
        return guard::unmarked();
    }
    let stranger = session::address(&state, &request);
    match upload::take(&state.room, stranger, request).await {
        Ok(request) => next.run(request).await,
        Err(answer) => answer,
    }
}

/// A request with a body of the one type that everything further in takes.
fn boxed<B>(request: axum::http::Request<B>) -> Request
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    request.map(Body::new)
}

/// What pages and server functions find in their context, and the content security policy of a page.
pub fn provide_page_context(state: &AppState) {
    provide_context(state.clone());
    provide_context(state.assets.as_ref().clone());
    let theme = with_context(|parts: &Parts| cookie(&parts.headers, Theme::COOKIE).map(Theme::from_code));
    provide_context(theme.flatten().unwrap_or_default());
    if let Some(response) = use_context::<ResponseOptions>() {
        provide_context(PageStatus::new(move |status| {
            if let Ok(status) = StatusCode::from_u16(status) {
                response.set_status(status);
            }
        }));
    }
    if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
        // Under `make dev` the page listens for what was built at another port.
        let connect = if std::env::var_os("LEPTOS_WATCH").is_some() { " connect-src 'self' ws:;" } else { "" };
        let policy = format!(
            "default-src 'self';{connect} script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
             object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        let policy = HeaderValue::from_str(&policy).expect("a nonce is base64");
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The value of a cookie of this request.
pub fn cookie<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Adds a cookie to the answer of the server function or page that is running.
pub fn set_cookie(cookie: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let cookie = HeaderValue::from_str(cookie).expect("our cookies are visible ASCII");
    response.append_header(header::SET_COOKIE, cookie);
}

/// Runs the server function at the path of this request; its errors bear the status that they mean.
pub async fn call_server_function(state: &AppState, mut request: Request) -> Response {
    // Asked for HTML, it would redirect to wherever the request says it came from, with its error in the address.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let state = state.clone();
    let run = leptos_axum::handle_server_fns_with_context(move || provide_page_context(&state), request);
    page_form::set_error_status(run.await.into_response()).await
}

/// Answers a call of a server function over HTTP.
async fn run_server_function(State(state): State<AppState>, request: Request) -> Response {
    call_server_function(&state, request).await
}

/// The first page is the screen itself.
async fn first_page() -> Response {
    (StatusCode::FOUND, [(header::LOCATION, paths::orders())]).into_response()
}

/// Answers a call of a server function that there is not.
async fn no_such_function() -> Response {
    let error = Error::not_found("function");
    (StatusCode::NOT_FOUND, axum::Json(error)).into_response()
}

/// Says that the process lives; it asks nobody else.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Says whether requests can be answered: whether the database does, in time, and is the one that was opened.
async fn readyz(State(state): State<AppState>) -> Response {
    let why_not = match tokio::time::timeout(READY_TIMEOUT, state.services.db.check_ready()).await {
        // While a newer version takes over it has brought the tables up to date already: this one works until it is replaced.
        Ok(Ok(()) | Err(storage::Error::NewTables)) => return "ready\n".into_response(),
        Ok(Err(error)) => with_causes(&error),
        Err(_) => "it takes too long".to_owned(),
    };
    tracing::warn!(error = why_not, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
}

/// Files whose names carry their hash, so that they are kept for ever.
fn built_files(folder: &std::path::Path) -> Router {
    Router::new().fallback_service(ServeDir::new(folder).precompressed_br().precompressed_gzip()).layer(
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, |answer: &Response| {
            let kept = answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED;
            kept.then_some(HeaderValue::from_static("public, max-age=31536000, immutable"))
        }),
    )
}

/// Takes away the request id that came from outside.
fn forget_foreign_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// Makes request ids.
#[derive(Clone, Copy, Debug)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = u64::from_be_bytes(clock::random());
        HeaderValue::from_str(&format!("{id:016x}")).ok().map(RequestId::new)
    }
}

/// Paths that end in a token, which opens something for whoever has it.
const TOKEN_PATHS: [&str; 6] = ["/pay/", "/reset/", "/invite/", "/sign-up/", "/a/", "/courier/"];

/// A path as it may stand in the logs: a token at its end is left out.
fn loggable(path: &str) -> &str {
    TOKEN_PATHS.into_iter().find(|start| path.starts_with(start)).unwrap_or(path)
}

/// The span of one request in the logs: method, path and id; never the query, which may hold what was searched for.
fn request_span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::info_span!("request", id, method = %request.method(), path = loggable(request.uri().path()))
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn tokens_stay_out_of_the_logs() {
        for (path, logged) in [
            ("/pay/AbC", "/pay/"),
            ("/reset/AbC", "/reset/"),
            ("/invite/AbC", "/invite/"),
            ("/sign-up/AbC", "/sign-up/"),
            ("/a/AbC/files/fil_1", "/a/"),
            ("/courier/AbC", "/courier/"),
            ("/sign-up", "/sign-up"),
            ("/orders/HF-Y1R5G-YTKG4", "/orders/HF-Y1R5G-YTKG4"),
        ] {
            assert_eq!(loggable(path), logged);
        }
    }
}
