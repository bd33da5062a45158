//! The connection of an open page: server-sent events that say which orders of its reader changed.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream::{self, Stream};
use serde::Deserialize;

use crate::{
    domain::{access::Permission, desk::Owner, error::Error as Shown, party::Party, time::Moment},
    server::{
        clock,
        outbox::live::{Full, Subscription, Word},
        service::{
            live::{self, Missed, Notice},
            orders,
        },
        session::Session,
        state::AppState,
        storage::sessions::Seen,
    },
};

/// How often it is looked whether the session still lives, while nothing is said.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How old the last such look may be when something is said. Chance takes up to half of it away: else all who were told
/// something at once would have to look at once, and keep each other waiting.
const TRUSTED_FOR_MILLIS: u64 = 5_000;
/// A line that says nothing, so that proxies see life and a peer that is gone is found out.
const HEARTBEAT_MILLIS: u64 = 20_000;
/// How long a browser waits until it connects again, at least; chance adds up to as much, so that not all come at once.
const RETRY_MILLIS: u64 = 1_500;
/// The header by which a browser says how far it heard.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// From when on a page must be told.
#[derive(Debug, Default, Deserialize)]
pub struct Since {
    /// When it was drawn, in microseconds.
    since: Option<i64>,
}

/// Answers with the changes of the reader's orders, until the page, the session or the server ends.
pub async fn listen(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
    Query(Since { since }): Query<Since>,
) -> Response {
    let seen = match session.seen().await {
        Ok(Some(seen)) if seen.viewer.permissions().has(Permission::Read) => seen.clone(),
        Ok(_) => return (StatusCode::UNAUTHORIZED, "Please sign in to go on.\n").into_response(),
        Err(error) => return unavailable(&error.into()),
    };
    let owner = orders::owner(&seen.viewer);
    let subscription = match state.live.subscribe(owner, seen.viewer.user) {
        Ok(subscription) => subscription,
        Err(Full::Person) => {
            let wait = [(header::RETRY_AFTER, "60")];
            return (StatusCode::TOO_MANY_REQUESTS, wait, "Too many pages are open.\n").into_response();
        }
        Err(Full::Process) => return unavailable(&Shown::from(crate::server::error::Error::Busy)),
    };
    let heard = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).and_then(read_place);
    let since = heard.or(since.map(Moment)).unwrap_or_else(|| state.services.now());
    // It listens already: what is missed now is told by the watcher.
    let missed = match live::missed(&state.services, owner, since).await {
        Ok(missed) => missed,
        Err(error) => return unavailable(&error.into()),
    };
    let connection = Connection::new(state, session, seen, subscription, since, missed);
    let heartbeat = KeepAlive::new().interval(Duration::from_millis(jittered(HEARTBEAT_MILLIS, HEARTBEAT_MILLIS / 4)));
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(connection.events()).keep_alive(heartbeat)).into_response()
}

fn unavailable(error: &Shown) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", error.message)).into_response()
}

/// A number of milliseconds and up to so many more.
fn jittered(least: u64, more: u64) -> u64 {
    least + u64::from(u16::from_be_bytes(clock::random())) * more / u64::from(u16::MAX)
}

/// Until when a session is trusted that was looked at now.
fn trusted_from(now: Moment) -> Moment {
    let millis = jittered(TRUSTED_FOR_MILLIS / 2, TRUSTED_FOR_MILLIS / 2);
    Moment(now.0.saturating_add_unsigned(millis * 1_000))
}

/// How far a browser heard: `{microseconds}-{order}`. The time is enough, for what was heard twice is known by its version.
fn read_place(id: &str) -> Option<Moment> {
    Some(Moment(id.split_once('-')?.0.parse().ok()?))
}

/// One open page.
struct Connection {
    state: AppState,
    session: Session,
    /// Who looked when it began; with any other rights it ends.
    seen: Seen,
    party: Party,
    subscription: Subscription,
    waiting: VecDeque<Event>,
    trusted_until: Moment,
    ended: bool,
}

impl Connection {
    fn new(
        state: AppState,
        session: Session,
        seen: Seen,
        subscription: Subscription,
        since: Moment,
        missed: Missed,
    ) -> Self {
        let retry = Duration::from_millis(jittered(RETRY_MILLIS, RETRY_MILLIS));
        let party = Owner::party(orders::owner(&seen.viewer));
        let first = Event::default().id(format!("{}-", since.0)).retry(retry).event("hello").data("-");
        let mut waiting = VecDeque::from([first]);
        match missed {
            Missed::TooMuch => waiting.push_back(reload()),
            Missed::Few(notices) => waiting.extend(notices.iter().map(|notice| change(notice, party))),
        }
        let trusted_until = trusted_from(state.services.now());
        Self { state, session, seen, party, subscription, waiting, trusted_until, ended: false }
    }

    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> + Send + use<> {
        stream::unfold(self, |mut connection| async move {
            let event = connection.next().await?;
            Some((Ok(event), connection))
        })
    }

    /// The next event; nothing when the connection is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let word = tokio::select! {
                biased;
                () = self.state.stopping.cancelled() => return None,
                word = self.subscription.next() => Some(word),
                () = tokio::time::sleep(LOOK_EVERY) => None,
            };
            let trusted = word.is_some() && self.trusted_until > self.state.services.now();
            if !trusted && !self.is_still_theirs().await {
                self.ended = true;
                return Some(Event::default().event("end").data("-"));
            }
            self.waiting.extend(word.map(|word| match word {
                Word::Changed(notice) => change(&notice, self.party),
                Word::Reload => reload(),
            }));
        }
    }

    /// Whether the session lives and has the rights that it had. When that cannot be found out, the connection ends as well:
    /// the browser comes back.
    async fn is_still_theirs(&mut self) -> bool {
        let now = self.state.services.now();
        let Ok(Some(again)) = self.session.look_again(&self.state.services).await else { return false };
        self.trusted_until = trusted_from(now);
        again.session == self.seen.session
            && again.viewer.hat == self.seen.viewer.hat
            && again.viewer.memberships == self.seen.viewer.memberships
    }
}

/// What is said of a change, in two lines: the order with its version as pages show it, and words for listeners.
fn change(notice: &Notice, reader: Party) -> Event {
    let (at, order) = notice.place();
    let data = format!("{}:{}\n{}", notice.reference, notice.version, notice.words(reader));
    Event::default().event("change").id(format!("{}-{}", at.0, order.simple())).data(data)
}

fn reload() -> Event {
    Event::default().event("reload").data("-")
}
