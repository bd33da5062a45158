//! The books, the providers and the banks of the place of a key.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply, after, rows},
    dto::{At, ListOf, PageOf, faults::Faults},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::Permission,
        id::{PostingId, ProviderId},
        page::Cursor,
        text::{DisplayName, Label, Phone},
        time::Moment,
    },
    server::service::books::{self, Bank, Provider},
};

/// The entries of these nouns.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/ledger/entries", "listLedgerEntries", "Read the ledger", |call| Box::pin(postings(call)))
            .tag("ledger")
            .about("All postings of a marketplace, or those that touch what is owed to a seller, with their entries.")
            .needs(Permission::Finance)
            .live_only()
            .query::<PostingsQuery>()
            .answers::<PageOf<PostingOut>>(200, "Postings, the newest first."),
        Route::get("/balances", "listBalances", "Read what is owed", |call| Box::pin(balances(call)))
            .tag("ledger")
            .about("What is owed to the marketplace, seller or buyer of the key.")
            .live_only()
            .answers::<ListOf<BalanceOut>>(200, "One for each currency."),
        Route::get("/providers", "listProviders", "List providers", |call| Box::pin(providers(call)))
            .tag("providers")
            .about("Couriers and others whom orders can be given to with `set_provider`, for a share of their own.")
            .answers::<ListOf<ProviderOut>>(200, "The marketplace’s, and the seller’s own."),
        Route::post("/providers", "createProvider", "Add a provider", |call| Box::pin(add_provider(call)))
            .tag("providers")
            .needs(Permission::Sell)
            .live_only()
            .body::<NewProviderBody>(json!({ "name": "Swift Riders", "phone": "+234 803 123 4567" }))
            .answers::<ProviderOut>(201, "The provider."),
        Route::get("/providers/{id}", "getProvider", "Read a provider", |call| Box::pin(provider(call)))
            .tag("providers")
            .answers::<ProviderOut>(200, "The provider."),
        Route::get("/banks", "listBanks", "List banks", |call| Box::pin(banks(call)))
            .tag("banks")
            .about("The banks that the marketplace pays out to.")
            .answers::<ListOf<BankOut>>(200, "The banks, by code."),
        Route::put("/banks/{code}", "putBank", "Add or change a bank", |call| Box::pin(put_bank(call)))
            .tag("banks")
            .needs(Permission::Administer)
            .live_only()
            .body::<BankBody>(json!({ "name": "GTBank", "nip_code": "000013" }))
            .answers::<BankOut>(200, "The bank."),
        Route::delete("/banks/{code}", "removeBank", "Take a bank away", |call| Box::pin(remove_bank(call)))
            .tag("banks")
            .needs(Permission::Administer)
            .live_only(),
    ]
}

/// Where in the ledger.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostingsQuery {
    /// The `next` of the page before.
    #[schemars(length(min = 48, max = 48))]
    after: Option<String>,
    /// How many postings, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// A line of a posting.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EntryOut {
    /// The account.
    account: String,
    /// Minor units; debits positive, credits negative.
    amount_minor: i64,
}

/// One balanced movement of money: its entries sum to zero.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PostingOut {
    /// Which.
    id: String,
    /// The order.
    order: Option<String>,
    /// The event’s type.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    at: At,
    /// ISO 4217.
    currency: String,
    /// Its lines.
    entries: Vec<EntryOut>,
}

/// What is owed in one currency.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BalanceOut {
    /// The account.
    account: String,
    /// ISO 4217.
    currency: String,
    /// How much is owed to you, in minor units.
    owed_minor: i64,
}

/// A courier or another service provider.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename = "Provider")]
#[schemars(deny_unknown_fields)]
pub struct ProviderOut {
    /// Which.
    id: String,
    /// Its name.
    name: String,
    /// Its number.
    phone: String,
    /// Whether it is the marketplace’s, for all of its sellers.
    is_of_marketplace: bool,
}

impl From<Provider> for ProviderOut {
    fn from(row: Provider) -> Self {
        Self {
            id: ProviderId(row.id).to_string(),
            name: row.name,
            phone: row.phone,
            is_of_marketplace: row.seller_id.is_none(),
        }
    }
}

/// A new provider.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProviderBody {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Its number with its country.
    #[serde(default)]
    #[schemars(length(min = 8, max = 30))]
    phone: Option<String>,
}

/// A bank.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename = "Bank")]
#[schemars(deny_unknown_fields)]
pub struct BankOut {
    /// Its code.
    code: String,
    /// The number under which interbank transfers know it.
    nip_code: String,
    /// Its name.
    name: String,
}

impl From<Bank> for BankOut {
    fn from(row: Bank) -> Self {
        Self { code: row.code, nip_code: row.nip_code, name: row.name }
    }
}

/// What is said of a bank.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BankBody {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The number under which interbank transfers know it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 20))]
    nip_code: Option<String>,
}

async fn postings(call: Call) -> Result<Reply, Problem> {
    let query: PostingsQuery = call.query()?;
    let (after, limit) = (after(query.after.as_deref())?, rows(query.limit)?);
    let page = books::postings(call.services(), &call.holder, after, limit).await?;
    let data = page.rows.into_iter().map(|(posting, entries)| PostingOut {
        id: PostingId(posting.id).to_string(),
        order: posting.reference,
        kind: posting.kind,
        at: At(Moment(posting.at)),
        currency: posting.currency,
        entries: entries
            .into_iter()
            .map(|entry| EntryOut { account: entry.account, amount_minor: entry.amount_minor })
            .collect(),
    });
    Ok(Reply::ok(&PageOf { data: data.collect(), next: page.next.map(Cursor::write) }))
}

async fn balances(call: Call) -> Result<Reply, Problem> {
    let (account, sums) = books::balances(call.services(), &call.holder).await?;
    let one = |(currency, owed_minor)| BalanceOut { account: account.clone(), currency, owed_minor };
    Ok(Reply::ok(&ListOf { data: sums.into_iter().map(one).collect() }))
}

async fn providers(call: Call) -> Result<Reply, Problem> {
    let found = books::providers(call.services(), &call.holder).await?;
    Ok(Reply::ok(&ListOf { data: found.into_iter().map(ProviderOut::from).collect() }))
}

async fn provider(call: Call) -> Result<Reply, Problem> {
    let row = books::provider(call.services(), &call.holder, call.id("id", "provider")?).await?;
    Ok(Reply::ok(&ProviderOut::from(row)))
}

async fn add_provider(call: Call) -> Result<Reply, Problem> {
    let body: NewProviderBody = call.json()?;
    let mut faults = Faults::default();
    let name = faults.text("/name", &body.name, DisplayName::parse);
    let phone = faults.maybe("/phone", body.phone.as_ref(), Phone::parse);
    let name = faults.end(name)?;
    let row = books::add_provider(call.services(), &call.visit, &call.holder, name, phone).await?;
    let at = format!("/api/v1/providers/{}", ProviderId(row.id));
    Ok(Reply::made(&ProviderOut::from(row), &at))
}

async fn banks(call: Call) -> Result<Reply, Problem> {
    let found = books::banks(call.services(), &call.holder).await?;
    Ok(Reply::ok(&ListOf { data: found.into_iter().map(BankOut::from).collect() }))
}

async fn put_bank(call: Call) -> Result<Reply, Problem> {
    let body: BankBody = call.json()?;
    let mut faults = Faults::default();
    let name = faults.text("/name", &body.name, DisplayName::parse);
    let nip = faults.maybe("/nip_code", body.nip_code.as_ref(), Label::parse);
    let code = faults.text("", call.param("code"), Label::parse);
    let (name, code) = faults.end(name.zip(code))?;
    let bank =
        Bank { code: code.to_string(), nip_code: nip.map(String::from).unwrap_or_default(), name: name.to_string() };
    Ok(Reply::ok(&BankOut::from(books::put_bank(call.services(), &call.holder, bank).await?)))
}

async fn remove_bank(call: Call) -> Result<Reply, Problem> {
    books::remove_bank(call.services(), &call.holder, call.param("code")).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}
