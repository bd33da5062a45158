//! What just happened, said once above the page.

use leptos::prelude::*;

/// A sentence about what was done; read out to listeners.
#[component]
pub fn Flash(
    /// The sentence; without one there is nothing.
    #[prop(into)]
    message: Option<String>,
) -> impl IntoView {
    message.map(|message| view! { <p class="flash" role="status">{message}</p> })
}
