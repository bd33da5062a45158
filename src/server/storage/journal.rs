//! The whole ledger in the order of its postings, a page at a time, for writing it out.

use uuid::Uuid;

use crate::server::storage::{Conn, Error, on, read};

const LIST_CURRENCIES: &str = "select distinct currency from postings order by currency limit 500";

/// The currencies of all postings.
pub async fn list_currencies(conn: &mut dyn Conn) -> Result<Vec<String>, Error> {
    on!(conn, |c| sqlx::query_scalar::<_, String>(LIST_CURRENCIES).fetch_all(c).await)
}

const LIST_ACCOUNTS: &str = "select distinct account from entries where account > $1 order by account limit $2";

/// The accounts after this one.
pub async fn list_accounts(conn: &mut dyn Conn, after: &str, limit: i64) -> Result<Vec<String>, Error> {
    on!(conn, |c| sqlx::query_scalar::<_, String>(LIST_ACCOUNTS).bind(after).bind(limit).fetch_all(c).await)
}

/// A posting with the order that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct PostingRow {
    /// The posting.
    pub id: Uuid,
    /// The event that made it.
    pub event_seq: Option<i64>,
    /// The event's type.
    pub kind: String,
    /// When, in microseconds.
    pub at: i64,
    /// The order's public number.
    pub reference: Option<String>,
}

const LIST_POSTINGS: &str = "select p.id, p.event_seq, p.kind, p.at, o.reference
from postings p left join orders o on o.id = p.order_id
where p.id > $1 order by p.id limit $2";

/// The postings after this one.
pub async fn list_postings(conn: &mut dyn Conn, after: Uuid, limit: i64) -> Result<Vec<PostingRow>, Error> {
    read!(conn, PostingRow, |c| sqlx::query(LIST_POSTINGS).bind(after).bind(limit).fetch_all(c).await)
}

/// A line of a posting.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct EntryRow {
    /// The posting.
    pub posting_id: Uuid,
    /// The account.
    pub account: String,
    /// The currency.
    pub currency: String,
    /// Minor units; debits positive.
    pub amount_minor: i64,
}

const LIST_ENTRIES: &str = "select posting_id, account, currency, amount_minor from entries
where posting_id > $1 and posting_id <= $2 order by posting_id, line_no";

/// The lines of the postings after the first and up to the second.
pub async fn list_entries(conn: &mut dyn Conn, after: Uuid, until: Uuid) -> Result<Vec<EntryRow>, Error> {
    read!(conn, EntryRow, |c| sqlx::query(LIST_ENTRIES).bind(after).bind(until).fetch_all(c).await)
}
