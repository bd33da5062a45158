//! Providers with the bank account that a partner sends along.

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        id::{MarketplaceId, ProviderId, SellerId},
        text::{DisplayName, Email, Label, Phone},
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        seal,
        secret::Secret,
        service::{Services, Visit, audit, books, keys::Holder},
        storage::{
            self, Conn, Tx, api,
            people::{self, ProviderRow},
            provider_accounts::{self as rows, AccountRow},
        },
    },
};

/// The most accounts of a marketplace that are looked through.
const MOST_ACCOUNTS: i64 = 10_000;

/// What a partner sends about a provider.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: DisplayName,
    /// Its phone number.
    pub phone: Option<Phone>,
    /// How it is reached.
    pub email: Email,
    /// ISO 4217.
    pub currency: &'static str,
    /// The bank's code.
    pub bank_code: String,
    /// The number under which interbank transfers know the bank.
    pub nip_code: String,
    /// The bank's name.
    pub bank_name: DisplayName,
    /// In whose name the account is.
    pub account_name: DisplayName,
    /// The account's number.
    pub account_number: String,
    /// What the partner calls it.
    pub external_id: Option<Label>,
}

/// A provider with its account, when one was sent.
#[derive(Clone, Debug)]
pub struct Known {
    /// The provider.
    pub provider: ProviderRow,
    /// The account.
    pub account: Option<AccountRow>,
    /// The last four digits of its number.
    pub last4: String,
}

fn seal_place(provider: uuid::Uuid) -> String {
    format!("provider_accounts sealed {provider}")
}

fn number_of(secret: &Secret, account: &AccountRow) -> Result<String, Error> {
    let broken = |error| storage::Error::broken("provider_accounts", account.provider_id, error);
    let plain = seal::open(secret, &seal_place(account.provider_id), &account.sealed).map_err(broken)?;
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

fn last4(number: &str) -> String {
    number.get(number.len().saturating_sub(4)..).unwrap_or_default().to_owned()
}

/// Adds a provider of the place's own, with its account.
///
/// # Errors
/// Not found for the key of a buyer; a conflict when the place has a provider with this account.
pub async fn add(services: &Services, holder: &Holder, new: New) -> Result<Known, Error> {
    let (marketplace, seller) = books::place(holder)?;
    let now = services.now();
    let id = clock::new_id(now);
    let row = ProviderRow {
        id,
        marketplace_id: marketplace.0,
        seller_id: seller.map(|seller| seller.0),
        name: new.name.to_string(),
        phone: new.phone.clone().map(String::from).unwrap_or_default(),
    };
    let account = AccountRow {
        provider_id: id,
        currency: new.currency.to_owned(),
        bank_code: new.bank_code.clone(),
        nip_code: new.nip_code.clone(),
        bank_name: new.bank_name.to_string(),
        account_name: new.account_name.to_string(),
        sealed: seal::seal(&services.secret, &seal_place(id), new.account_number.as_bytes()),
        email: new.email.to_string(),
        external_id: new.external_id.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let known = Known { provider: row, account: Some(account), last4: last4(&new.account_number) };
    let input = (known.clone(), new, holder.clone(), services.secret.clone());
    services
        .db
        .write(input, move |tx, (known, new, holder, secret)| {
            Box::pin(async move {
                people::lock(tx, marketplace).await?;
                refuse_twice(tx, secret, (marketplace, seller), new).await?;
                books::add_in(tx, &Visit::default(), holder, &known.provider, now).await?;
                if let Some(account) = &known.account {
                    rows::insert(tx, marketplace, account, now).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await?;
    Ok(known)
}

/// The same account twice is the same provider.
async fn refuse_twice(
    conn: &mut dyn Conn,
    secret: &Secret,
    (marketplace, seller): (MarketplaceId, Option<SellerId>),
    new: &New,
) -> Result<(), Error> {
    for account in rows::list(conn, marketplace, MOST_ACCOUNTS).await? {
        let same_bank = account.bank_code == new.bank_code && account.currency == new.currency;
        if !same_bank || number_of(secret, &account)? != new.account_number {
            continue;
        }
        let provider = api::find_provider(conn, marketplace, ProviderId(account.provider_id)).await?;
        if provider.is_some_and(|provider| provider.seller_id == seller.map(|seller| seller.0)) {
            let sentence = "There is a provider with this account already.";
            return Err(Shown::new(Kind::Conflict, "provider_known", sentence).into());
        }
    }
    Ok(())
}

/// The providers whom the place of a key may assign, with their accounts.
///
/// # Errors
/// Not found for the key of a buyer.
pub async fn list(services: &Services, holder: &Holder) -> Result<Vec<Known>, Error> {
    let (marketplace, _) = books::place(holder)?;
    let providers = books::providers(services, holder).await?;
    let mut conn = services.db.reader().await?;
    let accounts = rows::list(&mut conn, marketplace, MOST_ACCOUNTS).await?;
    let known = |provider: ProviderRow| {
        let account = accounts.iter().find(|account| account.provider_id == provider.id).cloned();
        let number = account.as_ref().map(|account| number_of(&services.secret, account)).transpose()?;
        Ok(Known { provider, account, last4: last4(&number.unwrap_or_default()) })
    };
    providers.into_iter().map(known).collect()
}

/// Takes a provider of the place's own away, while no order or person belongs to it.
///
/// # Errors
/// Not found when it is another's; a conflict when something belongs to it.
pub async fn remove(services: &Services, holder: &Holder, id: ProviderId) -> Result<(), Error> {
    let (marketplace, seller) = books::place(holder)?;
    let now = services.now();
    services
        .db
        .write(holder.clone(), move |tx, holder| Box::pin(remove_in(tx, holder, (marketplace, seller), id, now)))
        .await
}

async fn remove_in(
    tx: &mut Tx,
    holder: &Holder,
    (marketplace, seller): (MarketplaceId, Option<SellerId>),
    id: ProviderId,
    now: Moment,
) -> Result<(), Error> {
    people::lock(tx, marketplace).await?;
    let found = api::find_provider(tx, marketplace, id).await?;
    let own = found.filter(|provider| provider.seller_id == seller.map(|seller| seller.0));
    own.ok_or_else(|| Shown::not_found("provider"))?;
    if rows::is_in_use(tx, id).await? {
        let sentence = "Orders or people belong to this provider: it stays.";
        return Err(Shown::new(Kind::Conflict, "provider_in_use", sentence).into());
    }
    rows::delete(tx, marketplace, id).await?;
    let detail = serde_json::json!({ "provider": id, "key": holder.key });
    let who = (Some(holder.viewer.user), Some(marketplace));
    audit(tx, &Visit::default(), "provider_removed", who, detail, now).await
}
