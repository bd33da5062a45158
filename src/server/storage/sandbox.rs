//! The books of the sandbox gateway: the calls that it makes, and when.

use uuid::Uuid;

use crate::{
    domain::time::Moment,
    server::storage::{Conn, Error, Tx, change, on, read},
};

const INSERT: &str = "insert into sandbox_calls (id, attempt_id, body, due_at) values ($1, $2, $3, $4)";

/// Plans a call.
pub async fn insert(tx: &mut Tx, id: Uuid, attempt: Uuid, body: &str, due_at: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT).bind(id).bind(attempt).bind(body).bind(due_at.0).execute(c).await)?;
    Ok(())
}

/// A call that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct CallRow {
    /// Which.
    pub id: Uuid,
    /// What it says.
    pub body: String,
}

const LIST_DUE: &str =
    "select id, body from sandbox_calls where sent_at is null and due_at <= $1 order by due_at, id limit $2";

/// The calls that are due, the oldest first.
pub async fn list_due(conn: &mut dyn Conn, now: Moment, limit: i64) -> Result<Vec<CallRow>, Error> {
    read!(conn, CallRow, |c| sqlx::query(LIST_DUE).bind(now.0).bind(limit).fetch_all(c).await)
}

const LIST_OF_ATTEMPT: &str = "select id, body from sandbox_calls where attempt_id = $1 order by due_at, id limit 10";

/// The calls about one attempt, made or not.
pub async fn list_of_attempt(conn: &mut dyn Conn, attempt: Uuid) -> Result<Vec<CallRow>, Error> {
    read!(conn, CallRow, |c| sqlx::query(LIST_OF_ATTEMPT).bind(attempt).fetch_all(c).await)
}

const NEXT_DUE: &str = "select due_at from sandbox_calls where sent_at is null order by due_at, id limit 1";

/// When the next call is due.
pub async fn next_due(conn: &mut dyn Conn) -> Result<Option<Moment>, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(NEXT_DUE).fetch_optional(c).await)?;
    Ok(at.map(Moment))
}

const UPDATE_SENT: &str = "update sandbox_calls set sent_at = $2 where id = $1 and sent_at is null";

/// Writes down that a call was made and heard.
pub async fn update_sent(tx: &mut Tx, id: Uuid, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_SENT).bind(id).bind(now.0).execute(c).await)?;
    Ok(())
}

const UPDATE_DUE: &str = "update sandbox_calls set due_at = $2 where id = $1 and sent_at is null";

/// Puts a call off that was not heard.
pub async fn update_due(tx: &mut Tx, id: Uuid, due_at: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_DUE).bind(id).bind(due_at.0).execute(c).await)?;
    Ok(())
}
