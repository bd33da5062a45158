//! A few numbers side by side, each under its name.

use leptos::prelude::*;

use crate::app::drawn::Inside;

/// The row of numbers.
#[component]
pub fn Stats(
    /// Some [`Stat`]s.
    children: Inside,
) -> impl IntoView {
    view! { <dl class="stats">{children.draw()}</dl> }
}

/// One number with its name and perhaps a remark.
#[component]
pub fn Stat(
    /// What it counts.
    #[prop(into)]
    label: String,
    /// The number, as it is read.
    #[prop(into)]
    value: String,
    /// Since when, or of what.
    #[prop(optional, into)]
    remark: Option<String>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <dt>{label}</dt>
            <dd>{value} {remark.map(|remark| view! { <small>{remark}</small> })}</dd>
        </div>
    }
}
