//! What gateways told of the payments of an order against its timeline.

use std::collections::BTreeMap;

use super::{Findings, PAYMENTS};
use crate::{
    domain::{id::OrderId, order::event::Event},
    server::storage::verify::{AttemptRow, CallbackRow, EventRow},
};

/// The events of one payment: how often it was held with this amount, sent back with it, and charged back.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    held: usize,
    returned: usize,
    charged_back: usize,
}

/// Each payment that was told of is held, sent back or charged back on the timeline, as the telling says, once.
pub(super) fn check(
    findings: &mut Findings,
    id: OrderId,
    timeline: &[EventRow],
    told: &[CallbackRow],
    attempts: &[AttemptRow],
) {
    if told.is_empty() && attempts.is_empty() {
        return;
    }
    let kinds = ["paid", "payment_returned", "charged_back"];
    let moved = timeline.iter().filter(|row| kinds.contains(&row.kind.as_str()));
    let moved: Vec<Event> = moved.filter_map(|row| serde_json::from_str(&row.body).ok()).collect();
    for row in told {
        if !agrees(row, &said_of(row, &moved)) {
            findings.breach(PAYMENTS, || {
                format!(
                    "{id}: {} {} of {} is {}, and the timeline says otherwise",
                    row.kind, row.payment_ref, row.gateway, row.outcome
                )
            });
        }
    }
    // Each attempt that came to something ended by a telling of its own.
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    for row in attempts.iter().filter(|row| matches!(row.state.as_str(), "held" | "returned")) {
        *ended.entry(&row.gateway).or_default() += 1;
    }
    for (gateway, ended) in ended {
        let taken = told.iter().filter(|row| row.kind == "taken" && row.gateway == gateway).count();
        if taken < ended {
            findings.breach(PAYMENTS, || {
                format!("{id}: {gateway} told of {taken} payments, and {ended} attempts ended by it")
            });
        }
    }
}

fn said_of(row: &CallbackRow, moved: &[Event]) -> Said {
    let mut said = Said::default();
    let same = |gateway: &str, payment_ref: &str| gateway == row.gateway && payment_ref == row.payment_ref;
    for event in moved {
        match event {
            Event::Paid { amount_minor, gateway, payment_ref, .. } if same(gateway, payment_ref) => {
                said.held += usize::from(row.kind != "taken" || *amount_minor == row.amount_minor);
            }
            Event::PaymentReturned { amount_minor, gateway, payment_ref } if same(gateway, payment_ref) => {
                said.returned += usize::from(row.kind != "taken" || *amount_minor == row.amount_minor);
            }
            Event::ChargedBack { gateway, payment_ref, .. } if same(gateway, payment_ref) => said.charged_back += 1,
            _ => {}
        }
    }
    said
}

fn agrees(row: &CallbackRow, said: &Said) -> bool {
    match row.outcome.as_str() {
        // It may have been charged back since, which another telling says.
        "held" => said.held == 1 && said.returned == 0,
        "returned" => said.held == 0 && said.returned == 1,
        // Taken back before it could be held, it never was in the books.
        "charged_back" => said.held == said.charged_back && said.held <= 1 && said.returned == 0,
        // Told of before, of something else, or of what is still to come: nothing came of it.
        "known" | "waiting" | "wrong_currency" | "unknown_order" | "refused" => true,
        _ => false,
    }
}
