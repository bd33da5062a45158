//! What stands on the open page, and what is changed on it without an answer of the server's.

use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{
    Document, Element, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlInputElement, NodeList, VisibilityState,
    XmlHttpRequest,
};

use super::patch::SHOWN;
use crate::format;

/// The order that is open, and the list.
pub const ORDER: &str = "article.order";
pub const LIST: &str = ".list";
/// The box that turns changes off and on, and the cookie that remembers it.
pub const SWITCH: &str = "live-switch";
const OFF: &str = "live=off";
/// How long what changed is marked.
const FRESH_FOR: Duration = Duration::from_millis(2_400);

/// The box, in the menu of whoever is signed in.
pub fn switch() -> Option<HtmlInputElement> {
    document().get_element_by_id(SWITCH)?.dyn_into().ok()
}

/// Whether it was turned off in this browser.
pub fn is_off() -> bool {
    let document = document().dyn_into::<HtmlDocument>().ok();
    let cookies = document.and_then(|document| document.cookie().ok()).unwrap_or_default();
    cookies.split("; ").any(|cookie| cookie == OFF)
}

/// Keeps the choice.
pub fn remember(on: bool) {
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let value = if on { "on" } else { "off" };
        // A browser that refuses cookies forgets the choice, nothing worse.
        let _ = document.set_cookie(&format!("live={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
    }
}

/// When a page was drawn, in microseconds of the server's clock.
pub fn drawn_at(page: &Document) -> Option<i64> {
    page.get_element_by_id("live")?.get_attribute("data-since")?.parse().ok()
}

/// Whether anybody can look at it.
pub fn is_seen() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// The first element of a page that fits.
pub fn find(page: &Document, selector: &str) -> Option<Element> {
    page.query_selector(selector).ok().flatten()
}

/// What was found, as elements.
pub fn elements(found: Option<NodeList>) -> impl Iterator<Item = Element> {
    let found = found.into_iter().flat_map(|found| (0..found.length()).filter_map(move |at| found.item(at)));
    found.filter_map(|node| node.dyn_into().ok())
}

/// The order that is open, as its pane says.
pub fn open_order() -> Option<String> {
    let shown = find(&document(), ORDER)?.get_attribute(SHOWN)?;
    Some(shown.split_once(':')?.0.to_owned())
}

/// Whether elements of this kind show this version of an order already, or a later one: then they were drawn after the change.
pub fn shows(kind: &str, reference: &str, version: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    let Some(version) = number(version) else { return false };
    let found = document().query_selector_all(&format!("{kind}[{SHOWN}^=\"{reference}:\"]")).ok();
    let mut shown = elements(found).filter_map(|element| number(element.get_attribute(SHOWN)?.split_once(':')?.1));
    shown.any(|shown| shown >= version)
}

/// What the reader was told of the order that they look at is read.
pub fn read() {
    let unread = document().get_element_by_id("bell").and_then(|bell| bell.get_attribute("data-unread"));
    let (Some(order), true) = (open_order(), is_seen() && unread.is_some_and(|unread| unread != "0")) else {
        return;
    };
    let Ok(request) = XmlHttpRequest::new() else { return };
    let answered = request.clone();
    let done = Closure::once_into_js(move || {
        let left = answered.response_text().ok().flatten().and_then(|text| text.parse().ok());
        if let (Ok(200), Some(left)) = (answered.status(), left) {
            show_unread(left);
        }
    });
    request.set_onload(Some(done.unchecked_ref()));
    let sent = request
        .open("POST", "/rpc/inbox/read")
        .and_then(|()| request.set_request_header("content-type", "application/x-www-form-urlencoded"))
        .and_then(|()| request.send_with_opt_str(Some(&format!("order={order}"))));
    // What cannot be marked now is marked with the next look.
    let _ = sent;
}

/// Shows the quiet bar over the page; its link loads the page anew, and says what that costs.
pub fn show_bar(words: &str, load: &str) {
    let Some(bar) = document().get_element_by_id("changed").and_then(|bar| bar.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    if let Some(place) = bar.first_element_child() {
        place.set_text_content(Some(words));
    }
    let link = bar.query_selector("a").ok().flatten().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let (Some(link), Ok(address)) = (link, window().location().href()) {
        link.set_href(&address);
        link.set_text_content(Some(load));
    }
    bar.set_hidden(false);
}

fn show_unread(unread: u32) {
    let Some(bell) = document().get_element_by_id("bell") else { return };
    let (count, label) = format::unread(unread);
    if let Some(place) = bell.query_selector("b").ok().flatten() {
        place.set_text_content(Some(&count));
    }
    for (name, value) in [("aria-label", label), ("data-unread", unread.to_string())] {
        // It fails only for names that are no names.
        let _ = bell.set_attribute(name, &value);
    }
}

/// Marks what is new for a while.
pub fn mark(fresh: Vec<Element>) {
    let show = |element: &Element, on: bool| {
        let classes = element.class_list();
        // They fail only for words that are no classes.
        let _ = if on { classes.add_1("fresh") } else { classes.remove_1("fresh") };
    };
    for element in &fresh {
        show(element, true);
    }
    set_timeout(move || fresh.iter().for_each(|element| show(element, false)), FRESH_FOR);
}
