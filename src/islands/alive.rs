//! Everything that scripts add to a finished page, listening on the window alone: it draws nothing and owns no markup.

use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::{ev, web_sys};
use web_sys::{Element, HtmlFormElement};

use crate::islands::{clocks, folds, keys, live, previews, ticks};

/// Marks a form that was sent and waits for its answer.
const SENT: &str = "aria-busy";
/// A form whose answer never came can be sent again after this time.
const GIVE_UP: Duration = Duration::from_secs(15);

/// Runs the clocks, keeps a pressed button from being pressed twice, listens to keys and to what changes meanwhile, folds
/// panels up, counts ticks, and previews amounts.
#[island]
pub fn Alive() -> impl IntoView {
    Effect::new(|_| {
        clocks::start();
        keys::start();
        folds::start();
        ticks::start();
        previews::start();
        live::start();
        window_event_listener(ev::submit, |event| send_once(&event));
        window_event_listener(ev::pageshow, |event| {
            // Coming back with the back button shows the page as it was left, with its buttons still down.
            if event.persisted() {
                release_all();
            }
        });
    });
}

/// Lets the first press through and holds back any other until there is an answer.
fn send_once(event: &SubmitEvent) {
    let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else {
        return;
    };
    // A button may send its form as a question: that only fetches something, as often as it is pressed.
    let asks = event.submitter().is_some_and(|button| button.has_attribute("formmethod"));
    if asks || event.default_prevented() || form.method() != "post" || form.class_list().contains("theme-switch") {
        return;
    }
    if form.has_attribute(SENT) {
        event.prevent_default();
        return;
    }
    mark(&form, true);
    set_timeout(move || mark(&form, false), GIVE_UP);
}

/// The button is only marked, not disabled: a disabled one would not send its own name and value, and would lose the focus.
fn mark(form: &Element, sent: bool) {
    let buttons = form.get_elements_by_tag_name("button");
    let buttons = (0..buttons.length()).filter_map(|at| buttons.item(at)).map(|button| (button, "aria-disabled"));
    for (element, name) in std::iter::once((form.clone(), SENT)).chain(buttons) {
        // Both calls fail only for names that are no names.
        let _ = if sent { element.set_attribute(name, "true") } else { element.remove_attribute(name) };
    }
}

fn release_all() {
    let forms = document().get_elements_by_tag_name("form");
    (0..forms.length()).filter_map(|at| forms.item(at)).for_each(|form| mark(&form, false));
}
