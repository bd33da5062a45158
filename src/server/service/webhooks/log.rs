//! The log of an endpoint: what it was told and what came of it, and telling it again by hand.

use uuid::Uuid;

use super::{endpoint_of, needs_password, no_such, place, shown_secret, view};
use crate::{
    domain::{
        access::Viewer,
        error::{Error as Shown, Kind},
        id::EndpointId,
        page::{Cursor, Page},
        time::Moment,
        webhook::{DeliveryDetail, DeliveryView, EndpointLog, Outcome},
    },
    server::{
        clock,
        error::Error,
        service::{Services, Visit, audit, throttle},
        storage::{
            sessions::Seen,
            webhooks::deliveries::{self, DeliveryRow},
        },
        webhook::{self, standard},
    },
};

/// How many deliveries a page of the log shows.
const PAGE: i64 = 50;
/// How many failed deliveries are sent again at once.
const REPLAYED_AT_ONCE: i64 = 5_000;

/// An endpoint with a page of its log, from this place on; `shown` is the token of a secret that was just made.
pub async fn read(
    services: &Services,
    seen: &Seen,
    id: EndpointId,
    after: Option<Cursor>,
    shown: Option<&str>,
) -> Result<EndpointLog, Error> {
    let now = services.now();
    let viewer = &seen.viewer;
    let mut reader = services.db.reader().await?;
    let endpoint = endpoint_of(&mut reader, viewer, id).await?;
    let secret = match shown {
        Some(token) => {
            let place = place(&mut reader, viewer).await?;
            shown_secret(&mut reader, services, &place, token).await?.filter(|secret| secret.endpoint == id)
        }
        None => None,
    };
    let before = after.unwrap_or(Cursor { key: i64::MAX, id: Uuid::max() });
    let mut found = deliveries::list(&mut reader, id, before, PAGE + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > PAGE;
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(|last| Cursor { key: last.created_at, id: last.event_id });
    Ok(EndpointLog {
        endpoint: view(&mut reader, endpoint, now).await?,
        deliveries: Page { rows: found.into_iter().map(delivery_view).collect(), next },
        secret,
        needs_password: needs_password(services, seen),
        now,
        time_zone: viewer.time_zone.clone(),
    })
}

fn delivery_view(row: DeliveryRow) -> DeliveryView {
    DeliveryView {
        event: row.event_id,
        kind: row.kind,
        reference: row.reference,
        sequence: row.event_seq,
        state: row.state,
        attempts: row.attempts,
        at: Moment(row.created_at),
        due_at: Moment(row.due_at),
        status: row.last_status,
        error: row.last_error,
    }
}

/// One delivery with what is sent, without what the keys make of it, and every attempt.
pub async fn detail(
    services: &Services,
    viewer: &Viewer,
    id: EndpointId,
    event: Uuid,
) -> Result<DeliveryDetail, Error> {
    let mut reader = services.db.reader().await?;
    let endpoint = endpoint_of(&mut reader, viewer, id).await?;
    let row = deliveries::find(&mut reader, id, event).await?.ok_or_else(no_such)?;
    let attempts = deliveries::list_attempts(&mut reader, id, event).await?;
    let attempts: Vec<Outcome> = attempts
        .into_iter()
        .map(|row| Outcome { at: Moment(row.at), took_ms: row.took_ms, status: row.status, error: row.error })
        .collect();
    let message_id = standard::message_id(row.order_id, row.event_seq);
    let sent_at = attempts.last().map_or(Moment(row.due_at), |last| last.at);
    let form = endpoint.form()?;
    let request = row.body.as_deref().and_then(|kept| webhook::masked(form, &message_id, sent_at, kept));
    let (headers, body) = request.map(|request| (request.headers, request.body)).unwrap_or_default();
    Ok(DeliveryDetail {
        endpoint: id,
        url: endpoint.url,
        delivery: delivery_view(row),
        headers,
        body,
        attempts,
        now: services.now(),
        time_zone: viewer.time_zone.clone(),
    })
}

/// Sends one delivery again.
pub async fn replay(
    services: &Services,
    visit: &Visit,
    viewer: &Viewer,
    id: EndpointId,
    event: Uuid,
) -> Result<(), Error> {
    let now = services.now();
    let input = (viewer.clone(), visit.clone());
    services
        .db
        .write(input, move |tx, (viewer, visit)| {
            Box::pin(async move {
                endpoint_of(tx, viewer, id).await?;
                throttle::count(tx, &throttle::WEBHOOK_REPLAYS, &viewer.user.to_string(), now).await?;
                if deliveries::find(tx, id, event).await?.is_none() {
                    return Err(no_such());
                }
                if !deliveries::replay(tx, id, event, now).await? {
                    let sentence = "It waits to be sent already, or there is nothing to send.";
                    return Err(Shown::new(Kind::Conflict, "waits_already", sentence).into());
                }
                let who = (Some(viewer.user), viewer.hat.as_ref().map(|hat| hat.marketplace));
                audit(tx, visit, "webhook_replayed", who, serde_json::json!({ "endpoint": id, "event": event }), now)
                    .await
            })
        })
        .await
}

/// The beginning of a day that was typed; of all time where nothing was.
///
/// # Errors
/// When it is no day.
pub fn since(viewer: &Viewer, typed: &str) -> Result<Moment, Shown> {
    match typed.trim() {
        "" => Ok(Moment(i64::MIN)),
        day => clock::day_start(day, &viewer.time_zone)
            .ok_or_else(|| Shown::field("since", "Write a day like 2026-11-23.")),
    }
}

/// Sends everything again that was given up since the beginning of this day (`2026-11-23`, in the viewer's time zone), or
/// ever; gives how many deliveries those are.
pub async fn replay_failed(
    services: &Services,
    visit: &Visit,
    viewer: &Viewer,
    id: EndpointId,
    since: Moment,
) -> Result<u64, Error> {
    let now = services.now();
    let input = (viewer.clone(), visit.clone());
    services
        .db
        .write(input, move |tx, (viewer, visit)| {
            Box::pin(async move {
                endpoint_of(tx, viewer, id).await?;
                throttle::count(tx, &throttle::WEBHOOK_REPLAYS, &viewer.user.to_string(), now).await?;
                let again = deliveries::replay_dead(tx, id, since, now, REPLAYED_AT_ONCE).await?;
                let who = (Some(viewer.user), viewer.hat.as_ref().map(|hat| hat.marketplace));
                let detail = serde_json::json!({ "endpoint": id, "deliveries": again });
                audit(tx, visit, "webhook_replayed", who, detail, now).await?;
                Ok::<_, Error>(again)
            })
        })
        .await
}
