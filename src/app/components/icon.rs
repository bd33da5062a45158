//! A drawing from the sprite; the word beside it says what it means, so listeners never hear of it.

use leptos::prelude::*;

/// One drawing by its name in `public/icons/sprite.svg`.
#[component]
pub fn Icon(
    /// The name of the symbol.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use_ href=format!("/icons/sprite.svg#{name}")></use_>
        </svg>
    }
}
