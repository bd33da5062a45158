//! What narrows and sorts the list, and the list as a file.

use leptos::prelude::*;

use super::address::{Address, NARROWING};
use crate::app::components::{Choice, Field, Icon, Select};
use crate::app::drawn::{Draw, Still};
use crate::app::paths;
use crate::domain::desk::Sort;
use crate::domain::order::status::Status;
use crate::domain::view::Desk;

/// In which order: what is chosen stands on the chip, the others unfold from it.
pub fn sorts(now: Sort, address: &Address) -> impl IntoView + use<> {
    let links = Sort::ALL
        .map(|sort| {
            let code = if sort == Sort::default() { "" } else { sort.code() };
            view! {
                <a class="chip" href=address.with("sort", code) aria-current=(sort == now).then_some("true")>
                    {sort.label()}
                </a>
            }
        })
        .collect_view();
    view! {
        <details class="unfold" name="list-head">
            <summary class="chip on">
                <span class="heard">"Sorted by: "</span>
                {now.label()}
            </summary>
            <div class="row-of">{links}</div>
        </details>
    }
}

/// Everything else by which the list can be narrowed, in one form.
pub fn filters(address: &Address) -> impl IntoView + use<> {
    static EMPTY: Still = Still::new();
    let hidden =
        KEPT.into_iter().map(|name| (name, address.get(name).to_owned())).filter(|(_, value)| !value.is_empty());
    let fields =
        if address.is_narrowed() { fields(address).drawn() } else { EMPTY.draw(|| fields(&Address::default())) };
    view! {
        <details class="unfold" name="list-head">
            <summary class="chip">
                <Icon name="filter" />
                "Filter"
            </summary>
            <form class="form filters" action=address.path()>
                {hidden
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                    .collect_view()}
                {fields}
                <div class="row-of">
                    <button class="button main">"Show"</button>
                    <a class="button plain" href=cleared(address)>
                        "Clear"
                    </a>
                </div>
            </form>
        </details>
    }
}

/// What can be asked for, with what is asked for now.
fn fields(address: &Address) -> impl IntoView + use<> {
    let value = |name: &str| Some(address.get(name).to_owned()).filter(|value| !value.is_empty());
    let mut statuses = vec![(String::new(), "Any".to_owned())];
    statuses.extend(Status::ALL.map(|status| (status.code().to_owned(), status.label().to_owned())));
    view! {
        <div class="fields">
            <Select name="status" label="Status" options=statuses value=value("status") />
            <Field name="party" label="Buyer or seller" value=value("party") optional=true maxlength=100 />
            <Field name="provider" label="Courier" value=value("provider") optional=true maxlength=100 />
            <Field name="channel" label="Channel" value=value("channel") optional=true maxlength=40 />
            <Field name="min" label="Amount from" value=value("min") optional=true inputmode="numeric" maxlength=12 />
            <Field name="max" label="Amount to" value=value("max") optional=true inputmode="numeric" maxlength=12 />
            <Field name="from" label="Placed from" kind="date" value=value("from") optional=true />
            <Field name="to" label="Placed to" kind="date" value=value("to") optional=true />
        </div>
        <Choice name="overdue" value="on" label="Only what is overdue" checked=address.get("overdue") == "on" />
    }
}

/// What the form does not ask for and the address keeps.
const KEPT: [&str; 6] = ["tab", "q", "seller", "sort", "rows", "timeline"];

/// The address without anything that narrows the list, from its beginning.
fn cleared(address: &Address) -> String {
    let names: Vec<&str> = NARROWING.iter().map(|(name, _)| *name).chain(["after"]).collect();
    address.without(&names)
}

/// What a filter that is on says.
fn words(name: &str, label: &str, value: &str) -> String {
    match name {
        "status" => Status::from_code(value).map_or_else(|| value.to_owned(), |status| status.label().to_owned()),
        "overdue" => label.to_owned(),
        "seller" => "One seller".to_owned(),
        _ => format!("{label} {value}"),
    }
}

/// What narrows the list now; each can be taken off.
pub fn on(address: &Address) -> Vec<(String, String)> {
    let on = NARROWING.iter().filter(|(name, _)| !address.get(name).is_empty());
    on.map(|(name, label)| (words(name, label, address.get(name)), address.with(name, ""))).collect()
}

/// The same as small links.
pub fn chips(address: &Address) -> impl IntoView + use<> {
    on(address)
        .into_iter()
        .map(|(words, href)| {
            view! {
                <a class="chip on" href=href>
                    <span class="heard">"Take off: "</span>
                    {words}
                    <Icon name="cross" />
                </a>
            }
        })
        .collect_view()
}

/// The list as a file: all that fits, on whichever page it is.
pub fn export(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    let tail = address.tail(&[("tab", desk.filter.tab.code()), ("rows", ""), ("after", ""), ("timeline", "")]);
    let (csv, xlsx) = (paths::export_csv() + &tail, paths::export_xlsx() + &tail);
    (!desk.list.rows.is_empty()).then(|| {
        view! {
            <details class="unfold" name="list-head">
                <summary class="link" data-key="e">
                    "Export"
                </summary>
                <div class="row-of">
                    <p>"Exactly what is listed here, all pages of it:"</p>
                    <a class="button" href=csv download>
                        "CSV"
                    </a>
                    <a class="button" href=xlsx download>
                        "Excel (XLSX)"
                    </a>
                </div>
            </details>
        }
    })
}
