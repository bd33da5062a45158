//! Times, lengths of time and counts as people read them; computed on the server and passed on as text.

#[cfg(test)]
mod tests;

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::domain::time::Moment;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An instant in the three forms in which a page needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// For machines, in UTC: the `datetime` of a `<time>`.
    pub machine: String,
    /// For people: `Sat 14 Nov, 20:03`.
    pub text: String,
    /// To the second and with the zone, for whoever rests the pointer on it.
    pub exact: String,
}

/// How near a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// More than two days away, or none at all.
    Calm,
    /// Less than two days.
    Soon,
    /// Less than twelve hours, or over.
    Late,
}

impl Urgency {
    /// The class that draws it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Calm => "",
            Self::Soon => "soon",
            Self::Late => "late",
        }
    }
}

/// Reads instants as somebody in one time zone does now.
#[derive(Debug, Clone)]
pub struct Reading {
    zone: TimeZone,
    now: Moment,
}

impl Reading {
    /// For a reader in this IANA time zone; one that nobody knows counts as UTC.
    pub fn new(time_zone: &str, now: Moment) -> Self {
        Self { zone: TimeZone::get(time_zone).unwrap_or(TimeZone::UTC), now }
    }

    /// The present instant of this reading.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// `Sat 14 Nov, 20:03`, with the year when it is not the present one; nothing for "never".
    pub fn stamp(&self, at: Moment) -> Option<Stamp> {
        let (instant, local) = self.local(at)?;
        let pattern = if self.is_this_year(&local) { "%a %-d %b, %H:%M" } else { "%-d %b %Y, %H:%M" };
        Some(Stamp {
            machine: instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: local.strftime(pattern).to_string(),
            exact: local.strftime("%A %-d %B %Y, %H:%M:%S %Z").to_string(),
        })
    }

    /// `Sat 14 Nov, 20:03` inside a sentence; `never` when it never comes.
    pub fn moment(&self, at: Moment) -> String {
        self.stamp(at).map_or_else(|| "never".to_owned(), |stamp| stamp.text)
    }

    /// `14 Nov`, with the year when it is not the present one; `never` when it never comes.
    pub fn date(&self, at: Moment) -> String {
        self.local(at).map_or_else(
            || "never".to_owned(),
            |(_, local)| {
                let pattern = if self.is_this_year(&local) { "%-d %b" } else { "%-d %b %Y" };
                local.strftime(pattern).to_string()
            },
        )
    }

    /// `due today`, `due Wed` within six days, else `due 12 Dec`; `overdue` when it is past.
    pub fn due(&self, at: Moment) -> String {
        let (Some((_, then)), Some((_, now))) = (self.local(at), self.local(self.now)) else {
            return String::new();
        };
        if at < self.now {
            return "overdue".to_owned();
        }
        let days = now.date().until(then.date()).map_or(i32::MAX, |span| span.get_days());
        match days {
            0 => "due today".to_owned(),
            1 => "due tomorrow".to_owned(),
            2..=6 => then.strftime("due %a").to_string(),
            _ => format!("due {}", self.date(at)),
        }
    }

    /// `1 d 4 h left`, `5 h left`, `12 min left`, `time is up`; nothing for "never".
    pub fn left(&self, until: Moment) -> String {
        if until == Moment::NEVER {
            return String::new();
        }
        let secs = self.secs_left(until);
        let (days, hours, minutes) = (secs / DAY, secs % DAY / HOUR, secs % HOUR / MINUTE);
        match (days, hours) {
            _ if secs <= 0 => "time is up".to_owned(),
            (0, 0) => format!("{} min left", minutes.max(1)),
            (0, _) => format!("{hours} h left"),
            (1..=6, 1..) => format!("{days} d {hours} h left"),
            _ => format!("{days} d left"),
        }
    }

    /// Whole seconds until then, negative when it is past.
    pub const fn secs_left(&self, until: Moment) -> i64 {
        until.micros_since(self.now).div_euclid(1_000_000)
    }

    /// How near it is.
    pub const fn urgency(&self, until: Moment) -> Urgency {
        match self.secs_left(until) {
            secs if secs < 12 * HOUR => Urgency::Late,
            secs if secs < 2 * DAY => Urgency::Soon,
            _ => Urgency::Calm,
        }
    }

    fn local(&self, at: Moment) -> Option<(Timestamp, Zoned)> {
        let instant = Timestamp::from_microsecond(at.0).ok()?;
        Some((instant, instant.to_zoned(self.zone.clone())))
    }

    fn is_this_year(&self, local: &Zoned) -> bool {
        self.local(self.now).is_some_and(|(_, now)| now.year() == local.year())
    }
}

/// A clock that runs down: `1 d 04:12`, on the last day `04:12:30`, and `00:00:00` when it is over.
pub fn countdown(secs: i64) -> String {
    let secs = secs.max(0);
    let (days, hours, minutes) = (secs / DAY, secs % DAY / HOUR, secs % HOUR / MINUTE);
    if days > 0 {
        format!("{days} d {hours:02}:{minutes:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{:02}", secs % MINUTE)
    }
}

/// A whole number with its thousands set apart: `19,674`.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + 8);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 item`, `3 items`.
pub fn plural(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// How much is unread, as the bell shows it and as it is heard.
pub fn unread(unread: u32) -> (String, String) {
    match unread {
        0 => (String::new(), "Notices".to_owned()),
        1..=99 => (unread.to_string(), format!("Notices, {unread} unread")),
        _ => ("99+".to_owned(), "Notices, more than 99 unread".to_owned()),
    }
}

/// The first letters of the first and the last name, for the round mark beside it.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}
