//! What opens on request: in its place or over the page, with scripts or without.

use leptos::prelude::*;

use crate::app::components::Look;
use crate::app::drawn::Inside;

/// A button that first unfolds what it would do; the real button stands inside.
#[component]
pub fn Confirm(
    /// The words on the button that unfolds it.
    #[prop(into)]
    label: String,
    /// What it is about, for listeners, where others with the same words stand beside it.
    #[prop(optional, into)]
    about: Option<String>,
    /// Whether that button warns.
    #[prop(optional)]
    grave: bool,
    /// Whether it is small, beside other text.
    #[prop(optional)]
    small: bool,
    /// Whether it is unfolded from the start, as after an error.
    #[prop(optional)]
    open: bool,
    /// The form inside.
    children: Inside,
) -> impl IntoView {
    let class = match (grave, small) {
        (false, false) => "button",
        (false, true) => "button small",
        (true, false) => "button grave",
        (true, true) => "button grave small",
    };
    view! {
        <details class="confirm" open=open>
            <summary class=class>{label} {about.map(|about| view! { <span class="heard">" " {about}</span> })}</summary>
            {children.draw()}
        </details>
    }
}

/// A sheet over the page that a [`PopupButton`] opens and any press beside it closes.
#[component]
pub fn Popup(
    /// Its name on the page.
    id: &'static str,
    /// How it is drawn.
    #[prop(optional, into)]
    class: Option<String>,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// What it is to listeners: `group`, or `dialog` where it takes the focus.
    #[prop(default = "group")]
    role: &'static str,
    /// What is on it.
    children: Inside,
) -> impl IntoView {
    view! {
        <div id=id class=class popover="auto" role=role aria-label=label>
            {children.draw()}
        </div>
    }
}

/// Opens or closes a [`Popup`].
#[component]
pub fn PopupButton(
    /// The name of the popup.
    opens: &'static str,
    /// How much it asks to be pressed.
    #[prop(optional)]
    look: Option<Look>,
    /// Another class, where it is no common button.
    #[prop(optional, into)]
    class: Option<String>,
    /// What listeners hear, when it is more than what stands on it.
    #[prop(optional, into)]
    label: Option<String>,
    /// What is on it.
    children: Inside,
) -> impl IntoView {
    let class = class.unwrap_or_else(|| look.unwrap_or_default().class().to_owned());
    view! {
        <button type="button" class=class popovertarget=opens aria-label=label>
            {children.draw()}
        </button>
    }
}
