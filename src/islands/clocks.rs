//! Clocks that run down: the server writes the text and how many seconds were left, the browser rewrites the text alone.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::HtmlCollection;

use crate::format::countdown;

/// Where the server says how many seconds were left when it drew the page.
const LEFT: &str = "data-left";
/// Where it is kept, once a clock was seen, at which second of the reader's own clock it stands at nothing. What the server
/// draws anew does not have it.
const ZERO: &str = "data-zero";

/// Runs all clocks of the page, those as well that come later.
pub fn start() {
    // The browser keeps this list up to date.
    let clocks = document().get_elements_by_class_name("clock");
    run(&clocks);
    set_interval(move || run(&clocks), Duration::from_secs(1));
}

fn run(clocks: &HtmlCollection) {
    // The reader's own clock may be wrong, so only the time that passes on it counts.
    let now = now_millis() / 1_000;
    for clock in (0..clocks.length()).filter_map(|at| clocks.item(at)) {
        let number = |name: &str| clock.get_attribute(name)?.parse::<i64>().ok();
        let zero = number(ZERO).or_else(|| {
            let zero = now + number(LEFT)?;
            // Setting an attribute fails only for names that are no names.
            let _ = clock.set_attribute(ZERO, &zero.to_string());
            Some(zero)
        });
        let Some(text) = zero.map(|zero| countdown(zero - now)) else { continue };
        if clock.text_content().as_deref() != Some(text.as_str()) {
            clock.set_text_content(Some(&text));
        }
    }
}

/// The time on the reader's own clock, in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the browser tells the time as a float, exact for the next 285,000 years"
)]
pub fn now_millis() -> i64 {
    js_sys::Date::now() as i64
}
