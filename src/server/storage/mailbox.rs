//! The local mailbox of demo mode: the newest messages, each with what its words are made of, in one query.

use crate::{
    domain::time::Moment,
    server::storage::{Conn, Error, on},
};

/// A message and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LetterRow {
    /// Where it goes; empty when that is looked up later.
    pub to_address: String,
    /// The address of the person that it is for, when they are known.
    pub email: Option<String>,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// What the words are made of, as JSON.
    pub payload: String,
    /// When it was owed, in microseconds.
    pub created_at: i64,
    /// The event that owes it, as JSON.
    pub event: Option<String>,
    /// The order that it is about, as JSON.
    pub order_state: Option<String>,
}

impl LetterRow {
    /// When it was owed.
    pub const fn at(&self) -> Moment {
        Moment(self.created_at)
    }
}

const LIST_NEWEST: &str = "select m.to_address, u.email, m.channel, m.kind, m.payload, m.created_at,
    e.body as event, o.state as order_state
from messages m
left join users u on u.id = m.recipient_user
left join events e on e.order_id = m.order_id and e.seq = m.event_seq
left join orders o on o.id = m.order_id
order by m.created_at desc, m.id desc limit $1";

/// The newest messages.
pub async fn list_newest(conn: &mut dyn Conn, limit: i64) -> Result<Vec<LetterRow>, Error> {
    on!(conn, |c| sqlx::query_as::<_, LetterRow>(LIST_NEWEST).bind(limit).fetch_all(c).await)
}
