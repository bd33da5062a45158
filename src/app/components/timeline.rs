//! What happened, what is now, and what is still to come, on one thread.

use leptos::prelude::*;

use crate::app::drawn::Draw;
use crate::format::Stamp;

/// Where an entry stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It happened.
    Done,
    /// It is what everybody waits for.
    Now,
    /// It will happen unless somebody acts.
    Coming,
}

/// One entry of the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands in time.
    pub phase: Phase,
    /// What it is, in a word or two.
    pub title: String,
    /// What more there is to say of it in the same line.
    pub more: Option<String>,
    /// A place outside to look at: words and address.
    pub link: Option<(String, String)>,
    /// What somebody wrote.
    pub quote: Option<String>,
    /// What photos show of it.
    pub photos: Vec<Thumbnail>,
    /// Who did it and through which door, or what happens meanwhile.
    pub by: Option<String>,
    /// Who was told of it, for those who look after that.
    pub told: Option<Told>,
    /// When; `now` without.
    pub at: Option<Stamp>,
}

/// Who was told of an entry: in a line, and one by one for whoever unfolds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How many, and whether it arrived.
    pub summary: String,
    /// To whom, when, by which way, and whether that arrived: a line each.
    pub lines: Vec<String>,
    /// Whether it is unfolded from the start.
    pub open: bool,
}

/// A photo as a small picture that leads to the whole one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Where it is; nothing when it is not kept any more.
    pub href: Option<String>,
    /// What it is, for listeners.
    pub words: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// The whole thread.
#[component]
pub fn Timeline(
    /// Its entries, as they are to be read from top to bottom.
    entries: Vec<Entry>,
) -> impl IntoView {
    view! { <ol class="timeline">{entries.into_iter().map(entry).collect_view()}</ol> }
}

fn entry(entry: Entry) -> impl IntoView {
    let class = match entry.phase {
        Phase::Done => None,
        Phase::Now => Some("now"),
        Phase::Coming => Some("coming"),
    };
    let title = match entry.phase {
        Phase::Coming => entry.title.drawn(),
        Phase::Done | Phase::Now => view! { <b>{entry.title}</b> }.drawn(),
    };
    view! {
        <li class=class>
            <div>
                {title} {entry.more.map(|more| view! { " "{more} })}
                {entry.link.map(|(words, href)| view! { " "<a href=href rel="noreferrer">{words}</a> })}
                {entry.quote.map(|quote| view! { <blockquote>{quote}</blockquote> })}
                {photos(entry.photos)}
                {entry.by.map(|by| view! { " "<small>{by}</small> })}
                {entry.told.map(told)}
            </div>
            {match entry.at {
                Some(at) => view! { <Time at=at /> }.drawn(),
                None => view! { <span class="when">"now"</span> }.drawn(),
            }}
        </li>
    }
}

fn told(told: Told) -> impl IntoView {
    view! {
        <details class="told" open=told.open>
            <summary>{told.summary}</summary>
            {told.lines.into_iter().map(|line| view! { <small>{line}</small> }).collect_view()}
        </details>
    }
}

fn photos(photos: Vec<Thumbnail>) -> Option<impl IntoView> {
    let shown = |photo: Thumbnail| match photo.href {
        Some(href) => {
            let source = href.clone();
            view! {
            <li>
                <a href=href download>
                    <img src=source alt=photo.words width=photo.width height=photo.height loading="lazy" />
                </a>
            </li>
            }
            .drawn()
        }
        None => view! { <li class="quiet">{photo.words} ", not kept any more"</li> }.drawn(),
    };
    (!photos.is_empty()).then(|| view! { <ul class="photos">{photos.into_iter().map(shown).collect_view()}</ul> })
}

/// An instant as people read it, exact for machines and for whoever rests the pointer on it.
#[component]
pub fn Time(
    /// The instant.
    at: Stamp,
) -> impl IntoView {
    view! {
        <time datetime=at.machine title=at.exact>
            {at.text}
        </time>
    }
}
