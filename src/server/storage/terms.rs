//! The words by which orders are found; one index for both databases, searched by the beginning of each word.

use sqlx::AssertSqlSafe;

use crate::{
    domain::id::{MarketplaceId, OrderId},
    server::storage::{Error, Tx, change, lots, values},
};

/// Adds words by which orders are found; those that they have are left alone.
pub async fn insert(tx: &mut Tx, terms: &[(MarketplaceId, String, OrderId)]) -> Result<(), Error> {
    for lot in lots(terms) {
        let text = format!(
            "insert into order_terms (marketplace_id, term, order_id) values {} on conflict do nothing",
            values(lot.len(), 3)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (marketplace, term, order) in lot {
                query = query.bind(marketplace.0).bind(term.as_str()).bind(order.0);
            }
            query.execute(c).await
        })?;
    }
    Ok(())
}
