//! The sellers of a marketplace as its operators see them: by name, with who is there and who was invited, and the terms
//! that differ from the marketplace's.

use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, SellerId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

const SELECT_ID_BY_NAME: &str = "select id from sellers where marketplace_id = $1 and name = $2 order by id limit 1";

/// The seller of this name in a marketplace; the first one, where an import brought several.
pub async fn find_id_by_name(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    name: &str,
) -> Result<Option<SellerId>, Error> {
    let found: Option<Uuid> =
        on!(conn, |c| sqlx::query_scalar(SELECT_ID_BY_NAME).bind(marketplace.0).bind(name).fetch_optional(c).await)?;
    Ok(found.map(SellerId))
}

/// A seller with its people.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ShopRow {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What the marketplace's own system calls it.
    pub external_id: Option<String>,
    /// How many people are on its staff.
    pub people: i64,
    /// Whom the latest invitation that is open was mailed to.
    pub invited: Option<String>,
    /// Whether it has terms of its own.
    pub own_terms: bool,
}

const LIST_SHOPS: &str = "select s.id, s.name, s.external_id,
    (select count(*) from memberships m
        where m.marketplace_id = s.marketplace_id and m.seller_id = s.id and m.provider_id is null) as people,
    (select i.email from invitations i
        where i.marketplace_id = s.marketplace_id and i.seller_id = s.id and i.used_at = 0 and i.expires_at > $5
        order by i.created_at desc, i.id desc limit 1) as invited,
    s.terms <> '{}' as own_terms
from sellers s
where s.marketplace_id = $1 and (s.name > $2 or (s.name = $2 and s.id > $3))
order by s.name, s.id limit $4";

/// The sellers of a marketplace by name with their people, after this name and id.
pub async fn list_shops(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    after: (&str, Uuid),
    limit: i64,
    now: Moment,
) -> Result<Vec<ShopRow>, Error> {
    read!(conn, ShopRow, |c| sqlx::query(LIST_SHOPS)
        .bind(marketplace.0)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .bind(now.0)
        .fetch_all(c)
        .await)
}

const UPDATE_TERMS: &str = "update sellers set terms = $3 where marketplace_id = $1 and id = $2";

/// Sets what of the terms that new orders begin with differs for a seller; `terms` is JSON.
pub async fn update_terms(tx: &mut Tx, marketplace: MarketplaceId, id: SellerId, terms: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_TERMS).bind(marketplace.0).bind(id.0).bind(terms).execute(c).await)?;
    Ok(())
}
