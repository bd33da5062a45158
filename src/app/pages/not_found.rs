//! The page for an address at which there is nothing, or nothing for this reader.

use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, and where to go on.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found · Holdfast" />
        <main>
            <h1>"There is nothing here"</h1>
            <p>
                "The address may be mistyped, or what was here is not yours to see. " <a href="/">"Go to the first page."</a>
            </p>
        </main>
    }
}
