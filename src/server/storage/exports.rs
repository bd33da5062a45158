//! Lists that are written as files: how far each has come, and the parts that are there.

use uuid::Uuid;

use crate::{
    domain::{
        id::{ExportId, KeyId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// An export as stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct ExportRow {
    /// Which.
    pub id: Uuid,
    /// For which key.
    pub key_id: Uuid,
    /// `csv` or `xlsx`.
    pub format: String,
    /// Narrowed by what, as JSON.
    pub filter: String,
    /// `pending`, `done` or `failed`.
    pub state: String,
    /// How many rows are there.
    pub rows_done: i64,
    /// In how many parts.
    pub parts: i64,
    /// The last row that is there, as a cursor.
    pub after: String,
    /// Why it failed.
    pub error: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// Until when it is kept.
    pub expires_at: i64,
}

const INSERT: &str =
    "insert into exports (id, key_id, format, filter, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)";

/// Asks for one.
pub async fn insert(
    tx: &mut Tx,
    id: ExportId,
    key: KeyId,
    (format, filter): (&str, &str),
    (now, expires_at): (Moment, Moment),
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(id.0)
        .bind(key.0)
        .bind(format)
        .bind(filter)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

const SELECT: &str =
    "select id, key_id, format, filter, state, rows_done, parts, after, error, created_at, finished_at, expires_at
from exports where id = $1 and key_id = $2";

/// An export of this key.
pub async fn find(conn: &mut dyn Conn, id: ExportId, key: KeyId) -> Result<Option<ExportRow>, Error> {
    read!(conn, ExportRow, |c| sqlx::query(SELECT).bind(id.0).bind(key.0).fetch_optional(c).await)
}

const LIST: &str =
    "select id, key_id, format, filter, state, rows_done, parts, after, error, created_at, finished_at, expires_at
from exports where key_id = $1 and id < $2 order by id desc limit $3";

/// The exports of a key before this one, the newest first.
pub async fn list(conn: &mut dyn Conn, key: KeyId, before: Uuid, limit: i64) -> Result<Vec<ExportRow>, Error> {
    read!(conn, ExportRow, |c| sqlx::query(LIST).bind(key.0).bind(before).bind(limit).fetch_all(c).await)
}

const SELECT_DUE: &str =
    "select id, key_id, format, filter, state, rows_done, parts, after, error, created_at, finished_at, expires_at
from exports where state = 'pending' and lease_until <= $1 order by created_at, id limit 1";
const CLAIM: &str = "update exports set lease_until = $3 where id = $1 and state = 'pending' and lease_until <= $2";

/// Takes the oldest export that nobody works on, until this time.
pub async fn claim(tx: &mut Tx, now: Moment, until: Moment) -> Result<Option<ExportRow>, Error> {
    let found = read!(tx, ExportRow, |c| sqlx::query(SELECT_DUE).bind(now.0).fetch_optional(c).await)?;
    let Some(row) = found else { return Ok(None) };
    let taken = change!(tx, |c| sqlx::query(CLAIM).bind(row.id).bind(now.0).bind(until.0).execute(c).await)?;
    Ok((taken == 1).then_some(row))
}

const INSERT_PART: &str = "insert into export_parts (export_id, no, content) values ($1, $2, $3)";
const ADVANCE: &str = "update exports set rows_done = rows_done + $3, parts = parts + 1, after = $4, lease_until = $5
where id = $1 and parts = $2 and state = 'pending'";

/// Adds a part after so many others; `false` when somebody else did.
pub async fn advance(
    tx: &mut Tx,
    row: &ExportRow,
    content: &str,
    rows: i64,
    after: &str,
    until: Moment,
) -> Result<bool, Error> {
    let moved = change!(tx, |c| sqlx::query(ADVANCE)
        .bind(row.id)
        .bind(row.parts)
        .bind(rows)
        .bind(after)
        .bind(until.0)
        .execute(c)
        .await)?;
    if moved == 1 {
        change!(tx, |c| sqlx::query(INSERT_PART).bind(row.id).bind(row.parts).bind(content).execute(c).await)?;
    }
    Ok(moved == 1)
}

const FINISH: &str = "update exports set state = $2, error = $3, finished_at = $4 where id = $1 and state = 'pending'";

/// Ends an export.
pub async fn finish(tx: &mut Tx, id: Uuid, state: &str, error: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(FINISH).bind(id).bind(state).bind(error).bind(now.0).execute(c).await)?;
    Ok(())
}

const REPLACE: &str = "update exports set parts = $3, state = 'done', finished_at = $4
where id = $1 and parts = $2 and state = 'pending'";

/// Puts these parts in the place of all that there are, and ends the export; nothing when somebody else did.
pub async fn replace(tx: &mut Tx, row: &ExportRow, parts: &[String], now: Moment) -> Result<(), Error> {
    let count = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let changed =
        change!(tx, |c| sqlx::query(REPLACE).bind(row.id).bind(row.parts).bind(count).bind(now.0).execute(c).await)?;
    if changed != 1 {
        return Ok(());
    }
    change!(tx, |c| sqlx::query(DELETE_PARTS).bind(row.id).execute(c).await)?;
    for (no, part) in (0_i64..).zip(parts) {
        change!(tx, |c| sqlx::query(INSERT_PART).bind(row.id).bind(no).bind(part).execute(c).await)?;
    }
    Ok(())
}

const SELECT_PART: &str = "select content from export_parts where export_id = $1 and no = $2";

/// One part.
pub async fn find_part(conn: &mut dyn Conn, id: ExportId, no: i64) -> Result<Option<String>, Error> {
    on!(conn, |c| sqlx::query_scalar(SELECT_PART).bind(id.0).bind(no).fetch_optional(c).await)
}

const SELECT_EXPIRED: &str = "select id from exports where expires_at <= $1 order by expires_at, id limit 1";
const DELETE_PARTS: &str = "delete from export_parts where export_id = $1";
const DELETE: &str = "delete from exports where id = $1";

/// Throws one away that is kept no longer; `false` when there is none.
pub async fn sweep(tx: &mut Tx, now: Moment) -> Result<bool, Error> {
    let expired: Option<Uuid> = on!(tx, |c| sqlx::query_scalar(SELECT_EXPIRED).bind(now.0).fetch_optional(c).await)?;
    let Some(id) = expired else { return Ok(false) };
    change!(tx, |c| sqlx::query(DELETE_PARTS).bind(id).execute(c).await)?;
    change!(tx, |c| sqlx::query(DELETE).bind(id).execute(c).await)?;
    Ok(true)
}
