//! A secret is shown once: the browser that made it carries a token to the page that shows it, and loses it there.

use axum::http::request::Parts;
use leptos::prelude::with_context;

use crate::server::{service::webhooks::Made, state::AppState, web};

const COOKIE: &str = "new_secret";
/// As long as the secret can be shown.
const SECONDS: u32 = 600;

/// Has the browser carry the token to the next page.
pub fn hand_over(state: &AppState, made: &Made) {
    hand_over_token(state, &made.token);
}

/// Has the browser carry what shows a key to the next page.
pub fn hand_over_token(state: &AppState, token: &str) {
    web::set_cookie(&cookie(state, token, SECONDS));
}

/// The token that the browser carries, which it loses with this answer.
pub fn take(state: &AppState) -> Option<String> {
    let token = with_context(|parts: &Parts| web::cookie(&parts.headers, COOKIE).map(str::to_owned)).flatten()?;
    web::set_cookie(&cookie(state, "", 0));
    Some(token)
}

fn cookie(state: &AppState, token: &str, seconds: u32) -> String {
    let secure = if state.config.is_secure() { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
