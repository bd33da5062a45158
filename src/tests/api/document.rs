//! The OpenAPI document: every entry and verb is in it, everything it refers to is there, and its examples can be read.

use std::collections::BTreeSet;

use axum::http::Method;
use holdfast::{
    domain::{
        access::Permission,
        order::{action::Verb, refusal},
        payment::Decline,
        webhook::EVENTS,
    },
    server::api::{openapi, problem, routes},
};
use serde_json::Value;

use super::Program;
use crate::helpers::{Shop, each_store};

/// Every text under a key of this name, wherever it stands.
fn under<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(text) if key == name => found.push(text),
                    _ => under(value, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, name, found)),
        _ => {}
    }
}

/// Codes that no call of the API is refused with, or a partner's surface alone.
const ELSEWHERE: [&str; 15] = [
    "bad_signature",
    "dead_link",
    "link_over",
    "order_is_over",
    "orders_open",
    "project_known",
    "provider_in_use",
    "provider_known",
    "repeated_without_key",
    "signed_out",
    "status_not_reachable",
    "store_unknown",
    "token_unknown",
    "unreachable",
    "wrong_credentials",
];

#[test]
fn every_code_that_stands_in_the_sources_is_documented() {
    let mut unknown = BTreeSet::new();
    for (path, text) in crate::tidy::sources() {
        let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
        for (start, _) in text.match_indices("::new(").filter(|_| !is_test) {
            let arguments = text[start + "::new(".len()..].trim_start();
            let Some((kind, rest)) = arguments.split_once(',') else { continue };
            let code = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let is_kind = ["Kind::", "StatusCode::"].iter().any(|name| kind.starts_with(name));
            if let Some((code, _)) = code.filter(|_| is_kind) {
                let known = problem::CODES.iter().any(|(known, _)| *known == code) || refusal::CODES.contains(&code);
                if !known && !ELSEWHERE.contains(&code) {
                    unknown.insert(format!("{code} in {path}"));
                }
            }
        }
    }
    assert_eq!(unknown, BTreeSet::new());
    for decline in Decline::ALL {
        assert!(problem::CODES.iter().any(|(known, _)| *known == decline.code()));
    }
}

#[test]
fn every_entry_verb_event_and_code_is_in_the_document_and_nothing_it_refers_to_is_missing() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = BTreeSet::new();
    for route in routes() {
        let operation = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
        assert_eq!(operation["operationId"].as_str(), Some(route.id.as_str()), "{route:?} is in the document");
        assert!(operations.insert(route.id.clone()), "{} is named once", route.id);
        assert!(operation["responses"]["401"].is_object() && operation["responses"]["429"].is_object());
    }
    let described: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().map_or(0, serde_json::Map::len))
        .sum();
    assert_eq!(described, operations.len(), "nothing is in the document that there is not");
    for verb in Verb::ALL {
        assert!(document["paths"][format!("/orders/{{id}}/{}", verb.code())]["post"].is_object(), "{verb:?}");
    }
    let webhooks: BTreeSet<&str> =
        document["webhooks"].as_object().expect("webhooks").keys().map(String::as_str).collect();
    assert_eq!(webhooks, EVENTS.into_iter().collect());
    let mut references = Vec::new();
    under(document, "$ref", &mut references);
    assert!(references.len() > 100);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} is there");
    }
    let source = include_str!("../../domain/order/refusal.rs");
    for code in source
        .split("pub const fn code")
        .nth(1)
        .and_then(|rest| rest.split("/// The sentence").next())
        .expect("the function is there")
        .split('"')
        .skip(1)
        .step_by(2)
    {
        assert!(refusal::CODES.contains(&code), "{code} is documented");
    }
}

#[tokio::test]
async fn everybody_may_read_the_document_and_its_page_and_examples_are_bodies_that_can_be_read() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let browser = app.browser();
        let document = browser.get("/api/openapi.json").await;
        assert_eq!(document.json::<Value>(), *openapi::document());
        let page = browser.get("/api").await.fine();
        assert!(page.body.contains("/orders/{id}/dispatch") && page.body.contains("id=\"not_your_turn\""));
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
        assert!(browser.get("/api/reference.js").await.fine().header("content-type").starts_with("text/javascript"));
        let program =
            Program::of(&app, &shop.admin, "live", &["read", "note", "ship", "sell", "rule", "finance", "administer"])
                .await;
        let buyer = Program::of(&app, &shop.buyer, "live", &["read", "note", "buy"]).await;
        for route in routes().into_iter().filter(|route| route.method != Method::GET) {
            let path = route.path.replace("{id}", "HF-00000-00000");
            let Some(example) = &route.example else { continue };
            let program = if route.needs == Permission::Buy { &buyer } else { &program };
            let told = program
                .send(route.method.clone(), &path, Some(example.to_string()), &[("idempotency-key", &route.id)])
                .await;
            let readable =
                !told.body.contains("cannot be read") && ![400, 405, 415].contains(&told.status) && told.status < 500;
            assert!(readable, "{route:?}: {} {}", told.status, told.body);
            let stray = told_stray(program, &route.method, &path, example).await;
            assert_eq!(stray, 422, "{route:?} refuses members that it does not know");
        }
    })
    .await;
}

async fn told_stray(program: &Program, method: &Method, path: &str, example: &Value) -> u16 {
    let mut body = example.clone();
    body["no_such_member"] = Value::Bool(true);
    program.send(method.clone(), path, Some(body.to_string()), &[("idempotency-key", "stray")]).await.status
}

/// A person's own: how they sign in, what they are called, what they like to see and be told.
const OWN: Entry = Entry::Not("a person's own");
/// Done with a signed link in place of an account; a program has its key.
const LINK: Entry = Entry::Not("a signed link stands for a key");

/// What of the API does what a server function of the screen does.
#[derive(Debug, Clone, Copy)]
enum Entry {
    /// This operation.
    Is(&'static str),
    /// None, and why.
    Not(&'static str),
}

use Entry::{Is, Not};

const SCREEN: &[(&str, Entry)] = &[
    ("account/accept", OWN),
    ("account/change_password", OWN),
    ("account/confirm", OWN),
    ("account/edit_profile", OWN),
    ("account/forgot", OWN),
    ("account/invite", Is("invite")),
    ("account/look_invitation", OWN),
    ("account/look_reset", OWN),
    ("account/look_sign_up", OWN),
    ("account/profile", OWN),
    ("account/remove_member", Is("removeMember")),
    ("account/reset", OWN),
    ("account/revoke_session", OWN),
    ("account/sessions", OWN),
    ("account/sign_out_everywhere", OWN),
    ("account/sign_up", OWN),
    ("account/team", Is("getTeam")),
    ("account/withdraw_invitation", Is("withdrawInvitation")),
    ("answers/give", LINK),
    ("answers/look", LINK),
    ("answers/new_code", LINK),
    ("answers/recipient", LINK),
    ("couriers/links", Is("listCourierLinks")),
    ("couriers/look", LINK),
    ("couriers/make_link", Is("createCourierLink")),
    ("couriers/recipient", Is("editRecipient")),
    ("couriers/report", LINK),
    ("inbox/list", OWN),
    ("inbox/read", OWN),
    ("inbox/read_all", OWN),
    ("keys/create", Is("createKey")),
    ("keys/list", Is("listKeys")),
    ("keys/partners", Not("explains to people how other systems are connected")),
    ("keys/revoke", Is("revokeKey")),
    ("mailbox/list", Not("demo mode alone")),
    ("messages/choose", OWN),
    ("messages/dead", Is("listUndelivered")),
    ("messages/preferences", OWN),
    ("messages/previews", Is("previewMessages")),
    ("messages/send_again", Is("sendMessageAgain")),
    ("orders/act", Is("acceptOrder")),
    ("orders/bulk", Is("batch")),
    ("orders/desk", Is("listOrders")),
    ("orders/place", Is("placeOrder")),
    ("orders/remove_view", OWN),
    ("orders/save_view", OWN),
    ("orders/start", Is("startOrder")),
    ("payments/look", LINK),
    ("payments/pay", Is("payOrder")),
    ("sellers/add", Is("createSeller")),
    ("sellers/invite", Is("inviteOwner")),
    ("sellers/list", Is("listSellers")),
    ("session/about", OWN),
    ("session/me", Is("getMe")),
    ("session/prove", OWN),
    ("session/sign_in", OWN),
    ("session/sign_out", OWN),
    ("session/wear", Not("a key is for one place")),
    ("terms/read", Is("getTerms")),
    ("terms/save", Is("editTerms")),
    ("theme/choose", OWN),
    ("webhooks/create", Is("createWebhook")),
    ("webhooks/delivery", Is("getWebhookDelivery")),
    ("webhooks/edit", Is("editWebhook")),
    ("webhooks/list", Is("listWebhooks")),
    ("webhooks/log", Is("listWebhookDeliveries")),
    ("webhooks/remove", Is("removeWebhook")),
    ("webhooks/replay", Is("replayWebhookDelivery")),
    ("webhooks/replay_failed", Is("replayFailedWebhooks")),
    ("webhooks/rotate", Is("rotateWebhookSecret")),
    ("webhooks/test", Is("testWebhook")),
    ("webhooks/turn_off", Is("editWebhook")),
    ("webhooks/turn_on", Is("editWebhook")),
];

#[test]
fn a_program_can_do_whatever_the_screen_can_but_what_is_a_persons_own() {
    let registered: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.trim_start_matches("/rpc/").to_owned())
        .collect();
    let named: BTreeSet<String> = SCREEN.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(registered, named, "left: what the screen does; right: what this table says of it");
    let operations: BTreeSet<String> = routes().into_iter().map(|route| route.id).collect();
    for (path, entry) in SCREEN {
        match entry {
            Is(id) => assert!(operations.contains(*id), "{path}: there is no operation {id}"),
            Not(reason) => assert!(!reason.is_empty(), "{path} is left out without a reason"),
        }
    }
}
