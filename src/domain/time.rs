//! Instants and spans as integers, so that an order stores, compares and hashes them exactly.

use serde::{Deserialize, Serialize};

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
}
