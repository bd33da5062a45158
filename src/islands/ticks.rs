//! The ticks of a list: all of them at once, and how many there are. Without scripts the same boxes are sent as they are.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlInputElement;

use crate::domain::bulk::{ALL_FITTING, ALL_SHOWN, TICK};

/// Where it is said how many are ticked.
const SAID: &str = "ticked";

/// Listens to the boxes, and says what is ticked already: a browser that comes back keeps ticks.
pub fn start() {
    window_event_listener(ev::change, |event| {
        let changed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(all) = changed.filter(|input| input.name() == ALL_SHOWN) {
            for row in &rows() {
                row.set_checked(all.checked());
            }
        }
        say();
    });
    window_event_listener(ev::pageshow, |_| say());
    say();
}

fn inputs() -> impl Iterator<Item = HtmlInputElement> {
    let found = document().get_elements_by_tag_name("input");
    (0..found.length()).filter_map(move |at| found.item(at)?.dyn_into().ok())
}

fn rows() -> Vec<HtmlInputElement> {
    inputs().filter(|input| input.name().starts_with(TICK)).collect()
}

/// Says how many are ticked, after the page was changed in place as well, and draws the box of all as none, some or all of them.
pub fn say() {
    let rows = rows();
    let ticked = rows.iter().filter(|row| row.checked()).count();
    let mut fitting = false;
    for input in inputs() {
        match input.name().as_str() {
            ALL_SHOWN => {
                input.set_checked(ticked > 0 && ticked == rows.len());
                input.set_indeterminate(ticked > 0 && ticked < rows.len());
            }
            ALL_FITTING => fitting = input.checked(),
            _ => {}
        }
    }
    let words = match ticked {
        _ if fitting => "With all that fit".to_owned(),
        0 => "With ticked".to_owned(),
        ticked => format!("With {ticked} ticked"),
    };
    let said = document().get_element_by_id(SAID);
    if let Some(said) = said.filter(|said| said.text_content().as_deref() != Some(words.as_str())) {
        said.set_text_content(Some(&words));
    }
}
