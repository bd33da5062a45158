//! Persons: who can sign in, and who was named as a buyer and has not yet.

use uuid::Uuid;

use crate::{
    domain::{
        id::UserId,
        text::{DisplayName, Email, Phone},
        time::Moment,
        words::Language,
    },
    server::storage::{Conn, Error, Tx, change, read},
};

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct UserRow {
    /// Who.
    pub id: Uuid,
    /// The address, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// The phone number in E.164, or nothing.
    pub phone: String,
    /// An argon2id hash, or nothing for a person who has no account yet.
    pub password_hash: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}

impl UserRow {
    /// The person's id.
    pub const fn user(&self) -> UserId {
        UserId(self.id)
    }

    /// Whether the person can sign in; else somebody only named the address.
    pub const fn has_account(&self) -> bool {
        !self.password_hash.is_empty()
    }
}

const SELECT_BY_ID: &str = "select id, email, name, phone, password_hash, time_zone from users where id = $1";

/// The person with this id.
pub async fn find(conn: &mut dyn Conn, id: UserId) -> Result<Option<UserRow>, Error> {
    read!(conn, UserRow, |c| sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(c).await)
}

const SELECT_BY_EMAIL: &str = "select id, email, name, phone, password_hash, time_zone from users where email = $1";

/// The person with this address.
pub async fn find_by_email(conn: &mut dyn Conn, email: &Email) -> Result<Option<UserRow>, Error> {
    read!(conn, UserRow, |c| sqlx::query(SELECT_BY_EMAIL).bind(email.as_str()).fetch_optional(c).await)
}

/// What a new person begins with.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The id.
    pub id: UserId,
    /// The address.
    pub email: &'a Email,
    /// The name.
    pub name: &'a DisplayName,
    /// The phone number, when known.
    pub phone: Option<&'a Phone>,
    /// The password's hash; empty until the person has an account.
    pub password_hash: &'a str,
    /// IANA name of the time zone.
    pub time_zone: &'a str,
    /// In which they are written to, until they choose.
    pub language: Language,
}

const INSERT: &str =
    "insert into users (id, email, name, phone, password_hash, time_zone, locale, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
on conflict (email) do nothing";

/// Adds a person; `false` when somebody has that address already.
pub async fn insert(tx: &mut Tx, user: &NewUser<'_>, now: Moment) -> Result<bool, Error> {
    let added = change!(tx, |c| sqlx::query(INSERT)
        .bind(user.id.0)
        .bind(user.email.as_str())
        .bind(user.name.as_str())
        .bind(user.phone.map_or("", Phone::as_str))
        .bind(user.password_hash)
        .bind(user.time_zone)
        .bind(user.language.code())
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(added == 1)
}

/// The person with this address, added without an account when unknown. An order's buyer is found or made by this; what
/// somebody else typed never changes a person who is there.
pub async fn ensure(tx: &mut Tx, user: &NewUser<'_>, now: Moment) -> Result<UserId, Error> {
    if let Some(known) = find_by_email(tx, user.email).await? {
        return Ok(known.user());
    }
    if insert(tx, user, now).await? {
        return Ok(user.id);
    }
    let known = find_by_email(tx, user.email).await?;
    known.map(|row| row.user()).ok_or_else(|| Error::broken("users", user.email, "was there and is gone"))
}

const OPEN: &str = "update users set name = $2, phone = '', password_hash = $3, time_zone = $4, updated_at = $5
where id = $1 and password_hash = ''";

/// Makes an account of a person who was only named so far; they say themselves how else they are reached.
pub async fn open(
    tx: &mut Tx,
    id: UserId,
    name: &DisplayName,
    hash: &str,
    time_zone: &str,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(OPEN)
        .bind(id.0)
        .bind(name.as_str())
        .bind(hash)
        .bind(time_zone)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const UPDATE_PASSWORD: &str = "update users set password_hash = $2, updated_at = $3 where id = $1";

/// Sets the hash of a new password.
pub async fn update_password(tx: &mut Tx, id: UserId, hash: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_PASSWORD).bind(id.0).bind(hash).bind(now.0).execute(c).await)?;
    Ok(())
}

const REPLACE_HASH: &str = "update users set password_hash = $3, updated_at = $4 where id = $1 and password_hash = $2";

/// Replaces the hash of an unchanged password by a stronger one, unless the password was changed meanwhile.
pub async fn replace_hash(tx: &mut Tx, id: UserId, old: &str, new: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(REPLACE_HASH).bind(id.0).bind(old).bind(new).bind(now.0).execute(c).await)?;
    Ok(())
}

const UPDATE_PROFILE: &str = "update users set name = $2, phone = $3, time_zone = $4, updated_at = $5 where id = $1";

/// Changes what a person says about themselves.
pub async fn update_profile(
    tx: &mut Tx,
    id: UserId,
    name: &DisplayName,
    phone: Option<&Phone>,
    time_zone: &str,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_PROFILE)
        .bind(id.0)
        .bind(name.as_str())
        .bind(phone.map_or("", Phone::as_str))
        .bind(time_zone)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A person in a list at the command line.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ListedUser {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// How many roles the person has.
    pub roles: i64,
    /// 1 when the person can sign in.
    pub has_account: i64,
}

const LIST: &str = "select u.email, u.name,
    (select count(*) from memberships m where m.user_id = u.id) as roles,
    cast(case when u.password_hash = '' then 0 else 1 end as bigint) as has_account
from users u where u.email > $1 order by u.email limit $2";

/// The persons whose addresses come after this one.
pub async fn list(conn: &mut dyn Conn, after: &str, limit: i64) -> Result<Vec<ListedUser>, Error> {
    read!(conn, ListedUser, |c| sqlx::query(LIST).bind(after).bind(limit).fetch_all(c).await)
}
