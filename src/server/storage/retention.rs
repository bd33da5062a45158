//! Clearing away by age what nobody needs any more: never timeline, ledger or audit, and a bounded number of rows at a time.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::time::Moment,
    server::storage::{Error, Tx, change, lots, read, values},
};

const DELETE_PERSONAL: &str = "delete from messages where id in (
    select id from messages
    where created_at < $1 and to_address <> '' and state in ('sent', 'muted', 'dead') and event_seq is null
    order by created_at, id limit $2)";

/// Deletes old messages that no event owes and that have come to their end.
pub async fn delete_personal_messages(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_PERSONAL).bind(before.0).bind(limit).execute(c).await)
}

const CLEAR: &str = "update messages set to_address = '', payload = '{}', provider_ref = '',
    last_error = case when state = 'dead' then $3 else last_error end
where id in (
    select id from messages
    where created_at < $1 and to_address <> '' and state in ('sent', 'muted', 'dead') and event_seq is not null
    order by created_at, id limit $2)";

/// Takes address and text out of old messages about events: that they were owed, to whom and whether they arrived stays
/// beside the timeline. `given_up` is said of those that did not arrive, in place of what a mail server said.
pub async fn clear_messages(tx: &mut Tx, before: Moment, given_up: &str, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(CLEAR).bind(before.0).bind(limit).bind(given_up).execute(c).await)
}

const LIST_DELIVERIES: &str = "select endpoint_id, event_id from webhook_deliveries
where created_at < $1 and state <> 'pending' order by created_at, endpoint_id, event_id limit $2";

/// What is owed to an endpoint is owed from this instant on: what was owed before it may be gone.
const OWED_SINCE: &str = "update webhook_endpoints set owed_since = $2 where id = $1 and owed_since < $2";

/// Deletes old deliveries of webhooks that have come to their end, with their attempts. What is owed to their endpoints is
/// checked from `before` on.
pub async fn delete_deliveries(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    // Locked, so that none of them is sent again by hand meanwhile; what another process clears away is left to it.
    let query =
        if tx.locks_rows() { format!("{LIST_DELIVERIES} for update skip locked") } else { LIST_DELIVERIES.to_owned() };
    let gone: Vec<(Uuid, Uuid)> =
        read!(tx, _, |c| sqlx::query(AssertSqlSafe(query)).bind(before.0).bind(limit).fetch_all(c).await)?;
    for lot in lots(&gone) {
        for table in ["webhook_attempts", "webhook_deliveries"] {
            let text =
                format!("delete from {table} where (endpoint_id, event_id) in (values {})", values(lot.len(), 2));
            change!(tx, |c| {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (endpoint, event) in lot {
                    query = query.bind(*endpoint).bind(*event);
                }
                query.execute(c).await
            })?;
        }
    }
    let mut endpoints: Vec<Uuid> = gone.iter().map(|(endpoint, _)| *endpoint).collect();
    endpoints.sort();
    endpoints.dedup();
    for endpoint in endpoints {
        change!(tx, |c| sqlx::query(OWED_SINCE).bind(endpoint).bind(before.0).execute(c).await)?;
    }
    Ok(gone.len() as u64)
}

const DELETE_READ: &str = "delete from inbox where (user_id, order_id, event_seq) in (
    select user_id, order_id, event_seq from inbox where at < $1 and read_at is not null
    order by at, user_id, order_id, event_seq limit $2)";

/// Deletes old notices that were looked at.
pub async fn delete_read_notices(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_READ).bind(before.0).bind(limit).execute(c).await)
}
