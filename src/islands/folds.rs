//! Panels that unfold over the list: Escape folds them up again, and so does going on to something else.

use leptos::ev::{self, FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement, HtmlInputElement};

/// One that is unfolded.
const OPEN: &str = "details.unfold[open]";

/// Listens to Escape, which is no single key and cannot be turned off, and to the focus.
pub fn start() {
    window_event_listener(ev::keydown, |event| escape(&event));
    window_event_listener(ev::focusin, |event| leave(&event));
}

fn escape(event: &KeyboardEvent) {
    // What the browser itself opened over the page is closed by it, first.
    let over = document().query_selector(":popover-open").ok().flatten().is_some();
    if event.key() != "Escape" || event.default_prevented() || event.is_composing() || over {
        return;
    }
    let Some(panel) = document().query_selector(OPEN).ok().flatten() else { return };
    fold(&panel);
    let summary = panel.query_selector("summary").ok().flatten();
    if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
        // It fails only for elements that are gone.
        let _ = summary.focus();
    }
    event.prevent_default();
}

/// Folds a panel up when the focus comes to something outside of it.
fn leave(event: &FocusEvent) {
    let Some(to) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Some(panel) = document().query_selector(OPEN).ok().flatten() else { return };
    // A box that belongs to a form of the panel is a part of it, wherever it stands.
    let form = to.dyn_ref::<HtmlInputElement>().and_then(HtmlInputElement::form);
    if !panel.contains(Some(&to)) && !form.is_some_and(|form| panel.contains(Some(&form))) {
        fold(&panel);
    }
}

fn fold(panel: &Element) {
    // It fails only for names that are no names.
    let _ = panel.remove_attribute("open");
}
