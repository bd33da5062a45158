//! Orders at which a worker failed rest for a while, so that they hold up nobody and fill no log.

use std::collections::HashMap;

use crate::domain::{
    id::OrderId,
    time::{Moment, Span},
};

/// How long an order rests that failed once; twice as long each time after.
const FIRST_REST: Span = Span(30);
/// How long it rests at most.
const LONGEST_REST: Span = Span::hours(1);

/// The orders that rest, as long as this worker lives.
#[derive(Debug, Default)]
pub(super) struct Resting(HashMap<OrderId, Rest>);

/// Until when an order that failed is left alone.
#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Moment,
    span: Span,
}

impl Resting {
    /// Whether this order is left alone now.
    pub(super) fn rests(&self, id: OrderId, now: Moment) -> bool {
        self.0.get(&id).is_some_and(|rest| rest.until > now)
    }

    /// It failed; the answer is for how long it rests.
    pub(super) fn let_rest(&mut self, id: OrderId, now: Moment) -> Span {
        let before = self.0.get(&id).map_or(Span::ZERO, |rest| rest.span);
        let span = Span((before.0 * 2).clamp(FIRST_REST.0, LONGEST_REST.0));
        self.0.insert(id, Rest { until: now.plus(span), span });
        span
    }

    /// It did not fail.
    pub(super) fn forget(&mut self, id: OrderId) {
        self.0.remove(&id);
    }
}
