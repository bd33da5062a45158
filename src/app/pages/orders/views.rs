//! What a reader likes to look at, under names of their own: small links in the head of the list.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::address::Address;
use crate::app::components::{Button, Field, Form, Icon, inside, was_refused};
use crate::app::drawn::{Draw, Still};
use crate::app::paths;
use crate::domain::desk::SavedView;
use crate::domain::view::Desk;
use crate::rpc::orders::{RemoveView, SaveView};

/// The name of that form on the page.
const FORM: &str = "view";

/// The form that keeps what the list shows now.
pub fn unfold(address: &Address) -> impl IntoView + use<> {
    static NAME: Still = Still::new();
    let hidden = address.showing();
    let open = was_refused(SaveView::PATH, &hidden);
    view! {
        <details class="unfold" name="list-head" open=open>
            <summary class="chip">"Keep view"</summary>
            <Form id=FORM call=SaveView::PATH hidden=hidden>
                {if open { name().drawn() } else { NAME.draw(|| inside(FORM, name)) }}
            </Form>
        </details>
    }
}

fn name() -> impl IntoView {
    view! {
        <Field name="name" label="What you call this view" maxlength=40 />
        <p class="hint">"It keeps tab, search, filters and order, and shows what fits them then."</p>
        <div>
            <Button>"Keep it"</Button>
        </div>
    }
}

/// What is kept: each a link, and what takes it away.
pub fn kept(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    let shown: Vec<(&str, String)> = address.showing();
    let rows: Vec<_> = desk.views.iter().map(|view| one(view, &shown)).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <nav aria-label="Your views">
                <ul class="chips views">{rows}</ul>
            </nav>
        }
    })
}

fn one(kept: &SavedView, shown: &[(&str, String)]) -> impl IntoView + use<> {
    let parameters: Vec<(&str, &str)> =
        kept.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let current = parameters.len() == shown.len()
        && shown.iter().all(|(name, value)| kept.query.get(*name).is_some_and(|kept| kept == value));
    let href = paths::with_query(&paths::orders(), &parameters);
    let id = kept.id.to_string();
    let remove = format!("Take away: {}", kept.name);
    view! {
        <li>
            <a class="chip" href=href aria-current=current.then_some("true")>
                {kept.name.clone()}
            </a>
            <Form id=id.clone() call=RemoveView::PATH class="" hidden=vec![("view", id)]>
                <button class="cross">
                    <span class="heard">{remove}</span>
                    <Icon name="cross" />
                </button>
            </Form>
        </li>
    }
}
