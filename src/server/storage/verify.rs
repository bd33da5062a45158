//! All stored rows in the order of their ids, a range of orders at a time, for checking them against each other.

use uuid::Uuid;

use crate::{
    domain::order::Order,
    server::storage::{Conn, Error, On, on, orders::Columns, read},
};

/// An order as stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct OrderRow {
    /// Which.
    pub id: Uuid,
    reference: String,
    /// Of which marketplace.
    pub marketplace_id: Uuid,
    /// Of which seller.
    pub seller_id: Uuid,
    buyer_id: Uuid,
    provider_id: Option<Uuid>,
    channel: String,
    external_ref: Option<String>,
    currency: String,
    title: String,
    seller_name: String,
    buyer_name: String,
    task: String,
    total_minor: i64,
    held_minor: i64,
    status: String,
    stage: String,
    turn: i64,
    urgent_at: i64,
    deadline_at: i64,
    version: i64,
    placed_at: i64,
    updated_at: i64,
    /// The whole of it as JSON.
    pub state: String,
}

impl OrderRow {
    /// The first column that does not say what this order says.
    pub fn first_difference(&self, order: &Order) -> Option<&'static str> {
        let row = Columns::of(order);
        let parties = &order.parties;
        let columns = [
            ("state", self.state == row.state),
            ("reference", self.reference == order.reference.as_str()),
            ("marketplace_id", self.marketplace_id == parties.marketplace.0),
            ("seller_id", self.seller_id == parties.seller.0),
            ("buyer_id", self.buyer_id == parties.buyer.0),
            ("provider_id", self.provider_id == row.provider_id),
            ("channel", self.channel == order.channel),
            ("external_ref", self.external_ref == order.external_ref),
            ("currency", self.currency == order.currency.code()),
            ("title", self.title == row.title),
            ("seller_name", self.seller_name == parties.seller_name),
            ("buyer_name", self.buyer_name == parties.buyer_name),
            ("task", self.task == row.task),
            ("total_minor", self.total_minor == row.total_minor),
            ("held_minor", self.held_minor == row.held_minor),
            ("status", self.status == row.status),
            ("stage", self.stage == row.stage),
            ("turn", self.turn == row.turn),
            ("urgent_at", self.urgent_at == row.urgent_at),
            ("deadline_at", self.deadline_at == row.deadline_at),
            ("version", self.version == row.version),
            ("placed_at", self.placed_at == order.placed_at.0),
            ("updated_at", self.updated_at == order.updated_at.0),
        ];
        columns.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
    }
}

const LIST_ORDERS: &str = "select id, reference, marketplace_id, seller_id, buyer_id, provider_id, channel, external_ref,
    currency, title, seller_name, buyer_name, task, total_minor, held_minor, status, stage, turn, urgent_at, deadline_at,
    version, placed_at, updated_at, state
from orders where id > $1 order by id limit $2";

/// The orders after this one.
pub async fn list_orders(conn: &mut dyn Conn, after: Uuid, limit: i64) -> Result<Vec<OrderRow>, Error> {
    read!(conn, OrderRow, |c| sqlx::query(LIST_ORDERS).bind(after).bind(limit).fetch_all(c).await)
}

const CHECK_FILE: &str = "pragma integrity_check(1)";

/// The first thing that is wrong with the database's file and its indexes; a database server looks after its own.
pub async fn find_fault_of_file(conn: &mut dyn Conn) -> Result<Option<String>, Error> {
    let On::Sqlite(connection) = conn.on() else { return Ok(None) };
    let said: String = sqlx::query_scalar(CHECK_FILE).fetch_one(connection).await?;
    Ok((said != "ok").then_some(said))
}

const FIND_DANGLING: &str =
    "select \"table\" || ' names a row of ' || parent || ' that is not there' from pragma_foreign_key_check limit 1";

/// The first row that refers to one that is missing; a database server does not let that happen.
pub async fn find_dangling_row(conn: &mut dyn Conn) -> Result<Option<String>, Error> {
    let On::Sqlite(connection) = conn.on() else { return Ok(None) };
    Ok(sqlx::query_scalar(FIND_DANGLING).fetch_optional(connection).await?)
}

const COUNT_ORDERS: &str = "select count(*) from orders";

/// How many orders there are.
pub async fn count_orders(conn: &mut dyn Conn) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar(COUNT_ORDERS).fetch_one(c).await)
}

/// Orders whose ids lie after the first and up to the second: with every range from the least to the greatest id, no row
/// of another table that names an order is left out, even when that order is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// After this one.
    pub after: Uuid,
    /// Up to this one.
    pub until: Uuid,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct EventRow {
    /// The order.
    pub order_id: Uuid,
    /// Its number.
    pub seq: i64,
    /// When, in microseconds.
    pub at: i64,
    /// Its type.
    pub kind: String,
    /// Who, as JSON.
    pub actor: String,
    /// What, as JSON.
    pub body: String,
    /// The link to what came before.
    pub hash: Vec<u8>,
}

const LIST_EVENTS: &str = "select order_id, seq, at, kind, actor, body, hash from events
where order_id > $1 and order_id <= $2 order by order_id, seq";

/// The events of these orders.
pub async fn list_events(conn: &mut dyn Conn, range: Range) -> Result<Vec<EventRow>, Error> {
    read!(conn, EventRow, |c| sqlx::query(LIST_EVENTS).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// A line of a posting with the posting; without a line where the posting has none.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct LineRow {
    /// The posting.
    pub posting_id: Uuid,
    /// Whose marketplace.
    pub marketplace_id: Uuid,
    /// The order.
    pub order_id: Option<Uuid>,
    /// The event that made it.
    pub event_seq: Option<i64>,
    /// The event's type.
    pub kind: String,
    /// The posting's currency.
    pub currency: String,
    /// When, in microseconds.
    pub at: i64,
    /// The account.
    pub account: Option<String>,
    /// The line's currency.
    pub line_currency: Option<String>,
    /// Minor units; debits positive.
    pub amount_minor: Option<i64>,
}

const LIST_LINES: &str =
    "select p.id as posting_id, p.marketplace_id, p.order_id, p.event_seq, p.kind, p.currency, p.at,
    e.account, e.currency as line_currency, e.amount_minor
from postings p left join entries e on e.posting_id = p.id
where p.order_id > $1 and p.order_id <= $2 order by p.order_id, p.event_seq, p.id, e.line_no";

/// The ledger lines of these orders.
pub async fn list_lines(conn: &mut dyn Conn, range: Range) -> Result<Vec<LineRow>, Error> {
    read!(conn, LineRow, |c| sqlx::query(LIST_LINES).bind(range.after).bind(range.until).fetch_all(c).await)
}

const LIST_LINES_WITHOUT_ORDER: &str = "select p.id as posting_id, p.marketplace_id, p.order_id, p.event_seq, p.kind,
    p.currency, p.at, e.account, e.currency as line_currency, e.amount_minor
from postings p left join entries e on e.posting_id = p.id
where p.order_id is null and p.id > $1 and p.id <= $2 order by p.id, e.line_no";

const LAST_POSTING_WITHOUT_ORDER: &str = "select id from (
    select id from postings where order_id is null and id > $1 order by id limit $2) as page order by id desc limit 1";

/// The ledger lines of the next postings that belong to no order.
pub async fn list_lines_without_order(conn: &mut dyn Conn, after: Uuid, postings: i64) -> Result<Vec<LineRow>, Error> {
    let last: Option<Uuid> = on!(conn, |c| sqlx::query_scalar(LAST_POSTING_WITHOUT_ORDER)
        .bind(after)
        .bind(postings)
        .fetch_optional(c)
        .await)?;
    let Some(last) = last else { return Ok(Vec::new()) };
    read!(conn, LineRow, |c| sqlx::query(LIST_LINES_WITHOUT_ORDER).bind(after).bind(last).fetch_all(c).await)
}

const COUNT_LOOSE_ENTRIES: &str =
    "select count(*) from entries e where not exists (select 1 from postings p where p.id = e.posting_id)";

/// How many ledger lines belong to no posting.
pub async fn count_loose_entries(conn: &mut dyn Conn) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar(COUNT_LOOSE_ENTRIES).fetch_one(c).await)
}

/// A word by which an order is found.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct TermRow {
    /// The order.
    pub order_id: Uuid,
    /// Whose marketplace.
    pub marketplace_id: Uuid,
    /// The word.
    pub term: String,
}

const LIST_TERMS: &str = "select order_id, marketplace_id, term from order_terms
where order_id > $1 and order_id <= $2 order by order_id, term";

/// The words by which these orders are found.
pub async fn list_terms(conn: &mut dyn Conn, range: Range) -> Result<Vec<TermRow>, Error> {
    read!(conn, TermRow, |c| sqlx::query(LIST_TERMS).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// A message that an event owed to a party, or one to a person that it was spread into.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct MessageRow {
    /// Which.
    pub id: Uuid,
    /// The message to a party that it was made of.
    pub parent_id: Option<Uuid>,
    /// How it stands.
    pub state: String,
    /// The order.
    pub order_id: Uuid,
    /// The event.
    pub event_seq: i64,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says, as a stable code.
    pub kind: String,
    /// What the words are made of, as JSON.
    pub payload: String,
}

const LIST_MESSAGES: &str = "select id, parent_id, state, order_id, event_seq, channel, kind, payload from messages
where order_id > $1 and order_id <= $2 and event_seq is not null order by order_id, event_seq, id";

/// The messages that the events of these orders owed.
pub async fn list_messages(conn: &mut dyn Conn, range: Range) -> Result<Vec<MessageRow>, Error> {
    read!(conn, MessageRow, |c| sqlx::query(LIST_MESSAGES).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// What a gateway told of a payment.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct CallbackRow {
    /// The order.
    pub order_id: Uuid,
    /// Which gateway.
    pub gateway: String,
    /// `taken` or `charged_back`.
    pub kind: String,
    /// Minor units of the order's currency.
    pub amount_minor: i64,
    /// The gateway's own number for the payment.
    pub payment_ref: String,
    /// What came of it, as a stable code.
    pub outcome: String,
}

const LIST_CALLBACKS: &str = "select order_id, gateway, kind, amount_minor, payment_ref, outcome from gateway_callbacks
where order_id > $1 and order_id <= $2 order by order_id, gateway, callback_id";

/// What gateways told of the payments of these orders.
pub async fn list_callbacks(conn: &mut dyn Conn, range: Range) -> Result<Vec<CallbackRow>, Error> {
    read!(conn, CallbackRow, |c| sqlx::query(LIST_CALLBACKS).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// An attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct AttemptRow {
    /// Which.
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// Which gateway was asked.
    pub gateway: String,
    /// How it stands.
    pub state: String,
}

const LIST_ATTEMPTS: &str = "select id, order_id, gateway, state from payment_attempts
where order_id > $1 and order_id <= $2 order by order_id, created_at, id";

/// The attempts to pay these orders.
pub async fn list_attempts(conn: &mut dyn Conn, range: Range) -> Result<Vec<AttemptRow>, Error> {
    read!(conn, AttemptRow, |c| sqlx::query(LIST_ATTEMPTS).bind(range.after).bind(range.until).fetch_all(c).await)
}

/// The running sum of an account.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct BalanceRow {
    /// The account.
    pub account: String,
    /// The currency.
    pub currency: String,
    /// Minor units; debits positive.
    pub balance_minor: i64,
}

const LIST_ESCROW: &str = "select account, currency, balance_minor from balances
where account > $1 and account <= $2 order by account, currency";

/// The running sums of the escrow accounts of these orders, whose names sort as the orders' ids do.
pub async fn list_escrow(conn: &mut dyn Conn, range: Range) -> Result<Vec<BalanceRow>, Error> {
    let account = |id: Uuid| crate::domain::ledger::Account::Escrow(crate::domain::id::OrderId(id)).to_string();
    read!(conn, BalanceRow, |c| sqlx::query(LIST_ESCROW)
        .bind(account(range.after))
        .bind(account(range.until))
        .fetch_all(c)
        .await)
}

const LIST_BALANCES: &str = "select account, currency, balance_minor from balances
where (account, currency) > ($1, $2) and account not like 'liabilities:escrow:%' order by account, currency limit $3";

/// The running sums of all other accounts, after this one.
pub async fn list_balances(conn: &mut dyn Conn, after: (&str, &str), limit: i64) -> Result<Vec<BalanceRow>, Error> {
    read!(conn, BalanceRow, |c| sqlx::query(LIST_BALANCES).bind(after.0).bind(after.1).bind(limit).fetch_all(c).await)
}

/// How many orders somebody has in a status and turn.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct CountRow {
    /// The marketplace, seller, buyer or provider.
    pub owner_id: Uuid,
    /// The status' code.
    pub status: String,
    /// Whose turn, as bits.
    pub turn: i64,
    /// How many.
    pub orders: i64,
}

const LIST_COUNTS: &str = "select owner_id, status, turn, cast(sum(orders) as bigint) as orders from order_counts
where (owner_id, status, turn) > ($1, $2, $3)
group by owner_id, status, turn order by owner_id, status, turn limit $4";

/// The counts after this one.
pub async fn list_counts(conn: &mut dyn Conn, after: (Uuid, &str, i64), limit: i64) -> Result<Vec<CountRow>, Error> {
    read!(conn, CountRow, |c| sqlx::query(LIST_COUNTS)
        .bind(after.0)
        .bind(after.1)
        .bind(after.2)
        .bind(limit)
        .fetch_all(c)
        .await)
}
