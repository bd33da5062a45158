//! What an amount would do to the money, and what items come to, said while they are typed, by the same code that the server
//! settles and reads with.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use crate::domain::order::form::running::{RunningTotal, TypedRow};
use crate::domain::order::preview::{Kind, Preview, Tongue};

/// Where it is said; its attributes hold what is needed for saying it.
const PREVIEW: &str = ".preview";
/// The rows of a form's items; what they come to is said right below them.
const ROWS: &str = "item-rows";

/// Listens to what is typed, and sums up what is there already: a browser that comes back keeps it.
pub fn start() {
    window_event_listener(ev::input, |event| {
        let Some(typed) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        if let Some(input) = typed.dyn_ref::<HtmlInputElement>() {
            say(input);
        }
        if let Some(rows) = typed.closest(&format!(".{ROWS}")).ok().flatten() {
            sum_up(&rows);
        }
    });
    window_event_listener(ev::pageshow, |_| sum_up_all());
    sum_up_all();
}

fn sum_up_all() {
    let found = document().get_elements_by_class_name(ROWS);
    for rows in (0..found.length()).filter_map(|at| found.item(at)) {
        sum_up(&rows);
    }
}

fn sum_up(rows: &Element) -> Option<()> {
    let said = rows.next_element_sibling()?;
    let total = RunningTotal {
        decimals: said.get_attribute("data-decimals")?.parse().ok()?,
        sign: said.get_attribute("data-sign")?,
    };
    let found = rows.children();
    let typed = (0..found.length()).filter_map(|at| found.item(at)).map(|row| TypedRow {
        kind: value(&row, "kind"),
        quantity: value(&row, "quantity"),
        price: value(&row, "price"),
    });
    let sentence = total.sentence(&typed.collect::<Vec<_>>()).unwrap_or_default();
    // What is said already is not read out again.
    if said.text_content().as_deref() != Some(sentence.as_str()) {
        said.set_text_content(Some(&sentence));
    }
    Some(())
}

/// What stands in the field of a row whose name begins so.
fn value(row: &Element, name: &str) -> String {
    let field = row.query_selector(&format!("[name^='{name}.']")).ok().flatten();
    let value = field.and_then(|field| {
        let chosen = field.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value);
        chosen.or_else(|| Some(field.dyn_ref::<HtmlInputElement>()?.value()))
    });
    value.unwrap_or_default()
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
