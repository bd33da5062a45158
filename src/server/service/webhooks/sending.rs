//! Sending what is owed: claimed for a while, written down before it is sent, tried again with longer and longer waits,
//! given up in the end; and an endpoint that fails for days is disabled and its owners are told.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::{keys_of, place_of};
use crate::{
    domain::{
        id::{EndpointId, MarketplaceId, MessageId, UserId},
        order::Order,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        service::{Services, webhooks::administrators},
        storage::{
            self, Tx,
            outbox::{self, Channel, NewMessage},
            webhooks::{
                self as rows, EndpointRow,
                sending::{self, ClaimedRow, Failed, NewAttempt, TellingRow},
            },
        },
        webhook::{self, Keys, Request, Sent, Telling, standard},
    },
};

/// How long after each attempt that fails the next one comes; the first one comes at once, the last one is the tenth.
const WAITS: [Span; 9] = [
    Span(5),
    Span(5 * 60),
    Span(30 * 60),
    Span::hours(2),
    Span::hours(5),
    Span::hours(10),
    Span::hours(14),
    Span::hours(20),
    Span::hours(24),
];
/// How long a claim lasts: longer than the slowest receiver takes for all that is claimed at once.
pub const LEASE: Span = Span(120);
/// How many deliveries of one endpoint are claimed at once.
const CLAIMED_AT_ONCE: i64 = 64;
/// And of an endpoint that is failing.
const CLAIMED_FROM_FAILING: i64 = 4;
/// For how long nothing gets through before an endpoint is disabled.
pub const DISABLED_AFTER: Span = Span::days(5);
/// After how long without any attempt a failure before it does not count any more.
const FORGOTTEN_AFTER: Span = Span::days(2);
/// How many people are told that an endpoint was disabled.
const MOST_TOLD: usize = 20;

/// Deliveries that were claimed, with what is needed to send them.
#[derive(Debug)]
pub struct Claimed {
    /// Whose they are.
    pub endpoint: EndpointRow,
    /// What signs them.
    pub keys: Keys,
    /// The deliveries; none when all that was due has no word in the endpoint's form.
    pub jobs: Vec<Job>,
}

/// One delivery that was claimed.
#[derive(Debug, Clone)]
pub struct Job {
    event: Uuid,
    id: String,
    no: i64,
    in_series: i64,
    kept: String,
}

impl Job {
    /// The request as it is sent at this instant.
    pub fn request(&self, keys: &Keys, now: Moment) -> Option<Request> {
        webhook::request(keys, &self.id, now, &self.kept)
    }
}

/// A job with what came of it.
#[derive(Debug, Clone)]
pub struct Done {
    /// The job.
    pub job: Job,
    /// When it was sent.
    pub at: Moment,
    /// What came back.
    pub sent: Sent,
}

/// The endpoints after this one that have something due.
pub async fn list_due(services: &Services, after: Uuid, limit: i64) -> Result<Vec<EndpointId>, Error> {
    let mut reader = services.db.reader().await?;
    let due = sending::list_due(&mut reader, services.now(), after, limit).await?;
    Ok(due.into_iter().map(EndpointId).collect())
}

/// Claims some of what is due of an endpoint, and writes down what will be sent. Nothing when nothing is due any more.
pub async fn claim(services: &Services, endpoint: EndpointId) -> Result<Option<Claimed>, Error> {
    let now = services.now();
    let claimed = services.db.write((), move |tx, ()| Box::pin(claim_in(tx, endpoint, now))).await?;
    let Some((endpoint, jobs)) = claimed else { return Ok(None) };
    let mut reader = services.db.reader().await?;
    let keys = keys_of(&mut reader, &services.secret, &endpoint, now).await?;
    Ok(Some(Claimed { endpoint, keys, jobs }))
}

async fn claim_in(tx: &mut Tx, id: EndpointId, now: Moment) -> Result<Option<(EndpointRow, Vec<Job>)>, Error> {
    let Some(endpoint) = sending::find_on(tx, id).await? else { return Ok(None) };
    let at_once = if endpoint.failing_since.is_some() { CLAIMED_FROM_FAILING } else { CLAIMED_AT_ONCE };
    let claimed = sending::claim(tx, id, now, now.plus(LEASE), at_once).await?;
    if claimed.is_empty() {
        return Ok(None);
    }
    let form = endpoint.form()?;
    let new: Vec<(Uuid, i64)> =
        claimed.iter().filter(|row| row.body.is_none()).map(|row| (row.order_id, row.event_seq)).collect();
    let tellings = sending::list_tellings(tx, &new).await?;
    let mut tellings: HashMap<(Uuid, i64), TellingRow> =
        tellings.into_iter().map(|row| ((row.order_id, row.seq), row)).collect();
    let mut jobs = Vec::with_capacity(claimed.len());
    let mut bodies = Vec::new();
    for mut row in claimed {
        if row.body.is_none() {
            let told = tellings.remove(&(row.order_id, row.event_seq));
            row.body = match told {
                Some(told) => webhook::compose(form, &read(told)?),
                None => return Err(storage::Error::broken("webhook_deliveries", row.event_id, "no event").into()),
            };
            match &row.body {
                Some(body) => bodies.push((row.event_id, body.clone())),
                None => sending::skip(tx, id, row.event_id).await?,
            }
        }
        jobs.extend(job(row));
    }
    sending::keep_bodies(tx, id, &bodies).await?;
    Ok(Some((endpoint, jobs)))
}

fn job(row: ClaimedRow) -> Option<Job> {
    Some(Job {
        event: row.event_id,
        id: standard::message_id(row.order_id, row.event_seq),
        no: row.attempts,
        in_series: row.attempts - row.series_from,
        kept: row.body?,
    })
}

fn read(row: TellingRow) -> Result<Telling, Error> {
    let broken = |error: serde_json::Error| storage::Error::broken("events", row.order_id, error);
    Ok(Telling {
        seq: row.seq,
        at: Moment(row.at),
        actor: serde_json::from_str(&row.actor).map_err(broken)?,
        event: serde_json::from_str(&row.body).map_err(broken)?,
        order: serde_json::from_str::<Order>(&row.state).map_err(broken)?,
        buyer_email: row.email,
        buyer_phone: row.phone,
    })
}

/// When a delivery is tried again that failed at this time, after so many attempts in its series; up to a fifth later, so that many that
/// failed together do not come back together. Nothing after the last attempt.
fn again_at(in_series: i64, at: Moment) -> Option<Moment> {
    let failed = usize::try_from(in_series).unwrap_or(1).max(1);
    let wait = WAITS.get(failed - 1)?;
    let jitter = i64::from(u16::from_be_bytes(clock::random()));
    let micros = wait.0 * 1_000_000;
    Some(Moment(at.0 + micros + micros / 5 * jitter / i64::from(u16::MAX)))
}

/// Writes down what came of some deliveries of one endpoint.
pub async fn record(services: &Services, endpoint: EndpointId, done: Vec<Done>) -> Result<(), Error> {
    let now = services.now();
    services.db.write(done, move |tx, done| Box::pin(record_in(tx, endpoint, done, now))).await
}

async fn record_in(tx: &mut Tx, endpoint: EndpointId, done: &[Done], now: Moment) -> Result<(), Error> {
    let attempts: Vec<NewAttempt> = done.iter().map(attempt).collect();
    sending::insert_attempts(tx, endpoint, &attempts).await?;
    let delivered: Vec<(Uuid, i64)> =
        attempts.iter().filter(|attempt| attempt.error.is_empty()).map(|row| (row.event, row.status)).collect();
    sending::mark_delivered(tx, endpoint, &delivered).await?;
    let mut gone = false;
    for (done, attempt) in done.iter().zip(attempts).filter(|(done, _)| !done.sent.is_success()) {
        let is_gone = attempt.error == "gone";
        gone |= is_gone;
        let again_at = if is_gone { None } else { again_at(done.job.in_series, now) };
        sending::mark_failed(tx, endpoint, &Failed { attempt, again_at }).await?;
    }
    if gone {
        return disable(tx, endpoint, "gone", now).await;
    }
    if !delivered.is_empty() {
        return Ok(sending::mark_well(tx, endpoint).await?);
    }
    let since = sending::mark_failing(tx, endpoint, now, now.minus(FORGOTTEN_AFTER)).await?;
    if since.is_some_and(|since| since.plus(DISABLED_AFTER) <= now) {
        disable(tx, endpoint, "failing", now).await?;
    }
    Ok(())
}

fn attempt(done: &Done) -> NewAttempt {
    NewAttempt {
        event: done.job.event,
        no: done.job.no,
        at: done.at,
        took_ms: done.sent.took_ms,
        status: i64::from(done.sent.status),
        error: done.sent.error,
    }
}

/// Disables an endpoint and tells those who run it.
async fn disable(tx: &mut Tx, id: EndpointId, reason: &str, now: Moment) -> Result<(), Error> {
    let Some(endpoint) = sending::find_on(tx, id).await? else { return Ok(()) };
    if !rows::update_state(tx, id, "disabled", reason, now).await? {
        return Ok(());
    }
    let place = place_of(&endpoint);
    for person in administrators(tx, &place).await?.into_iter().take(MOST_TOLD) {
        let message = NewMessage {
            id: MessageId(clock::new_id(now)),
            event: None,
            marketplace: Some(MarketplaceId(endpoint.marketplace_id)),
            recipient: Some(UserId(person.user_id)),
            to_address: &person.email,
            channel: Channel::Email,
            kind: "webhook_disabled",
            payload: json!({
                "name": person.name,
                "endpoint": endpoint.id,
                "url": endpoint.url,
                "reason": reason,
            }),
        };
        outbox::insert(tx, &message, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{WAITS, again_at};
    use crate::domain::time::Moment;

    #[test]
    fn each_attempt_waits_longer_up_to_a_fifth_more_and_the_tenth_is_the_last() {
        let at = Moment(1_000_000);
        for (failed, wait) in (1..).zip(WAITS) {
            for _ in 0..50 {
                let again = again_at(failed, at).expect("not the last one");
                let waited = again.micros_since(at);
                assert!(waited >= wait.0 * 1_000_000 && waited <= wait.0 * 1_200_000, "{failed}: {waited}");
            }
        }
        assert_eq!(again_at(10, at), None);
        assert_eq!(again_at(11, at), None);
    }
}
