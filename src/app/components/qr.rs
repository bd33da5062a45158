//! A code for cameras.

use leptos::prelude::*;

use crate::domain::receiving::Qr;

/// Black on white in both themes, as cameras want it.
#[component]
pub fn QrCode(
    /// The code.
    code: Qr,
    /// What it is, for listeners.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <svg class="qr" viewBox=format!("0 0 {0} {0}", code.size) role="img" aria-label=label>
            <path d=code.path></path>
        </svg>
    }
}
