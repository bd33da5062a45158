//! The page at `/api`: what programs can do, drawn from the same table as the router, with a form to try it with a key.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};

use super::{
    openapi::{codes, document},
    route::Route,
    routes,
};
use crate::server::state::AppState;

/// What this page may load: its style, its script, and answers of this server.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document, as JSON.
pub async fn openapi() -> Response {
    axum::Json(document()).into_response()
}

/// What sends the form of the page.
pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("reference.js")).into_response()
}

/// The page.
pub async fn page(State(state): State<AppState>) -> Response {
    let policy: [(HeaderName, &str); 1] = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    (policy, Html(draw(&state.assets.style))).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn draw(style: &str) -> String {
    let routes = routes();
    let mut tags: Vec<&str> = routes.iter().map(|route| route.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <title>API · Holdfast</title><link rel=\"stylesheet\" href=\"{}\"></head><body><main id=\"main\" class=\"column stack\">\
         <header><p><a href=\"/\">Holdfast</a></p><h1>What programs can do</h1>\
         <p>Everything that the screen can, with the same verbs, under <code>/api/v1</code>. \
         The whole of it as <a href=\"/api/openapi.json\">OpenAPI 3.1</a>. Keys are made in the <a href=\"/settings/keys\">settings</a>.</p></header>",
        escape(style)
    );
    let about = document()["info"]["description"].as_str().unwrap_or_default();
    for paragraph in about.split("\n\n") {
        let _ = write!(page, "<p>{}</p>", marked(paragraph));
    }
    page.push_str(TRY);
    for tag in tags {
        let _ = write!(page, "<section class=\"panel stack\"><h2>{}</h2>", escape(&heading(tag)));
        for route in routes.iter().filter(|route| route.tag == tag) {
            entry(&mut page, route);
        }
        page.push_str("</section>");
    }
    page.push_str("<section class=\"panel stack\"><h2>Codes of refusals</h2><dl class=\"lines\">");
    for (code, about) in codes() {
        let _ = write!(page, "<div id=\"{code}\"><dt><code>{code}</code></dt><dd>{}</dd></div>", marked(about));
    }
    page.push_str("</dl></section></main><script src=\"/api/reference.js\"></script></body></html>");
    page
}

/// A tag as it heads its entries.
fn heading(tag: &str) -> String {
    let mut letters = tag.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The form with which a key can be tried.
const TRY: &str = "<section class=\"panel stack\"><h2>Try it</h2><form id=\"try\" class=\"form\">\
<p class=\"hint\">Use a test key: its orders are paid in the sandbox. The key stays in this page.</p>\
<div class=\"field\"><label for=\"try-key\">Key</label><input class=\"input\" id=\"try-key\" name=\"key\" type=\"password\" autocomplete=\"off\"></div>\
<div class=\"field\"><label for=\"try-method\">Method</label><select class=\"input\" id=\"try-method\" name=\"method\"><option>GET<option>POST<option>PATCH<option>PUT<option>DELETE</select></div>\
<div class=\"field\"><label for=\"try-path\">Path</label><input class=\"input\" id=\"try-path\" name=\"path\" value=\"/me\" autocomplete=\"off\"></div>\
<div class=\"field\"><label for=\"try-body\">Body</label><textarea class=\"input\" id=\"try-body\" name=\"body\" rows=\"5\"></textarea></div>\
<div><button class=\"button main\">Send</button></div></form><pre class=\"wire\"><code id=\"answer\" aria-live=\"polite\"></code></pre></section>";

/// A paragraph with what stands between backticks as code and between stars as bold.
fn marked(text: &str) -> String {
    let mut drawn = String::new();
    for (at, part) in escape(text).replace("**", "\u{1}").split('`').enumerate() {
        let mut part = part.to_owned();
        let mut open = true;
        while let Some(place) = part.find('\u{1}') {
            part.replace_range(place..=place, if open { "<b>" } else { "</b>" });
            open = !open;
        }
        let _ = if at % 2 == 1 { write!(drawn, "<code>{part}</code>") } else { write!(drawn, "{part}") };
    }
    drawn
}

fn entry(page: &mut String, route: &Route) {
    let body = route.example.as_ref().map(|example| serde_json::to_string_pretty(example).unwrap_or_default());
    let body = body.unwrap_or_default();
    let method = route.method.as_str();
    let _ = write!(
        page,
        "<details id=\"{id}\"><summary><code>{method} {path}</code> {summary}</summary><p>{about}</p><p class=\"quiet\">Needs <code>{needs}</code>{money}.</p>",
        id = escape(&route.id),
        path = escape(&route.path),
        summary = escape(&route.summary),
        about = marked(&route.about),
        needs = route.needs.code(),
        money = if route.is_money { ", and an <code>Idempotency-Key</code>" } else { "" },
    );
    if let Some(query) = route.query {
        let schema = query(&mut schemars::SchemaGenerator::default());
        page.push_str("<dl class=\"lines\">");
        for (name, property) in schema.as_value()["properties"].as_object().into_iter().flatten() {
            let about = property["description"].as_str().unwrap_or_default();
            let _ = write!(page, "<div><dt><code>{}</code></dt><dd>{}</dd></div>", escape(name), marked(about));
        }
        page.push_str("</dl>");
    }
    let mut curl = format!("curl -H \"Authorization: Bearer $KEY\" $HOST/api/v1{}", route.path);
    if method != "GET" {
        let _ = write!(curl, " -X {method} -H \"Idempotency-Key: $(uuidgen)\"");
    }
    if !body.is_empty() {
        let _ = write!(curl, " \\\n  -H \"Content-Type: application/json\" -d '{body}'");
    }
    let _ = write!(
        page,
        "<pre class=\"wire\"><code>{}</code></pre><p><button type=\"button\" class=\"button small\" data-try=\"{method} {}\" data-body=\"{}\">Try it</button></p></details>",
        escape(&curl),
        escape(&route.path),
        escape(&body),
    );
}
