//! Calls of programs: what each key asked for and was answered; written by the lot, kept for a while.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{id::KeyId, page::Cursor, time::Moment},
    server::storage::{Conn, Error, Tx, change, keys::Whose, lots, read, values},
};

/// A call to be written down.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// An id that sorts by time.
    pub id: Uuid,
    /// With which key.
    pub key: KeyId,
    /// When.
    pub at: Moment,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The address, with its variable parts unnamed.
    pub route: String,
    /// The order or thing that it named.
    pub what: String,
    /// What it was answered.
    pub status: u16,
    /// Why it was refused.
    pub code: String,
    /// Where it came from.
    pub address: String,
    /// The id under which the logs know it.
    pub request_id: String,
    /// How long it took.
    pub took_us: i64,
}

/// Writes calls down; those that are there already stay as they are.
pub async fn insert(tx: &mut Tx, calls: &[NewCall]) -> Result<(), Error> {
    for lot in lots(calls) {
        let text = format!(
            "insert into api_calls (id, key_id, at, method, route, what, status, code, address, request_id, took_us) values {}
            on conflict (id) do nothing",
            values(lot.len(), 11)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for call in lot {
                query = query
                    .bind(call.id)
                    .bind(call.key.0)
                    .bind(call.at.0)
                    .bind(call.method.as_str())
                    .bind(call.route.as_str())
                    .bind(call.what.as_str())
                    .bind(i64::from(call.status))
                    .bind(call.code.as_str())
                    .bind(call.address.as_str())
                    .bind(call.request_id.as_str())
                    .bind(call.took_us);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// A call as stored, with the name of its key.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct CallRow {
    /// Which.
    pub id: Uuid,
    /// When.
    pub at: i64,
    /// The name of the key.
    pub name: String,
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The address, with its variable parts unnamed.
    pub route: String,
    /// The order or thing that it named.
    pub what: String,
    /// What it was answered.
    pub status: i64,
    /// Why it was refused.
    pub code: String,
    /// Where it came from.
    pub address: String,
    /// The id under which the logs know it.
    pub request_id: String,
}

const LIST: &str = "select c.id, c.at, k.name, c.method, c.route, c.what, c.status, c.code, c.address, c.request_id
from api_calls c join api_keys k on k.id = c.key_id
where k.marketplace_id is not distinct from $1 and k.seller_id is not distinct from $2
and (k.marketplace_id is not null or k.created_by = $3) and (c.at < $4 or (c.at = $4 and c.id < $5))
order by c.at desc, c.id desc limit $6";

/// The calls with keys of a place before this one, the newest first.
pub async fn list(conn: &mut dyn Conn, whose: &Whose, before: Cursor, limit: i64) -> Result<Vec<CallRow>, Error> {
    read!(conn, CallRow, |c| sqlx::query(LIST)
        .bind(whose.marketplace.map(|marketplace| marketplace.0))
        .bind(whose.seller.map(|seller| seller.0))
        .bind(whose.maker.0)
        .bind(before.key)
        .bind(before.id)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const DELETE_BEFORE: &str =
    "delete from api_calls where id in (select id from api_calls where at < $1 order by at, id limit $2)";

/// Forgets calls from before this time, a bounded number at once.
pub async fn delete_before(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_BEFORE).bind(before.0).bind(limit).execute(c).await)
}
