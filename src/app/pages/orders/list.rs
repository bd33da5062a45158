//! The list: tabs with their counts, one row an order, and the way to the next rows.

use leptos::either::Either;
use leptos::prelude::*;

use super::address::Address;
use super::{
    bulk::{self, Ticked},
    narrow, views,
};
use crate::app::components::{ButtonLink, Empty, Pager, Tab, Tabs, look, look_for_me};
use crate::app::paths;
use crate::domain::access::Permission;
use crate::domain::desk::{self, Row};
use crate::domain::order::status::Turn;
use crate::domain::party::Party;
use crate::domain::view::Desk;
use crate::format::{Reading, Urgency, count};

/// The whole pane.
pub fn pane(desk: &Desk, address: &Address, reading: &Reading) -> impl IntoView + use<> {
    let heading = if address.open.is_none() && address.carried.is_none() {
        Either::Left(view! { <h1 class="heard">"Orders"</h1> })
    } else {
        Either::Right(view! { <h2 class="heard">"Orders"</h2> })
    };
    let ticked = Ticked::of_page();
    let content = if desk.list.rows.is_empty() {
        Either::Left(nothing(desk, address))
    } else {
        Either::Right(rows(desk, address, &ticked, reading))
    };
    view! {
        <section class="list" aria-label="List of orders" data-view=address.tail(&[("timeline", "")])>
            {heading}
            <div class="list-head">
                {tabs(desk, address)}
                <div class="chips">
                    {bulk::tick_all(desk, &ticked)} {narrow::sorts(desk.filter.sort, address)} {narrow::filters(address)}
                    {bulk::unfold(desk, address)} {views::unfold(address)} {narrow::chips(address)}
                    <div class="end row-of">{narrow::export(desk, address)} {new_order(desk)}</div>
                </div>
                {views::kept(desk, address)}
            </div>
            {content}
        </section>
    }
}

fn tabs(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    let tab = |tab: desk::Tab| Tab {
        label: tab.label().to_owned(),
        count: Some(count(desk.counts.of(tab))),
        href: address.with("tab", tab.code()),
        current: desk.filter.tab == tab,
    };
    view! { <Tabs label="Which orders" tabs=desk::Tab::ALL.map(tab).to_vec() /> }
}

fn may_place(desk: &Desk) -> bool {
    desk.viewer.hat.is_some() && desk.viewer.permissions().has(Permission::Sell)
}

fn new_order(desk: &Desk) -> impl IntoView + use<> {
    may_place(desk).then(|| {
        view! {
            <a class="link" href=paths::new_order()>
                "New order"
            </a>
        }
    })
}

fn rows(desk: &Desk, address: &Address, ticked: &Ticked, reading: &Reading) -> impl IntoView + use<> {
    let tail = address.tail(&[]);
    let open = desk.open.as_ref().map(|open| &open.reference);
    let rows: Vec<_> = desk
        .list
        .rows
        .iter()
        .map(|shown| row(shown, desk.party, &tail, open == Some(&shown.reference), ticked, reading))
        .collect();
    view! {
        <ul class="rows">{rows}</ul>
        {pager(desk, address)}
    }
}

/// One order in a handful of elements, for there are many of them.
fn row(row: &Row, reader: Party, tail: &str, open: bool, ticked: &Ticked, reading: &Reading) -> impl IntoView + use<> {
    let mine = row.turn.includes(reader);
    let over = row.status.is_over();
    let words = if mine && !row.task.is_empty() { short(&row.task) } else { row.status.label().to_owned() };
    let (when, class) = match row.due_at {
        Some(due) if !over && due < reading.now() => ("overdue".to_owned(), Urgency::Late.class()),
        Some(due) if mine => (reading.left(due), reading.urgency(due).class()),
        Some(due) if !over => (reading.due(due), ""),
        _ => (reading.date(if over { row.updated_at } else { row.placed_at }), ""),
    };
    // Whoever is neither of the two wants to know both.
    let from = (!matches!(reader, Party::Buyer | Party::Seller)).then(|| format!("from {}", row.seller));
    let what = [Some(row.reference.to_string()), from, row.external_ref.clone(), Some(row.title.clone())];
    let what = what.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let class = if class.is_empty() { "when".to_owned() } else { format!("when {class}") };
    view! {
        <li class="row" data-v=format!("{}:{}", row.reference, row.version)>
            {bulk::tick(row, ticked)} <a class="row-link" href=format!("/orders/{}{tail}", row.reference) aria-current=open.then_some("true")>
                {row.other_party(reader).to_owned()} <span class="heard">{format!(", {}", row.reference)}</span>
            </a>
            <span class="money">{row.total.to_string()}</span>
            <span class="what">{what}</span>
            <span class=if mine { look_for_me(row.status) } else { look(row.status) }>{words}</span>
            <span class="turn-of">{whose(row.turn, reader)}</span>
            <span class=class>{when}</span>
        </li>
    }
}

/// Whose turn it is, for a row that has room to say so.
fn whose(turn: Turn, reader: Party) -> &'static str {
    if turn.includes(reader) {
        return "Your turn";
    }
    match turn.parties().next() {
        Some(Party::Buyer) => "Buyer’s turn",
        Some(Party::Seller) => "Seller’s turn",
        Some(Party::Provider) => "Courier’s turn",
        Some(Party::Operator) => "Marketplace’s turn",
        _ => "",
    }
}

/// A task as it fits on a mark: what it is done to goes without saying in a list of orders.
fn short(task: &str) -> String {
    let bare = task.trim_end_matches(" the delivery");
    let mut letters = bare.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn pager(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    let rows = i64::try_from(desk.list.rows.len()).unwrap_or(i64::MAX);
    let begun = !address.get("after").is_empty();
    let shown = if address.is_narrowed() {
        format!("{} shown", count(rows))
    } else {
        format!("{} of {}", count(rows), count(desk.counts.of(desk.filter.tab)))
    };
    let next = desk.list.next.map(|next| address.path() + &address.tail(&[("after", &next.write())]));
    view! { <Pager shown=shown first=begun.then(|| address.without(&["after"])) next=next /> }
}

/// Why there is nothing, and which filter to loosen.
fn nothing(desk: &Desk, address: &Address) -> impl IntoView + use<> {
    let narrowed = address.is_narrowed();
    let everywhere = desk.counts.of(desk::Tab::All);
    let elsewhere = (desk.filter.tab != desk::Tab::All && everywhere > 0).then(|| {
        let words = if narrowed { "Look in all tabs".to_owned() } else { format!("Show all {}", count(everywhere)) };
        view! { <ButtonLink href=address.with("tab", "all")>{words}</ButtonLink> }
    });
    let (title, sentence) = match (narrowed, everywhere, desk.party) {
        (true, ..) => ("Nothing fits", "Loosen one of these:"),
        (false, 1.., _) if desk.filter.tab == desk::Tab::YourTurn => {
            ("Nothing waits for you", "When it is your turn, it stands here.")
        }
        (false, 1.., _) => ("Nothing here", "No order is under this tab now."),
        (false, _, Party::Buyer) => ("No orders yet", "What you buy stands here as soon as a shop places it for you."),
        (false, ..) => ("No orders yet", "Orders stand here as soon as they are placed."),
    };
    let loosen: Vec<_> = narrow::on(address)
        .into_iter()
        .map(|(words, href)| view! { <ButtonLink href=href>"Without: " {words}</ButtonLink> })
        .collect();
    let place = (everywhere == 0 && may_place(desk))
        .then(|| view! { <ButtonLink href=paths::new_order()>"Place an order"</ButtonLink> });
    view! {
        <Empty title=title>
            <p>{sentence}</p>
            {loosen}
            {elsewhere}
            {place}
        </Empty>
    }
}
