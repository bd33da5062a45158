//! One thing done to many orders: the ticks, the form that they belong to wherever they stand, and what came of each.

use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::address::Address;
use crate::app::components::{
    Button, ButtonLink, Choice, Confirm, Empty, Form, FormContext, Icon, Look, StatusBadge, TextArea, inside,
    was_refused,
};
use crate::app::drawn::{Draw, Drawn, Still};
use crate::app::paths;
use crate::domain::bulk::{self, ALL_FITTING, ALL_SHOWN, Carried, Line, MOST_AT_ONCE, SHOWN, TICK};
use crate::domain::desk::Row;
use crate::domain::error::FormAnswer;
use crate::domain::order::action::Verb;
use crate::domain::view::Desk;
use crate::format::{count, plural};
use crate::rpc::orders::Bulk;

/// The name of the form on the page.
const FORM: &str = "bulk";

/// The ticks that were set in a form that was refused.
#[derive(Default)]
pub struct Ticked(Vec<(String, String)>);

impl Ticked {
    /// Looks whether this page is the answer to such a form.
    pub fn of_page() -> Self {
        let answer = use_context::<FormAnswer>();
        let ours = answer.filter(|answer| answer.call == Bulk::PATH.trim_start_matches("/rpc/"));
        Self(ours.map(|answer| answer.typed).unwrap_or_default())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(typed, _)| typed == name)
    }
}

/// The tick of one order; it sends the version that the reader has seen.
pub fn tick(row: &Row, ticked: &Ticked) -> impl IntoView + use<> {
    let name = format!("{TICK}{}", row.reference);
    view! {
        <label class="tick">
            <input
                type="checkbox"
                form=FORM
                checked=ticked.has(&name)
                name=name
                value=row.version.to_string()
                aria-label=format!("Tick {}", row.reference)
            />
        </label>
    }
}

/// The tick of all that are shown: with scripts it ticks them one by one, without it stands for them.
pub fn tick_all(desk: &Desk, ticked: &Ticked) -> impl IntoView + use<> {
    (!desk.list.rows.is_empty()).then(|| {
        view! {
            <label class="tick">
                <input
                    type="checkbox"
                    form=FORM
                    checked=ticked.has(ALL_SHOWN)
                    name=ALL_SHOWN
                    value="on"
                    aria-label="Tick all shown"
                />
            </label>
        }
    })
}

/// What of the page's form tells it from others: the list that it is about.
fn about(desk: &Desk, address: &Address) -> Vec<(&'static str, String)> {
    let mut about = address.showing();
    about.retain(|(name, _)| *name != "tab");
    about.insert(0, ("tab", desk.filter.tab.code().to_owned()));
    about
}

/// What can be done with the ticked ones.
pub fn unfold(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    (!desk.list.rows.is_empty()).then(|| {
        let about = about(desk, address);
        let open = was_refused(Bulk::PATH, &about);
        view! {
            <details class="unfold" name="list-head" open=open>
                <summary class="chip" data-key="b">
                    <span id="ticked" aria-live="polite">
                        "With ticked"
                    </span>
                </summary>
                {form(desk, address, about, open)}
            </details>
        }
    })
}

fn form(desk: &Desk, address: &Address, about: Vec<(&'static str, String)>, open: bool) -> impl IntoView + use<> {
    static CALL_OFF: Still = Still::new();
    static TO_FILE: Still = Still::new();
    let shown: Vec<String> = desk.list.rows.iter().map(|row| format!("{}:{}", row.reference, row.version)).collect();
    let fresh = vec![("key", desk.bulk_key.clone()), (SHOWN, shown.join(" "))];
    let fitting = if address.is_narrowed() {
        format!("All that fit the filter, on every page (at most {MOST_AT_ONCE})")
    } else {
        let all = desk.counts.of(desk.filter.tab);
        let bound = if all > 500 { format!(" (at most {MOST_AT_ONCE})") } else { String::new() };
        format!("All {} of this tab, on every page{bound}", count(all))
    };
    let (others, moves): (Vec<Verb>, Vec<Verb>) =
        bulk::verbs(&desk.viewer).into_iter().partition(|verb| *verb == Verb::Cancel);
    view! {
        <Form id=FORM call=Bulk::PATH class="form bulk" hidden=about fresh=fresh>
            <Choice name=ALL_FITTING value="on" label=fitting />
            {nothing_ticked()}
            {(!moves.is_empty())
                .then(|| view! { <div class="row-of">{moves.into_iter().map(verb).collect::<Vec<_>>()}</div> })}
            {(!others.is_empty()).then(|| if open { call_off().drawn() } else { CALL_OFF.draw(|| inside(FORM, call_off)) })}
            {TO_FILE.draw(to_file)}
        </Form>
    }
}

/// Ticks stand outside the form, so what is wrong with them is said in it.
fn nothing_ticked() -> Option<impl IntoView> {
    let form = use_context::<FormContext>()?;
    let message = form.wrong(ALL_SHOWN)?;
    Some(view! { <p class="wrong">{message}</p> })
}

/// The button of a verb. A number by which a parcel is followed belongs to one order, so that it is
/// written there.
fn verb(verb: Verb) -> Drawn {
    view! {
        <Button name="verb" value=verb.code()>
            {verb.label()}
        </Button>
    }
    .drawn()
}

/// Calling off moves money of many orders at once: what it does is said before it can be pressed.
fn call_off() -> impl IntoView {
    let verb = use_context::<FormContext>().and_then(|form| form.typed("verb"));
    let refused = verb.is_some_and(|verb| verb == Verb::Cancel.code());
    view! {
        <Confirm label="Call off…" grave=true open=refused>
            <div class="form">
                <p>
                    "What was paid for these orders goes back to their buyers, less the late fee where one was agreed. This cannot be called back."
                </p>
                <TextArea name="reason" label="Why" maxlength=2000 />
                <div>
                    <Button look=Look::Grave name="verb" value=Verb::Cancel.code()>
                        "Call off"
                    </Button>
                </div>
            </div>
        </Confirm>
    }
}

/// The ticked ones as a file.
fn to_file() -> impl IntoView {
    view! {
        <div class="row-of">
            <button class="button" formmethod="get" formaction=paths::export_csv()>
                "Export as CSV"
            </button>
            <button class="button" formmethod="get" formaction=paths::export_xlsx()>
                "as Excel (XLSX)"
            </button>
        </div>
        <p class="hint">"Each order by itself: what cannot be done holds back no other, and says why."</p>
    }
}

/// What the pane beside the list is headed: "12 of 15 orders called off".
pub fn headline(carried: &Carried) -> String {
    let all = i64::try_from(carried.lines.len()).unwrap_or(i64::MAX);
    let done = i64::try_from(carried.done()).unwrap_or(i64::MAX);
    format!("{} of {} {}", count(done), plural(all, "order", "orders"), bulk::done(carried.verb))
}

/// What came of a command, beside the list or over it: what was not done first, with the reason.
pub fn pane(carried: Option<&Carried>, address: &Address) -> impl IntoView + use<> {
    let (tail, list, back) = (address.tail(&[]), address.list(), address.list());
    let content = match carried {
        None => Either::Left(view! {
            <Empty title="No longer known" heading=true>
                <p>"What came of this is not kept any more. The orders themselves say where they stand."</p>
                <ButtonLink href=list>"To the list"</ButtonLink>
            </Empty>
        }),
        Some(carried) => {
            let (refused, done): (Vec<&Line>, Vec<&Line>) =
                carried.lines.iter().partition(|line| !line.refused.is_empty());
            let title = headline(carried);
            let more = carried.more.then(|| {
                view! { <p class="flash">"More orders fitted than one command takes: do the same again for the next ones."</p> }
            });
            let lines: Vec<_> = refused.into_iter().chain(done).map(|line| outcome(line, &tail)).collect();
            Either::Right(view! {
                <h1>{title}</h1>
                {more}
                <ul class="panel outcomes">{lines}</ul>
            })
        }
    };
    view! {
        <section class="order" aria-label="What came of it">
            <div class="stack">
                <a class="back" href=back data-key="u">
                    <Icon name="back" />
                    "All orders"
                </a>
                {content}
            </div>
        </section>
    }
}

fn outcome(line: &Line, tail: &str) -> impl IntoView + use<> {
    let reference = line.reference.to_string();
    // An order that is not the reader's is not there for them.
    let name = if line.about.is_empty() {
        view! { <b>{reference}</b> }.drawn()
    } else {
        let href = format!("/orders/{reference}{tail}");
        view! { <a href=href>{reference}</a> }.drawn()
    };
    let end = match line.status {
        Some(status) => view! { <StatusBadge status=status /> }.drawn(),
        None => view! { <p class="wrong">{line.refused.clone()}</p> }.drawn(),
    };
    view! { <li>{name} <span class="quiet">{line.about.clone()}</span> {end}</li> }
}
