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
    /// Whether it is the heading of the whole page.
    #[prop(optional)]
    heading: bool,
    /// A sentence and perhaps a button.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            {if heading { view! { <h1>{title}</h1> }.into_any() } else { view! { <h2>{title}</h2> }.into_any() }}
            {children()}
        </div>
    }
}
