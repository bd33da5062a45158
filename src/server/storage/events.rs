//! The timelines: events with their hashes, which only grow.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::OrderId,
        order::event::Event,
        time::Moment,
        timeline::{ActorStamp, Entry, Hash, Stored},
    },
    server::storage::{
        Conn, Error, Tx, change, fetch_packed, lots, on,
        packed::{self, Packed},
        read, values,
    },
};

/// An event on its way into the timeline.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The order.
    pub order: OrderId,
    /// Its number.
    pub seq: u32,
    /// When.
    pub at: Moment,
    /// Its type.
    pub kind: &'static str,
    /// The texts that its hash covers.
    pub stored: Stored,
    /// The hash.
    pub hash: Hash,
}

/// Adds events to the timelines of their orders.
pub async fn insert(tx: &mut Tx, events: &[NewEvent]) -> Result<(), Error> {
    for lot in lots(events) {
        let text =
            format!("insert into events (order_id, seq, at, kind, actor, body, hash) values {}", values(lot.len(), 7));
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for event in lot {
                query = query
                    .bind(event.order.0)
                    .bind(i64::from(event.seq))
                    .bind(event.at.0)
                    .bind(event.kind)
                    .bind(event.stored.actor.as_str())
                    .bind(event.stored.body.as_str())
                    .bind(event.hash.as_slice());
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

const SELECT_HASH: &str = "select hash from events where order_id = $1 and seq = $2";

/// The hash of one event, to which the next is chained.
pub async fn find_hash(conn: &mut dyn Conn, order: OrderId, seq: u32) -> Result<Option<Hash>, Error> {
    let hash = on!(conn, |c| sqlx::query_scalar::<_, Vec<u8>>(SELECT_HASH)
        .bind(order.0)
        .bind(i64::from(seq))
        .fetch_optional(c)
        .await)?;
    hash.map(|hash| hash.try_into().map_err(|_| Error::broken("events", order, "a hash has 32 bytes"))).transpose()
}

/// An event as it is stored.
#[derive(Debug, Clone, holdfast_macros::Row, serde::Deserialize)]
pub struct EventRow {
    /// The order.
    pub order_id: Uuid,
    /// Its number.
    pub seq: i64,
    /// When, in microseconds.
    pub at: i64,
    /// Who, as JSON.
    pub actor: String,
    /// What, as JSON.
    pub body: String,
    /// The link to what came before.
    #[serde(deserialize_with = "packed::bytes")]
    pub hash: Vec<u8>,
}

impl Packed for EventRow {
    const COLUMNS: &'static str = "hex(order_id), seq, at, actor, body, hex(hash)";
}

impl EventRow {
    /// Reads the row back.
    pub fn entry(&self) -> Result<Entry, Error> {
        let broken =
            |reason: String| Error::broken("events", format!("{} {}", OrderId(self.order_id), self.seq), reason);
        let actor: ActorStamp = serde_json::from_str(&self.actor).map_err(|error| broken(error.to_string()))?;
        let event: Event = serde_json::from_str(&self.body).map_err(|error| broken(error.to_string()))?;
        Ok(Entry {
            seq: u32::try_from(self.seq).map_err(|error| broken(error.to_string()))?,
            at: Moment(self.at),
            actor,
            event,
            hash: self.hash.as_slice().try_into().map_err(|_| broken("a hash has 32 bytes".to_owned()))?,
        })
    }

    /// The texts that its hash covers.
    #[must_use]
    pub fn stored(&self) -> Stored {
        Stored { actor: self.actor.clone(), body: self.body.clone() }
    }
}

/// The most events that one look at an order shows: far more than any has, as remarks end at a thousand.
pub const MOST_EVENTS: i64 = 10_000;

const LIST: &str = "select order_id, seq, at, actor, body, hash from events where order_id = $1 order by seq limit $2";

/// The timeline of an order, oldest first.
pub async fn list(conn: &mut dyn Conn, order: OrderId) -> Result<Vec<EventRow>, Error> {
    fetch_packed!(conn, EventRow, LIST, |query| query.bind(order.0).bind(MOST_EVENTS))
}

const LAST: &str =
    "select order_id, seq, at, actor, body, hash from events where order_id = $1 order by seq desc limit 1";

/// The last event of an order: who was there first, when two pressed at once.
pub async fn find_last(conn: &mut dyn Conn, order: OrderId) -> Result<Option<EventRow>, Error> {
    read!(conn, EventRow, |c| sqlx::query(LAST).bind(order.0).fetch_optional(c).await)
}
