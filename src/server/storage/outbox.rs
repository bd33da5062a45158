//! Messages that are owed: written in the transaction that owes them, claimed, and marked when sent or given up.

use uuid::Uuid;

pub use crate::domain::notice::Channel;
use crate::{
    domain::{
        id::{MarketplaceId, MessageId, OrderId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, fetch_packed, packed::Packed, read},
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

const INSERT: &str =
    "insert into messages (id, order_id, event_seq, marketplace_id, recipient_user, to_address, channel,
    kind, payload, due_at, created_at, party, queue)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)";

/// Owes a message, due at once. One about an order is for the party that its payload names (`to`): it is spread later, to
/// each person and by each way.
pub async fn insert(tx: &mut Tx, message: &NewMessage<'_>, now: Moment) -> Result<(), Error> {
    let party = message.payload.get("to").and_then(serde_json::Value::as_str).unwrap_or_default();
    let queue = if message.event.is_some() { SPREAD } else { message.channel.code() };
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
        .bind(party)
        .bind(queue)
        .execute(c)
        .await)?;
    Ok(())
}

/// The queue of messages that are to be spread; the others are called like their channels.
pub const SPREAD: &str = "spread";

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
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
    read!(conn, MessageRow, |c| sqlx::query(LIST_NEWEST).bind(before.0.0).bind(before.1).bind(limit).fetch_all(c).await)
}

const SELECT: &str =
    "select id, order_id, to_address, channel, kind, payload, state, created_at from messages where id = $1";

/// The message with this id.
pub async fn find(conn: &mut dyn Conn, id: MessageId) -> Result<Option<MessageRow>, Error> {
    read!(conn, MessageRow, |c| sqlx::query(SELECT).bind(id.0).fetch_optional(c).await)
}

/// A message about an event of an order: to a person, or to a party as long as it was not spread.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row, serde::Deserialize)]
pub struct OwedRow {
    /// Which.
    pub id: Uuid,
    /// The event.
    pub event_seq: i64,
    /// To which party.
    pub party: String,
    /// The person's name, when it is one.
    pub name: Option<String>,
    /// Where it goes, when that is known.
    pub to_address: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// `pending`, `sent`, `dead` or `muted`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it did not arrive, or does not come.
    pub last_error: String,
    /// When it is tried next.
    pub due_at: i64,
    /// When it was sent; 0 before.
    pub sent_at: i64,
}

impl Packed for OwedRow {
    const COLUMNS: &'static str =
        "hex(id), event_seq, party, name, to_address, channel, kind, state, attempts, last_error, due_at, sent_at";
}

/// The most messages that one look at an order shows.
const MOST_OWED: i64 = 1_000;

const LIST_OF_ORDER: &str = "select m.id, m.event_seq, m.party, u.name, m.to_address, m.channel, m.kind, m.state,
    m.attempts, m.last_error, m.due_at, m.sent_at
from messages m
left join users u on u.id = m.recipient_user
where m.order_id = $1 and m.event_seq is not null and m.state <> 'spread'
order by m.event_seq, m.id limit $2";

/// The messages about an order's events, in their order.
pub async fn list_of_order(conn: &mut dyn Conn, order: OrderId) -> Result<Vec<OwedRow>, Error> {
    fetch_packed!(conn, OwedRow, LIST_OF_ORDER, |query| query.bind(order.0).bind(MOST_OWED))
}
