//! The short scripts that stand in a page itself: because they must run before it is painted, are read by the browser, or are
//! of use in that page alone.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// Which pages the browser may fetch when a reader is about to go there; it only ever reads, and no file.
const PREFETCH_RULES: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/orders*"},{"not":{"href_matches":"/orders/export.*"}}]},"eagerness":"moderate"}]}"#;

/// Puts the list back to where it was before the first paint.
const LIST_MEMORY: &str = include_str!("list_memory.js");

/// Draws signatures and reads codes.
const COURIER: &str = include_str!("courier.js");

/// Fetches the page of an order while the pointer still rests on its row.
#[component]
pub fn Prefetch() -> impl IntoView {
    view! { <script type="speculationrules" nonce=use_nonce() inner_html=PREFETCH_RULES></script> }
}

/// Stands right after the list and keeps its place from page to page.
#[component]
pub fn ListMemory() -> impl IntoView {
    view! { <script nonce=use_nonce() inner_html=LIST_MEMORY></script> }
}

/// Stands after the forms of a delivery person and brings their paper and their camera to life.
#[component]
pub fn CourierTools() -> impl IntoView {
    view! { <script nonce=use_nonce() inner_html=COURIER></script> }
}
