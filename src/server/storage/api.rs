//! What programs read and keep that the screen has no list of: ledger pages, balances, providers, banks.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, ProviderId},
        page::Cursor,
    },
    server::storage::{Conn, Error, Tx, change, on, people::ProviderRow, read},
};

/// A posting with the order that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct PostingRow {
    /// Which.
    pub id: Uuid,
    /// The event's type.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// When, in microseconds.
    pub at: i64,
    /// The order's public number.
    pub reference: Option<String>,
}

const LIST_OF_MARKETPLACE: &str = "select p.id, p.kind, p.currency, p.at, o.reference
from postings p left join orders o on o.id = p.order_id
where p.marketplace_id = $1 and (p.at < $2 or (p.at = $2 and p.id < $3))
order by p.at desc, p.id desc limit $4";

/// The postings of a marketplace before this one, the newest first.
pub async fn list_postings(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    before: Cursor,
    limit: i64,
) -> Result<Vec<PostingRow>, Error> {
    read!(conn, PostingRow, |c| sqlx::query(LIST_OF_MARKETPLACE)
        .bind(marketplace.0)
        .bind(before.key)
        .bind(before.id)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// An entry with the posting that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct EntryRow {
    /// The posting.
    pub posting_id: Uuid,
    /// Its line.
    pub line_no: i64,
    /// The account.
    pub account: String,
    /// Minor units; debits positive.
    pub amount_minor: i64,
}

/// The most entries of a page of postings.
const MOST_ENTRIES: i64 = 5_000;

/// The entries of these postings.
pub async fn list_entries(conn: &mut dyn Conn, postings: &[Uuid]) -> Result<Vec<EntryRow>, Error> {
    if postings.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=postings.len()).map(|at| format!("${at}")).collect();
    let text = format!(
        "select posting_id, line_no, account, amount_minor from entries where posting_id in ({}) order by posting_id, line_no limit {MOST_ENTRIES}",
        marks.join(", ")
    );
    read!(conn, EntryRow, |c| {
        let mut query = sqlx::query(AssertSqlSafe(text));
        for posting in postings {
            query = query.bind(*posting);
        }
        query.fetch_all(c).await
    })
}

const LIST_OF_ACCOUNT: &str = "select p.id, p.kind, p.currency, p.at, o.reference
from (select distinct posting_id from entries where account = $1 and currency = $2 and posting_id < $3
    order by posting_id desc limit $4) e
join postings p on p.id = e.posting_id left join orders o on o.id = p.order_id
order by p.id desc limit $4";

/// The postings that touch an account before this one, the newest first.
pub async fn list_postings_of_account(
    conn: &mut dyn Conn,
    account: &str,
    currency: &str,
    before: Uuid,
    limit: i64,
) -> Result<Vec<PostingRow>, Error> {
    read!(conn, PostingRow, |c| sqlx::query(LIST_OF_ACCOUNT)
        .bind(account)
        .bind(currency)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// The running sum of an account in one currency.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct BalanceRow {
    /// ISO 4217.
    pub currency: String,
    /// Minor units; what is owed is negative.
    pub balance_minor: i64,
}

const LIST_BALANCES: &str =
    "select currency, balance_minor from balances where account = $1 order by currency limit 200";

/// The running sums of an account.
pub async fn list_balances(conn: &mut dyn Conn, account: &str) -> Result<Vec<BalanceRow>, Error> {
    read!(conn, BalanceRow, |c| sqlx::query(LIST_BALANCES).bind(account).fetch_all(c).await)
}

const SELECT_PROVIDER: &str =
    "select id, marketplace_id, seller_id, name, phone from providers where id = $1 and marketplace_id = $2";

/// A provider of this marketplace.
pub async fn find_provider(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    id: ProviderId,
) -> Result<Option<ProviderRow>, Error> {
    read!(conn, ProviderRow, |c| sqlx::query(SELECT_PROVIDER).bind(id.0).bind(marketplace.0).fetch_optional(c).await)
}

const COUNT_PROVIDERS: &str = "select count(*) from (select 1 as one from providers where marketplace_id = $1
and seller_id is not distinct from $2 limit $3) as there";

/// How many providers a place has of its own, as far as this many.
pub async fn count_providers(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    seller: Option<Uuid>,
    most: i64,
) -> Result<i64, Error> {
    on!(conn, |c| sqlx::query_scalar(COUNT_PROVIDERS).bind(marketplace.0).bind(seller).bind(most).fetch_one(c).await)
}

/// A bank as stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct BankRow {
    /// Its code.
    pub code: String,
    /// The number under which interbank transfers know it.
    pub nip_code: String,
    /// Its name.
    pub name: String,
}

const LIST_BANKS: &str = "select code, nip_code, name from banks where marketplace_id = $1 order by code limit $2";

/// The banks of a marketplace.
pub async fn list_banks(conn: &mut dyn Conn, marketplace: MarketplaceId, limit: i64) -> Result<Vec<BankRow>, Error> {
    read!(conn, BankRow, |c| sqlx::query(LIST_BANKS).bind(marketplace.0).bind(limit).fetch_all(c).await)
}

const UPSERT_BANK: &str = "insert into banks (marketplace_id, code, nip_code, name) values ($1, $2, $3, $4)
on conflict (marketplace_id, code) do update set nip_code = excluded.nip_code, name = excluded.name";

/// Adds a bank, or changes the one of this code.
pub async fn upsert_bank(tx: &mut Tx, marketplace: MarketplaceId, bank: &BankRow) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPSERT_BANK)
        .bind(marketplace.0)
        .bind(&bank.code)
        .bind(&bank.nip_code)
        .bind(&bank.name)
        .execute(c)
        .await)?;
    Ok(())
}

const DELETE_BANK: &str = "delete from banks where marketplace_id = $1 and code = $2";

/// Takes a bank away; `false` when there is none of this code.
pub async fn delete_bank(tx: &mut Tx, marketplace: MarketplaceId, code: &str) -> Result<bool, Error> {
    let gone = change!(tx, |c| sqlx::query(DELETE_BANK).bind(marketplace.0).bind(code).execute(c).await)?;
    Ok(gone == 1)
}
