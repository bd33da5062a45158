//! Where the money of an order is: one bar that adds up, what its parts are, and the ledger lines underneath.

use leptos::prelude::*;

use crate::app::components::{Head, MoneyBar, Part, Table, Time};
use crate::domain::money::{Bps, Minor};
use crate::domain::order::charge::{Flow, Slice};
use crate::domain::order::event::Event;
use crate::domain::order::status::Status;
use crate::domain::order::{AssignedProvider, Order};
use crate::domain::party::Party;
use crate::domain::time::Moment;
use crate::domain::view::{LedgerLine, OrderView};
use crate::format::{Reading, Stamp};

/// The bar under its heading.
pub fn panel(view: &OrderView, reading: &Reading) -> impl IntoView + use<> {
    let order = &view.order;
    // Where nothing was ever paid there is nothing to draw.
    let paid = !order.is_over() || order.paid_minor > 0;
    let bar = paid.then(|| {
        let (parts, label) = if order.gone.total() == 0 { ahead(view) } else { so_far(view) };
        let total = order.money(parts.iter().map(|part| part.amount.minor).sum());
        view! { <MoneyBar parts=parts total_label=label total=total /> }
    });
    let unpaid = (!paid).then(|| view! { <p class="quiet">"Nothing was paid."</p> });
    let remarks: Vec<_> = remarks(view).into_iter().map(|words| view! { <p class="quiet">{words}</p> }).collect();
    view! {
        <section class="panel" aria-labelledby="money">
            <h2 id="money">"Money"</h2>
            {bar}
            {unpaid}
            {remarks}
            {(!view.ledger.is_empty()).then(|| ledger(view, reading))}
        </section>
    }
}

/// What happened to the money after it had left escrow, or against everybody’s will.
fn remarks(view: &OrderView) -> Vec<String> {
    let order = &view.order;
    let mut remarks = Vec::new();
    if order.credited_minor > 0 {
        let (money, buyer) = (order.money(order.credited_minor), order.name_for(view.party, Party::Buyer));
        let balance = match view.party {
            Party::Seller => "your balance".to_owned(),
            _ => format!("the balance of {}", order.parties.seller_name),
        };
        remarks.push(format!("Since then {money} came back to {buyer} out of {balance}."));
    }
    for happened in &view.timeline {
        if let Event::ChargedBack { held_minor, from_seller_minor, lost_minor, .. } = &happened.event {
            let sources = [
                (*held_minor, "that was held"),
                (*from_seller_minor, "out of the balance of the seller"),
                (*lost_minor, "that nobody covers"),
            ];
            let sources = sources.iter().filter(|(minor, _)| *minor > 0);
            let parts: Vec<String> =
                sources.map(|(minor, whence)| format!("{} {whence}", order.money(*minor))).collect();
            let whose = if view.party == Party::Buyer { "Your" } else { "The buyer’s" };
            remarks.push(format!("{whose} bank took the payment back: {}.", parts.join(", ")));
        }
    }
    remarks
}

/// Before anything has left escrow: where all of it would go at a release.
fn ahead(view: &OrderView) -> (Vec<Part>, &'static str) {
    let order = &view.order;
    let open = order.deliveries.iter().fold(Slice::ZERO, |sum, part| sum.plus(part.open()));
    let parts = shares(view, open.release(), "To ");
    let held = order.held_minor();
    let label = match held {
        0 => "To be paid",
        held if held == open.paid_for() => "Held",
        _ => "In all",
    };
    (parts, label)
}

/// Once some has left: where it went, what is still held, and what was not paid yet.
fn so_far(view: &OrderView) -> (Vec<Part>, &'static str) {
    let order = &view.order;
    let to = if order.status() == Status::Cancelled { "Late-cancellation fee to " } else { "Released to " };
    let mut parts = shares(view, order.gone, to);
    let name = order.name_for(view.party, Party::Buyer);
    push(&mut parts, order, format!("Back to {name}"), order.gone.buyer);
    push(&mut parts, order, "Still held".to_owned(), order.held_minor());
    let unpaid = order.total_minor() - order.paid_minor;
    push(&mut parts, order, "Not yet paid".to_owned(), if order.is_over() { 0 } else { unpaid });
    (parts, if unpaid > 0 && !order.is_over() { "In all" } else { "Paid" })
}

/// What goes to the seller's side.
fn shares(view: &OrderView, flow: Flow, to: &str) -> Vec<Part> {
    let order = &view.order;
    let mut parts = Vec::new();
    push(&mut parts, order, format!("{to}{}", order.name_for(view.party, Party::Seller)), flow.seller);
    push(&mut parts, order, courier(order), flow.provider);
    // The rate alone is said where it is all there is: a fixed part, or one that is free, makes it another.
    let commission = order.terms.commission;
    let fee = if commission.fixed_minor == 0 && commission.non_split_minor == 0 && commission.rate > Bps::ZERO {
        format!("Marketplace fee {}", commission.rate.percent())
    } else {
        "Marketplace fee".to_owned()
    };
    push(&mut parts, order, fee, flow.marketplace);
    push(&mut parts, order, "Escrow fee".to_owned(), flow.fee);
    parts
}

/// Whoever brings it, by name as long as one is set: what another was paid before stays theirs.
fn courier(order: &Order) -> String {
    order.provider.as_ref().map_or_else(|| "Courier".to_owned(), |provider| format!("Courier {}", provider.name))
}

fn push(parts: &mut Vec<Part>, order: &Order, label: String, minor: Minor) {
    if minor != 0 {
        parts.push(Part { label, amount: order.money(minor) });
    }
}

/// Every line that was booked, for whoever wants to add them up.
fn ledger(view: &OrderView, reading: &Reading) -> impl IntoView + use<> {
    let mut before = 0;
    let rows: Vec<_> = view
        .ledger
        .iter()
        .map(|line| {
            let first = line.event_seq != before;
            before = line.event_seq;
            ledger_row(line, &view.order, first.then(|| day(line.at, reading)).flatten())
        })
        .collect();
    view! {
        <details class="ledger no-print">
            <summary class="link">"Ledger lines"</summary>
            <Table label="Ledger lines" heads=vec![Head::Text("When"), Head::Text("Account"), Head::Number("In, out")]>
                {rows}
            </Table>
        </details>
    }
}

/// The day alone, for a narrow column; the exact time is behind it.
fn day(at: Moment, reading: &Reading) -> Option<Stamp> {
    let text = reading.date(at);
    reading.stamp(at).map(|stamp| Stamp { text, ..stamp })
}

fn ledger_row(line: &LedgerLine, order: &Order, at: Option<Stamp>) -> impl IntoView + use<> {
    // The books write what is owed as credits; people read what comes in as more.
    let amount = order.money(-line.amount_minor);
    let sign = if amount.minor > 0 { "+" } else { "" };
    view! {
        <tr>
            <td>{at.map(|at| view! { <Time at=at /> })}</td>
            <td title=line.account.clone()>{account(&line.account, order)}</td>
            <td class="number">{sign} {amount.amount()}</td>
        </tr>
    }
}

/// An account in words.
fn account(name: &str, order: &Order) -> String {
    let parties = &order.parties;
    let mut parts = name.strip_prefix("test:").unwrap_or(name).split(':').skip(1);
    match (parts.next(), parts.next()) {
        (Some("gateway"), Some(gateway)) => format!("Gateway {gateway}"),
        (Some("escrow"), _) => "Escrow".to_owned(),
        (Some("escrow_fee"), _) => "Escrow fee".to_owned(),
        (Some("chargeback"), _) => "Charge-backs".to_owned(),
        (Some("payable"), Some("seller")) => parties.seller_name.clone(),
        (Some("payable"), Some("buyer")) => parties.buyer_name.clone(),
        (Some("payable"), Some("marketplace")) => parties.marketplace_name.clone(),
        (Some("payable"), Some("provider")) => {
            let own = |provider: &&AssignedProvider| parts.next() == Some(provider.id.to_string().as_str());
            order.provider.as_ref().filter(own).map_or("Courier", |provider| &provider.name).to_owned()
        }
        _ => name.to_owned(),
    }
}
