//! When a part of the page is fetched again: soon, but not too often, and never twice at a time.

use std::cell::{Cell, RefCell};

use crate::domain::view::Part;

/// A server that takes its time is asked less often: at most every so many times of what its answer took, up to this pause.
const PATIENCE: i64 = 2;
const LONGEST_MILLIS: i64 = 5_000;

/// One part of the page, with what is known of it. Times are those of the reader's own clock, in milliseconds.
#[derive(Debug)]
pub struct Lane {
    /// Which.
    pub part: Part,
    /// When the server drew what is shown of it, in microseconds of its own clock.
    pub drawn_at: Cell<i64>,
    /// What listeners are told once it is shown.
    pub says: RefCell<Vec<String>>,
    due: Cell<Option<i64>>,
    is_fetching: Cell<bool>,
    fetched_at: Cell<i64>,
    took: Cell<i64>,
}

impl Lane {
    /// A part as it was drawn with the page.
    pub const fn new(part: Part, drawn_at: i64) -> Self {
        Self {
            part,
            drawn_at: Cell::new(drawn_at),
            says: RefCell::new(Vec::new()),
            due: Cell::new(None),
            is_fetching: Cell::new(false),
            fetched_at: Cell::new(0),
            took: Cell::new(0),
        }
    }

    /// Wants it fetched at a time. Says whether that is news: what is wanted sooner anyway brings this as well.
    pub fn want(&self, at: i64) -> bool {
        let news = self.due.get().is_none_or(|due| at < due);
        if news {
            self.due.set(Some(at));
        }
        news
    }

    /// How long until it may be fetched, at most once in `every`; nothing while it is not wanted, or is on its way.
    pub fn pause(&self, now: i64, every: i64) -> Option<i64> {
        let due = self.due.get().filter(|_| !self.is_fetching.get())?;
        let every = every.max((self.took.get() * PATIENCE).min(LONGEST_MILLIS));
        let pause = due.max(self.fetched_at.get() + every) - now;
        // Nothing is ever due later than that, unless the clock was set back.
        Some(if pause > LONGEST_MILLIS { 0 } else { pause.max(0) })
    }

    /// It is asked for. What changes from now on must be wanted again.
    pub fn begin(&self, now: i64) {
        self.due.set(None);
        self.is_fetching.set(true);
        self.fetched_at.set(now);
    }

    /// There is an answer, or will be none.
    pub fn end(&self, now: i64) {
        self.is_fetching.set(false);
        self.took.set(now - self.fetched_at.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: i64 = 250;

    #[test]
    fn many_wishes_cost_one_look_and_the_soonest_counts() {
        let lane = Lane::new(Part::List, 0);
        assert_eq!(lane.pause(10_000, EVERY), None, "nothing is wanted");
        assert!(lane.want(10_900));
        assert!(!lane.want(11_000), "it comes before that");
        assert_eq!(lane.pause(10_000, EVERY), Some(900));
        assert!(lane.want(10_000));
        assert_eq!(lane.pause(10_000, EVERY), Some(0));
        lane.begin(10_000);
        lane.end(10_020);
        assert_eq!(lane.pause(10_900, EVERY), None, "the later wish was granted with it");
    }

    #[test]
    fn what_changes_while_it_is_fetched_is_fetched_after_it_and_not_too_soon() {
        let lane = Lane::new(Part::Order, 0);
        assert!(lane.want(10_000));
        lane.begin(10_000);
        assert!(lane.want(10_005));
        assert_eq!(lane.pause(10_005, EVERY), None, "it is on its way");
        lane.end(10_020);
        assert_eq!(lane.pause(10_020, EVERY), Some(230));
        // A slow server has more time.
        lane.begin(10_250);
        assert!(lane.want(10_300));
        lane.end(11_250);
        assert_eq!(lane.pause(11_250, EVERY), Some(1_000));
        // And a clock that is set back holds nothing up.
        assert_eq!(lane.pause(-3_600_000, EVERY), Some(0));
    }
}
