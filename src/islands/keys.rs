//! Single keys that press what stands on the page; each does what some button or link does, and all can be turned off.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlDocument, HtmlElement, HtmlInputElement};

/// The cookie by which the reader has turned single keys off.
const OFF: &str = "keys=off";
/// The box that turns them off and on.
const SWITCH: &str = "single-keys";
/// The class of the links of the list.
const ROWS: &str = "row-link";

/// Listens to keys, and to the box that turns them off.
pub fn start() {
    if let Some(switch) = switch() {
        switch.set_checked(!cookies().is_some_and(|document| {
            document.cookie().is_ok_and(|cookies| cookies.split("; ").any(|cookie| cookie == OFF))
        }));
    }
    if let Some(heading) = find("#keys h2") {
        // In the page as it is sent this would ask for the focus at once, and not only when the keys are shown. It fails
        // only for names that are no names.
        let _ = heading.set_attribute("autofocus", "");
    }
    window_event_listener(ev::change, |event| {
        let changed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let (Some(switch), Some(document)) = (changed.filter(|input| input.id() == SWITCH), cookies()) {
            let value = if switch.checked() { "on" } else { "off" };
            // A browser that refuses cookies forgets the choice, nothing worse.
            let _ = document.set_cookie(&format!("keys={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
        }
    });
    window_event_listener(ev::keydown, |event| pressed(&event));
}

fn cookies() -> Option<HtmlDocument> {
    document().dyn_into().ok()
}

fn switch() -> Option<HtmlInputElement> {
    document().get_element_by_id(SWITCH)?.dyn_into().ok()
}

fn pressed(event: &KeyboardEvent) {
    let combined = event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing();
    if combined
        || event.default_prevented()
        || field_in_use().is_some()
        || !switch().is_some_and(|switch| switch.checked())
    {
        return;
    }
    let done = match event.key().as_str() {
        "j" => step(true),
        "k" => step(false),
        "x" => tick(),
        "/" => find("#q").map(|field| focus(&field)),
        "?" => find("[popovertarget=keys]").map(|button| button.click()),
        // Only such keys are looked up as can stand in a selector.
        key if key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            find(&format!("[data-key={key}]")).map(|target| {
                focus(&target);
                target.click();
            })
        }
        _ => None,
    };
    if done.is_some() {
        event.prevent_default();
    }
}

/// The field to which the keys belong, when the focus is in one.
pub fn field_in_use() -> Option<Element> {
    let fields = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
    document().active_element().filter(|active| active.matches(fields).unwrap_or(false))
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

fn focus(element: &HtmlElement) {
    // It fails only for elements that are gone.
    let _ = element.focus();
}

/// The links of the list, and which of them the reader is at: the one that has the focus, or whose row has it, else that
/// of the open order.
fn rows() -> (Vec<Element>, Option<usize>) {
    let found = document().get_elements_by_class_name(ROWS);
    let rows: Vec<Element> = (0..found.length()).filter_map(|at| found.item(at)).collect();
    let active = document().active_element();
    let near = |row: &Element| row.parent_element().is_some_and(|item| item.contains(active.as_deref()));
    let here = rows.iter().position(near).or_else(|| rows.iter().position(|row| row.has_attribute("aria-current")));
    (rows, here)
}

/// Ticks the row that the reader is at, or takes the tick away.
fn tick() -> Option<()> {
    let (rows, here) = rows();
    let item = rows.get(here?)?.parent_element()?;
    let input: HtmlElement = item.query_selector(".tick input").ok().flatten()?.dyn_into().ok()?;
    input.click();
    Some(())
}

/// Moves the focus one row down or up, from where the reader is, else from the top.
fn step(down: bool) -> Option<()> {
    let (rows, here) = rows();
    let next = match (here, down) {
        (None, _) => 0,
        (Some(at), true) => at + 1,
        (Some(at), false) => at.checked_sub(1)?,
    };
    focus(rows.get(next)?.dyn_ref()?);
    Some(())
}
