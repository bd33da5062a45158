//! When whoever has the turn is reminded of it: at half of each window, and a day before a longer one ends.

use crate::domain::order::action::Verb;
use crate::domain::order::{Delivery, Order};
use crate::domain::time::{Moment, Span};

/// How long before the end of a window there is a last reminder.
const BEFORE_THE_END: Span = Span::hours(24);

/// A reminder of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// When.
    pub at: Moment,
    /// Of which delivery.
    pub delivery: u16,
}

impl Order {
    /// The first reminder after this instant. Nobody is reminded of a test, and nobody is reminded of a release, for which nobody has to do anything.
    #[must_use]
    pub fn next_reminder(&self, after: Moment) -> Option<Reminder> {
        self.reminders().filter(|reminder| reminder.at > after && !self.is_test()).min()
    }

    /// The deliveries of which there is a reminder after the one instant and up to the other, each once.
    #[must_use]
    pub fn reminded_between(&self, after: Moment, until: Moment) -> Vec<u16> {
        let mut deliveries: Vec<u16> =
            self.reminders().filter(|due| due.at > after && due.at <= until).map(|due| due.delivery).collect();
        deliveries.sort_unstable();
        deliveries.dedup();
        deliveries
    }

    fn reminders(&self) -> impl Iterator<Item = Reminder> {
        self.deliveries.iter().flat_map(|part| {
            let windows = self.windows(part).into_iter().flatten();
            windows.flat_map(reminders_in).map(|at| Reminder { at, delivery: part.no })
        })
    }

    /// The windows that a delivery is in, each from its beginning to its end: before the goods have arrived one until
    /// the agreed day, and one from there until the clock calls it off.
    fn windows(&self, part: &Delivery) -> [Option<(Moment, Moment)>; 2] {
        let end = self.deadline_of(part);
        if end == Moment::NEVER || part.lapse().is_none_or(|verb| verb == Verb::Release) {
            return [None, None];
        }
        if part.due_at > part.since && part.due_at < end {
            return [Some((part.since, part.due_at)), Some((part.due_at, end))];
        }
        [Some((part.since, end)), None]
    }
}

fn reminders_in((start, end): (Moment, Moment)) -> impl Iterator<Item = Moment> {
    let length = end.micros_since(start);
    let half = (length > 0).then(|| start.shifted(length / 2));
    let last = (length > BEFORE_THE_END.0 * 1_000_000).then(|| end.minus(BEFORE_THE_END));
    half.into_iter().chain(last)
}
