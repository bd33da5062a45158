//! The books as programs read them: postings with their entries, what is owed to the place of a key; and the providers and
//! banks of a marketplace.

use uuid::Uuid;

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        id::{MarketplaceId, ProviderId, SellerId},
        ledger::Account,
        page::{Cursor, Page},
        text::{DisplayName, Phone},
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::{Services, Visit, audit, keys::Holder, placing::MOST_PROVIDERS},
        storage::{
            Tx,
            api::{self as rows, BankRow, EntryRow, PostingRow},
            people::{self, ProviderRow},
        },
    },
};

pub use people::ProviderRow as Provider;
pub use rows::BankRow as Bank;

/// The most banks of a marketplace.
const MOST_BANKS: i64 = 1_000;

/// The marketplace and seller of a key; there are no books of what a person bought.
pub(super) fn place(holder: &Holder) -> Result<(MarketplaceId, Option<SellerId>), Error> {
    let hat = holder.viewer.hat.as_ref().ok_or_else(|| Shown::not_found("ledger"))?;
    Ok((hat.marketplace, hat.seller))
}

/// Postings with their entries, the newest first: all of a marketplace, or those that touch what is owed to a seller.
///
/// # Errors
/// Not found for the key of a buyer.
pub async fn postings(
    services: &Services,
    holder: &Holder,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<(PostingRow, Vec<EntryRow>)>, Error> {
    let (marketplace, seller) = place(holder)?;
    let mut conn = services.db.reader().await?;
    let before = after.unwrap_or(Cursor { key: i64::MAX, id: Uuid::max() });
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = match seller {
        None => rows::list_postings(&mut conn, marketplace, before, wanted).await?,
        Some(seller) => {
            let owner = people::find_marketplace(&mut conn, marketplace).await?;
            let owner = owner.ok_or_else(|| Shown::not_found("ledger"))?;
            let account = Account::Seller(seller).to_string();
            rows::list_postings_of_account(&mut conn, &account, &owner.currency, before.id, wanted).await?
        }
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| Cursor { key: last.at, id: last.id });
    let ids: Vec<Uuid> = found.iter().map(|posting| posting.id).collect();
    let entries = rows::list_entries(&mut conn, &ids).await?;
    let of = |id: Uuid| entries.iter().filter(move |entry| entry.posting_id == id).cloned().collect();
    Ok(Page { rows: found.into_iter().map(|posting| (posting.clone(), of(posting.id))).collect(), next })
}

/// What is owed to the place of a key, by currency; positive when something is.
///
/// # Errors
/// When the database does not answer.
pub async fn balances(services: &Services, holder: &Holder) -> Result<(String, Vec<(String, i64)>), Error> {
    let account = match holder.viewer.hat.as_ref() {
        None => Account::Buyer(holder.viewer.user),
        Some(hat) => hat.seller.map_or(Account::Marketplace(hat.marketplace), Account::Seller),
    };
    let account = account.to_string();
    let mut conn = services.db.reader().await?;
    let found = rows::list_balances(&mut conn, &account).await?;
    Ok((account, found.into_iter().map(|row| (row.currency, -row.balance_minor)).collect()))
}

/// The providers whom the place of a key may assign.
///
/// # Errors
/// Not found for the key of a buyer.
pub async fn providers(services: &Services, holder: &Holder) -> Result<Vec<ProviderRow>, Error> {
    let (marketplace, seller) = place(holder)?;
    let mut conn = services.db.reader().await?;
    Ok(people::list_providers(&mut conn, marketplace, seller, MOST_PROVIDERS).await?)
}

/// One of them.
///
/// # Errors
/// Not found when it is another's.
pub async fn provider(services: &Services, holder: &Holder, id: ProviderId) -> Result<ProviderRow, Error> {
    let not_found = || Shown::not_found("provider");
    let (marketplace, seller) = place(holder)?;
    let mut conn = services.db.reader().await?;
    let row = rows::find_provider(&mut conn, marketplace, id).await?.ok_or_else(not_found)?;
    let theirs = row.seller_id.is_none() || row.seller_id == seller.map(|seller| seller.0);
    if theirs { Ok(row) } else { Err(not_found().into()) }
}

/// Adds a provider of the place's own.
///
/// # Errors
/// Not found for the key of a buyer; a conflict when there are too many.
pub async fn add_provider(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    name: DisplayName,
    phone: Option<Phone>,
) -> Result<ProviderRow, Error> {
    let (marketplace, seller) = place(holder)?;
    let now = services.now();
    let row = ProviderRow {
        id: clock::new_id(now),
        marketplace_id: marketplace.0,
        seller_id: seller.map(|seller| seller.0),
        name: name.to_string(),
        phone: phone.map(String::from).unwrap_or_default(),
    };
    let input = (row.clone(), holder.clone(), visit.clone());
    services.db.write(input, move |tx, (row, holder, visit)| Box::pin(add_in(tx, visit, holder, row, now))).await?;
    Ok(row)
}

pub(super) async fn add_in(
    tx: &mut Tx,
    visit: &Visit,
    holder: &Holder,
    row: &ProviderRow,
    now: Moment,
) -> Result<(), Error> {
    let marketplace = MarketplaceId(row.marketplace_id);
    if rows::count_providers(tx, marketplace, row.seller_id, MOST_PROVIDERS).await? >= MOST_PROVIDERS {
        let sentence = format!("A place has at most {MOST_PROVIDERS} providers.");
        return Err(Shown::new(Kind::Conflict, "too_many_providers", sentence).into());
    }
    people::insert_provider(tx, row, now).await?;
    let detail = serde_json::json!({ "provider": ProviderId(row.id), "key": holder.key });
    audit(tx, visit, "provider_added", (Some(holder.viewer.user), Some(marketplace)), detail, now).await
}

/// The banks of the marketplace of a key.
///
/// # Errors
/// Not found for the key of a buyer.
pub async fn banks(services: &Services, holder: &Holder) -> Result<Vec<BankRow>, Error> {
    let (marketplace, _) = place(holder)?;
    let mut conn = services.db.reader().await?;
    Ok(rows::list_banks(&mut conn, marketplace, MOST_BANKS).await?)
}

/// The marketplace whose banks a key may change: not a seller's.
fn marketplace(holder: &Holder) -> Result<MarketplaceId, Error> {
    let (marketplace, seller) = place(holder)?;
    if seller.is_some() { Err(Shown::not_found("bank").into()) } else { Ok(marketplace) }
}

/// Adds a bank, or changes the one of this code.
///
/// # Errors
/// Not found for anybody but the marketplace; a conflict when there are too many.
pub async fn put_bank(services: &Services, holder: &Holder, bank: BankRow) -> Result<BankRow, Error> {
    let marketplace = marketplace(holder)?;
    services
        .db
        .write(bank.clone(), move |tx, bank| {
            Box::pin(async move {
                let there = rows::list_banks(tx, marketplace, MOST_BANKS).await?;
                let is_new = !there.iter().any(|known| known.code == bank.code);
                if is_new && i64::try_from(there.len()).unwrap_or(i64::MAX) >= MOST_BANKS {
                    let sentence = format!("A marketplace has at most {MOST_BANKS} banks.");
                    return Err(Error::from(Shown::new(Kind::Conflict, "too_many_banks", sentence)));
                }
                Ok(rows::upsert_bank(tx, marketplace, bank).await?)
            })
        })
        .await?;
    Ok(bank)
}

/// Takes a bank away.
///
/// # Errors
/// Not found when there is none of this code.
pub async fn remove_bank(services: &Services, holder: &Holder, code: &str) -> Result<(), Error> {
    let marketplace = marketplace(holder)?;
    let gone = services.db.write(code.to_owned(), move |tx, code| Box::pin(rows::delete_bank(tx, marketplace, code)));
    if gone.await? { Ok(()) } else { Err(Shown::not_found("bank").into()) }
}
