//! A sheet of the desk under its heading.

use leptos::prelude::*;

use crate::app::drawn::Inside;

/// A part of a page with a heading and perhaps a remark beside it.
#[component]
pub fn Panel(
    /// The heading.
    #[prop(into)]
    title: String,
    /// A remark at the other end of the heading's line.
    #[prop(optional_no_strip, into)]
    remark: Option<String>,
    /// What is on it.
    children: Inside,
) -> impl IntoView {
    view! {
        <section class="panel">
            <header>
                <h2>{title}</h2>
                {remark.map(|remark| view! { <span class="quiet">{remark}</span> })}
            </header>
            {children.draw()}
        </section>
    }
}
