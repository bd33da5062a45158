//! The ledger: postings and their entries, which only grow, and running sums of what is held and owed.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, OrderId},
        ledger::Posting,
        money::Currency,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, fetch_packed, lots, packed::Packed, values},
};

/// A posting with what it belongs to.
#[derive(Debug, Clone)]
pub struct NewPosting {
    /// Its identity.
    pub id: Uuid,
    /// Whose marketplace.
    pub marketplace: MarketplaceId,
    /// The order and the event that made it.
    pub event: (OrderId, u32),
    /// The currency of all its entries.
    pub currency: Currency,
    /// When.
    pub at: Moment,
    /// What it moves.
    pub posting: Posting,
}

/// Adds postings with their entries, and moves the running sums.
pub async fn insert(tx: &mut Tx, postings: &[NewPosting]) -> Result<(), Error> {
    if postings.is_empty() {
        return Ok(());
    }
    if let Some(wrong) = postings.iter().find(|new| new.posting.sum() != 0) {
        return Err(Error::broken("postings", wrong.id, "the entries of a posting sum to zero"));
    }
    insert_postings(tx, postings).await?;
    insert_entries(tx, postings).await?;
    move_balances(tx, postings).await
}

async fn insert_postings(tx: &mut Tx, postings: &[NewPosting]) -> Result<(), Error> {
    for lot in lots(postings) {
        let text = format!(
            "insert into postings (id, marketplace_id, order_id, event_seq, kind, currency, at) values {}",
            values(lot.len(), 7)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for new in lot {
                query = query
                    .bind(new.id)
                    .bind(new.marketplace.0)
                    .bind(new.event.0.0)
                    .bind(i64::from(new.event.1))
                    .bind(new.posting.kind)
                    .bind(new.currency.code())
                    .bind(new.at.0);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

async fn insert_entries(tx: &mut Tx, postings: &[NewPosting]) -> Result<(), Error> {
    let lines =
        postings.iter().flat_map(|new| (1_i64..).zip(&new.posting.entries).map(move |(no, entry)| (new, no, entry)));
    for lot in lots(&lines.collect::<Vec<_>>()) {
        let text = format!(
            "insert into entries (posting_id, line_no, account, currency, amount_minor) values {}",
            values(lot.len(), 5)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (new, no, entry) in lot {
                query = query
                    .bind(new.id)
                    .bind(*no)
                    .bind(entry.account.to_string())
                    .bind(new.currency.code())
                    .bind(entry.amount_minor);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

async fn move_balances(tx: &mut Tx, postings: &[NewPosting]) -> Result<(), Error> {
    // In one fixed order, so that no two transactions wait for each other in a circle.
    let mut moves: BTreeMap<(String, &str), i64> = BTreeMap::new();
    for new in postings {
        for entry in new.posting.entries.iter().filter(|entry| entry.account.keeps_balance()) {
            *moves.entry((entry.account.to_string(), new.currency.code())).or_default() += entry.amount_minor;
        }
    }
    for lot in lots(&moves.into_iter().collect::<Vec<_>>()) {
        let text = format!(
            "insert into balances (account, currency, balance_minor) values {}
on conflict (account, currency) do update set balance_minor = balances.balance_minor + excluded.balance_minor",
            values(lot.len(), 3)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for ((account, currency), amount) in lot {
                query = query.bind(account.as_str()).bind(*currency).bind(*amount);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// A ledger line of an order.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row, serde::Deserialize)]
pub struct LineRow {
    /// The event that made it.
    pub event_seq: i64,
    /// The event's type.
    pub kind: String,
    /// When, in microseconds.
    pub at: i64,
    /// The account.
    pub account: String,
    /// Minor units; debits positive.
    pub amount_minor: i64,
}

impl Packed for LineRow {
    const COLUMNS: &'static str = "event_seq, kind, at, account, amount_minor";
}

/// The most ledger lines that one look at an order shows.
pub const MOST_LINES: i64 = 2_000;

const LIST_OF_ORDER: &str = "select p.event_seq, p.kind, p.at, e.account, e.amount_minor
from postings p join entries e on e.posting_id = p.id
where p.order_id = $1
order by p.event_seq, p.id, e.line_no limit $2";

/// The ledger lines of an order, oldest first.
pub async fn list_of_order(conn: &mut dyn Conn, order: OrderId) -> Result<Vec<LineRow>, Error> {
    fetch_packed!(conn, LineRow, LIST_OF_ORDER, |query| query.bind(order.0).bind(MOST_LINES))
}
