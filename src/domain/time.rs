//! Instants and spans as integers, so that an order stores, compares and hashes them exactly.

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// An instant in microseconds since 1970-01-01T00:00:00Z, the form in which both databases keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// Later than every deadline: how "no deadline" sorts and is stored.
    pub const NEVER: Self = Self(i64::MAX);

    /// The instant `span` later; stays at [`Moment::NEVER`] instead of overflowing.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(1_000_000)))
    }

    /// The instant `span` earlier.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0.saturating_mul(1_000_000)))
    }

    /// Microseconds from `earlier` to this instant, negative when it lies after.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant moved by so many microseconds; "never" stays "never".
    #[must_use]
    pub const fn shifted(self, micros: i64) -> Self {
        if self.0 == i64::MAX { self } else { Self(self.0.saturating_add(micros)) }
    }
}

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self(days * 86_400)
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self(hours * 3_600)
    }

    /// Words for people: `3 days`, `1 day 4 hours`, `45 minutes`, `no time`.
    #[must_use]
    pub fn words(self) -> String {
        let (days, hours, minutes) = (self.0 / 86_400, self.0 % 86_400 / 3_600, self.0 % 3_600 / 60);
        let part = |count: i64, unit: &str| match count {
            0 => None,
            1 => Some(format!("1 {unit}")),
            _ => Some(format!("{count} {unit}s")),
        };
        let minutes = if days > 0 { None } else { part(minutes, "minute") };
        let parts: Vec<String> = [part(days, "day"), part(hours, "hour"), minutes].into_iter().flatten().collect();
        if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
    }

    /// As it is typed into a form: days with one decimal at most (`3`, `0.5`), else hours so (`36h`), else seconds (`90s`).
    #[must_use]
    pub fn typed(self) -> String {
        let written = |tenths: i64| {
            if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
        };
        match self.0 {
            seconds if seconds % TENTH_DAY_SECS == 0 => written(seconds / TENTH_DAY_SECS),
            seconds if seconds % TENTH_HOUR_SECS == 0 => format!("{}h", written(seconds / TENTH_HOUR_SECS)),
            seconds => format!("{seconds}s"),
        }
    }

    /// Reads what was typed, as [`Span::typed`] writes it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Some(hours) = text.strip_suffix('h') {
            return tenths(hours.trim()).map(|tenths| Self(tenths * TENTH_HOUR_SECS));
        }
        if let Some(seconds) = text.strip_suffix('s').map(str::trim) {
            let fits = (1..=9).contains(&seconds.len()) && seconds.bytes().all(|byte| byte.is_ascii_digit());
            return if fits { seconds.parse().ok().map(Self) } else { None };
        }
        tenths(text).map(|tenths| Self(tenths * TENTH_DAY_SECS))
    }
}

const TENTH_DAY_SECS: i64 = 8_640;
const TENTH_HOUR_SECS: i64 = 360;

/// A number with at most one decimal, in tenths.
fn tenths(text: &str) -> Option<i64> {
    let (whole, decimal) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 5 || decimal.len() != 1 || !digits(whole) || !digits(decimal) {
        return None;
    }
    Some(whole.parse::<i64>().ok()? * 10 + decimal.parse::<i64>().ok()?)
}
