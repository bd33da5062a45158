//! The only place that asks the machine for the time or for randomness; everything else is told.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicI64, Ordering},
};

use uuid::Uuid;

use crate::domain::{
    time::{Moment, Span},
    words::LocalTime,
};

/// Tells the time. Two kinds exist: the machine's, and one that tests move by hand.
pub trait Clock: Debug + Send + Sync {
    /// The present instant.
    fn now(&self) -> Moment;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that stands at this instant.
    pub const fn at(moment: Moment) -> Self {
        Self(AtomicI64::new(moment.0))
    }

    /// Moves the clock forward, or back by a negative span.
    pub fn advance(&self, span: Span) {
        self.set(self.now().plus(span));
    }

    /// Puts the clock to this instant.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// A new id that sorts by the time it was made at, so that indexes grow at their end.
pub fn new_id(now: Moment) -> Uuid {
    let millis = u64::try_from(now.0 / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
}

/// As many bytes that nobody can guess.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
pub fn random<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness once it has started");
    bytes
}

/// An instant in words, in somebody's time zone: `Thu 26 Nov 2026, 14:00`. An unknown zone is read as UTC.
pub fn local_text(at: Moment, time_zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.0)
        .map(|at| at.to_zoned(zone).strftime("%a %-d %b %Y, %H:%M").to_string())
        .unwrap_or_default()
}

/// An instant to the minute, in somebody's time zone, as tables and programs sort it: `2026-11-26 14:00`.
pub fn local_minute(at: Moment, time_zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.0)
        .map(|at| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// The zone in which instants are told to somebody in this one: UTC when it is unknown.
pub fn known_zone(time_zone: &str) -> &str {
    if jiff::tz::TimeZone::get(time_zone).is_ok() { time_zone } else { "UTC" }
}

/// An instant as the clock and the calendar of somebody in this time zone show it. An unknown zone is read as UTC.
pub fn local_time(at: Moment, time_zone: &str) -> LocalTime {
    let local = zoned(at, time_zone);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    LocalTime {
        year: local.year(),
        month: small(local.month()),
        day: small(local.day()),
        weekday: small(local.weekday().to_monday_zero_offset()),
        hour: small(local.hour()),
        minute: small(local.minute()),
    }
}

/// The next instant at which it is this minute of the day in somebody's time zone.
pub fn next_minute(after: Moment, time_zone: &str, minute: u16) -> Moment {
    let local = zoned(after, time_zone);
    let hour = i8::try_from(minute / 60).unwrap_or_default();
    let clock = jiff::civil::time(hour, i8::try_from(minute % 60).unwrap_or_default(), 0, 0);
    let at = |date: jiff::civil::Date| date.to_datetime(clock).to_zoned(local.time_zone().clone()).ok();
    let today = at(local.date()).filter(|at| *at > local);
    let next = today.or_else(|| at(local.date().tomorrow().ok()?));
    next.map_or(after, |next| Moment(next.timestamp().as_microsecond()))
}

fn zoned(at: Moment, time_zone: &str) -> jiff::Zoned {
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone)
}

/// An instant in UTC as `2026-11-26` and `14:00:00.000000Z`.
pub fn utc_date_and_time(at: Moment) -> (String, String) {
    let text = jiff::Timestamp::from_microsecond(at.0).map(|at| format!("{at:.6}")).unwrap_or_default();
    let (date, time) = text.split_once('T').unwrap_or_default();
    (date.to_owned(), time.to_owned())
}

/// An instant in UTC as programs read it: `2026-11-26T14:00:00Z`.
pub fn rfc3339(at: Moment) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// The instant that a program wrote, in any offset; nothing when it is none.
pub fn read_rfc3339(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Moment(at.as_microsecond()))
}

/// The first instant of a day like `2026-11-23` in somebody's time zone; nothing when it is no day.
pub fn day_start(day: &str, time_zone: &str) -> Option<Moment> {
    start_of(day.parse().ok()?, time_zone)
}

/// The first instant after such a day: 23 or 25 hours later where the clocks are changed on it.
pub fn day_end(day: &str, time_zone: &str) -> Option<Moment> {
    start_of(day.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?, time_zone)
}

fn start_of(date: jiff::civil::Date, time_zone: &str) -> Option<Moment> {
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let start = date.to_zoned(zone).ok()?;
    Some(Moment(start.timestamp().as_microsecond()))
}
