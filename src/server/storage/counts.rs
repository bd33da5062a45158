//! How many orders somebody has in each status and turn: kept up with each change, so that no page counts.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::order::Order,
    server::storage::{Conn, Error, Tx, change, lots, read, values},
};

/// Over how many rows one count of a marketplace is spread.
const SLOTS: i64 = 8;

/// Changes of counts, added up before they are written.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<(Uuid, &'static str, i64, i64), i64>);

impl Changes {
    /// Counts an order out as it was and in as it is.
    pub fn move_order(&mut self, before: Option<&Order>, after: &Order) {
        if let Some(before) = before {
            self.add(before, -1);
        }
        self.add(after, 1);
    }

    fn add(&mut self, order: &Order, change: i64) {
        let (status, turn) = (order.status().code(), i64::from(order.turn().bits()));
        let slot = i64::from(order.id.0.as_bytes()[15]) % SLOTS;
        let owners = [
            (Some(order.parties.marketplace.0), slot),
            (Some(order.parties.seller.0), 0),
            (Some(order.parties.buyer.0), 0),
            (order.provider.as_ref().map(|provider| provider.id.0), 0),
        ];
        for (owner, slot) in owners {
            if let Some(owner) = owner {
                *self.0.entry((owner, status, turn, slot)).or_default() += change;
            }
        }
    }
}

/// Writes the changes, in one fixed order.
pub async fn apply(tx: &mut Tx, changes: &Changes) -> Result<(), Error> {
    let rows: Vec<_> = changes.0.iter().filter(|(_, change)| **change != 0).collect();
    for batch in lots(&rows) {
        let text = format!(
            "insert into order_counts (owner_id, status, turn, slot, orders) values {}
on conflict (owner_id, status, turn, slot) do update set orders = order_counts.orders + excluded.orders",
            values(batch.len(), 5)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for ((owner, status, turn, slot), change) in batch {
                query = query.bind(*owner).bind(*status).bind(*turn).bind(*slot).bind(**change);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}

/// How many orders have a status and a turn.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct CountRow {
    /// The status' code.
    pub status: String,
    /// Whose turn, as bits.
    pub turn: i64,
    /// How many.
    pub orders: i64,
}

const LIST: &str = "select status, turn, cast(sum(orders) as bigint) as orders from order_counts
where owner_id = $1 group by status, turn order by status, turn limit 500";

/// The counts of a marketplace, seller, buyer or provider.
pub async fn list(conn: &mut dyn Conn, owner: Uuid) -> Result<Vec<CountRow>, Error> {
    read!(conn, CountRow, |c| sqlx::query(LIST).bind(owner).fetch_all(c).await)
}
