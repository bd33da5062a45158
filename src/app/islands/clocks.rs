//! Clocks that run down: the server writes the text and how many seconds were left, the browser rewrites the text alone.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::Element;

use crate::app::format::countdown;

/// Where the server says how many seconds were left when it drew the page.
const LEFT: &str = "data-left";

/// Starts all clocks of the page; a page without any costs nothing.
pub fn start() {
    let found = document().get_elements_by_class_name("clock");
    let clocks: Vec<(Element, i64)> = (0..found.length())
        .filter_map(|at| found.item(at))
        .filter_map(|clock| {
            let left = clock.get_attribute(LEFT)?.parse().ok()?;
            Some((clock, left))
        })
        .collect();
    if clocks.is_empty() {
        return;
    }
    // The reader's own clock may be wrong, so only the time that passes on it counts.
    let drawn_at = now_secs();
    set_interval(
        move || {
            let passed = now_secs() - drawn_at;
            for (clock, left) in &clocks {
                let text = countdown(left - passed);
                if clock.text_content().as_deref() != Some(text.as_str()) {
                    clock.set_text_content(Some(&text));
                }
            }
        },
        Duration::from_secs(1),
    );
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::float_arithmetic,
    reason = "the browser tells the time in milliseconds as a float, exact for the next 285,000 years"
)]
fn now_secs() -> i64 {
    (js_sys::Date::now() / 1_000.0) as i64
}
