//! What just happened, said once above the page.

use leptos::prelude::*;

use crate::domain::error::FormAnswer;

/// A sentence about what was done. It has the focus, so that it is read out and the reader goes on from it; a page that
/// says why something was not done does not say what was done before.
#[component]
pub fn Flash(
    /// The sentence; without one there is nothing.
    #[prop(into)]
    message: Option<String>,
) -> impl IntoView {
    message.filter(|_| use_context::<FormAnswer>().is_none()).map(|message| {
        view! {
            <p class="flash" role="status" tabindex="-1" autofocus>
                {message}
            </p>
        }
    })
}
