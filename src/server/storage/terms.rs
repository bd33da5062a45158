//! The words by which orders are found; one index for both databases, searched by the beginning of each word.

use sqlx::AssertSqlSafe;

use crate::{
    domain::id::{MarketplaceId, OrderId},
    server::storage::{Error, Tx, change, values},
};

/// Adds words by which an order is found; those that it has are left alone.
pub async fn insert(tx: &mut Tx, marketplace: MarketplaceId, order: OrderId, terms: &[String]) -> Result<(), Error> {
    if terms.is_empty() {
        return Ok(());
    }
    let text = format!(
        "insert into order_terms (marketplace_id, term, order_id) values {} on conflict do nothing",
        values(terms.len(), 3)
    );
    change!(tx, |c| {
        let mut query = sqlx::query(AssertSqlSafe(text));
        for term in terms {
            query = query.bind(marketplace.0).bind(term.as_str()).bind(order.0);
        }
        query.execute(c).await
    })?;
    Ok(())
}
