//! Light or dark at once, without loading the page again; without scripts the same form posts to the same server function.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};

use crate::rpc::theme::{ChooseTheme, Theme};

/// The switch between the colour schemes.
#[island]
pub fn ThemeSwitch(
    /// What the reader chose before.
    chosen: Theme,
) -> impl IntoView {
    let chosen = RwSignal::new(chosen);
    let keep_page = move |event: SubmitEvent| {
        let Some(theme) =
            event.submitter().and_then(|button| button.get_attribute("value")).map(|code| Theme::from_code(&code))
        else {
            return;
        };
        event.prevent_default();
        apply(theme);
        chosen.set(theme);
    };
    view! {
        <form class="theme-switch" method="post" on:submit=keep_page>
            <input type="hidden" name="_call" value=ChooseTheme::PATH.trim_start_matches("/rpc/") />
            <div role="group" aria-label="Colours">
                {Theme::ALL
                    .map(|theme| {
                        let pressed = move || if chosen.get() == theme { "true" } else { "false" };
                        view! {
                            <button name="theme" value=theme.code() aria-pressed=pressed>
                                {theme.label()}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </form>
    }
}

/// Shows the choice on this page and remembers it for the next.
fn apply(theme: Theme) {
    let document = document();
    if let Some(root) = document.document_element() {
        // Setting this attribute on an element that is there cannot fail.
        let _ = root.set_attribute("data-theme", theme.code());
    }
    if let Ok(document) = document.dyn_into::<web_sys::HtmlDocument>() {
        // A browser that refuses cookies forgets the choice, nothing worse.
        let _ = document.set_cookie(&theme.cookie());
    }
}
