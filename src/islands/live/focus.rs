//! Where the focus goes when what has it is taken away: to the nearest thing that is still there, and never to nowhere.

use leptos::prelude::document;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

use super::page::{LIST, ORDER, elements};

/// What has the focus before the page is changed, and where it goes otherwise: what is nearest comes first.
pub struct Focus {
    held: Option<Element>,
    otherwise: Vec<Element>,
}

impl Focus {
    /// Looks where the reader is.
    pub fn note() -> Self {
        let held = document().active_element();
        let otherwise = held.as_ref().map(nearest).unwrap_or_default();
        Self { held, otherwise }
    }

    /// Moves it, when what had it is gone.
    pub fn keep(self) {
        if self.held.is_none_or(|held| held.is_connected()) {
            return;
        }
        let mut left = self.otherwise.into_iter().filter(|element| element.is_connected());
        if let Some(element) = left.find_map(|element| element.dyn_into::<HtmlElement>().ok()) {
            // It fails only for elements that are gone.
            let _ = element.focus();
        }
    }
}

/// In a list the rows below, then those above from the nearest up, then its tab; in an order whose turn it is, then its title.
fn nearest(held: &Element) -> Vec<Element> {
    let around = |selector: &str| held.closest(selector).ok().flatten();
    let all =
        |root: &Element, selector: &str| -> Vec<Element> { elements(root.query_selector_all(selector).ok()).collect() };
    if let Some(order) = around(ORDER) {
        return all(&order, "#turn, #order-title").into_iter().rev().collect();
    }
    let Some(list) = around(LIST) else { return Vec::new() };
    let mut rows = all(&list, ".row-link");
    let at = around(".row").and_then(|row| rows.iter().position(|link| row.contains(Some(link))));
    let mut near = at.map(|at| rows.split_off(at)).unwrap_or_default();
    near.extend(rows.into_iter().rev());
    near.extend(all(&list, ".tabs [aria-current]"));
    near
}
