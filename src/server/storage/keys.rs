//! Keys of programs: by their hash who acts and what they may, and the lists that people see.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Permissions, Role, Viewer},
        api_key::Mode,
        id::{KeyId, MarketplaceId, ProviderId, SellerId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// More roles than anybody has; those beyond are not seen.
const MOST_MEMBERSHIPS: i64 = 200;

/// A key to be added.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Which.
    pub id: KeyId,
    /// For which marketplace; without one, for what its maker bought.
    pub marketplace: Option<MarketplaceId>,
    /// For one of its sellers alone.
    pub seller: Option<SellerId>,
    /// What it is called.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it may do.
    pub permissions: Permissions,
    /// Which orders it is for.
    pub mode: Mode,
    /// Who makes it.
    pub created_by: UserId,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// The key that makes it, when no person does.
    pub made_with: Option<KeyId>,
}

const INSERT: &str = "insert into api_keys
    (id, marketplace_id, seller_id, name, prefix, hash, permissions, mode, created_by, created_at, expires_at, made_with)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Adds a key.
pub async fn insert(tx: &mut Tx, key: &NewKey, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(key.id.0)
        .bind(key.marketplace.map(|marketplace| marketplace.0))
        .bind(key.seller.map(|seller| seller.0))
        .bind(&key.name)
        .bind(&key.prefix)
        .bind(key.hash.as_slice())
        .bind(i64::from(key.permissions.bits()))
        .bind(key.mode.code())
        .bind(key.created_by.0)
        .bind(now.0)
        .bind(key.expires_at.map(|end| end.0))
        .bind(key.made_with.map(|key| key.0))
        .execute(c)
        .await)?;
    Ok(())
}

/// A valid key and who acts with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub key: KeyId,
    /// What it is called.
    pub name: String,
    /// What it was given.
    pub scope: Permissions,
    /// Which orders it is for.
    pub mode: Mode,
    /// When it was last used, as far as that was written down.
    pub last_used_at: Option<Moment>,
    /// For which marketplace.
    pub marketplace: Option<MarketplaceId>,
    /// Its maker, with the hat of the place that it is for; without a hat for what they bought.
    pub viewer: Viewer,
}

/// One row a membership of the maker; its columns are empty for somebody who has none.
#[derive(holdfast_macros::Row)]
struct FoundRow {
    id: Uuid,
    name: String,
    permissions: i64,
    mode: String,
    last_used_at: Option<i64>,
    key_marketplace: Option<Uuid>,
    key_seller: Option<Uuid>,
    user_id: Uuid,
    user_name: String,
    email: String,
    time_zone: String,
    role: Option<String>,
    marketplace_id: Option<Uuid>,
    seller_id: Option<Uuid>,
    provider_id: Option<Uuid>,
    place: Option<String>,
}

const SELECT_BY_HASH: &str = "select k.id, k.name, k.permissions, k.mode, k.last_used_at,
    k.marketplace_id as key_marketplace, k.seller_id as key_seller, u.id as user_id, u.name as user_name, u.email,
    u.time_zone, m.role, m.marketplace_id, m.seller_id, m.provider_id, coalesce(p.name, e.name, s.name) as place
from api_keys k
join users u on u.id = k.created_by
left join memberships m on m.user_id = u.id
left join marketplaces s on s.id = m.marketplace_id
left join sellers e on e.id = m.seller_id
left join providers p on p.id = m.provider_id
where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
order by m.created_at, m.id
limit $3";

/// The valid key with this hash, and who acts with it.
pub async fn find_by_hash(conn: &mut dyn Conn, hash: &[u8; 32], now: Moment) -> Result<Option<Found>, Error> {
    let rows = read!(conn, FoundRow, |c| sqlx::query(SELECT_BY_HASH)
        .bind(hash.as_slice())
        .bind(now.0)
        .bind(MOST_MEMBERSHIPS)
        .fetch_all(c)
        .await)?;
    found(rows)
}

fn found(rows: Vec<FoundRow>) -> Result<Option<Found>, Error> {
    let memberships = rows.iter().filter_map(|row| row.membership().transpose()).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = rows.into_iter().next() else { return Ok(None) };
    let (marketplace, seller) = (first.key_marketplace.map(MarketplaceId), first.key_seller.map(SellerId));
    let is_place =
        |hat: &&Membership| Some(hat.marketplace) == marketplace && hat.seller == seller && hat.provider.is_none();
    let hat = memberships.iter().find(is_place).cloned();
    Ok(Some(Found {
        key: KeyId(first.id),
        name: first.name,
        scope: permissions(first.permissions),
        mode: Mode::from_code(&first.mode).ok_or_else(|| Error::broken("api_keys", first.id, "unknown mode"))?,
        last_used_at: first.last_used_at.map(Moment),
        marketplace,
        viewer: Viewer {
            user: UserId(first.user_id),
            name: first.user_name,
            email: first.email,
            time_zone: first.time_zone,
            memberships,
            hat,
        },
    }))
}

/// The valid key with this id, and who acts with it.
pub async fn find_by_id(conn: &mut dyn Conn, id: KeyId, now: Moment) -> Result<Option<Found>, Error> {
    let text = SELECT_BY_HASH.replace("k.hash = $1", "k.id = $1");
    let rows = read!(conn, FoundRow, |c| sqlx::query(AssertSqlSafe(text))
        .bind(id.0)
        .bind(now.0)
        .bind(MOST_MEMBERSHIPS)
        .fetch_all(c)
        .await)?;
    found(rows)
}

fn permissions(bits: i64) -> Permissions {
    Permissions::from_bits(u8::try_from(bits).unwrap_or_default())
}

fn role(code: &str, row: Uuid) -> Result<Role, Error> {
    Role::from_code(code).ok_or_else(|| Error::broken("memberships", row, "unknown role"))
}

impl FoundRow {
    fn membership(&self) -> Result<Option<Membership>, Error> {
        let (Some(marketplace), Some(code)) = (self.marketplace_id, self.role.as_deref()) else { return Ok(None) };
        Ok(Some(Membership {
            marketplace: MarketplaceId(marketplace),
            seller: self.seller_id.map(SellerId),
            provider: self.provider_id.map(ProviderId),
            role: role(code, self.user_id)?,
            name: self.place.clone().unwrap_or_default(),
        }))
    }
}

const SELECT_RIGHTS: &str = "select k.permissions, m.role from api_keys k
left join memberships m on m.user_id = k.created_by and m.marketplace_id = k.marketplace_id
    and m.seller_id is not distinct from k.seller_id and m.provider_id is null
where k.id = $1 and k.revoked_at is null";

/// What a key was given, and the role that its maker has at its place at this moment: rights are read again inside the
/// transaction that uses them. Nothing when it was revoked.
pub async fn find_rights(conn: &mut dyn Conn, key: KeyId) -> Result<Option<(Permissions, Option<Role>)>, Error> {
    let row: Option<(i64, Option<String>)> =
        read!(conn, _, |c| sqlx::query(SELECT_RIGHTS).bind(key.0).fetch_optional(c).await)?;
    let Some((bits, code)) = row else { return Ok(None) };
    Ok(Some((permissions(bits), code.as_deref().map(|code| role(code, key.0)).transpose()?)))
}

const LOCK_VALID: &str = "update api_keys set revoked_at = null where id = $1 and revoked_at is null
returning expires_at";

/// When a valid key ends, if it does; it cannot be taken away before this transaction is over. Nothing when it was.
pub async fn lock_valid(tx: &mut Tx, key: KeyId) -> Result<Option<Option<Moment>>, Error> {
    let end: Option<Option<i64>> = on!(tx, |c| sqlx::query_scalar(LOCK_VALID).bind(key.0).fetch_optional(c).await)?;
    Ok(end.map(|end| end.map(Moment)))
}

const SELECT_MAKER: &str = "select k.id, k.name, k.email, k.time_zone,
    m.role, m.marketplace_id, m.seller_id, m.provider_id, coalesce(p.name, e.name, s.name) as place
from users k
left join memberships m on m.user_id = k.id
left join marketplaces s on s.id = m.marketplace_id
left join sellers e on e.id = m.seller_id
left join providers p on p.id = m.provider_id
where k.email = $1
order by m.created_at, m.id
limit $2";

/// One row a membership of somebody who is to make a key.
#[derive(holdfast_macros::Row)]
struct MakerRow {
    id: Uuid,
    name: String,
    email: String,
    time_zone: String,
    role: Option<String>,
    marketplace_id: Option<Uuid>,
    seller_id: Option<Uuid>,
    provider_id: Option<Uuid>,
    place: Option<String>,
}

/// The person with this address and all of their roles, wearing none.
pub async fn find_maker(conn: &mut dyn Conn, email: &str) -> Result<Option<Viewer>, Error> {
    let rows =
        read!(conn, MakerRow, |c| sqlx::query(SELECT_MAKER).bind(email).bind(MOST_MEMBERSHIPS).fetch_all(c).await)?;
    let mut memberships = Vec::new();
    for row in &rows {
        let (Some(marketplace), Some(code)) = (row.marketplace_id, row.role.as_deref()) else { continue };
        memberships.push(Membership {
            marketplace: MarketplaceId(marketplace),
            seller: row.seller_id.map(SellerId),
            provider: row.provider_id.map(ProviderId),
            role: role(code, row.id)?,
            name: row.place.clone().unwrap_or_default(),
        });
    }
    Ok(rows.into_iter().next().map(|row| Viewer {
        user: UserId(row.id),
        name: row.name,
        email: row.email,
        time_zone: row.time_zone,
        memberships,
        hat: None,
    }))
}

/// A key as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct KeyRow {
    /// Which.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it may do, as bits.
    pub permissions: i64,
    /// Which orders it is for.
    pub mode: String,
    /// When it was made.
    pub created_at: i64,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
    /// When it was taken away.
    pub revoked_at: Option<i64>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// The name of the key that made it.
    pub made_with: Option<String>,
}

impl KeyRow {
    /// What it was given.
    pub fn scope(&self) -> Permissions {
        permissions(self.permissions)
    }
}

/// Whose keys: those of a place, or those that a person made for what they bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The marketplace.
    pub marketplace: Option<MarketplaceId>,
    /// One of its sellers.
    pub seller: Option<SellerId>,
    /// The person, where there is no place.
    pub maker: UserId,
}

const LIST: &str = "select k.id, k.name, k.prefix, k.permissions, k.mode, k.created_at, k.expires_at, k.revoked_at,
    k.last_used_at, p.name as made_with
from api_keys k left join api_keys p on p.id = k.made_with
where k.marketplace_id is not distinct from $1 and k.seller_id is not distinct from $2
and (k.marketplace_id is not null or k.created_by = $3) and k.id < $4
order by k.id desc limit $5";

/// The keys of a place before this one, the newest first.
pub async fn list(conn: &mut dyn Conn, whose: &Whose, before: Uuid, limit: i64) -> Result<Vec<KeyRow>, Error> {
    read!(conn, KeyRow, |c| sqlx::query(LIST)
        .bind(whose.marketplace.map(|marketplace| marketplace.0))
        .bind(whose.seller.map(|seller| seller.0))
        .bind(whose.maker.0)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const COUNT_VALID: &str = "select count(*) from (select 1 as one from api_keys
where marketplace_id is not distinct from $1 and seller_id is not distinct from $2
and (marketplace_id is not null or created_by = $3) and revoked_at is null
and (expires_at is null or expires_at > $4) limit $5) as valid";

/// How many valid keys a place has, as far as this many.
pub async fn count_valid(conn: &mut dyn Conn, whose: &Whose, now: Moment, most: i64) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar(COUNT_VALID)
        .bind(whose.marketplace.map(|marketplace| marketplace.0))
        .bind(whose.seller.map(|seller| seller.0))
        .bind(whose.maker.0)
        .bind(now.0)
        .bind(most)
        .fetch_one(c)
        .await)
}

const REVOKE: &str = "update api_keys set revoked_at = $5 where id = $1 and marketplace_id is not distinct from $2
and seller_id is not distinct from $3 and (marketplace_id is not null or created_by = $4) and revoked_at is null";

/// Takes a key of this place away; `false` when there is no such key, or it was taken away before.
pub async fn revoke(tx: &mut Tx, key: KeyId, whose: &Whose, now: Moment) -> Result<bool, Error> {
    let changed = change!(tx, |c| sqlx::query(REVOKE)
        .bind(key.0)
        .bind(whose.marketplace.map(|marketplace| marketplace.0))
        .bind(whose.seller.map(|seller| seller.0))
        .bind(whose.maker.0)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(changed == 1)
}

const REVOKE_MADE: &str = "with recursive made (id) as (
    select id from api_keys where made_with = $1
    union
    select k.id from api_keys k join made on k.made_with = made.id
)
update api_keys set revoked_at = $2 where id in (select id from made) and revoked_at is null
returning id";

/// Takes away the keys that were made with this one, and with those again; gives which.
pub async fn revoke_made(tx: &mut Tx, key: KeyId, now: Moment) -> Result<Vec<KeyId>, Error> {
    let mut gone = Vec::new();
    // One of them may have been making another while it was waited for: only a look that finds none is the last.
    loop {
        let found: Vec<Uuid> = on!(tx, |c| sqlx::query_scalar(REVOKE_MADE).bind(key.0).bind(now.0).fetch_all(c).await)?;
        if found.is_empty() {
            return Ok(gone);
        }
        gone.extend(found.into_iter().map(KeyId));
    }
}

const TOUCH: &str =
    "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)";

/// Writes down that a key is in use.
pub async fn touch(tx: &mut Tx, key: KeyId, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(TOUCH).bind(key.0).bind(now.0).execute(c).await)?;
    Ok(())
}
