//! What is where: the items as they were sold, and each delivery with what is in it, who carries it and how it stands.

use leptos::prelude::*;

use crate::app::components::{Lines, Panel, Row, StatusBadge};
use crate::app::drawn::Draw;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Item, ItemKind, Order, Outcome};
use crate::domain::time::Moment;
use crate::domain::view::OrderView;
use crate::format::{Reading, plural};

/// The items; with one delivery alone, what is known of it stands under them.
pub fn items(view: &OrderView, reading: &Reading) -> impl IntoView + use<> {
    let order = &view.order;
    let rows: Vec<Row> = order.items.iter().map(|item| Row::new(&item.title, price(order, item))).collect();
    let facts = match order.deliveries.as_slice() {
        [only] => facts(view, only, reading),
        _ => Vec::new(),
    };
    view! {
        <Panel title="Items">
            <Lines rows=rows />
            {(!facts.is_empty()).then(|| view! { <Lines rows=facts loose=true /> })}
        </Panel>
    }
}

fn price(order: &Order, item: &Item) -> String {
    let amount = order.money(item.unit_minor).amount();
    if item.kind == ItemKind::Goods { format!("{} × {amount}", item.quantity) } else { amount }
}

/// Carrier, number, attempts and agreed day of a delivery, as far as there are any.
fn facts(view: &OrderView, part: &Delivery, reading: &Reading) -> Vec<Row> {
    let order = &view.order;
    let mut facts = Vec::new();
    if let Some(tracking) = &part.tracking {
        facts.push(Row::new(&tracking.carrier, &tracking.number));
    }
    if part.due_at != Moment::NEVER && !part.status.is_over() {
        facts.push(Row::new("Agreed for", reading.moment(part.due_at)));
    }
    if part.attempts > 0 {
        facts.push(Row::new("Attempts", format!("{} of {}", part.attempts, order.terms.max_attempts)));
    }
    if let Some(offer) = part.settlement.filter(|_| !part.status.is_over()) {
        let shared = order.shared(part, offer.to_seller_minor, view.party);
        facts.push(Row::new(format!("Offered by {}", order.name_for(view.party, offer.by)), shared));
    }
    facts
}

/// The deliveries side by side, or the milestones one after the other.
pub fn panel(view: &OrderView, reading: &Reading) -> impl IntoView + use<> {
    let order = &view.order;
    let parts: Vec<_> = order.deliveries.iter().map(|part| delivery(view, part, reading)).collect();
    let over = order.deliveries.iter().filter(|part| part.status.is_over()).count();
    let (title, class, remark) = if order.milestones {
        ("Milestones", "deliveries milestones", format!("{over} of {} done", parts.len()))
    } else {
        ("Deliveries", "deliveries", plural(i64::try_from(parts.len()).unwrap_or(i64::MAX), "delivery", "deliveries"))
    };
    view! {
        <Panel title=title remark=remark>
            <ol class=class>{parts}</ol>
        </Panel>
    }
}

fn delivery(view: &OrderView, part: &Delivery, reading: &Reading) -> impl IntoView + use<> {
    let order = &view.order;
    let name = match (order.milestones, part.lines.first().and_then(|line| order.item(line.item))) {
        (true, Some(item)) => item.title.clone(),
        _ => format!("Delivery {}", part.no),
    };
    let lines: Vec<_> = part
        .lines
        .iter()
        .filter(|line| line.quantity > 0 && !order.milestones)
        .map(|line| {
            let title = order.item(line.item).map_or("item", |item| item.title.as_str());
            format!("{} × {title}", line.quantity)
        })
        .map(|words| view! { <li>{words}</li> })
        .collect();
    let amount = order.money(part.open().paid_for() + part.released().paid_for());
    let facts = facts(view, part, reading);
    let current = (part.started && !part.status.is_over() && part.no == order.pressing().no).then_some("step");
    let badge = if part.started {
        view! { <StatusBadge status=part.status words=outcome(part) /> }.drawn()
    } else {
        view! { <span class="badge dash">"Not begun"</span> }.drawn()
    };
    view! {
        <li class="delivery" aria-current=current>
            <div class="spread">
                <b>{name}</b>
                <span class="money">{(amount.minor > 0).then(|| amount.amount())}</span>
            </div>
            {badge}
            <ul class="quiet">{lines}</ul>
            {(!facts.is_empty()).then(|| view! { <Lines rows=facts loose=true /> })}
        </li>
    }
}

/// How a completed delivery ended, in a word.
fn outcome(part: &Delivery) -> Option<String> {
    let words = match (part.status, part.outcome?) {
        (Status::Completed, Outcome::Refunded) => "Refunded",
        (Status::Completed, Outcome::Split) => "Shared",
        (Status::Completed, Outcome::Released) => "Released",
        _ => return None,
    };
    Some(words.to_owned())
}
