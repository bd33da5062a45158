//! The way to the next rows of a list that is continued after the last one seen.

use leptos::prelude::*;

/// How many rows there are, and links to the first and the next ones.
#[component]
pub fn Pager(
    /// What is shown: `50 of 161`.
    #[prop(into)]
    shown: String,
    /// Where the list begins, when this is not the beginning.
    #[prop(optional_no_strip, into)]
    first: Option<String>,
    /// Where it goes on, when it does.
    #[prop(optional_no_strip, into)]
    next: Option<String>,
) -> impl IntoView {
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{shown}</span>
            <span class="row-of">
                {first
                    .map(|href| {
                        view! {
                            <a class="button small" href=href rel="prev">
                                "First"
                            </a>
                        }
                    })}
                {next
                    .map(|href| {
                        view! {
                            <a class="button small" href=href rel="next">
                                "Next"
                            </a>
                        }
                    })}
            </span>
        </nav>
    }
}
