//! What only bulk work asks of the database: persons by the hundred, and the orders that an import refused.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, UserId},
        text::{DisplayName, Email},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, lots, read, values},
};

/// A person whom an order names, with the id to have when the address is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPerson {
    /// The id.
    pub id: UserId,
    /// The address.
    pub email: Email,
    /// The name.
    pub name: DisplayName,
}

#[derive(holdfast_macros::Row)]
struct Known {
    email: String,
    id: Uuid,
}

/// The persons with these addresses, added without an account where they are unknown; nobody who is there is changed.
pub async fn ensure_persons(
    tx: &mut Tx,
    persons: &[NamedPerson],
    time_zone: &str,
    now: Moment,
) -> Result<HashMap<String, UserId>, Error> {
    let mut known = HashMap::with_capacity(persons.len());
    for lot in lots(persons) {
        let text = format!(
            "insert into users (id, email, name, time_zone, created_at, updated_at) values {} on conflict (email) do nothing",
            values(lot.len(), 6)
        );
        change!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for person in lot {
                query = query
                    .bind(person.id.0)
                    .bind(person.email.as_str())
                    .bind(person.name.as_str())
                    .bind(time_zone)
                    .bind(now.0)
                    .bind(now.0);
            }
            query.execute(c).await
        })?;
        let text = format!("select email, id from users where email in {}", values(1, lot.len()));
        let rows = read!(tx, Known, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for person in lot {
                query = query.bind(person.email.as_str());
            }
            query.fetch_all(c).await
        })?;
        known.extend(rows.into_iter().map(|row| (row.email, UserId(row.id))));
    }
    Ok(known)
}

/// An order that an import refused.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct RefusalRow {
    /// The shop's number for it.
    pub external_ref: String,
    /// Why, as a stable code.
    pub reason: String,
    /// What exactly.
    pub detail: String,
}

const SELECT_REFUSAL: &str = "select external_ref, reason, detail from import_refusals
where marketplace_id = $1 and channel = $2 and external_ref = $3";

/// What was said when this order was refused, if it was.
pub async fn find_refusal(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    channel: &str,
    external_ref: &str,
) -> Result<Option<RefusalRow>, Error> {
    read!(conn, RefusalRow, |c| sqlx::query(SELECT_REFUSAL)
        .bind(marketplace.0)
        .bind(channel)
        .bind(external_ref)
        .fetch_optional(c)
        .await)
}

const INSERT_REFUSAL: &str = "insert into import_refusals (marketplace_id, channel, external_ref, reason, detail, at)
values ($1, $2, $3, $4, $5, $6)";

/// Writes down that an order is refused, so that it is not tried again.
pub async fn insert_refusal(
    tx: &mut Tx,
    marketplace: MarketplaceId,
    channel: &str,
    refusal: &RefusalRow,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_REFUSAL)
        .bind(marketplace.0)
        .bind(channel)
        .bind(&refusal.external_ref)
        .bind(&refusal.reason)
        .bind(&refusal.detail)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}
