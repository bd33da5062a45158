//! What stands behind mailed links until they are used: sign-ups, new passwords and invitations; and attempts counted.

use uuid::Uuid;

use crate::{
    domain::{
        access::Role,
        id::{InvitationId, MarketplaceId, ProviderId, SellerId, UserId},
        text::Email,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, people::Place, read},
};

/// An address that asked to sign up.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct SignupRow {
    /// Which.
    pub id: Uuid,
    /// The address.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// The name of the marketplace to found, or nothing for a buyer.
    pub marketplace_name: String,
    /// That marketplace's currency, or nothing.
    pub currency: String,
}

const INSERT_SIGNUP: &str = "insert into signups
    (id, email, name, time_zone, marketplace_name, currency, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Keeps a sign-up until its link is opened.
pub async fn insert_signup(tx: &mut Tx, signup: &SignupRow, now: Moment, expires_at: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_SIGNUP)
        .bind(signup.id)
        .bind(&signup.email)
        .bind(&signup.name)
        .bind(&signup.time_zone)
        .bind(&signup.marketplace_name)
        .bind(&signup.currency)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

const SELECT_SIGNUP: &str = "select id, email, name, time_zone, marketplace_name, currency from signups
where id = $1 and used_at = 0 and expires_at > $2";

/// The sign-up with this id, unless it was used or has expired.
pub async fn find_signup(conn: &mut dyn Conn, id: Uuid, now: Moment) -> Result<Option<SignupRow>, Error> {
    read!(conn, SignupRow, |c| sqlx::query(SELECT_SIGNUP).bind(id).bind(now.0).fetch_optional(c).await)
}

const USE_SIGNUP: &str = "update signups set used_at = $2 where id = $1 and used_at = 0 and expires_at > $2";

/// Marks a sign-up as used; `false` when somebody was faster or it has expired.
pub async fn use_signup(tx: &mut Tx, id: Uuid, now: Moment) -> Result<bool, Error> {
    let used = change!(tx, |c| sqlx::query(USE_SIGNUP).bind(id).bind(now.0).execute(c).await)?;
    Ok(used == 1)
}

const INSERT_RESET: &str = "insert into resets (id, user_id, created_at, expires_at) values ($1, $2, $3, $4)";

/// Keeps a request for a new password until its link is opened.
pub async fn insert_reset(tx: &mut Tx, id: Uuid, user: UserId, now: Moment, expires_at: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_RESET).bind(id).bind(user.0).bind(now.0).bind(expires_at.0).execute(c).await)?;
    Ok(())
}

const SELECT_RESET: &str = "select user_id from resets where id = $1 and used_at = 0 and expires_at > $2";

/// Whose password this link may set, unless it was used or has expired.
pub async fn find_reset(conn: &mut dyn Conn, id: Uuid, now: Moment) -> Result<Option<UserId>, Error> {
    let user: Option<Uuid> =
        on!(conn, |c| sqlx::query_scalar(SELECT_RESET).bind(id).bind(now.0).fetch_optional(c).await)?;
    Ok(user.map(UserId))
}

const USE_RESETS: &str = "update resets set used_at = $2 where user_id = $1 and used_at = 0";

/// Marks every open link of this person as used: once the password is set, none of them sets it again.
pub async fn use_resets(tx: &mut Tx, user: UserId, now: Moment) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(USE_RESETS).bind(user.0).bind(now.0).execute(c).await)
}

/// An invitation to join a staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Where to, and as what.
    pub place: Place,
    /// The name of the marketplace, seller or provider.
    pub place_name: String,
    /// Whom it was mailed to.
    pub email: String,
    /// The name of whoever sent it.
    pub invited_by: String,
    /// Until when it can be accepted.
    pub expires_at: Moment,
}

#[derive(holdfast_macros::Row)]
struct InvitationRow {
    id: Uuid,
    marketplace_id: Uuid,
    seller_id: Option<Uuid>,
    provider_id: Option<Uuid>,
    role: String,
    email: String,
    expires_at: i64,
    place_name: String,
    invited_by: String,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Error;

    fn try_from(row: InvitationRow) -> Result<Self, Error> {
        let role = Role::from_code(&row.role).ok_or_else(|| Error::broken("invitations", row.id, "unknown role"))?;
        Ok(Self {
            id: InvitationId(row.id),
            place: Place {
                marketplace: MarketplaceId(row.marketplace_id),
                seller: row.seller_id.map(SellerId),
                provider: row.provider_id.map(ProviderId),
                role,
            },
            place_name: row.place_name,
            email: row.email,
            invited_by: row.invited_by,
            expires_at: Moment(row.expires_at),
        })
    }
}

const INSERT_INVITATION: &str = "insert into invitations
    (id, marketplace_id, seller_id, provider_id, role, email, invited_by, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Keeps an invitation until it is accepted.
pub async fn insert_invitation(
    tx: &mut Tx,
    id: InvitationId,
    place: &Place,
    email: &Email,
    invited_by: UserId,
    now: Moment,
    expires_at: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_INVITATION)
        .bind(id.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(place.role.code())
        .bind(email.as_str())
        .bind(invited_by.0)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

const SELECT_INVITATION: &str =
    "select i.id, i.marketplace_id, i.seller_id, i.provider_id, i.role, i.email, i.expires_at,
    coalesce(p.name, s.name, m.name) as place_name, u.name as invited_by
from invitations i
join marketplaces m on m.id = i.marketplace_id
join users u on u.id = i.invited_by
left join sellers s on s.id = i.seller_id
left join providers p on p.id = i.provider_id
where i.id = $1 and i.used_at = 0 and i.expires_at > $2";

/// The invitation with this id, unless it was accepted, withdrawn or has expired.
pub async fn find_invitation(conn: &mut dyn Conn, id: InvitationId, now: Moment) -> Result<Option<Invitation>, Error> {
    let row =
        read!(conn, InvitationRow, |c| sqlx::query(SELECT_INVITATION).bind(id.0).bind(now.0).fetch_optional(c).await)?;
    row.map(Invitation::try_from).transpose()
}

const LIST_INVITATIONS: &str =
    "select i.id, i.marketplace_id, i.seller_id, i.provider_id, i.role, i.email, i.expires_at,
    coalesce(p.name, s.name, m.name) as place_name, u.name as invited_by
from invitations i
join marketplaces m on m.id = i.marketplace_id
join users u on u.id = i.invited_by
left join sellers s on s.id = i.seller_id
left join providers p on p.id = i.provider_id
where i.marketplace_id = $1 and i.seller_id is not distinct from $2 and i.provider_id is not distinct from $3
    and i.used_at = 0 and i.expires_at > $4
order by i.created_at desc, i.id desc limit $5";

/// The open invitations to one place, the latest first.
pub async fn list_invitations(
    conn: &mut dyn Conn,
    place: &Place,
    now: Moment,
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    let rows = read!(conn, InvitationRow, |c| sqlx::query(LIST_INVITATIONS)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(now.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(Invitation::try_from).collect()
}

const USE_INVITATION: &str = "update invitations set used_at = $2 where id = $1 and used_at = 0 and expires_at > $2";

/// Marks an invitation as accepted; `false` when it was accepted or withdrawn before, or has expired.
pub async fn use_invitation(tx: &mut Tx, id: InvitationId, now: Moment) -> Result<bool, Error> {
    let used = change!(tx, |c| sqlx::query(USE_INVITATION).bind(id.0).bind(now.0).execute(c).await)?;
    Ok(used == 1)
}

const WITHDRAW_INVITATION: &str = "update invitations set used_at = $5
where id = $1 and marketplace_id = $2 and seller_id is not distinct from $3 and provider_id is not distinct from $4
    and used_at = 0";

/// Takes an invitation to this place back; `false` when there is no open one.
pub async fn withdraw_invitation(tx: &mut Tx, id: InvitationId, place: &Place, now: Moment) -> Result<bool, Error> {
    let gone = change!(tx, |c| sqlx::query(WITHDRAW_INVITATION)
        .bind(id.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(gone == 1)
}

const WITHDRAW_ALL: &str = "update invitations set used_at = $5
where invited_by = $1 and marketplace_id = $2 and used_at = 0
    and (seller_id is not distinct from $3 or $6 = 1) and (provider_id is not distinct from $4 or $6 = 1)";

/// Takes back all open invitations that this person sent for a place; for all places of a marketplace, when it is the
/// marketplace's own.
pub async fn withdraw_all(tx: &mut Tx, by: UserId, place: &Place, now: Moment) -> Result<(), Error> {
    let everywhere = i64::from(place.seller.is_none() && place.provider.is_none());
    change!(tx, |c| sqlx::query(WITHDRAW_ALL)
        .bind(by.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(place.provider.map(|provider| provider.0))
        .bind(now.0)
        .bind(everywhere)
        .execute(c)
        .await)?;
    Ok(())
}

const COUNT_ATTEMPT: &str = "insert into throttle (key, window_start, count) values ($1, $2, 1)
on conflict (key) do update set
    count = case when throttle.window_start <= $3 then 1 else throttle.count + 1 end,
    window_start = case when throttle.window_start <= $3 then excluded.window_start else throttle.window_start end
returning count";

/// Counts one more attempt under this key and gives how many there were in the window that began after `since`.
pub async fn count_attempt(tx: &mut Tx, key: &str, now: Moment, since: Moment) -> Result<i64, Error> {
    on!(tx, |c| sqlx::query_scalar(COUNT_ATTEMPT).bind(key).bind(now.0).bind(since.0).fetch_one(c).await)
}

const FORGIVE_ATTEMPT: &str = "update throttle set count = count - 1 where key = $1 and count > 0";

/// Takes one attempt back: it succeeded.
pub async fn forgive_attempt(tx: &mut Tx, key: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(FORGIVE_ATTEMPT).bind(key).execute(c).await)?;
    Ok(())
}

const CLEAR_ATTEMPTS: &str = "delete from throttle where key = $1";

/// Forgets the attempts under this key.
pub async fn clear_attempts(tx: &mut Tx, key: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(CLEAR_ATTEMPTS).bind(key).execute(c).await)?;
    Ok(())
}

const SWEEP: [&str; 4] = [
    "delete from signups where id in (select id from signups where expires_at <= $1 order by expires_at, id limit $2)",
    "delete from resets where id in (select id from resets where expires_at <= $1 order by expires_at, id limit $2)",
    "delete from invitations where id in
        (select id from invitations where expires_at <= $1 order by expires_at, id limit $2)",
    "delete from throttle where key in
        (select key from throttle where window_start <= $1 order by window_start, key limit $2)",
];

/// Clears away links that have been over since `before`, and attempts that were counted before it; at most `limit` of each.
pub async fn sweep(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    let mut gone = 0;
    for text in SWEEP {
        gone += change!(tx, |c| sqlx::query(text).bind(before.0).bind(limit).execute(c).await)?;
    }
    Ok(gone)
}
