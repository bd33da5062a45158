//! Orders as rows: the whole of each as JSON, and the columns that lists ask for.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{OrderId, Reference, SellerId},
        order::Order,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, lots, on, values},
};

const INSERT: &str = "insert into orders (id, reference, marketplace_id, seller_id, buyer_id, provider_id, channel, external_ref, currency, title, seller_name,
     buyer_name, task, total_minor, held_minor, status, stage, turn, urgent_at, deadline_at, version, placed_at,
     updated_at, state, remind_at) values ";

/// Adds orders, each with the instant after which somebody is reminded of it; a constraint refuses one whose reference,
/// or whose shop's number for it, is taken.
pub async fn insert(tx: &mut Tx, orders: &[(&Order, Moment)]) -> Result<(), Error> {
    for lot in lots(orders) {
        let rows: Vec<Columns> = lot.iter().map(|(order, _)| Columns::of(order)).collect();
        let text = format!("{INSERT}{}", values(lot.len(), 25));
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for ((order, after), row) in lot.iter().zip(&rows) {
                query = query
                    .bind(order.id.0)
                    .bind(order.reference.as_str())
                    .bind(order.parties.marketplace.0)
                    .bind(order.parties.seller.0)
                    .bind(order.parties.buyer.0)
                    .bind(row.provider_id)
                    .bind(order.channel.as_str())
                    .bind(order.external_ref.as_deref())
                    .bind(order.currency.code())
                    .bind(row.title.as_str())
                    .bind(order.parties.seller_name.as_str())
                    .bind(order.parties.buyer_name.as_str())
                    .bind(row.task)
                    .bind(row.total_minor)
                    .bind(row.held_minor)
                    .bind(row.status)
                    .bind(row.stage)
                    .bind(row.turn)
                    .bind(row.urgent_at)
                    .bind(row.deadline_at)
                    .bind(row.version)
                    .bind(order.placed_at.0)
                    .bind(order.updated_at.0)
                    .bind(row.state.as_str())
                    .bind(remind_at(order, *after).0);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

const UPDATE: &str =
    "update orders set provider_id = $3, title = $4, task = $5, total_minor = $6, held_minor = $7, status = $8,
    stage = $9, turn = $10, urgent_at = $11, deadline_at = $12, version = $13, updated_at = $14, state = $15,
    remind_at = $16
where id = $1 and version = $2";

/// Writes an order as it stands now, if its row is still at the version that it was read at.
pub async fn update(tx: &mut Tx, order: &Order, read_at_version: u32) -> Result<bool, Error> {
    let row = Columns::of(order);
    let changed = change!(tx, |c| sqlx::query(UPDATE)
        .bind(order.id.0)
        .bind(i64::from(read_at_version))
        .bind(row.provider_id)
        .bind(row.title.as_str())
        .bind(row.task)
        .bind(row.total_minor)
        .bind(row.held_minor)
        .bind(row.status)
        .bind(row.stage)
        .bind(row.turn)
        .bind(row.urgent_at)
        .bind(row.deadline_at)
        .bind(row.version)
        .bind(order.updated_at.0)
        .bind(row.state.as_str())
        .bind(remind_at(order, order.updated_at).0)
        .execute(c)
        .await)?;
    Ok(changed == 1)
}

/// When somebody is reminded of an order next, after this instant. It is no part of what its events say: sending a
/// reminder moves it on.
fn remind_at(order: &Order, after: Moment) -> Moment {
    order.next_reminder(after).map_or(Moment::NEVER, |reminder| reminder.at)
}

/// The columns that follow from an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub(super) provider_id: Option<Uuid>,
    pub(super) title: String,
    pub(super) task: &'static str,
    pub(super) total_minor: i64,
    pub(super) held_minor: i64,
    pub(super) status: &'static str,
    pub(super) stage: &'static str,
    pub(super) turn: i64,
    pub(super) urgent_at: i64,
    pub(super) deadline_at: i64,
    pub(super) version: i64,
    pub(super) state: String,
}

impl Columns {
    pub(super) fn of(order: &Order) -> Self {
        let status = order.status();
        Self {
            provider_id: order.provider.as_ref().map(|provider| provider.id.0),
            title: order.title(),
            task: order.pressing().task(),
            total_minor: order.total_minor(),
            held_minor: order.held_minor(),
            status: status.code(),
            stage: if order.is_over() { "done" } else { status.stage().code() },
            turn: i64::from(order.turn().bits()),
            urgent_at: urgent_at(order),
            deadline_at: order.deadline_at().0,
            version: i64::from(order.version),
            state: serde_json::to_string(order).expect("orders are plain data"),
        }
    }
}

/// Open orders by the day that comes next; then those without one; then those that are over, newest first.
fn urgent_at(order: &Order) -> i64 {
    let latest = i64::MAX;
    match order.urgent_at() {
        Moment::NEVER if order.is_over() => latest - order.placed_at.0.max(0) / 2,
        Moment::NEVER => latest / 2 - 1,
        at => at.0,
    }
}

const SELECT_STATE: &str = "select state from orders where id = $1";
const SELECT_STATE_FOR_UPDATE: &str = "select state from orders where id = $1 for update";

/// The order, locked until the transaction ends so that nobody else changes it meanwhile.
pub async fn find_for_update(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, Error> {
    // SQLite has one writer at a time, so its transaction is the lock.
    let query = if tx.locks_rows() { SELECT_STATE_FOR_UPDATE } else { SELECT_STATE };
    let state = on!(tx, |c| sqlx::query_scalar::<_, String>(query).bind(id.0).fetch_optional(c).await)?;
    state.map(|state| read(&state, id)).transpose()
}

/// The order.
pub async fn find(conn: &mut dyn Conn, id: OrderId) -> Result<Option<Order>, Error> {
    let state = on!(conn, |c| sqlx::query_scalar::<_, String>(SELECT_STATE).bind(id.0).fetch_optional(c).await)?;
    state.map(|state| read(&state, id)).transpose()
}

const SELECT_STATE_BY_REFERENCE: &str = "select state from orders where reference = $1";

/// The order with this public number.
pub async fn find_by_reference(conn: &mut dyn Conn, reference: &Reference) -> Result<Option<Order>, Error> {
    let state = on!(conn, |c| sqlx::query_scalar::<_, String>(SELECT_STATE_BY_REFERENCE)
        .bind(reference.as_str())
        .fetch_optional(c)
        .await)?;
    state.map(|state| read(&state, reference)).transpose()
}

fn read(state: &str, row: impl ToString) -> Result<Order, Error> {
    serde_json::from_str(state).map_err(|error| Error::broken("orders", row, error))
}

const SELECT_BY_EXTERNAL: &str = "select id from orders where seller_id = $1 and channel = $2 and external_ref = $3";

/// The order that a shop knows under this number.
pub async fn find_id_by_external(
    conn: &mut dyn Conn,
    seller: SellerId,
    channel: &str,
    external_ref: &str,
) -> Result<Option<OrderId>, Error> {
    let id = on!(conn, |c| sqlx::query_scalar::<_, Uuid>(SELECT_BY_EXTERNAL)
        .bind(seller.0)
        .bind(channel)
        .bind(external_ref)
        .fetch_optional(c)
        .await)?;
    Ok(id.map(OrderId))
}

const SELECT_ID_BY_REFERENCE: &str = "select id from orders where reference = $1";

/// Which order has this public number.
pub async fn find_id_by_reference(conn: &mut dyn Conn, reference: &Reference) -> Result<Option<OrderId>, Error> {
    let id = on!(conn, |c| sqlx::query_scalar::<_, Uuid>(SELECT_ID_BY_REFERENCE)
        .bind(reference.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(id.map(OrderId))
}
