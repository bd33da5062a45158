//! Codes with which buyers answer by link, and links for delivery persons; neither code nor token stands in a row.

use uuid::Uuid;

use crate::{
    domain::{
        id::{OrderId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, read},
};

/// How many wrong codes end a code.
pub const MOST_ATTEMPTS: i64 = 5;

const INSERT_CODE: &str =
    "insert into answer_codes (id, order_id, event_seq, created_at, expires_at) values ($1, $2, $3, $4, $5)";

/// Keeps a code until it is used; `event_seq` is the event whose message bears it.
pub async fn insert_code(
    tx: &mut Tx,
    id: Uuid,
    order: OrderId,
    event_seq: Option<i64>,
    now: Moment,
    expires_at: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_CODE)
        .bind(id)
        .bind(order.0)
        .bind(event_seq)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// A code that was tried.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct CodeRow {
    /// From which its digits follow.
    pub id: Uuid,
    /// How often a code was tried while it could be used.
    pub attempts: i64,
    /// When it was used; 0 before.
    pub used_at: i64,
}

const TRY_CODES: &str = "update answer_codes set attempts = attempts + 1
where order_id = $1 and used_at = 0 and expires_at > $2 and attempts < $3 returning id, attempts, used_at";

/// Counts a try against each code of the order that can still be used, and gives those.
pub async fn try_codes(tx: &mut Tx, order: OrderId, now: Moment) -> Result<Vec<CodeRow>, Error> {
    read!(tx, CodeRow, |c| sqlx::query(TRY_CODES).bind(order.0).bind(now.0).bind(MOST_ATTEMPTS).fetch_all(c).await)
}

const LIST_CODES: &str = "select id, attempts, used_at from answer_codes
where order_id = $1 order by created_at desc, id desc limit $2";

/// The newest codes of an order, whatever became of them.
pub async fn list_codes(conn: &mut dyn Conn, order: OrderId, limit: i64) -> Result<Vec<CodeRow>, Error> {
    read!(conn, CodeRow, |c| sqlx::query(LIST_CODES).bind(order.0).bind(limit).fetch_all(c).await)
}

const USE_CODE: &str = "update answer_codes set used_at = $2 where id = $1 and used_at = 0";

/// Marks a code as used; `false` when somebody was faster.
pub async fn use_code(tx: &mut Tx, id: Uuid, now: Moment) -> Result<bool, Error> {
    let used = change!(tx, |c| sqlx::query(USE_CODE).bind(id).bind(now.0).execute(c).await)?;
    Ok(used == 1)
}

/// A link for a delivery person.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct CourierLinkRow {
    /// From which its token follows.
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The delivery's number.
    pub delivery: i64,
    /// How many attempts there were at that delivery when it was made.
    pub attempt: i64,
    /// Until when it opens anything.
    pub expires_at: i64,
    /// When another took its place; 0 before.
    pub revoked_at: i64,
}

impl CourierLinkRow {
    /// Which order.
    pub const fn order(&self) -> OrderId {
        OrderId(self.order_id)
    }

    /// Until when it opens anything.
    pub const fn expires_at(&self) -> Moment {
        Moment(self.expires_at)
    }

    /// The delivery's number, as orders have it.
    pub fn delivery(&self) -> u16 {
        u16::try_from(self.delivery).unwrap_or_default()
    }
}

const INSERT_LINK: &str = "insert into courier_links (id, order_id, delivery, attempt, made_by, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)";
const REVOKE_LINKS: &str =
    "update courier_links set revoked_at = $3 where order_id = $1 and delivery = $2 and revoked_at = 0";

/// Keeps a new link for an attempt at a delivery; those before it open nothing any more.
pub async fn replace_link(
    tx: &mut Tx,
    id: Uuid,
    order: OrderId,
    (delivery, attempt): (u16, u8),
    made_by: UserId,
    (now, expires_at): (Moment, Moment),
) -> Result<(), Error> {
    revoke_links(tx, order, delivery, now).await?;
    change!(tx, |c| sqlx::query(INSERT_LINK)
        .bind(id)
        .bind(order.0)
        .bind(i64::from(delivery))
        .bind(i64::from(attempt))
        .bind(made_by.0)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// Takes away the links of a delivery; `false` when there was none.
pub async fn revoke_links(tx: &mut Tx, order: OrderId, delivery: u16, now: Moment) -> Result<bool, Error> {
    let revoked = change!(tx, |c| sqlx::query(REVOKE_LINKS)
        .bind(order.0)
        .bind(i64::from(delivery))
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(revoked > 0)
}

const SELECT_LINK: &str =
    "select id, order_id, delivery, attempt, expires_at, revoked_at from courier_links where id = $1";

/// The link with this id.
pub async fn find_link(conn: &mut dyn Conn, id: Uuid) -> Result<Option<CourierLinkRow>, Error> {
    read!(conn, CourierLinkRow, |c| sqlx::query(SELECT_LINK).bind(id).fetch_optional(c).await)
}

/// The most links that one look at an order shows: one a delivery.
const MOST_LINKS: i64 = 100;

const LIST_LINKS: &str = "select id, order_id, delivery, attempt, expires_at, revoked_at from courier_links
where order_id = $1 and revoked_at = 0 and expires_at > $2 order by delivery, created_at, id limit $3";

/// The links of an order that were not replaced and have not ended.
pub async fn list_links(conn: &mut dyn Conn, order: OrderId, now: Moment) -> Result<Vec<CourierLinkRow>, Error> {
    read!(conn, CourierLinkRow, |c| sqlx::query(LIST_LINKS)
        .bind(order.0)
        .bind(now.0)
        .bind(MOST_LINKS)
        .fetch_all(c)
        .await)
}

const SWEEP: [&str; 2] = [
    "delete from answer_codes where id in
        (select id from answer_codes where expires_at <= $1 order by expires_at, id limit $2)",
    "delete from courier_links where id in
        (select id from courier_links where expires_at <= $1 order by expires_at, id limit $2)",
];

/// Clears away codes and links that have been over since `before`; at most `limit` of each.
pub async fn sweep(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    let mut gone = 0;
    for text in SWEEP {
        gone += change!(tx, |c| sqlx::query(text).bind(before.0).bind(limit).execute(c).await)?;
    }
    Ok(gone)
}
