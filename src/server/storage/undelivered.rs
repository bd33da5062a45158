//! Messages that did not arrive, of all marketplaces and of none: for whoever runs the server.

use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, MessageId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, on, read},
};

/// A message that waits, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct OpenRow {
    /// Which.
    pub id: Uuid,
    /// What it says, as a stable code.
    pub kind: String,
    /// `pending` or `dead`.
    pub state: String,
    /// `email` or `sms`.
    pub channel: String,
    /// To which party of an order; empty when it is about a person.
    pub party: String,
    /// Where it goes; empty before it was spread to persons.
    pub to_address: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it did not arrive.
    pub last_error: String,
    /// When it was owed.
    pub created_at: i64,
}

const LIST: &str = "select id, kind, state, channel, party, to_address, attempts, last_error, created_at from messages
where state in ('pending', 'dead') and (created_at > $1 or (created_at = $1 and id > $2))
order by created_at, id limit $3";

/// The messages that have not come to their end, or to a bad one, after this place in time, the oldest first.
pub async fn list(conn: &mut dyn Conn, after: (Moment, Uuid), limit: i64) -> Result<Vec<OpenRow>, Error> {
    read!(conn, OpenRow, |c| sqlx::query(LIST).bind(after.0.0).bind(after.1).bind(limit).fetch_all(c).await)
}

const AGAIN: &str = "update messages set state = 'pending', due_at = $2, lease_until = 0, attempts = 0, last_error = ''
where id = $1 and to_address <> '' and (state = 'dead' or (state = 'pending' and lease_until <= $2))
returning marketplace_id";

/// Lets a message be tried again from the beginning, at once: one that was given up, or that waits and is not on its way at
/// this moment. Gives whose it is, or nothing when there is none such.
pub async fn again(tx: &mut Tx, id: MessageId, now: Moment) -> Result<Option<Option<MarketplaceId>>, Error> {
    let whose: Option<Option<Uuid>> =
        on!(tx, |c| sqlx::query_scalar(AGAIN).bind(id.0).bind(now.0).fetch_optional(c).await)?;
    Ok(whose.map(|marketplace| marketplace.map(MarketplaceId)))
}

const LIST_DEAD: &str = "select id from messages where state = 'dead' and to_address <> '' and created_at <= $1
order by created_at, id limit $2";

/// The oldest messages that were given up and were owed by then.
pub async fn list_dead(tx: &mut Tx, until: Moment, limit: i64) -> Result<Vec<MessageId>, Error> {
    let ids: Vec<Uuid> = on!(tx, |c| sqlx::query_scalar(LIST_DEAD).bind(until.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(MessageId).collect())
}
