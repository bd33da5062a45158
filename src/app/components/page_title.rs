//! The title of the page, written as text: the framework writes into the head whatever it is given.

use leptos::prelude::*;
use leptos_meta::Title;

/// A text as it may stand between two tags, where those that write it do not see to that themselves.
pub fn as_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The words in the browser's tab and history; what people typed may stand in them.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "the properties of a component are its own")]
pub fn PageTitle(
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <Title text=as_text(&text) /> }
}
