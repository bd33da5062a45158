//! Signed-in browsers, and with one query who is looking through which of them.

use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Role, Viewer},
        id::{MarketplaceId, ProviderId, SellerId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, fetch_packed, packed::Packed, read},
};

/// More roles than anybody has; those beyond are not seen.
const MOST_MEMBERSHIPS: i64 = 200;

/// What a new session begins with.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// The id under which it is listed and revoked.
    pub id: Uuid,
    /// SHA-256 of the cookie's value.
    pub token_hash: &'a [u8; 32],
    /// Who signed in.
    pub user: UserId,
    /// The key of the membership that is worn; empty for one's own purchases.
    pub hat: &'a str,
    /// The browser, in words.
    pub device: &'a str,
    /// The address it came from.
    pub address: &'a str,
    /// When it ends at the latest.
    pub expires_at: Moment,
}

const INSERT: &str = "insert into sessions
    (id, token_hash, user_id, hat, device, address, created_at, last_seen_at, proved_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)";

/// Adds a session: the only statement that does, so that none that was revoked comes back.
pub async fn insert(tx: &mut Tx, session: &NewSession<'_>, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(session.id)
        .bind(session.token_hash.as_slice())
        .bind(session.user.0)
        .bind(session.hat)
        .bind(session.device)
        .bind(session.address)
        .bind(now.0)
        .bind(session.expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A living session and who looks through it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The session's id.
    pub session: Uuid,
    /// When it was last written down that it is in use.
    pub last_seen_at: Moment,
    /// When the password was last typed in it.
    pub proved_at: Moment,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// Who.
    pub viewer: Viewer,
    /// How much they were told and have not looked at, at most [`MOST_UNREAD`].
    pub unread: u32,
}

/// As many as a bell can show, and one more.
pub const MOST_UNREAD: i64 = 100;

/// One row a membership; its columns are empty for somebody who has none.
#[derive(holdfast_macros::Row, serde::Deserialize)]
struct SeenRow {
    session_id: Uuid,
    hat: String,
    last_seen_at: i64,
    proved_at: i64,
    expires_at: i64,
    user_id: Uuid,
    name: String,
    email: String,
    time_zone: String,
    unread: i64,
    role: Option<String>,
    marketplace_id: Option<Uuid>,
    seller_id: Option<Uuid>,
    provider_id: Option<Uuid>,
    place: Option<String>,
}

impl Packed for SeenRow {
    const COLUMNS: &'static str =
        "hex(session_id), hat, last_seen_at, proved_at, expires_at, hex(user_id), name, email, time_zone,
        unread, role, nullif(hex(marketplace_id), ''), nullif(hex(seller_id), ''), nullif(hex(provider_id), ''), place";
}

const SELECT_SEEN: &str = "select s.id as session_id, s.hat, s.last_seen_at, s.proved_at, s.expires_at,
    u.id as user_id, u.name, u.email, u.time_zone,
    (select count(*) from (select 1 as one from inbox i where i.user_id = s.user_id and i.read_at is null limit $5) as told)
        as unread,
    m.role, m.marketplace_id, m.seller_id, m.provider_id, coalesce(p.name, e.name, k.name) as place
from sessions s
join users u on u.id = s.user_id
left join memberships m on m.user_id = u.id
left join marketplaces k on k.id = m.marketplace_id
left join sellers e on e.id = m.seller_id
left join providers p on p.id = m.provider_id
where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3
order by m.created_at, m.id
limit $4";

/// The session with this hash, when it has neither ended nor been idle since `idle_since`.
pub async fn find_seen(
    conn: &mut dyn Conn,
    token_hash: &[u8; 32],
    now: Moment,
    idle_since: Moment,
) -> Result<Option<Seen>, Error> {
    let rows = fetch_packed!(conn, SeenRow, SELECT_SEEN, |query| query
        .bind(token_hash.as_slice())
        .bind(now.0)
        .bind(idle_since.0)
        .bind(MOST_MEMBERSHIPS)
        .bind(MOST_UNREAD))?;
    let memberships = rows.iter().filter_map(|row| row.membership().transpose()).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = rows.into_iter().next() else { return Ok(None) };
    let hat = memberships.iter().find(|membership| membership.key() == first.hat).cloned();
    Ok(Some(Seen {
        session: first.session_id,
        last_seen_at: Moment(first.last_seen_at),
        proved_at: Moment(first.proved_at),
        expires_at: Moment(first.expires_at),
        viewer: Viewer {
            user: UserId(first.user_id),
            name: first.name,
            email: first.email,
            time_zone: first.time_zone,
            memberships,
            hat,
        },
        unread: u32::try_from(first.unread).unwrap_or_default(),
    }))
}

impl SeenRow {
    fn membership(&self) -> Result<Option<Membership>, Error> {
        let (Some(marketplace), Some(role)) = (self.marketplace_id, self.role.as_deref()) else {
            return Ok(None);
        };
        let role = Role::from_code(role).ok_or_else(|| Error::broken("memberships", self.user_id, "unknown role"))?;
        Ok(Some(Membership {
            marketplace: MarketplaceId(marketplace),
            seller: self.seller_id.map(SellerId),
            provider: self.provider_id.map(ProviderId),
            role,
            name: self.place.clone().unwrap_or_default(),
        }))
    }
}

const TOUCH: &str = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";

/// Writes down that a session is in use; one that was revoked meanwhile stays revoked.
pub async fn touch(tx: &mut Tx, id: Uuid, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(TOUCH).bind(id).bind(now.0).execute(c).await)?;
    Ok(())
}

const FIRST_HAT: &str = "select marketplace_id, seller_id, provider_id from memberships
where user_id = $1 order by created_at, id limit 1";

/// The key of the hat that a person puts on at sign-in: the first role they were given, else none.
pub async fn first_hat(conn: &mut dyn Conn, user: UserId) -> Result<String, Error> {
    let first: Option<(Uuid, Option<Uuid>, Option<Uuid>)> =
        read!(conn, _, |c| sqlx::query(FIRST_HAT).bind(user.0).fetch_optional(c).await)?;
    Ok(first.map_or_else(String::new, |(marketplace, seller, provider)| match (provider, seller) {
        (Some(provider), _) => ProviderId(provider).to_string(),
        (None, Some(seller)) => SellerId(seller).to_string(),
        (None, None) => MarketplaceId(marketplace).to_string(),
    }))
}

const PROVE: &str = "update sessions set proved_at = $2 where id = $1";

/// Writes down that the password was typed again.
pub async fn prove(tx: &mut Tx, id: Uuid, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(PROVE).bind(id).bind(now.0).execute(c).await)?;
    Ok(())
}

const RENEW: &str = "update sessions set token_hash = $2, hat = $3, last_seen_at = $4 where id = $1";

/// Gives a session a new token and hat; `false` when it was revoked meanwhile.
pub async fn renew(tx: &mut Tx, id: Uuid, token_hash: &[u8; 32], hat: &str, now: Moment) -> Result<bool, Error> {
    let changed = change!(tx, |c| sqlx::query(RENEW)
        .bind(id)
        .bind(token_hash.as_slice())
        .bind(hat)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(changed == 1)
}

const DELETE: &str = "delete from sessions where id = $1 and user_id = $2";

/// Revokes one session of this person; `false` when there is none such.
pub async fn delete(tx: &mut Tx, user: UserId, id: Uuid) -> Result<bool, Error> {
    let gone = change!(tx, |c| sqlx::query(DELETE).bind(id).bind(user.0).execute(c).await)?;
    Ok(gone == 1)
}

const DELETE_BY_TOKEN: &str = "delete from sessions where token_hash = $1";

/// Ends the session with this hash, if there still is one.
pub async fn delete_by_token(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_BY_TOKEN).bind(token_hash.as_slice()).execute(c).await)
}

const DELETE_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";

/// Revokes every session of this person but one; with an id that is none, all of them.
pub async fn delete_others(tx: &mut Tx, user: UserId, kept: Uuid) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_OTHERS).bind(user.0).bind(kept).execute(c).await)
}

/// A session in the list that its owner sees.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ListedSession {
    /// The id to revoke it by.
    pub id: Uuid,
    /// The browser, in words.
    pub device: String,
    /// The address it came from.
    pub address: String,
    /// When it began.
    pub created_at: i64,
    /// When it was last in use, to five minutes.
    pub last_seen_at: i64,
}

const LIST: &str = "select id, device, address, created_at, last_seen_at from sessions
where user_id = $1 and expires_at > $2 and last_seen_at > $3
order by last_seen_at desc, id desc limit $4";

/// The living sessions of a person, the latest in use first.
pub async fn list(
    conn: &mut dyn Conn,
    user: UserId,
    now: Moment,
    idle_since: Moment,
    limit: i64,
) -> Result<Vec<ListedSession>, Error> {
    read!(conn, ListedSession, |c| sqlx::query(LIST)
        .bind(user.0)
        .bind(now.0)
        .bind(idle_since.0)
        .bind(limit)
        .fetch_all(c)
        .await)
}

const DELETE_ENDED: &str = "delete from sessions where id in
    (select id from sessions where expires_at <= $1 order by expires_at, id limit $2)";

/// Clears away sessions that have ended, a bounded number at a time.
pub async fn delete_ended(tx: &mut Tx, now: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_ENDED).bind(now.0).bind(limit).execute(c).await)
}
