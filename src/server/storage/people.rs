//! Marketplaces, their sellers and providers, who has a role in them, and the audit of what was done to people.

use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Role},
        id::{MarketplaceId, ProviderId, SellerId, UserId},
        money::Currency,
        text::{DisplayName, Label},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// A marketplace as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct MarketplaceRow {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// The terms that orders begin with, as JSON.
    pub terms: String,
}

const SELECT_MARKETPLACE: &str = "select id, name, currency, time_zone, terms from marketplaces where id = $1";

/// The marketplace with this id.
pub async fn find_marketplace(conn: &mut dyn Conn, id: MarketplaceId) -> Result<Option<MarketplaceRow>, Error> {
    read!(conn, MarketplaceRow, |c| sqlx::query(SELECT_MARKETPLACE).bind(id.0).fetch_optional(c).await)
}

const SELECT_MARKETPLACE_BY_NAME: &str =
    "select id, name, currency, time_zone, terms from marketplaces where name = $1 order by created_at, id limit 1";

/// The oldest marketplace of this name; names are not unique, so only the command line asks by name.
pub async fn find_marketplace_by_name(conn: &mut dyn Conn, name: &str) -> Result<Option<MarketplaceRow>, Error> {
    read!(conn, MarketplaceRow, |c| sqlx::query(SELECT_MARKETPLACE_BY_NAME).bind(name).fetch_optional(c).await)
}

const ANY_MARKETPLACE: &str = "select count(*) from (select 1 as one from marketplaces limit 1) as first";

/// Whether there is any marketplace, and so anything to show.
pub async fn is_empty(conn: &mut dyn Conn) -> Result<bool, Error> {
    let count: i64 = on!(conn, |c| sqlx::query_scalar(ANY_MARKETPLACE).fetch_one(c).await)?;
    Ok(count == 0)
}

const INSERT_MARKETPLACE: &str = "insert into marketplaces (id, name, currency, time_zone, terms, created_at)
values ($1, $2, $3, $4, $5, $6)";

/// Adds a marketplace; `terms` is JSON.
pub async fn insert_marketplace(
    tx: &mut Tx,
    id: MarketplaceId,
    name: &DisplayName,
    currency: Currency,
    time_zone: &str,
    terms: &str,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_MARKETPLACE)
        .bind(id.0)
        .bind(name.as_str())
        .bind(currency.code())
        .bind(time_zone)
        .bind(terms)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const UPDATE_MARKETPLACE_TERMS: &str = "update marketplaces set terms = $2 where id = $1";

/// Sets what new orders of a marketplace begin with; `terms` is JSON.
pub async fn update_marketplace_terms(tx: &mut Tx, id: MarketplaceId, terms: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_MARKETPLACE_TERMS).bind(id.0).bind(terms).execute(c).await)?;
    Ok(())
}

/// A seller as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct SellerRow {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub marketplace_id: Uuid,
    /// Its name.
    pub name: String,
    /// What the marketplace's own system calls it.
    pub external_id: Option<String>,
    /// The terms that differ from the marketplace's, as JSON.
    pub terms: String,
}

const SELECT_SELLER: &str =
    "select id, marketplace_id, name, external_id, terms from sellers where id = $1 and marketplace_id = $2";

/// The seller with this id in this marketplace.
pub async fn find_seller(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    id: SellerId,
) -> Result<Option<SellerRow>, Error> {
    read!(conn, SellerRow, |c| sqlx::query(SELECT_SELLER).bind(id.0).bind(marketplace.0).fetch_optional(c).await)
}

const SELECT_SELLER_BY_EXTERNAL: &str =
    "select id, marketplace_id, name, external_id, terms from sellers where marketplace_id = $1 and external_id = $2";

/// The seller whom the marketplace's own system calls so.
pub async fn find_seller_by_external(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    external_id: &str,
) -> Result<Option<SellerRow>, Error> {
    read!(conn, SellerRow, |c| sqlx::query(SELECT_SELLER_BY_EXTERNAL)
        .bind(marketplace.0)
        .bind(external_id)
        .fetch_optional(c)
        .await)
}

const LIST_SELLERS: &str = "select id, marketplace_id, name, external_id, terms from sellers
where marketplace_id = $1 and (name > $2 or (name = $2 and id > $3))
order by name, id limit $4";

/// The sellers of a marketplace by name, after this name and id.
pub async fn list_sellers(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    after: (&str, Uuid),
    limit: i64,
) -> Result<Vec<SellerRow>, Error> {
    read!(conn, SellerRow, |c| sqlx::query(LIST_SELLERS)
        .bind(marketplace.0)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const INSERT_SELLER: &str = "insert into sellers (id, marketplace_id, name, external_id, terms, created_at)
values ($1, $2, $3, $4, '{}', $5)";

/// Adds a seller.
pub async fn insert_seller(
    tx: &mut Tx,
    id: SellerId,
    marketplace: MarketplaceId,
    name: &DisplayName,
    external_id: Option<&Label>,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_SELLER)
        .bind(id.0)
        .bind(marketplace.0)
        .bind(name.as_str())
        .bind(external_id.map(Label::as_str))
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A provider as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ProviderRow {
    /// Which.
    pub id: Uuid,
    /// Of which marketplace.
    pub marketplace_id: Uuid,
    /// Of one seller alone, or of the whole marketplace.
    pub seller_id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// How to reach it, in E.164, or nothing.
    pub phone: String,
}

const LIST_PROVIDERS: &str = "select id, marketplace_id, seller_id, name, phone from providers
where marketplace_id = $1 and (seller_id is null or seller_id = $2)
order by name, id limit $3";

/// The providers whom a seller may assign: the marketplace's and its own. Without a seller, the marketplace's alone.
pub async fn list_providers(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    seller: Option<SellerId>,
    limit: i64,
) -> Result<Vec<ProviderRow>, Error> {
    read!(conn, ProviderRow, |c| sqlx::query(LIST_PROVIDERS)
        .bind(marketplace.0)
        .bind(seller.map(|seller| seller.0))
        .bind(limit)
        .fetch_all(c)
        .await)
}

const INSERT_PROVIDER: &str = "insert into providers (id, marketplace_id, seller_id, name, phone, created_at)
values ($1, $2, $3, $4, $5, $6)";

/// Adds a provider.
pub async fn insert_provider(tx: &mut Tx, provider: &ProviderRow, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_PROVIDER)
        .bind(provider.id)
        .bind(provider.marketplace_id)
        .bind(provider.seller_id)
        .bind(&provider.name)
        .bind(&provider.phone)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// Where somebody gets a role, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The marketplace.
    pub marketplace: MarketplaceId,
    /// The seller, for a seller's staff.
    pub seller: Option<SellerId>,
    /// The provider, for a courier.
    pub provider: Option<ProviderId>,
    /// The role.
    pub role: Role,
}

impl From<&Membership> for Place {
    fn from(membership: &Membership) -> Self {
        Self {
            marketplace: membership.marketplace,
            seller: membership.seller,
            provider: membership.provider,
            role: membership.role,
        }
    }
}

const INSERT_MEMBERSHIP: &str = "insert into memberships
    (id, user_id, marketplace_id, seller_id, provider_id, role, created_at)
values ($1, $2, $3, $4, $5, $6, $7)";

/// Gives somebody a role; the constraint `memberships_once` refuses a second one at the same place.
pub async fn insert_membership(tx: &mut Tx, id: Uuid, user: UserId, place: &Place, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_MEMBERSHIP)
        .bind(id)
        .bind(user.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(place.role.code())
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A person on the staff of a place.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct StaffRow {
    /// The membership, to remove it by.
    pub id: Uuid,
    /// The person.
    pub user_id: Uuid,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The role's code.
    pub role: String,
}

const LIST_STAFF: &str = "select m.id, m.user_id, u.name, u.email, m.role
from memberships m join users u on u.id = m.user_id
where m.marketplace_id = $1 and m.seller_id is not distinct from $2 and m.provider_id is not distinct from $3
order by m.id limit $4";

/// The staff of a marketplace, a seller or a provider, the earliest first.
pub async fn list_staff(conn: &mut dyn Conn, place: &Place, limit: i64) -> Result<Vec<StaffRow>, Error> {
    read!(conn, StaffRow, |c| sqlx::query(LIST_STAFF)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(limit)
        .fetch_all(c)
        .await)
}

const LOCK: &str = "select 1 from marketplaces where id = $1 for no key update";

/// Lets nobody else change whom and what a marketplace has until the transaction ends.
pub async fn lock(tx: &mut Tx, marketplace: MarketplaceId) -> Result<(), Error> {
    if tx.locks_rows() {
        let _: Option<i32> = on!(tx, |c| sqlx::query_scalar(LOCK).bind(marketplace.0).fetch_optional(c).await)?;
    }
    Ok(())
}

const DELETE_MEMBERSHIP: &str = "delete from memberships
where id = $1 and marketplace_id = $2 and seller_id is not distinct from $3 and provider_id is not distinct from $4
returning user_id";

/// Takes somebody's role at this place away; gives whose it was, when there is one such.
pub async fn delete_membership(tx: &mut Tx, id: Uuid, place: &Place) -> Result<Option<UserId>, Error> {
    let user: Option<Uuid> = on!(tx, |c| sqlx::query_scalar(DELETE_MEMBERSHIP)
        .bind(id)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .fetch_optional(c)
        .await)?;
    Ok(user.map(UserId))
}

const SELECT_ROLE: &str = "select role from memberships
where user_id = $1 and marketplace_id = $2 and seller_id is not distinct from $3 and provider_id is not distinct from $4";

/// The role that somebody has at a place at this moment: rights are read again inside the transaction that uses them.
pub async fn find_role(conn: &mut dyn Conn, user: UserId, place: &Place) -> Result<Option<Role>, Error> {
    let code: Option<String> = on!(conn, |c| sqlx::query_scalar(SELECT_ROLE)
        .bind(user.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .fetch_optional(c)
        .await)?;
    let read = |code: String| Role::from_code(&code).ok_or_else(|| Error::broken("memberships", user, "unknown role"));
    code.map(read).transpose()
}

/// Something that somebody did to people, rights, money or doors.
#[derive(Clone, Debug)]
pub struct AuditEntry<'a> {
    /// The id.
    pub id: Uuid,
    /// A stable code: `signed_in`, `sign_in_refused`, `password_changed`, …
    pub kind: &'a str,
    /// Who, when known.
    pub user: Option<UserId>,
    /// Where, when it concerns one marketplace.
    pub marketplace: Option<MarketplaceId>,
    /// The address it came from.
    pub address: &'a str,
    /// More, as JSON; never a secret.
    pub detail: serde_json::Value,
}

const INSERT_AUDIT: &str = "insert into audit (id, at, kind, user_id, marketplace_id, address, detail)
values ($1, $2, $3, $4, $5, $6, $7)";

/// Writes down what was done.
pub async fn insert_audit(tx: &mut Tx, entry: &AuditEntry<'_>, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_AUDIT)
        .bind(entry.id)
        .bind(now.0)
        .bind(entry.kind)
        .bind(entry.user.map(|user| user.0))
        .bind(entry.marketplace.map(|marketplace| marketplace.0))
        .bind(entry.address)
        .bind(entry.detail.to_string())
        .execute(c)
        .await)?;
    Ok(())
}
