//! Where there is nothing: why, and what to do next.

use leptos::prelude::*;

use crate::app::components::Icon;
use crate::app::drawn::{Draw, Inside};

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
    children: Inside,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            {if heading { view! { <h1>{title}</h1> }.drawn() } else { view! { <h2>{title}</h2> }.drawn() }}
            {children.draw()}
        </div>
    }
}
