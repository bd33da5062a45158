//! Projects that partners opened by name.

use uuid::Uuid;

use crate::{
    domain::id::{MarketplaceId, SellerId},
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// A project as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ProjectRow {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub seller_id: Uuid,
    /// Its number in the marketplace.
    pub no: i64,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The customer's e-mail address.
    pub customer_email: String,
    /// The customer's phone number.
    pub customer_phone: String,
    /// When it was opened.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

const LIST: &str = "select id, seller_id, no, name, description, customer_email, customer_phone, created_at, updated_at
from projects where marketplace_id = $1 and (seller_id = $2 or $2 is null) order by no desc limit $3";

/// The projects of a seller, or of a whole marketplace, the newest first.
pub async fn list(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    seller: Option<SellerId>,
    limit: i64,
) -> Result<Vec<ProjectRow>, Error> {
    read!(conn, ProjectRow, |c| sqlx::query(LIST)
        .bind(marketplace.0)
        .bind(seller.map(|seller| seller.0))
        .bind(limit)
        .fetch_all(c)
        .await)
}

const SELECT: &str =
    "select id, seller_id, no, name, description, customer_email, customer_phone, created_at, updated_at
from projects where marketplace_id = $1 and (seller_id = $2 or $2 is null) and no = $3";

/// One of them by its number.
pub async fn find(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    seller: Option<SellerId>,
    no: i64,
) -> Result<Option<ProjectRow>, Error> {
    read!(conn, ProjectRow, |c| sqlx::query(SELECT)
        .bind(marketplace.0)
        .bind(seller.map(|seller| seller.0))
        .bind(no)
        .fetch_optional(c)
        .await)
}

const NEXT: &str = "select coalesce(max(no), 0) + 1 from projects where marketplace_id = $1";

/// The number of the next project of a marketplace that is locked.
pub async fn next_no(tx: &mut Tx, marketplace: MarketplaceId) -> Result<i64, Error> {
    on!(tx, |c| sqlx::query_scalar(NEXT).bind(marketplace.0).fetch_one(c).await)
}

const UPSERT: &str = "insert into projects
    (id, marketplace_id, seller_id, no, name, description, customer_email, customer_phone, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (id) do update set name = excluded.name, description = excluded.description,
    customer_email = excluded.customer_email, customer_phone = excluded.customer_phone, updated_at = excluded.updated_at";

/// Opens a project, or changes the one of this id.
pub async fn upsert(tx: &mut Tx, marketplace: MarketplaceId, project: &ProjectRow) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPSERT)
        .bind(project.id)
        .bind(marketplace.0)
        .bind(project.seller_id)
        .bind(project.no)
        .bind(&project.name)
        .bind(&project.description)
        .bind(&project.customer_email)
        .bind(&project.customer_phone)
        .bind(project.created_at)
        .bind(project.updated_at)
        .execute(c)
        .await)?;
    Ok(())
}
