#![doc = include_str!("ARCHITECTURE.md")]
#![recursion_limit = "512"]

pub use holdfast_domain::domain;

pub mod rpc;

pub mod app;

#[cfg(feature = "ssr")]
pub mod server;

/// What the page's boot script calls in the browser before it wakes the islands up.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
