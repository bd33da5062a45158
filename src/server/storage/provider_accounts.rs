//! Bank accounts of providers, as partners sent them.

use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, ProviderId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// An account as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct AccountRow {
    /// Whose.
    pub provider_id: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// The bank's code.
    pub bank_code: String,
    /// The number under which interbank transfers know the bank.
    pub nip_code: String,
    /// The bank's name.
    pub bank_name: String,
    /// In whose name it is.
    pub account_name: String,
    /// Its number, sealed.
    pub sealed: Vec<u8>,
    /// How whoever holds it is reached.
    pub email: String,
    /// What the partner calls it.
    pub external_id: String,
}

const LIST: &str =
    "select provider_id, currency, bank_code, nip_code, bank_name, account_name, sealed, email, external_id
from provider_accounts where marketplace_id = $1 order by provider_id limit $2";

/// The accounts of a marketplace's providers.
pub async fn list(conn: &mut dyn Conn, marketplace: MarketplaceId, limit: i64) -> Result<Vec<AccountRow>, Error> {
    read!(conn, AccountRow, |c| sqlx::query(LIST).bind(marketplace.0).bind(limit).fetch_all(c).await)
}

const INSERT: &str =
    "insert into provider_accounts (provider_id, marketplace_id, currency, bank_code, nip_code, bank_name,
    account_name, sealed, email, external_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Adds the account of a provider.
pub async fn insert(tx: &mut Tx, marketplace: MarketplaceId, account: &AccountRow, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(account.provider_id)
        .bind(marketplace.0)
        .bind(&account.currency)
        .bind(&account.bank_code)
        .bind(&account.nip_code)
        .bind(&account.bank_name)
        .bind(&account.account_name)
        .bind(&account.sealed)
        .bind(&account.email)
        .bind(&account.external_id)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const IN_USE: &str = "select (select count(*) from (select 1 as one from orders where provider_id = $1 limit 1) as o)
    + (select count(*) from (select 1 as one from memberships where provider_id = $1 limit 1) as m)
    + (select count(*) from (select 1 as one from invitations where provider_id = $1 limit 1) as i)";

/// Whether orders or people belong to a provider.
pub async fn is_in_use(conn: &mut dyn Conn, provider: ProviderId) -> Result<bool, Error> {
    let count: i64 = on!(conn, |c| sqlx::query_scalar(IN_USE).bind(provider.0).fetch_one(c).await)?;
    Ok(count > 0)
}

const DELETE_ACCOUNT: &str = "delete from provider_accounts where provider_id = $1 and marketplace_id = $2";
const DELETE_PROVIDER: &str = "delete from providers where id = $1 and marketplace_id = $2";

/// Takes a provider away that nothing belongs to.
pub async fn delete(tx: &mut Tx, marketplace: MarketplaceId, provider: ProviderId) -> Result<(), Error> {
    for text in [DELETE_ACCOUNT, DELETE_PROVIDER] {
        change!(tx, |c| sqlx::query(text).bind(provider.0).bind(marketplace.0).execute(c).await)?;
    }
    Ok(())
}
