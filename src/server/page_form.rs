//! Forms that work without scripts: a form posts to its own page and names a server function in `_call`; when that
//! refuses, the page is drawn again with the error beside the field and what was typed.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::{prelude::use_context, server_fn::error::SERVER_FN_ERROR_HEADER};
use leptos_axum::ResponseOptions;

use crate::{
    app::paths,
    domain::desk::SHOWING,
    domain::error::{Error, FormAnswer, Kind},
    domain::id::{EndpointId, Reference, SellerId},
    server::{pages, state::AppState, web},
};

/// Addresses whose POSTs are no page's form.
const NO_PAGES: [&str; 4] = ["/rpc/", "/api/", "/partners/", "/hooks/"];
/// How a server function tells that its verb was carried out, and the parameter by which a page is told.
const DONE_HEADER: HeaderName = HeaderName::from_static("x-done");
const DONE: &str = "done";
/// The longest form; the layers further out allow no more either.
const FORM_LIMIT_BYTES: usize = 64 * 1024;
/// The longest error that a server function writes.
const ERROR_LIMIT_BYTES: usize = 256 * 1024;
/// The most fields of a form.
const MOST_FIELDS: usize = 2_000;

/// Has the server function's caller go to `next` when it is a path of this site, else to `otherwise`.
pub fn lead_to(next: &str, otherwise: &str) {
    let target = if paths::is_own(next) { next } else { otherwise };
    let visible = |c: char| c.is_ascii_graphic();
    leptos_axum::redirect(if target.chars().all(visible) { target } else { otherwise });
}

/// Has the server function's caller go to an order.
pub fn lead_to_order(reference: &Reference) {
    lead_to(&paths::order(reference), "/orders");
}

/// Has the server function's caller go to the list that these parameters show, with some more.
pub fn lead_to_list(shown: &BTreeMap<String, String>, more: &[(&str, &str)]) {
    let value = |name: &'static str| Some((name, shown.get(name)?.as_str()));
    let mut parameters: Vec<(&str, &str)> = SHOWING.into_iter().filter_map(value).collect();
    parameters.extend_from_slice(more);
    lead_to(&paths::with_query(&paths::orders(), &parameters), "/orders");
}

/// Has the page to which the server function's caller goes say that this verb was carried out.
pub fn say_done(verb: &str) {
    if let (Some(answer), Ok(verb)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(verb)) {
        answer.insert_header(DONE_HEADER, verb);
    }
}

/// The fields that belong to what a form asks for. What begins with a line is the page's own: which function its form
/// calls, and which of several forms it is.
pub fn own_fields(fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
    fields.into_iter().filter(|(name, _)| !name.starts_with('_')).collect()
}

/// Has the server function's caller go to a webhook.
pub fn lead_to_webhook(endpoint: EndpointId) {
    lead_to(&paths::webhook(endpoint), "/settings/webhooks");
}

/// Has the server function's caller go to the terms of a seller or, without one, of the place whose hat is worn, and read that
/// they are saved.
pub fn lead_to_terms(seller: Option<SellerId>) {
    let page = seller.map_or_else(paths::terms, paths::seller_terms);
    lead_to(&paths::with_query(&page, &[("saved", "1")]), "/settings/terms");
}

/// Answers forms that are posted to pages; everything else goes on its way.
pub async fn answer(state: AppState, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if request.method() != Method::POST || NO_PAGES.iter().any(|prefix| path.starts_with(prefix)) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let form = match read_form(&parts, body).await {
        Ok(form) => form,
        Err((status, error)) => {
            let answer = FormAnswer { call: String::new(), error, typed: Vec::new() };
            return show_again(&state, parts, status, answer).await;
        }
    };
    let answered = call(&state, &parts, &form).await;
    match answered {
        Ok(done) => see_other(&parts, &done),
        Err(error) => {
            let typed = form.fields.into_iter().filter(|(name, _)| is_kept(name)).collect();
            let status = status_of(&error);
            show_again(&state, parts, status, FormAnswer { call: form.call, error, typed }).await
        }
    }
}

/// Passwords and card numbers are not sent back, and the name of the function is no field.
fn is_kept(name: &str) -> bool {
    name != "_call" && !name.contains("password") && !name.starts_with("card_")
}

/// A form that could be read.
struct Form {
    call: String,
    fields: Vec<(String, String)>,
    body: Bytes,
}

fn malformed(message: &str) -> Error {
    Error::new(Kind::Malformed, "malformed", message)
}

fn status_of(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn read_form(parts: &Parts, body: Body) -> Result<Form, (StatusCode, Error)> {
    let refused = |status, message| (status, malformed(message));
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "What was sent is not a form."));
    }
    let too_large = |_| refused(StatusCode::PAYLOAD_TOO_LARGE, "What was sent is too large.");
    let body = to_bytes(body, FORM_LIMIT_BYTES).await.map_err(too_large)?;
    let fields = decode(&body).ok_or_else(|| refused(StatusCode::BAD_REQUEST, "What was sent cannot be read."))?;
    let call = fields.iter().find(|(name, _)| name == "_call").map(|(_, call)| call.clone()).unwrap_or_default();
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '/' | '_' | '-');
    if call.is_empty() || !call.chars().all(known) {
        let message = "The form does not say what it is for. Please load the page again.";
        return Err(refused(StatusCode::BAD_REQUEST, message));
    }
    Ok(Form { call, fields, body })
}

/// The fields of a form, in their order; nothing when a byte of it is not what forms are made of.
fn decode(body: &[u8]) -> Option<Vec<(String, String)>> {
    let fields = pairs(body).collect::<Option<Vec<_>>>()?;
    (fields.len() <= MOST_FIELDS).then_some(fields)
}

/// The fields of a query, without those that cannot be read.
pub fn decode_leniently(query: &[u8]) -> Vec<(String, String)> {
    pairs(query).take(MOST_FIELDS).flatten().collect()
}

fn pairs(text: &[u8]) -> impl Iterator<Item = Option<(String, String)>> {
    let pairs = text.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty());
    pairs.take(MOST_FIELDS + 1).map(|pair| {
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = decode_text(halves.next().unwrap_or_default())?;
        Some((name, decode_text(halves.next().unwrap_or_default())?))
    })
}

/// A part of a path, where a plus is a plus.
pub fn decode_path(part: &str) -> Option<String> {
    decode_text(part.replace('+', "%2B").as_bytes())
}

fn decode_text(encoded: &[u8]) -> Option<String> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next())? * 16 + digit(rest.next())?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Runs the server function that the form names, as a call over HTTP with the same browser behind it.
async fn call(state: &AppState, parts: &Parts, form: &Form) -> Result<Response, Error> {
    let mut inner = parts.clone();
    let uri = format!("/rpc/{}", form.call);
    inner.uri = Uri::try_from(uri).map_err(|_| malformed("The form does not say what it is for."))?;
    let request = Request::from_parts(inner, Body::from(form.body.clone()));
    let response = web::call_server_function(state, request).await;
    match response.status() {
        status if status.is_success() || status.is_redirection() => Ok(response),
        _ => Err(read_error(response).await),
    }
}

/// Reads the error that a server function wrote; whatever else went wrong becomes one, too.
async fn read_error(response: Response) -> Error {
    let status = response.status();
    let body = to_bytes(response.into_body(), ERROR_LIMIT_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_else(|_| match status {
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            malformed("The form does not say what it is for. Please load the page again.")
        }
        _ => Error::new(Kind::Internal, "internal", "Something went wrong on our side. Please try again later."),
    })
}

/// Gives the answer of a server function the status that its error means: `leptos` says 500 to all of them.
pub async fn set_error_status(response: Response) -> Response {
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, ERROR_LIMIT_BYTES).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<Error>(&body) {
        parts.status = status_of(&error);
    }
    Response::from_parts(parts, Body::from(body))
}

/// Sends the browser on with a GET, so that loading the page again repeats nothing; cookies that were set go along.
fn see_other(asked: &Parts, done: &Response) -> Response {
    let own = |target: &&HeaderValue| target.to_str().is_ok_and(paths::is_own);
    let here = asked.uri.path_and_query().map_or("/", |whole| whole.as_str());
    let target = done.headers().get(header::LOCATION).filter(own).cloned();
    let verb = done.headers().get(DONE_HEADER).and_then(|verb| verb.to_str().ok());
    let here = saying_done(here, verb);
    let here = || HeaderValue::from_str(&here).ok().filter(|here| own(&here));
    let target = target.or_else(here).unwrap_or(HeaderValue::from_static("/"));
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response();
    for cookie in done.headers().get_all(header::SET_COOKIE) {
        answer.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    answer
}

/// An address with what was done, and without what was done before.
fn saying_done(here: &str, verb: Option<&str>) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let said = |pair: &&str| pair.split('=').next() == Some(DONE);
    let done = verb.map(|verb| format!("{DONE}={verb}"));
    let pairs: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !said(pair)).chain(done.as_deref()).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Draws the page at the form's address again, with the answer for its form.
async fn show_again(state: &AppState, mut asked: Parts, status: StatusCode, answer: FormAnswer) -> Response {
    asked.method = Method::GET;
    asked.headers.remove(header::CONTENT_TYPE);
    asked.headers.remove(header::CONTENT_LENGTH);
    pages::show_again(state, asked, status, answer).await
}
