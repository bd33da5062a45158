//! An order: what it is, whose turn it is and what follows, what the reader can do, and everything that belongs to it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::address::Address;
use super::door::Door;
use super::{actions, deliveries, done, money, people, receiving, timeline};
use crate::app::components::{Icon, Panel, QrCode, StatusBadge};
use crate::domain::access::Viewer;
use crate::domain::error::FormAnswer;
use crate::domain::order::action::Verb;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;
use crate::domain::time::Moment;
use crate::domain::view::{DoorCode, OrderView};
use crate::format::{Reading, Urgency, countdown};
use crate::rpc::answers::{AskCode, ChangeRecipientByLink, GiveAnswer};
use crate::rpc::couriers::ChangeRecipient;
use crate::rpc::orders::Act;

/// The whole pane.
pub fn pane(view: OrderView, viewer: &Viewer, address: &Address, reading: &Reading) -> impl IntoView + use<> {
    let view = Arc::new(view);
    let door = Door::Screen { email: viewer.email.clone() };
    let several = view.order.deliveries.len() > 1;
    let shown = format!("{}:{}", view.order.reference, view.order.version);
    view! {
        <article class="order" aria-labelledby="order-title" data-v=shown>
            <div class="stack">
                <a class="back" href=address.list() data-key="u">
                    <Icon name="back" />
                    "All orders"
                </a>
                {head(&view, reading)}
                {done::flash(address)}
                {refused(&view)}
                {turn(&view, &door, reading)}
                {code(&view)}
                <div class="order-body">
                    <div class="stack">
                        {several.then(|| deliveries::panel(&view, reading))}
                        {timeline::panel(&view, viewer.user, &door, Some(address), reading)}
                    </div>
                    <div class="stack">
                        {money::panel(&view, reading)} {deliveries::items(&view, reading)}
                        {receiving::panel(&view, &door, reading)} {people::parties(&view, address)}
                        {people::terms(&view)}
                    </div>
                </div>
            </div>
        </article>
    }
}

/// The other party as this reader knows it: buyers know the shop, everybody else the buyer.
fn other_party(order: &Order, reader: Party) -> String {
    match reader {
        Party::Buyer => order.parties.seller_name.clone(),
        Party::Seller => order.parties.buyer_name.clone(),
        _ => format!("{} from {}", order.parties.buyer_name, order.parties.seller_name),
    }
}

pub(super) fn head(view: &OrderView, reading: &Reading) -> impl IntoView + use<> {
    let order = &view.order;
    let theirs = order.external_ref.as_ref().map(|number| {
        let whose = match view.party {
            Party::Seller => "your order",
            Party::Buyer => "their order",
            _ => "the shop’s order",
        };
        format!(" · {whose} {number}")
    });
    let above = format!("{} · {}{}", order.reference, other_party(order, view.party), theirs.unwrap_or_default());
    view! {
        <header class="order-head">
            <div>
                <p>{above}</p>
                <h1 id="order-title" tabindex="-1">{order.title()}</h1>
                <StatusBadge status=order.status() />
            </div>
            <p class="total">
                <b class="money">{order.money(order.total_minor()).to_string()}</b>
                {standing(order, reading)}
            </p>
        </header>
    }
}

/// Where its money is, in a word or two.
fn standing(order: &Order, reading: &Reading) -> String {
    let paid = order.deliveries.iter().filter_map(|part| part.paid_at).min();
    match paid {
        None if order.is_over() => "never paid".to_owned(),
        None => "not yet paid".to_owned(),
        Some(paid) if order.held_minor() == order.total_minor() => {
            format!("held since {}", reading.date(paid))
        }
        Some(_) if order.paid_minor < order.total_minor() && !order.is_over() => {
            format!("{} paid, {} held", order.money(order.paid_minor), order.money(order.held_minor()))
        }
        Some(_) if order.held_minor() > 0 => {
            format!("{} still held", order.money(order.held_minor()))
        }
        Some(paid) => format!("paid on {}", reading.date(paid)),
    }
}

/// Why the last press changed nothing, where its form cannot say so itself: somebody else was first, or the form is gone.
pub(super) fn refused(view: &OrderView) -> Option<impl IntoView + use<>> {
    let answer = use_context::<FormAnswer>()?;
    let typed =
        |name: &str| answer.typed.iter().find(|(typed, _)| typed == name).map_or("", |(_, value)| value.as_str());
    let offered = view.offers.iter().any(|offer| {
        offer.verb.code() == typed("verb")
            && offer.delivery.map_or_else(String::new, |no| no.to_string()) == typed("delivery")
    });
    let called = |paths: &[&str]| paths.iter().any(|path| path.trim_start_matches("/rpc/") == answer.call);
    let says_so_itself = if called(&[Act::PATH, GiveAnswer::PATH]) {
        offered && answer.error.code != "version_conflict"
    } else if called(&[ChangeRecipient::PATH, ChangeRecipientByLink::PATH]) {
        view.receiving.changes.other
    } else {
        called(&[AskCode::PATH]) && !view.order.is_over()
    };
    (!says_so_itself).then(|| {
        view! {
            <p class="alert" role="alert" tabindex="-1" autofocus>
                {answer.error.message}
            </p>
        }
    })
}

/// Whose turn it is, what follows if nobody acts, and what the reader can do.
pub(super) fn turn(view: &Arc<OrderView>, door: &Door, reading: &Reading) -> impl IntoView + use<> {
    let (mine, words) = view.order.turn_told(view.party, &view.offers, reading.now());
    let class = if mine { "panel turn" } else { "panel turn still" };
    let mut facts: Vec<String> = agreed_day(view, reading).into_iter().collect();
    facts.extend(view.order.deliveries.iter().filter_map(|part| settlement(view, part, reading)));
    facts.extend(silence(view, mine, reading));
    facts.extend(view.order.ending(view.party));
    view! {
        <section class=class aria-labelledby="turn">
            <header>
                <h2 id="turn" tabindex="-1">{words}</h2>
                {clock(&view.order, reading)}
            </header>
            {facts.into_iter().map(|words| view! { <p>{words}</p> }).collect_view()}
            {actions::offers(view, door, mine)}
        </section>
    }
}

/// The time that is left for whoever must act, running down.
fn clock(order: &Order, reading: &Reading) -> Option<impl IntoView + use<>> {
    let due = order.urgent_at();
    let until = if due < reading.now() { order.deadline_at() } else { due };
    if until == Moment::NEVER {
        return None;
    }
    let left = reading.secs_left(until);
    let class = match reading.urgency(until) {
        Urgency::Calm => "clock".to_owned(),
        near => format!("clock {}", near.class()),
    };
    Some(view! {
        <span class=class role="timer" aria-label="Time left" data-left=left.to_string()>
            {countdown(left)}
        </span>
    })
}

/// The day that was agreed for the delivery, where it comes before what the clock does.
fn agreed_day(view: &OrderView, reading: &Reading) -> Option<String> {
    let part = view.order.pressing();
    let waits = matches!(part.status, Status::Funded | Status::InTransit | Status::SecondAttempt);
    if !waits || part.due_at == Moment::NEVER {
        return None;
    }
    Some(if part.due_at < reading.now() {
        let who = if view.party == Party::Buyer { "you" } else { "the buyer" };
        format!("It was agreed for {}, and is overdue: {who} may cancel free of charge.", reading.moment(part.due_at))
    } else {
        format!("It was agreed to be delivered by {}.", reading.moment(part.due_at))
    })
}

/// "If you do nothing by Tue 24 Nov, 14:00, the money is released to Ada Stores."
fn silence(view: &OrderView, mine: bool, reading: &Reading) -> Option<String> {
    let step = view.steps.first()?;
    let who = if mine { "If you do nothing" } else { "If nobody acts" };
    let order = &view.order;
    let part = order.delivery(step.delivery).filter(|_| order.deliveries.len() > 1);
    let of = part.map_or_else(String::new, |part| format!(" ({})", order.part_name(part)));
    let (at, then) = (reading.moment(step.at), &step.then);
    // What was accepted nobody has to act on: it is only a matter of time.
    if step.verb == Verb::Release {
        return Some(format!("{} on {at}{of}.", then.replacen("the", "The", 1)));
    }
    Some(format!("{who} by {at}, {then}{of}."))
}

/// What is offered for a part, and until when it may be accepted: an offer outlives the time to settle.
fn settlement(view: &OrderView, part: &Delivery, reading: &Reading) -> Option<String> {
    let order = &view.order;
    let until = match order.deadline_of(part) {
        _ if part.status.is_disputed() => format!(" until {} decides", order.name_of(Party::Operator)),
        Moment::NEVER => String::new(),
        at => format!(" until {}", reading.moment(at)),
    };
    order.settlement_sentence(part, view.party, &until)
}

/// The code that the buyer says at the door, and nobody else sees.
pub(super) fn code(view: &OrderView) -> Option<impl IntoView + use<>> {
    let several = view.order.deliveries.len() > 1;
    let shown = |code: &DoorCode| {
        let part = view.order.delivery(code.delivery).filter(|_| several);
        let of = part.map(|part| view.order.part_name(part));
        let label = of.as_ref().map_or_else(String::new, |goods| format!(" ({goods})"));
        view! {
            {of.map(|goods| view! { <h3>{goods}</h3> })}
            <div class="door-codes">
                <p class="door-code">{code.code.clone()}</p>
                {code
                    .qr
                    .clone()
                    .map(|qr| view! { <QrCode code=qr label=format!("The same code for the courier’s camera{label}") /> })}
            </div>
        }
    };
    let shown: Vec<_> = view.door_codes.iter().map(shown).collect();
    let (title, about) = if shown.len() > 1 {
        (
            "Your codes for the door",
            "Say or show each to the courier only when those goods are in your hands. It proves that you have them; it does not accept the order.",
        )
    } else {
        (
            "Your code for the door",
            "Say or show it to the courier only when the goods are in your hands. It proves that you have them; it does not accept the order.",
        )
    };
    (!shown.is_empty()).then(|| {
        view! {
            <Panel title=title>
                {shown}
                <p class="quiet">{about}</p>
            </Panel>
        }
    })
}
