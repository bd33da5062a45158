//! Messages that are owed: written in the transaction that owes them, claimed, and marked when sent or given up.

use uuid::Uuid;

pub use crate::domain::notice::Channel;
use crate::{
    domain::{
        id::{MarketplaceId, MessageId, OrderId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on},
};

/// A message to be owed from now on.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// The id.
    pub id: MessageId,
    /// The order and the event of its timeline that owe it; nothing for messages about people.
    pub event: Option<(OrderId, i64)>,
    /// Whose marketplace it is about.
    pub marketplace: Option<MarketplaceId>,
    /// Whom it is for, when they are known as a person.
    pub recipient: Option<UserId>,
    /// The e-mail address or phone number.
    pub to_address: &'a str,
    /// The channel.
    pub channel: Channel,
    /// What it says, as a stable code.
    pub kind: &'a str,
    /// What the words are made of; never a secret.
    pub payload: serde_json::Value,
}

const INSERT: &str = "insert into messages
    (id, order_id, event_seq, marketplace_id, recipient_user, to_address, channel, kind, payload, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";

/// Owes a message, due at once.
pub async fn insert(tx: &mut Tx, message: &NewMessage<'_>, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(message.id.0)
        .bind(message.event.map(|(order, _)| order.0))
        .bind(message.event.map(|(_, seq)| seq))
        .bind(message.marketplace.map(|marketplace| marketplace.0))
        .bind(message.recipient.map(|user| user.0))
        .bind(message.to_address)
        .bind(message.channel.code())
        .bind(message.kind)
        .bind(message.payload.to_string())
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct MessageRow {
    /// Which.
    pub id: Uuid,
    /// The order it is about.
    pub order_id: Option<Uuid>,
    /// Where it goes.
    pub to_address: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// What the words are made of, as JSON.
    pub payload: String,
    /// `pending`, `sent` or `dead`.
    pub state: String,
    /// When it was owed.
    pub created_at: i64,
}

const LIST_NEWEST: &str = "select id, order_id, to_address, channel, kind, payload, state, created_at from messages
where (created_at < $1 or (created_at = $1 and id < $2))
order by created_at desc, id desc limit $3";

/// The newest messages before this place in time: the local mailbox of demo mode shows them.
pub async fn list_newest(conn: &mut dyn Conn, before: (Moment, Uuid), limit: i64) -> Result<Vec<MessageRow>, Error> {
    on!(conn, |c| sqlx::query_as::<_, MessageRow>(LIST_NEWEST)
        .bind(before.0.0)
        .bind(before.1)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const SELECT: &str =
    "select id, order_id, to_address, channel, kind, payload, state, created_at from messages where id = $1";

/// The message with this id.
pub async fn find(conn: &mut dyn Conn, id: MessageId) -> Result<Option<MessageRow>, Error> {
    on!(conn, |c| sqlx::query_as::<_, MessageRow>(SELECT).bind(id.0).fetch_optional(c).await)
}

/// A message that an event of an order owed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OwedRow {
    /// The event.
    pub event_seq: i64,
    /// `email` or `sms`.
    pub channel: String,
    /// `pending`, `sent` or `dead`.
    pub state: String,
    /// What the words are made of, as JSON.
    pub payload: String,
}

/// The most messages that one look at an order shows.
const MOST_OWED: i64 = 1_000;

const LIST_OF_ORDER: &str = "select event_seq, channel, state, payload from messages
where order_id = $1 and event_seq is not null order by event_seq, id limit $2";

/// The messages that an order's events owed, in their order.
pub async fn list_of_order(conn: &mut dyn Conn, order: OrderId) -> Result<Vec<OwedRow>, Error> {
    on!(conn, |c| sqlx::query_as::<_, OwedRow>(LIST_OF_ORDER).bind(order.0).bind(MOST_OWED).fetch_all(c).await)
}
