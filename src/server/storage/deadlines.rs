//! What the clock owes: orders by the time at which it acts on them.

use uuid::Uuid;

use crate::{
    domain::{id::OrderId, time::Moment},
    server::storage::{Conn, Error, on, read},
};

/// An order for which the clock has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, holdfast_macros::Row)]
pub struct DueRow {
    /// Which.
    pub id: Uuid,
    /// Since when, in microseconds.
    pub deadline_at: i64,
}

const LIST_DUE: &str = "select id, deadline_at from orders where stage <> 'done' and deadline_at <= $1
and (deadline_at > $2 or (deadline_at = $2 and id > $3)) order by deadline_at, id limit $4";

/// Orders for which the clock has something to do by now, the longest overdue first, after this place among them.
pub async fn list_due(
    conn: &mut dyn Conn,
    now: Moment,
    after: (Moment, OrderId),
    limit: i64,
) -> Result<Vec<DueRow>, Error> {
    read!(conn, DueRow, |c| sqlx::query(LIST_DUE)
        .bind(now.0)
        .bind(after.0.0)
        .bind(after.1.0)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const NEXT_DUE: &str = "select deadline_at from orders where stage <> 'done' order by deadline_at, id limit 1";

/// When the clock has something to do next.
pub async fn next_due(conn: &mut dyn Conn) -> Result<Option<Moment>, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(NEXT_DUE).fetch_optional(c).await)?;
    Ok(at.map(Moment))
}
