//! What persons are told of in the program itself: one row a person and event, filled in the transaction of the event.

use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, OrderId, ProviderId, SellerId, UserId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// An event that persons are told of.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The order.
    pub order: OrderId,
    /// The number of the event on its timeline.
    pub seq: u32,
    /// When it happened.
    pub at: Moment,
    /// Who did it and knows it already; the nil id when no person did.
    pub by: Uuid,
}

const TELL_PERSON: &str = "insert into inbox (user_id, order_id, event_seq, hat, at) values ($1, $2, $3, '', $4)
on conflict do nothing";

/// Tells one person, as the buyer that they are.
pub async fn tell_person(tx: &mut Tx, told: &Told, person: UserId) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(TELL_PERSON)
        .bind(person.0)
        .bind(told.order.0)
        .bind(i64::from(told.seq))
        .bind(told.at.0)
        .execute(c)
        .await)?;
    Ok(())
}

const TELL_SELLER: &str = "insert into inbox (user_id, order_id, event_seq, hat, at)
select user_id, $1, $2, $3, $4 from memberships where marketplace_id = $5 and user_id <> $6 and seller_id = $7
on conflict do nothing";

/// Tells everybody on a seller's staff.
pub async fn tell_seller(tx: &mut Tx, told: &Told, marketplace: MarketplaceId, seller: SellerId) -> Result<(), Error> {
    tell_staff(tx, TELL_SELLER, told, (marketplace, &seller.to_string()), seller.0).await
}

const TELL_PROVIDER: &str = "insert into inbox (user_id, order_id, event_seq, hat, at)
select user_id, $1, $2, $3, $4 from memberships where marketplace_id = $5 and user_id <> $6 and provider_id = $7
on conflict do nothing";

/// Tells everybody who delivers for a provider.
pub async fn tell_provider(
    tx: &mut Tx,
    told: &Told,
    marketplace: MarketplaceId,
    provider: ProviderId,
) -> Result<(), Error> {
    tell_staff(tx, TELL_PROVIDER, told, (marketplace, &provider.to_string()), provider.0).await
}

async fn tell_staff(
    tx: &mut Tx,
    query: &'static str,
    told: &Told,
    (marketplace, hat): (MarketplaceId, &str),
    place: Uuid,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(query)
        .bind(told.order.0)
        .bind(i64::from(told.seq))
        .bind(hat)
        .bind(told.at.0)
        .bind(marketplace.0)
        .bind(told.by)
        .bind(place)
        .execute(c)
        .await)?;
    Ok(())
}

const TELL_OPERATORS: &str = "insert into inbox (user_id, order_id, event_seq, hat, at)
select user_id, $1, $2, $3, $4 from memberships
where marketplace_id = $5 and user_id <> $6 and seller_id is null and provider_id is null and role in ('admin', $7)
on conflict do nothing";

/// Tells the marketplace's administrators, and those of its staff who have this role.
pub async fn tell_operators(
    tx: &mut Tx,
    told: &Told,
    marketplace: MarketplaceId,
    role: &'static str,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(TELL_OPERATORS)
        .bind(told.order.0)
        .bind(i64::from(told.seq))
        .bind(marketplace.to_string())
        .bind(told.at.0)
        .bind(marketplace.0)
        .bind(told.by)
        .bind(role)
        .execute(c)
        .await)?;
    Ok(())
}

/// What a person was told, with what the words are made of.
#[derive(Clone, Debug, holdfast_macros::Row)]
pub struct InboxRow {
    /// The order.
    pub order_id: Uuid,
    /// The number of the event.
    pub event_seq: i64,
    /// The key of the hat under which the order is seen.
    pub hat: String,
    /// When it happened.
    pub at: i64,
    /// When it was looked at.
    pub read_at: Option<i64>,
    /// The event, as JSON.
    pub body: String,
    /// The order as it is now, as JSON.
    pub state: String,
}

const LIST: &str = "select i.order_id, i.event_seq, i.hat, i.at, i.read_at, e.body, o.state
from inbox i
join events e on e.order_id = i.order_id and e.seq = i.event_seq
join orders o on o.id = i.order_id
where i.user_id = $1
order by i.at desc, i.order_id desc, i.event_seq desc limit $2";

/// What a person was told last, the newest first.
pub async fn list(conn: &mut dyn Conn, user: UserId, limit: i64) -> Result<Vec<InboxRow>, Error> {
    read!(conn, InboxRow, |c| sqlx::query(LIST).bind(user.0).bind(limit).fetch_all(c).await)
}

const COUNT_UNREAD: &str =
    "select count(*) from (select 1 as one from inbox where user_id = $1 and read_at is null limit $2) as unread";

/// How many of them a person has not looked at, at most `limit`.
pub async fn count_unread(conn: &mut dyn Conn, user: UserId, limit: i64) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar::<_, i64>(COUNT_UNREAD).bind(user.0).bind(limit).fetch_one(c).await)
}

const READ_ORDER: &str = "update inbox set read_at = $3
where user_id = $1 and read_at is null and order_id = (select id from orders where reference = $2)";

/// Marks all that a person was told of an order as looked at.
pub async fn read_order(tx: &mut Tx, user: UserId, reference: &str, now: Moment) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(READ_ORDER).bind(user.0).bind(reference).bind(now.0).execute(c).await)
}

const READ_ALL: &str = "update inbox set read_at = $2 where user_id = $1 and read_at is null";

/// Marks everything that a person was told as looked at.
pub async fn read_all(tx: &mut Tx, user: UserId, now: Moment) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(READ_ALL).bind(user.0).bind(now.0).execute(c).await)
}

const DELETE_BEFORE: &str = "delete from inbox where (user_id, order_id, event_seq) in
    (select user_id, order_id, event_seq from inbox where at < $1 order by at, user_id limit $2)";

/// Clears away what was told long ago, a bounded number at a time.
pub async fn delete_before(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_BEFORE).bind(before.0).bind(limit).execute(c).await)
}
