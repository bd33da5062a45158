//! Where there is nothing: why, and what to do next.

use leptos::prelude::*;

use crate::app::components::Icon;

/// Says that there is nothing here; the children say what to do about it.
#[component]
pub fn Empty(
    /// A drawing from the sprite.
    #[prop(default = "inbox")]
    icon: &'static str,
    /// What is missing, in a few words.
    #[prop(into)]
    title: String,
    /// A sentence and perhaps a button.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
