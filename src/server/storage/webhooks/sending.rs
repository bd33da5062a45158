//! Deliveries on their way: which endpoints have some due, claiming them for a while, and writing down what came of each.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::EndpointRow;
use crate::{
    domain::{id::EndpointId, time::Moment},
    server::storage::{Conn, Error, Tx, change, lots, on, read, values},
};

const LIST_DUE: &str = "select e.id from webhook_endpoints e
where e.state = 'on' and e.id > $2 and exists (
    select 1 from webhook_deliveries d
    where d.endpoint_id = e.id and d.state = 'pending' and d.due_at <= $1 and d.lease_until <= $1)
order by e.id limit $3";

/// The endpoints after this one that have something due.
pub async fn list_due(conn: &mut dyn Conn, now: Moment, after: Uuid, limit: i64) -> Result<Vec<Uuid>, Error> {
    on!(conn, |c| sqlx::query_scalar(LIST_DUE).bind(now.0).bind(after).bind(limit).fetch_all(c).await)
}

const SELECT_ON: &str =
    "select id, marketplace_id, seller_id, url, description, events, form, state, reason, owed_since,
    failing_since, last_failed_at, tested_at, test_status, test_took_ms, test_error, created_at
from webhook_endpoints where id = $1 and state = 'on'";

/// The endpoint, if it is told of events.
pub async fn find_on(conn: &mut dyn Conn, id: EndpointId) -> Result<Option<EndpointRow>, Error> {
    read!(conn, EndpointRow, |c| sqlx::query(SELECT_ON).bind(id.0).fetch_optional(c).await)
}

/// A delivery that this process may try until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ClaimedRow {
    /// The event.
    pub event_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The event's number.
    pub event_seq: i64,
    /// Which attempt this is.
    pub attempts: i64,
    /// How many of them were made before it was sent again by hand.
    pub series_from: i64,
    /// What is sent, after the first attempt.
    pub body: Option<String>,
}

const CLAIM: &str = "update webhook_deliveries set lease_until = $3, attempts = attempts + 1
where endpoint_id = $1 and event_id in (
    select event_id from webhook_deliveries
    where endpoint_id = $1 and state = 'pending' and due_at <= $2 and lease_until <= $2
    order by due_at, event_id limit $4)
returning event_id, order_id, event_seq, attempts, series_from, body";
const CLAIM_SKIPPING: &str = "with picked as (
    select event_id from webhook_deliveries
    where endpoint_id = $1 and state = 'pending' and due_at <= $2 and lease_until <= $2
    order by due_at, event_id limit $4 for update skip locked)
update webhook_deliveries set lease_until = $3, attempts = attempts + 1
where endpoint_id = $1 and event_id in (select event_id from picked)
returning event_id, order_id, event_seq, attempts, series_from, body";

/// Claims up to so many due deliveries of an endpoint. Each counts as an attempt from now on, whatever becomes of this
/// process; what it does not come back to is due again when the lease ends.
pub async fn claim(
    tx: &mut Tx,
    endpoint: EndpointId,
    now: Moment,
    lease_until: Moment,
    limit: i64,
) -> Result<Vec<ClaimedRow>, Error> {
    // Another process may be at the same rows where rows are locked one by one.
    let query = if tx.locks_rows() { CLAIM_SKIPPING } else { CLAIM };
    let mut rows = read!(tx, ClaimedRow, |c| sqlx::query(query)
        .bind(endpoint.0)
        .bind(now.0)
        .bind(lease_until.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.sort_by_key(|row| row.event_id);
    Ok(rows)
}

/// An event to be told, with the order as it is now.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct TellingRow {
    /// The order.
    pub order_id: Uuid,
    /// The event's number.
    pub seq: i64,
    /// When it happened.
    pub at: i64,
    /// Who did it, as JSON.
    pub actor: String,
    /// What, as JSON.
    pub body: String,
    /// The order, as JSON.
    pub state: String,
    /// The buyer's e-mail address.
    pub email: String,
    /// The buyer's phone number for this order.
    pub phone: String,
}

/// The events of these numbers, with their orders.
pub async fn list_tellings(conn: &mut dyn Conn, events: &[(Uuid, i64)]) -> Result<Vec<TellingRow>, Error> {
    let mut rows = Vec::with_capacity(events.len());
    for lot in lots(events) {
        let text = format!(
            "with wanted (order_id, seq) as (values {})
select e.order_id, e.seq, e.at, e.actor, e.body, o.state, u.email, coalesce(r.phone, '') as phone
from wanted w join events e on e.order_id = w.order_id and e.seq = w.seq
join orders o on o.id = e.order_id join users u on u.id = o.buyer_id
left join recipients r on r.order_id = o.id
order by e.order_id, e.seq",
            values(lot.len(), 2)
        );
        rows.extend(read!(conn, TellingRow, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (order, seq) in lot {
                query = query.bind(*order).bind(*seq);
            }
            query.fetch_all(c).await
        })?);
    }
    Ok(rows)
}

/// Keeps what is sent, so that every attempt sends the same.
pub async fn keep_bodies(tx: &mut Tx, endpoint: EndpointId, bodies: &[(Uuid, String)]) -> Result<(), Error> {
    for lot in lots(bodies) {
        let last = lot.len() * 2 + 1;
        let text = format!(
            "with kept (event_id, body) as (values {})
update webhook_deliveries set body = (select k.body from kept k where k.event_id = webhook_deliveries.event_id)
where endpoint_id = ${last} and event_id in (select event_id from kept)",
            values(lot.len(), 2)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (event, body) in lot {
                query = query.bind(*event).bind(body.as_str());
            }
            query.bind(endpoint.0).execute(c).await
        })?;
    }
    Ok(())
}

const SKIP: &str = "update webhook_deliveries set state = 'skipped', attempts = attempts - 1, lease_until = 0
where endpoint_id = $1 and event_id = $2 and state = 'pending'";

/// Writes down that the endpoint's form has no word for this event: it is never sent.
pub async fn skip(tx: &mut Tx, endpoint: EndpointId, event: Uuid) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(SKIP).bind(endpoint.0).bind(event).execute(c).await)?;
    Ok(())
}

/// An attempt that was made.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt {
    /// At which event's delivery.
    pub event: Uuid,
    /// Its number, from 1.
    pub no: i64,
    /// When.
    pub at: Moment,
    /// How long it took.
    pub took_ms: i64,
    /// The status that came back; 0 when none did.
    pub status: i64,
    /// Why it was no success; empty when it was one.
    pub error: &'static str,
}

/// Adds attempts to the log.
pub async fn insert_attempts(tx: &mut Tx, endpoint: EndpointId, attempts: &[NewAttempt]) -> Result<(), Error> {
    for lot in lots(attempts) {
        let text = format!(
            "insert into webhook_attempts (endpoint_id, event_id, no, at, took_ms, status, error) values {}
on conflict (endpoint_id, event_id, no) do nothing",
            values(lot.len(), 7)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for attempt in lot {
                query = query
                    .bind(endpoint.0)
                    .bind(attempt.event)
                    .bind(attempt.no)
                    .bind(attempt.at.0)
                    .bind(attempt.took_ms)
                    .bind(attempt.status)
                    .bind(attempt.error);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// Marks deliveries as done, each with the status that came back. What got there is done, whoever claimed it since.
pub async fn mark_delivered(tx: &mut Tx, endpoint: EndpointId, done: &[(Uuid, i64)]) -> Result<(), Error> {
    for lot in lots(done) {
        let last = lot.len() * 2 + 1;
        let text = format!(
            "with done (event_id, status) as (values {})
update webhook_deliveries set state = 'delivered', lease_until = 0, last_error = '',
    last_status = (select k.status from done k where k.event_id = webhook_deliveries.event_id)
where endpoint_id = ${last} and state in ('pending', 'dead') and event_id in (select event_id from done)",
            values(lot.len(), 2)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (event, status) in lot {
                query = query.bind(*event).bind(*status);
            }
            query.bind(endpoint.0).execute(c).await
        })?;
    }
    Ok(())
}

const MARK_FAILED: &str = "update webhook_deliveries
set state = $4, due_at = $5, lease_until = 0, last_status = $6, last_error = $7
where endpoint_id = $1 and event_id = $2 and attempts = $3 and state = 'pending'";

/// What becomes of a delivery that failed.
#[derive(Clone, Copy, Debug)]
pub struct Failed {
    /// What was tried.
    pub attempt: NewAttempt,
    /// When it is tried again; nothing when it is given up.
    pub again_at: Option<Moment>,
}

/// Marks a delivery as failed, unless another process has claimed it since.
pub async fn mark_failed(tx: &mut Tx, endpoint: EndpointId, failed: &Failed) -> Result<(), Error> {
    let attempt = &failed.attempt;
    change!(tx, |c| sqlx::query(MARK_FAILED)
        .bind(endpoint.0)
        .bind(attempt.event)
        .bind(attempt.no)
        .bind(if failed.again_at.is_some() { "pending" } else { "dead" })
        .bind(failed.again_at.unwrap_or(attempt.at).0)
        .bind(attempt.status)
        .bind(attempt.error)
        .execute(c)
        .await)?;
    Ok(())
}

const MARK_WELL: &str = "update webhook_endpoints set failing_since = null where id = $1 and failing_since is not null";

/// Writes down that something got through.
pub async fn mark_well(tx: &mut Tx, endpoint: EndpointId) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(MARK_WELL).bind(endpoint.0).execute(c).await)?;
    Ok(())
}

const MARK_FAILING: &str = "update webhook_endpoints set last_failed_at = $2,
    failing_since = case when failing_since is null or last_failed_at < $3 then $2 else failing_since end
where id = $1 and state = 'on' returning failing_since";

/// Writes down that nothing got through, and gives since when; a failure before `quiet_since` is too long ago to count.
pub async fn mark_failing(
    tx: &mut Tx,
    endpoint: EndpointId,
    now: Moment,
    quiet_since: Moment,
) -> Result<Option<Moment>, Error> {
    let since: Option<i64> = on!(tx, |c| sqlx::query_scalar(MARK_FAILING)
        .bind(endpoint.0)
        .bind(now.0)
        .bind(quiet_since.0)
        .fetch_optional(c)
        .await)?;
    Ok(since.map(Moment))
}
