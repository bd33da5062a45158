//! Who has the most orders: measurements look through their eyes.

use uuid::Uuid;

use crate::{
    domain::id::{MarketplaceId, SellerId, UserId},
    server::storage::{Conn, Error, on},
};

const LARGEST_MARKETPLACE: &str =
    "select marketplace_id from orders group by marketplace_id order by count(*) desc, marketplace_id limit 1";

/// The marketplace with the most orders.
pub async fn largest_marketplace(conn: &mut dyn Conn) -> Result<Option<MarketplaceId>, Error> {
    let id = on!(conn, |c| sqlx::query_scalar::<_, Uuid>(LARGEST_MARKETPLACE).fetch_optional(c).await)?;
    Ok(id.map(MarketplaceId))
}

const BUSIEST_SELLER: &str = "select seller_id from orders where marketplace_id = $1
group by seller_id order by count(*) desc, seller_id limit 1";

/// The seller with the most orders there.
pub async fn busiest_seller(conn: &mut dyn Conn, marketplace: MarketplaceId) -> Result<Option<SellerId>, Error> {
    let id = on!(conn, |c| sqlx::query_scalar::<_, Uuid>(BUSIEST_SELLER).bind(marketplace.0).fetch_optional(c).await)?;
    Ok(id.map(SellerId))
}

const BUSIEST_BUYER: &str = "select buyer_id from orders where marketplace_id = $1
group by buyer_id order by count(*) desc, buyer_id limit 1";

/// The buyer with the most orders there.
pub async fn busiest_buyer(conn: &mut dyn Conn, marketplace: MarketplaceId) -> Result<Option<UserId>, Error> {
    let id = on!(conn, |c| sqlx::query_scalar::<_, Uuid>(BUSIEST_BUYER).bind(marketplace.0).fetch_optional(c).await)?;
    Ok(id.map(UserId))
}
