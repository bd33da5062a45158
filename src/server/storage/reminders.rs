//! Orders by the time at which whoever has the turn is reminded of it.

use uuid::Uuid;

use crate::{
    domain::{id::OrderId, notice::REMINDER, time::Moment},
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// An order of which somebody is to be reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, holdfast_macros::Row)]
pub struct DueRow {
    /// Which.
    pub id: Uuid,
    /// Since when, in microseconds.
    pub remind_at: i64,
}

const LIST_DUE: &str = "select id, remind_at from orders
where stage <> 'done' and remind_at < 9223372036854775807 and remind_at <= $1
and (remind_at > $2 or (remind_at = $2 and id > $3)) order by remind_at, id limit $4";

/// Orders of which somebody is to be reminded by now, the longest overdue first, after this place among them.
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

const NEXT_DUE: &str = "select remind_at from orders where stage <> 'done' and remind_at < 9223372036854775807
order by remind_at, id limit 1";

/// When somebody is to be reminded next.
pub async fn next_due(conn: &mut dyn Conn) -> Result<Option<Moment>, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(NEXT_DUE).fetch_optional(c).await)?;
    Ok(at.map(Moment))
}

const SELECT: &str = "select remind_at from orders where id = $1";

/// When somebody is to be reminded of this order.
pub async fn find(conn: &mut dyn Conn, order: OrderId) -> Result<Moment, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(SELECT).bind(order.0).fetch_optional(c).await)?;
    Ok(at.map_or(Moment::NEVER, Moment))
}

const UPDATE: &str = "update orders set remind_at = $2 where id = $1";

/// Puts the next reminder of an order.
pub async fn update(tx: &mut Tx, order: OrderId, at: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE).bind(order.0).bind(at.0).execute(c).await)?;
    Ok(())
}

const LAST: &str = "select created_at from messages where order_id = $1 and kind = $2
order by created_at desc, id desc limit 1";

/// When somebody was last reminded of this order.
pub async fn find_last(conn: &mut dyn Conn, order: OrderId) -> Result<Option<Moment>, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(LAST).bind(order.0).bind(REMINDER).fetch_optional(c).await)?;
    Ok(at.map(Moment))
}
