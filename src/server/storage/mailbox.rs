//! Messages with all that their words are made of, in one query: for whoever sends them, and for the mailbox of demo mode.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        notice::Channel,
        order::{Order, event::Event},
        party::Party,
        time::Moment,
        words::Language,
    },
    server::storage::{Conn, Error, read, values},
};

/// A message and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct LetterRow {
    /// Which.
    pub id: Uuid,
    /// To which party of the order; empty when it is about a person.
    pub party: String,
    /// Where it goes; empty when that is looked up later.
    pub to_address: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// What the words are made of, as JSON.
    pub payload: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was owed, in microseconds.
    pub created_at: i64,
    /// The name of the person that it is for, when they are known.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their language.
    pub locale: Option<String>,
    /// Their time zone.
    pub time_zone: Option<String>,
    /// The first minute of their day in which it is quiet.
    pub quiet_from: Option<i64>,
    /// The first in which it is not any more.
    pub quiet_to: Option<i64>,
    /// 1 when they can sign in.
    pub has_account: i64,
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

    /// How it travels.
    pub fn channel(&self) -> Channel {
        Channel::from_code(&self.channel).unwrap_or(Channel::Email)
    }

    /// The language of whoever gets it; for somebody who is not known yet, the one of the browser that owed it.
    pub fn language(&self) -> Language {
        let said = || {
            let payload: serde_json::Value = serde_json::from_str(&self.payload).ok()?;
            Language::from_code(payload.get("language")?.as_str()?)
        };
        self.locale.as_deref().and_then(Language::from_code).or_else(said).unwrap_or_default()
    }

    /// The party that it is for.
    pub fn party(&self) -> Party {
        Party::from_code(&self.party).unwrap_or(Party::Buyer)
    }

    /// The order that it is about, and the event, unless it is a reminder.
    pub fn about(&self) -> Result<Option<(Order, Option<Event>)>, Error> {
        let broken = |error: serde_json::Error| Error::broken("messages", self.id, error);
        let Some(order) = &self.order_state else { return Ok(None) };
        let order = serde_json::from_str(order).map_err(broken)?;
        let event = self.event.as_deref().map(serde_json::from_str).transpose().map_err(broken)?;
        Ok(Some((order, event)))
    }
}

const COLUMNS: &str = "select m.id, m.party, m.to_address, m.channel, m.kind, m.payload, m.attempts, m.created_at,
    u.name, u.email, u.locale, u.time_zone, u.quiet_from, u.quiet_to,
    cast(case when coalesce(u.password_hash, '') = '' then 0 else 1 end as bigint) as has_account,
    e.body as event, o.state as order_state
from messages m
left join users u on u.id = m.recipient_user
left join events e on e.order_id = m.order_id and e.seq = m.event_seq
left join orders o on o.id = m.order_id";

/// The newest messages to persons, and those to parties that were not spread yet; not those whose text was cleared away.
pub async fn list_newest(conn: &mut dyn Conn, limit: i64) -> Result<Vec<LetterRow>, Error> {
    let text = format!(
        "{COLUMNS} where m.state in ('pending', 'sent', 'dead') and (m.to_address <> '' or m.state = 'pending')
order by m.created_at desc, m.id desc limit $1"
    );
    read!(conn, LetterRow, |c| sqlx::query(AssertSqlSafe(text)).bind(limit).fetch_all(c).await)
}

/// These messages, in the order in which they were owed.
pub async fn list(conn: &mut dyn Conn, ids: &[Uuid]) -> Result<Vec<LetterRow>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("{COLUMNS} where m.id in {} order by m.created_at, m.id", values(1, ids.len()));
    read!(conn, LetterRow, |c| {
        let mut query = sqlx::query(AssertSqlSafe(text));
        for id in ids {
            query = query.bind(*id);
        }
        query.fetch_all(c).await
    })
}
