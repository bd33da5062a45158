//! What a browser loads: the islands of the library, as a file of their own. It is a package of its own because only a leaf may be
//! such a file; what others stand on is compiled with them side by side, and kept apart from that of another clone.

/// What the page's boot script calls in the browser before it wakes the islands up.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use holdfast as _; // the islands are reached by their names alone

    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
