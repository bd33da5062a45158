//! What a reader was told: each thing leads to its order, and is read once that was opened.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::app::components::{Button, Empty, Form, Look, PageTitle, Time};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::inbox::{Inbox, Item};
use crate::format::Reading;
use crate::rpc::inbox::{self, ReadAll};
use crate::rpc::session::Wear;

/// The newest first.
pub fn notices(_: &Here) -> Page {
    page(Setting::NOTICES, inbox::list(), |inbox: Inbox| {
        let reading = Reading::new(&inbox.time_zone, inbox.now);
        let anything_new = inbox.items.iter().any(|item| item.is_new);
        let empty = inbox.items.is_empty().then(|| {
            view! {
                <Empty icon="bell" title="Nothing yet">
                    <p>"When something happens to your orders that concerns you, it stands here."</p>
                </Empty>
            }
        });
        let read_all = anything_new.then(|| {
            view! {
                <Form id="read-all" call=ReadAll::PATH class="">
                    <Button look=Look::Small>"Mark all as read"</Button>
                </Form>
            }
        });
        let items: Vec<_> = inbox.items.into_iter().enumerate().map(|(at, item)| line(at, item, &reading)).collect();
        view! {
            <PageTitle text="Notices · Holdfast" />
            <header class="notices-head">
                <h1>"Notices"</h1>
                {read_all}
            </header>
            {empty}
            {(!items.is_empty()).then(|| view! { <ol class="panel notices">{items}</ol> })}
        }
    })
}

/// One thing; an order that is seen under another hat is opened by putting that hat on.
fn line(at: usize, item: Item, reading: &Reading) -> impl IntoView + use<> {
    let order = paths::order(&item.reference);
    let words = view! {
        <b>{item.headline}</b>
        " "
        <span class="quiet">{format!("{} · {}", item.reference, item.title)}</span>
    };
    let way = match item.other_hat {
        None => view! { <a href=order>{words}</a> }.into_any(),
        Some((hat, name)) => view! {
            <Form id=format!("as-{at}") call=Wear::PATH hidden=vec![("hat", hat), ("next", order)] class="">
                <button>{words} " " <small>{format!("as {name}")}</small></button>
            </Form>
        }
        .into_any(),
    };
    view! {
        <li class=item.is_new.then_some("new")>
            {item.is_new.then(|| view! { <span class="heard">"New: "</span> })} {way}
            {reading.stamp(item.at).map(|at| view! { <Time at=at /> })}
        </li>
    }
}
