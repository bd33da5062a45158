//! What endpoints are owed: written with the events, listed in the log, sent again by hand.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{EndpointId, MarketplaceId, OrderId, SellerId},
        page::Cursor,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, lots, on, read, values, verify::Range},
};

/// An event that endpoints may want to know of.
#[derive(Clone, Copy, Debug)]
pub struct NewTelling {
    /// An id that sorts by time.
    pub id: Uuid,
    /// Whose marketplace.
    pub marketplace: MarketplaceId,
    /// Which seller; nobody where it is not for sellers.
    pub seller: Option<SellerId>,
    /// The order.
    pub order: OrderId,
    /// The event's number.
    pub seq: u32,
    /// Its type.
    pub kind: &'static str,
    /// When it happened.
    pub at: Moment,
}

/// Owes these events to every endpoint that wants them, in one statement.
pub async fn owe(tx: &mut Tx, events: &[NewTelling]) -> Result<(), Error> {
    for lot in lots(events) {
        let text = format!(
            "with told (event_id, marketplace_id, seller_id, order_id, seq, kind, at) as (values {})
insert into webhook_deliveries (endpoint_id, order_id, event_seq, event_id, kind, state, due_at, created_at)
select e.id, t.order_id, t.seq, t.event_id, t.kind, 'pending', t.at, t.at
from told t join webhook_endpoints e on e.marketplace_id = t.marketplace_id
where e.state = 'on' and (e.seller_id is null or e.seller_id = t.seller_id)
and (e.events = '' or e.events like '% ' || t.kind || ' %')",
            values(lot.len(), 7)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for event in lot {
                query = query
                    .bind(event.id)
                    .bind(event.marketplace.0)
                    .bind(event.seller.map(|seller| seller.0))
                    .bind(event.order.0)
                    .bind(i64::from(event.seq))
                    .bind(event.kind)
                    .bind(event.at.0);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// A delivery as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct DeliveryRow {
    /// The event's id.
    pub event_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The order's public number.
    pub reference: String,
    /// The event's number.
    pub event_seq: i64,
    /// Its type.
    pub kind: String,
    /// `pending`, `delivered`, `dead` or `skipped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is due.
    pub due_at: i64,
    /// What came back last.
    pub last_status: i64,
    /// Why that was no success.
    pub last_error: String,
    /// What is sent, once it was tried.
    pub body: Option<String>,
    /// When it was owed.
    pub created_at: i64,
}

const LIST: &str =
    "select d.event_id, d.order_id, o.reference, d.event_seq, d.kind, d.state, d.attempts, d.due_at, d.last_status,
    d.last_error, cast(null as text) as body, d.created_at
from webhook_deliveries d join orders o on o.id = d.order_id
where d.endpoint_id = $1 and (d.created_at < $2 or (d.created_at = $2 and d.event_id < $3))
order by d.created_at desc, d.event_id desc limit $4";

/// The deliveries of an endpoint before this place in its log, the newest first, without their bodies.
pub async fn list(
    conn: &mut dyn Conn,
    endpoint: EndpointId,
    before: Cursor,
    limit: i64,
) -> Result<Vec<DeliveryRow>, Error> {
    read!(conn, DeliveryRow, |c| sqlx::query(LIST)
        .bind(endpoint.0)
        .bind(before.key)
        .bind(before.id)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const SELECT: &str =
    "select d.event_id, d.order_id, o.reference, d.event_seq, d.kind, d.state, d.attempts, d.due_at, d.last_status,
    d.last_error, d.body, d.created_at
from webhook_deliveries d join orders o on o.id = d.order_id where d.endpoint_id = $1 and d.event_id = $2";

/// One delivery of an endpoint.
pub async fn find(conn: &mut dyn Conn, endpoint: EndpointId, event: Uuid) -> Result<Option<DeliveryRow>, Error> {
    read!(conn, DeliveryRow, |c| sqlx::query(SELECT).bind(endpoint.0).bind(event).fetch_optional(c).await)
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct AttemptRow {
    /// When.
    pub at: i64,
    /// How long it took.
    pub took_ms: i64,
    /// The status that came back; 0 when none did.
    pub status: i64,
    /// Why it was no success.
    pub error: String,
}

/// The most attempts that a look at a delivery shows.
const MOST_ATTEMPTS: i64 = 200;

const LIST_ATTEMPTS: &str = "select at, took_ms, status, error from webhook_attempts
where endpoint_id = $1 and event_id = $2 order by no limit $3";

/// The attempts at a delivery, in their order.
pub async fn list_attempts(conn: &mut dyn Conn, endpoint: EndpointId, event: Uuid) -> Result<Vec<AttemptRow>, Error> {
    read!(conn, AttemptRow, |c| sqlx::query(LIST_ATTEMPTS)
        .bind(endpoint.0)
        .bind(event)
        .bind(MOST_ATTEMPTS)
        .fetch_all(c)
        .await)
}

const REPLAY: &str = "update webhook_deliveries
set state = 'pending', due_at = $3, lease_until = 0, series_from = attempts
where endpoint_id = $1 and event_id = $2 and state in ('delivered', 'dead')";

/// Owes one delivery again, due at once; `false` when it waits already or is never sent.
pub async fn replay(tx: &mut Tx, endpoint: EndpointId, event: Uuid, now: Moment) -> Result<bool, Error> {
    let changed = change!(tx, |c| sqlx::query(REPLAY).bind(endpoint.0).bind(event).bind(now.0).execute(c).await)?;
    Ok(changed == 1)
}

const REPLAY_DEAD: &str = "update webhook_deliveries
set state = 'pending', due_at = $3, lease_until = 0, series_from = attempts
where endpoint_id = $1 and event_id in (
    select event_id from webhook_deliveries where endpoint_id = $1 and state = 'dead' and created_at >= $2
    order by created_at, event_id limit $4)";

/// Owes again what was given up since then, the oldest first, at most so many; gives how many those were.
pub async fn replay_dead(
    tx: &mut Tx,
    endpoint: EndpointId,
    since: Moment,
    now: Moment,
    limit: i64,
) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(REPLAY_DEAD).bind(endpoint.0).bind(since.0).bind(now.0).bind(limit).execute(c).await)
}

/// How many deliveries of an endpoint are in a state.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct WaitingRow {
    /// How many wait.
    pub waiting: i64,
    /// How many were given up.
    pub dead: i64,
}

const COUNT: &str = "select
    (select count(*) from webhook_deliveries where endpoint_id = $1 and state = 'pending') as waiting,
    (select count(*) from webhook_deliveries where endpoint_id = $1 and state = 'dead') as dead";

/// How many deliveries of an endpoint wait, and how many were given up.
pub async fn count(conn: &mut dyn Conn, endpoint: EndpointId) -> Result<WaitingRow, Error> {
    on!(conn, |c| sqlx::query_as::<_, WaitingRow>(COUNT).bind(endpoint.0).fetch_one(c).await)
}

/// A delivery as the check of all rows reads it.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct OwedRow {
    /// The order.
    pub order_id: Uuid,
    /// The event.
    pub event_seq: i64,
    /// Its type.
    pub kind: String,
    /// To which endpoint.
    pub endpoint_id: Uuid,
}

const LIST_OWED: &str = "select order_id, event_seq, kind, endpoint_id from webhook_deliveries
where order_id > $1 and order_id <= $2 order by order_id, event_seq, endpoint_id";

/// The deliveries of these orders' events.
pub async fn list_owed(conn: &mut dyn Conn, range: Range) -> Result<Vec<OwedRow>, Error> {
    read!(conn, OwedRow, |c| sqlx::query(LIST_OWED).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// An endpoint as the check of all rows reads it.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct WantingRow {
    /// Which.
    pub id: Uuid,
    /// Of which marketplace.
    pub marketplace_id: Uuid,
    /// Of one of its sellers alone.
    pub seller_id: Option<Uuid>,
    /// The wanted types between spaces.
    pub events: String,
    /// Whether it is on.
    pub state: String,
    /// Since when it is owed them.
    pub owed_since: i64,
}

const LIST_WANTING: &str = "select id, marketplace_id, seller_id, events, state, owed_since from webhook_endpoints where id > $1 order by id limit $2";

/// The endpoints after this one, removed ones too.
pub async fn list_wanting(conn: &mut dyn Conn, after: Uuid, limit: i64) -> Result<Vec<WantingRow>, Error> {
    read!(conn, WantingRow, |c| sqlx::query(LIST_WANTING).bind(after).bind(limit).fetch_all(c).await)
}
