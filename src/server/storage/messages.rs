//! Messages on their way: claimed by lease and status, spread to persons, marked when sent, put off or given up.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, OrderId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, lots, on, outbox::SPREAD, read, values},
};

/// A message to a party, which is to be spread.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct PartyRow {
    /// Which.
    pub id: Uuid,
    /// The order that it is about.
    pub order_id: Uuid,
    /// The event of its timeline.
    pub event_seq: i64,
    /// To which party.
    pub party: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// What the words are made of, as JSON.
    pub payload: String,
    /// When it was owed.
    pub created_at: i64,
}

const LIST_TO_SPREAD: &str = "select id, order_id, event_seq, party, channel, kind, payload, created_at from messages
where queue = 'spread' and state = 'pending' and due_at <= $1 and order_id is not null and event_seq is not null
order by due_at, id limit $2";

/// Messages to parties that are due, locked until the transaction ends; those that another process has locked are left
/// to it.
pub async fn list_to_spread(tx: &mut Tx, now: Moment, limit: i64) -> Result<Vec<PartyRow>, Error> {
    let text = claiming(tx, LIST_TO_SPREAD);
    read!(tx, PartyRow, |c| sqlx::query(AssertSqlSafe(text)).bind(now.0).bind(limit).fetch_all(c).await)
}

/// A query for rows to work on. SQLite has one writer at a time, so its transaction is the claim.
fn claiming(tx: &Tx, query: &str) -> String {
    if tx.locks_rows() { format!("{query} for update skip locked") } else { query.to_owned() }
}

/// A message to a person, made of one to a party.
#[derive(Debug, Clone)]
pub struct PersonMessage {
    /// Which.
    pub id: Uuid,
    /// Whom it is for.
    pub recipient: UserId,
    /// The e-mail address or phone number.
    pub to_address: String,
    /// `email` or `sms`.
    pub channel: &'static str,
    /// `pending`, or `muted` when the person wants none.
    pub state: &'static str,
    /// Why it is muted.
    pub reason: &'static str,
    /// When it goes out.
    pub due_at: Moment,
}

const INSERT_PERSONS: &str = "insert into messages (id, order_id, event_seq, marketplace_id, party, parent_id,
    recipient_user, to_address, channel, queue, kind, payload, state, last_error, due_at, created_at) values ";

/// Adds the messages that one to a party was spread into.
pub async fn insert_persons(
    tx: &mut Tx,
    parent: &PartyRow,
    marketplace: MarketplaceId,
    persons: &[PersonMessage],
) -> Result<(), Error> {
    for lot in lots(persons) {
        let text = format!("{INSERT_PERSONS}{}", values(lot.len(), 16));
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for person in lot {
                query = query
                    .bind(person.id)
                    .bind(parent.order_id)
                    .bind(parent.event_seq)
                    .bind(marketplace.0)
                    .bind(parent.party.as_str())
                    .bind(parent.id)
                    .bind(person.recipient.0)
                    .bind(person.to_address.as_str())
                    .bind(person.channel)
                    .bind(person.channel)
                    .bind(parent.kind.as_str())
                    .bind(parent.payload.as_str())
                    .bind(person.state)
                    .bind(person.reason)
                    .bind(person.due_at.0)
                    .bind(parent.created_at);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

const MARK_SPREAD: &str = "update messages set state = $2, last_error = $3 where id = $1 and state = 'pending'";

/// Marks a message to a party as `spread`, or says why it was not: `muted` when there is nobody to spread it to.
pub async fn mark_spread(tx: &mut Tx, id: Uuid, state: &'static str, reason: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(MARK_SPREAD).bind(id).bind(state).bind(reason).execute(c).await)?;
    Ok(())
}

const CLAIM: &str = "select id from messages where queue = $1 and state = 'pending' and due_at <= $2
order by due_at, id limit $4";

/// Claims messages of a queue until the lease ends: meanwhile nobody else sends them, and when this process dies
/// somebody does so after it.
pub async fn claim(tx: &mut Tx, queue: &str, now: Moment, lease: Moment, limit: i64) -> Result<Vec<Uuid>, Error> {
    let due = claiming(tx, CLAIM);
    let text = format!(
        "update messages set lease_until = $3, due_at = $3, attempts = attempts + 1 where id in ({due}) returning id"
    );
    on!(tx, |c| sqlx::query_scalar::<_, Uuid>(AssertSqlSafe(text))
        .bind(queue)
        .bind(now.0)
        .bind(lease.0)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const NEXT_DUE: &str = "select due_at from messages where queue = $1 and state = 'pending' order by due_at, id limit 1";

/// When the next message of a queue is due.
pub async fn next_due(conn: &mut dyn Conn, queue: &str) -> Result<Option<Moment>, Error> {
    let at = on!(conn, |c| sqlx::query_scalar::<_, i64>(NEXT_DUE).bind(queue).fetch_optional(c).await)?;
    Ok(at.map(Moment))
}

/// Marks messages as sent, whoever holds their lease by now: they were.
pub async fn mark_sent(tx: &mut Tx, ids: &[Uuid], provider_ref: &str, now: Moment) -> Result<(), Error> {
    for lot in lots(ids) {
        let text = format!(
            "update messages set state = 'sent', last_error = '', sent_at = $1, provider_ref = $2
where state in ('pending', 'dead') and id in ({})",
            (3..lot.len() + 3).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text)).bind(now.0).bind(provider_ref);
            for id in lot {
                query = query.bind(*id);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// What becomes of a message that was not sent.
#[derive(Debug, Clone)]
pub struct NotSent {
    /// Which.
    pub id: Uuid,
    /// The end of the lease under which it was tried: a message that somebody else has claimed since is theirs.
    pub lease: Moment,
    /// When it is tried again; never when it is given up.
    pub again_at: Option<Moment>,
    /// Why.
    pub reason: String,
    /// Whether it was tried at all.
    pub tried: bool,
}

const MARK_NOT_SENT: &str = "update messages set state = $3, due_at = $4, last_error = $5, attempts = attempts - $6
where id = $1 and lease_until = $2 and state = 'pending'";

/// Puts a message off, or gives it up.
pub async fn mark_not_sent(tx: &mut Tx, what: &NotSent) -> Result<(), Error> {
    let state = if what.again_at.is_some() { "pending" } else { "dead" };
    change!(tx, |c| sqlx::query(MARK_NOT_SENT)
        .bind(what.id)
        .bind(what.lease.0)
        .bind(state)
        .bind(what.again_at.unwrap_or(what.lease).0)
        .bind(what.reason.as_str())
        .bind(i64::from(!what.tried))
        .execute(c)
        .await)?;
    Ok(())
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct DeadRow {
    /// Which.
    pub id: Uuid,
    /// The order's public number.
    pub reference: Option<String>,
    /// The person's name, when it is one.
    pub name: Option<String>,
    /// To which party.
    pub party: String,
    /// Where it went.
    pub to_address: String,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// Why it was given up.
    pub last_error: String,
    /// When it was owed.
    pub created_at: i64,
}

const LIST_DEAD: &str = "select m.id, o.reference, u.name, m.party, m.to_address, m.channel, m.kind, m.last_error,
    m.created_at
from messages m
left join orders o on o.id = m.order_id
left join users u on u.id = m.recipient_user
where m.state = 'dead' and m.marketplace_id = $1 and m.to_address <> ''
order by m.created_at desc, m.id desc limit $2";

/// The newest messages about a marketplace's orders and people that were given up.
pub async fn list_dead(conn: &mut dyn Conn, marketplace: MarketplaceId, limit: i64) -> Result<Vec<DeadRow>, Error> {
    read!(conn, DeadRow, |c| sqlx::query(LIST_DEAD).bind(marketplace.0).bind(limit).fetch_all(c).await)
}

const SEND_AGAIN: &str = "update messages set state = 'pending', due_at = $3, attempts = 0, last_error = ''
where id = $1 and marketplace_id = $2 and state = 'dead' and to_address <> ''
returning coalesce(order_id, id) as order_id";

/// Lets a message that was given up be tried again from the beginning; the order that it is about, when there was one.
pub async fn send_again(
    tx: &mut Tx,
    id: Uuid,
    marketplace: MarketplaceId,
    now: Moment,
) -> Result<Option<OrderId>, Error> {
    let order = on!(tx, |c| sqlx::query_scalar::<_, Uuid>(SEND_AGAIN)
        .bind(id)
        .bind(marketplace.0)
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(order.map(OrderId))
}

const COUNT_OPEN: &str = "select count(*) from messages where state = 'pending' and queue = $1";

/// How many messages to persons wait for a way out; the start-up log says so where there is none.
pub async fn count_open(conn: &mut dyn Conn, queue: &str) -> Result<i64, Error> {
    debug_assert_ne!(queue, SPREAD, "those to parties always find their way");
    on!(conn, |c| sqlx::query_scalar(COUNT_OPEN).bind(queue).fetch_one(c).await)
}
