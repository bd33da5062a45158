//! The deliveries of an order's events against the endpoints that want them.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Findings, PAGE, WEBHOOKS};
use crate::{
    domain::{
        id::{EndpointId, OrderId},
        order::event::Event,
        party::{Party, Source},
        time::{Moment, Span},
        timeline::ActorStamp,
    },
    server::{
        error::Error,
        storage::{
            Conn,
            verify::{EventRow, OrderRow},
            webhooks::deliveries::{self, OwedRow, WantingRow},
        },
    },
};

/// An event of so short a time after an endpoint was added or changed may have been under way already: whether it was
/// owed is not known.
const UNDER_WAY: Span = Span(60);

/// All endpoints.
pub(super) async fn endpoints(conn: &mut dyn Conn) -> Result<Vec<WantingRow>, Error> {
    let mut all: Vec<WantingRow> = Vec::new();
    loop {
        let after = all.last().map_or(Uuid::nil(), |row| row.id);
        let page = deliveries::list_wanting(conn, after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Each event has a delivery for each endpoint that wanted it, and each delivery has its event and its endpoint.
pub(super) fn check(
    findings: &mut Findings,
    order: &OrderRow,
    timeline: &[EventRow],
    owed: &[OwedRow],
    endpoints: &[WantingRow],
) {
    let concerned: HashMap<Uuid, &WantingRow> = endpoints
        .iter()
        .filter(|row| row.marketplace_id == order.marketplace_id)
        .filter(|row| row.seller_id.is_none_or(|seller| seller == order.seller_id))
        .map(|row| (row.id, row))
        .collect();
    let id = OrderId(order.id);
    let kinds: HashMap<i64, &str> = timeline.iter().map(|event| (event.seq, event.kind.as_str())).collect();
    let mut there = HashSet::new();
    for row in owed {
        if !concerned.contains_key(&row.endpoint_id) || kinds.get(&row.event_seq) != Some(&row.kind.as_str()) {
            findings.breach(WEBHOOKS, || format!("{id}: nothing owes {} for event {}", row.kind, row.event_seq));
        }
        there.insert((row.endpoint_id, row.event_seq));
    }
    for (endpoint, event) in concerned.values().flat_map(|endpoint| timeline.iter().map(move |event| (endpoint, event)))
    {
        if wants(endpoint, event) && !there.contains(&(endpoint.id, event.seq)) {
            let endpoint = EndpointId(endpoint.id);
            findings.breach(WEBHOOKS, || format!("{id}: {endpoint} is not told of event {}", event.seq));
        }
    }
}

/// Whether an endpoint that is on was surely owed this event; a seller's is not told what is not for sellers.
fn wants(endpoint: &WantingRow, event: &EventRow) -> bool {
    let wanted = endpoint.events.is_empty() || endpoint.events.split_whitespace().any(|kind| kind == event.kind);
    let since = Moment(endpoint.owed_since).plus(UNDER_WAY);
    let came_by = || serde_json::from_str::<ActorStamp>(&event.actor).map(|actor| actor.source);
    let hidden = || serde_json::from_str::<Event>(&event.body).is_ok_and(|event| !event.is_for(Party::Seller));
    if event.kind == "noted" && endpoint.seller_id.is_some() && hidden() {
        return false;
    }
    endpoint.state == "on" && wanted && event.at > since.0 && came_by().is_ok_and(|source| source != Source::Import)
}
