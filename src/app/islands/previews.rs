//! What an amount would do to the money, said while it is typed, by the same code that the server settles with.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlInputElement};

use crate::domain::order::preview::{Kind, Preview, Tongue};

/// Where it is said; its attributes hold what is needed for saying it.
const PREVIEW: &str = ".preview";

/// Listens to amounts that are typed.
pub fn start() {
    window_event_listener(ev::input, |event| {
        let typed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = typed {
            say(&input);
        }
    });
}

fn say(input: &HtmlInputElement) -> Option<()> {
    let preview = input.form()?.query_selector(PREVIEW).ok().flatten()?;
    if preview.get_attribute("for")? == input.id() {
        let sentence = read(&preview)?.sentence(&input.value()).unwrap_or_default();
        preview.set_text_content(Some(&sentence));
    }
    Some(())
}

/// Reads what the server wrote into the element.
fn read(element: &Element) -> Option<Preview> {
    let attribute = |name: &str| element.get_attribute(name);
    Some(Preview {
        kind: Kind::from_code(&attribute("data-kind")?)?,
        slices: Preview::read_slices(&attribute("data-slices")?)?,
        tongue: Tongue {
            decimals: attribute("data-decimals")?.parse().ok()?,
            sign: attribute("data-sign")?,
            buyer: attribute("data-buyer")?,
            seller: attribute("data-seller")?,
            provider: attribute("data-provider")?,
        },
    })
}
