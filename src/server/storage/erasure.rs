//! Taking a person out of all rows that can lose them. Orders, events, ledger and audit name the person's id for ever; what
//! the id leads to is a pseudonym from then on.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{id::UserId, order::Order, time::Moment},
    server::storage::{Conn, Error, Tx, change, lots, on, people::Place, read, values},
};

/// Rows that say something of the person and nothing that somebody else needs. `$1` is their id. A message that waits is
/// not sent any more; those about events stay as rows, without address and text.
const FORGET: [&str; 10] = [
    "delete from sessions where user_id = $1",
    "delete from resets where user_id = $1",
    "delete from memberships where user_id = $1",
    "delete from notification_settings where user_id = $1",
    "delete from saved_views where user_id = $1",
    "delete from inbox where user_id = $1",
    "delete from recipients where order_id in (select id from orders where buyer_id = $1)",
    "delete from messages where event_seq is null and recipient_user = $1",
    "update messages set to_address = '', payload = '{}', provider_ref = '',
    last_error = case when state = 'pending' then 'this person was erased' else '' end,
    state = case when state = 'pending' then 'muted' else state end
where parent_id is not null and recipient_user = $1",
    // What is sent again is written anew, with the pseudonym.
    "update webhook_deliveries set body = null
where body is not null and order_id in (select id from orders where buyer_id = $1)",
];

/// Forgets what is kept under the person's id.
pub async fn forget(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    for statement in FORGET {
        change!(tx, |c| sqlx::query(statement).bind(user.0).execute(c).await)?;
    }
    Ok(())
}

/// Rows that know the person by an address or number alone, `$1`.
const FORGET_ADDRESS: [&str; 4] = [
    "delete from signups where email = $1",
    "delete from invitations where email = $1",
    "update projects set customer_email = '', customer_phone = ''
where (lower(customer_email) = lower($1) or customer_phone = $1) and $1 <> ''",
    "delete from messages where event_seq is null and to_address = $1 and to_address <> ''",
];

/// Forgets what is kept under an address or number.
pub async fn forget_address(tx: &mut Tx, address: &str) -> Result<(), Error> {
    for statement in FORGET_ADDRESS {
        change!(tx, |c| sqlx::query(statement).bind(address).execute(c).await)?;
    }
    Ok(())
}

const DELETE_FILES: &str = "delete from files
where uploaded_by = $1 or order_id in (select id from orders where buyer_id = $1)";

/// Deletes the pictures that the person brought, and those of the orders that they bought; gives how many those were. The
/// events that name them stay.
pub async fn delete_files(tx: &mut Tx, user: UserId) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_FILES).bind(user.0).execute(c).await)
}

const REVOKE_KEYS: &str = "update api_keys set revoked_at = $2 where created_by = $1 and revoked_at is null";

/// Lets nobody in any more with a key that the person made.
pub async fn revoke_keys(tx: &mut Tx, user: UserId, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(REVOKE_KEYS).bind(user.0).bind(now.0).execute(c).await)?;
    Ok(())
}

const PSEUDONYMISE: &str = "update users set email = $2, name = $3, phone = '', password_hash = '', time_zone = 'UTC',
    locale = 'en', quiet_from = 0, quiet_to = 0, erased_at = $4, updated_at = $4 where id = $1";

/// Puts a pseudonym in the place of a person, who cannot sign in any more.
pub async fn pseudonymise(tx: &mut Tx, user: UserId, email: &str, name: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(PSEUDONYMISE).bind(user.0).bind(email).bind(name).bind(now.0).execute(c).await)?;
    Ok(())
}

const COUNT_OPEN: &str = "select count(*) from orders where buyer_id = $1 and stage <> 'done'";

/// How many orders of a buyer are not over.
pub async fn count_open_orders(conn: &mut dyn Conn, user: UserId) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar(COUNT_OPEN).bind(user.0).fetch_one(c).await)
}

const LIST_ORDERS: &str = "select id, state from orders where buyer_id = $1 and id > $2 order by id limit $3";

/// The orders of a buyer after this one.
pub async fn list_orders(conn: &mut dyn Conn, user: UserId, after: Uuid, limit: i64) -> Result<Vec<Order>, Error> {
    let rows: Vec<(Uuid, String)> =
        read!(conn, _, |c| sqlx::query(LIST_ORDERS).bind(user.0).bind(after).bind(limit).fetch_all(c).await)?;
    let read =
        |(id, state): (Uuid, String)| serde_json::from_str(&state).map_err(|error| Error::broken("orders", id, error));
    rows.into_iter().map(read).collect()
}

const LIST_TERMS: &str = "select term from order_terms where order_id = $1 order by term limit $2";
/// More words than any order is found by over its whole life.
const MOST_TERMS: i64 = 10_000;

/// Takes away all words by which an order is found, but these.
pub async fn keep_terms(tx: &mut Tx, order: &Order, keep: &BTreeSet<String>) -> Result<(), Error> {
    let known: Vec<String> =
        on!(tx, |c| sqlx::query_scalar(LIST_TERMS).bind(order.id.0).bind(MOST_TERMS).fetch_all(c).await)?;
    let gone: Vec<String> = known.into_iter().filter(|term| !keep.contains(term)).collect();
    for lot in lots(&gone) {
        let last = lot.len() + 1;
        let text =
            format!("delete from order_terms where term in (values {}) and order_id = ${last}", values(lot.len(), 1));
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for term in lot {
                query = query.bind(term.as_str());
            }
            query.bind(order.id.0).execute(c).await
        })?;
    }
    Ok(())
}

#[derive(holdfast_macros::Row)]
struct PlaceRow {
    marketplace_id: Uuid,
    seller_id: Option<Uuid>,
    provider_id: Option<Uuid>,
    role: String,
}

const LIST_PLACES: &str =
    "select marketplace_id, seller_id, provider_id, role from memberships where user_id = $1 order by id limit $2";
/// More places than anybody works at.
const MOST_PLACES: i64 = 1_000;

/// Where a person has a role, and which.
pub async fn list_places(conn: &mut dyn Conn, user: UserId) -> Result<Vec<Place>, Error> {
    use crate::domain::{
        access::Role,
        id::{MarketplaceId, ProviderId, SellerId},
    };
    let rows = read!(conn, PlaceRow, |c| sqlx::query(LIST_PLACES).bind(user.0).bind(MOST_PLACES).fetch_all(c).await)?;
    let place = |row: PlaceRow| {
        let role = Role::from_code(&row.role).ok_or_else(|| Error::broken("memberships", user, "unknown role"))?;
        Ok(Place {
            marketplace: MarketplaceId(row.marketplace_id),
            seller: row.seller_id.map(SellerId),
            provider: row.provider_id.map(ProviderId),
            role,
        })
    };
    rows.into_iter().map(place).collect()
}
