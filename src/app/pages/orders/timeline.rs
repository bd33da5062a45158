//! What happened to an order, what everybody waits for now, and what the clock will do if nobody acts.

use leptos::prelude::*;

use super::address::Address;
use super::door::Door;
use super::told;
use crate::app::components::{Entry, Icon, Phase, Thumbnail, Timeline};
use crate::domain::id::{FileId, UserId};
use crate::domain::order::Order;
use crate::domain::party::{Party, Source};
use crate::domain::timeline::{ActorStamp, Entry as Happened};
use crate::domain::view::OrderView;
use crate::format::Reading;

/// How the address says that the first event stands on top.
const OLDEST: &str = "oldest";

/// The thread under its heading, with the mark that nothing in it was changed.
///
/// Without an address the newest stands on top, and there is no other order to choose.
pub fn panel(
    view: &OrderView,
    reader: UserId,
    door: &Door,
    address: Option<&Address>,
    reading: &Reading,
) -> impl IntoView + use<> {
    let oldest = address.is_some_and(|address| address.get("timeline") == OLDEST);
    let mut entries: Vec<Entry> = view
        .timeline
        .iter()
        .map(|happened| Entry {
            photos: photos(happened, view, door, reader, reading),
            ..entry(happened, view, reader, reading)
        })
        .collect();
    entries.extend(now(view, reading));
    entries.extend(view.steps.iter().map(|step| Entry {
        phase: Phase::Coming,
        title: format!("{}, if nobody acts", sentence_case(&step.then)),
        more: None,
        link: None,
        quote: None,
        photos: Vec::new(),
        by: None,
        told: None,
        at: reading.stamp(step.at),
    }));
    if !oldest {
        entries.reverse();
    }
    let (switch, words) = if oldest { ("", "Newest first") } else { (OLDEST, "Oldest first") };
    view! {
        <section class="panel" aria-labelledby="timeline">
            <header>
                <h2 id="timeline">"Timeline"</h2>
                <span class="row-of">
                    {chain(view.chain_holds)}
                    {address
                        .map(|address| {
                            view! {
                                <a class="link no-print" href=address.with_timeline(switch)>
                                    {words}
                                </a>
                            }
                        })}
                </span>
            </header>
            <Timeline entries=entries />
        </section>
    }
}

/// Whether each event still follows from the one before it.
fn chain(holds: bool) -> impl IntoView {
    let (class, icon, words, title) = if holds {
        (
            "quiet chain",
            "check",
            "chain holds",
            "Each event is sealed with the one before it; none was changed or left out.",
        )
    } else {
        (
            "late chain",
            "alert",
            "chain is broken",
            "An event was changed or left out outside of this program. Please tell the marketplace.",
        )
    };
    view! {
        <span class=class title=title>
            <Icon name=icon />
            {words}
        </span>
    }
}

/// The photos that an event names; to who cannot see them it is said of what they are, by whom and from when.
fn photos(happened: &Happened, view: &OrderView, door: &Door, reader: UserId, reading: &Reading) -> Vec<Thumbnail> {
    let named = happened.event.photos();
    let all = named.len();
    let (title, _) = split(&happened.event.headline(&view.order), &view.order);
    let about = format!("{title}, {}, {}", who(&happened.actor, reader), reading.date(happened.at));
    let thumbnail = |(at, id): (usize, &FileId)| {
        let kept = view.photos.iter().find(|photo| photo.id == *id);
        let what = if kept.is_some_and(|photo| photo.is_signature) { "Signature" } else { "Photo" };
        Thumbnail {
            href: kept.map(|_| door.photo(*id)),
            words: format!("{what} {} of {all}: {about}", at + 1),
            width: kept.map_or(1, |photo| photo.width),
            height: kept.map_or(1, |photo| photo.height),
        }
    };
    named.iter().enumerate().map(thumbnail).collect()
}

fn entry(happened: &Happened, view: &OrderView, reader: UserId, reading: &Reading) -> Entry {
    let (title, more) = split(&happened.event.headline(&view.order), &view.order);
    let tracking = happened.event.tracking().map(|at| format!("· {} {}", at.carrier, at.number));
    let more = [more, tracking].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let by = who(&happened.actor, reader);
    Entry {
        phase: Phase::Done,
        title,
        more: Some(more).filter(|more| !more.is_empty()),
        link: None,
        quote: happened.event.quote().map(|words| format!("“{words}”")),
        photos: Vec::new(),
        by: Some(by),
        told: told::of(happened.seq, view, reading),
        at: reading.stamp(happened.at),
    }
}

/// The words of a headline up to the first amount or remark, and what follows them.
fn split(headline: &str, order: &Order) -> (String, Option<String>) {
    let sign = format!("{}\u{a0}", order.currency.sign());
    let places = [
        headline.find(&sign),
        headline.find(", ").map(|at| at + 1),
        headline.find(": ").map(|at| at + 1),
        headline.find(" ("),
    ];
    match places.into_iter().flatten().min().filter(|at| *at > 0) {
        Some(at) => (headline[..at].trim_end().to_owned(), Some(headline[at..].trim_start().to_owned())),
        None => (headline.to_owned(), None),
    }
}

/// Who did it and through which door.
fn who(actor: &ActorStamp, reader: UserId) -> String {
    if matches!(actor.party, Party::Clock) {
        return "The clock, as was agreed".to_owned();
    }
    let name = if actor.user == Some(reader) { "You" } else { actor.name.as_str() };
    match actor.source {
        Source::ApiKey => format!("API key “{name}”"),
        Source::Gateway => format!("Gateway “{name}”"),
        source => format!("{name} · {}", source.words()),
    }
}

/// What everybody waits for, when they do.
fn now(view: &OrderView, reading: &Reading) -> Option<Entry> {
    let turn = view.order.turn();
    let (mine, _) = view.order.turn_told(view.party, &view.offers, reading.now());
    let name = |party| if mine { view.order.name_for(view.party, party) } else { view.order.name_of(party) };
    let waits: Vec<&str> = turn.parties().map(name).collect();
    let title = match (waits.is_empty(), view.order.is_over()) {
        (_, true) => return None,
        (true, false) => "Waiting for the agreed time".to_owned(),
        (false, false) => format!("Waiting for {}", waits.join(" and ")),
    };
    let part = view.order.waiting_for(view.party).unwrap_or_else(|| view.order.pressing());
    Some(Entry {
        phase: Phase::Now,
        title,
        more: None,
        link: None,
        quote: None,
        photos: Vec::new(),
        by: Some(format!("to {}", part.task())).filter(|_| turn.parties().next().is_some()),
        told: None,
        at: None,
    })
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
