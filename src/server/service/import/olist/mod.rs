//! Orders of the Olist data set, played through the real actions at their real times: by hundreds in one transaction, so
//! that an import that was killed goes on where it was, and one that is run again doubles nothing.

use std::{collections::HashMap, ops::ControlFlow, path::Path, sync::Arc};

use uuid::Uuid;

use self::{
    plan::{Part, Plan},
    steps::{GATEWAY, TIME_ZONE},
    tables::{Key, SourceOrder, Tables},
};
use crate::{
    domain::{
        access::Permissions,
        id::{MarketplaceId, OrderId, Reference, SellerId, UserId},
        order::{Order, Parties, event::Placed},
        party::{Actor, Party, Source},
        text::{DisplayName, Email, Label},
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::{
            history::{self, BuyerContact, History},
            import::{
                ImportError, Progress,
                report::{Refused, Report},
            },
        },
        storage::{
            self, Db, Tx,
            counts::{self, Changes},
            import::{NamedPerson, RefusalRow, ensure_persons, find_refusal, insert_refusal},
            orders, people,
        },
    },
};

mod plan;
mod rules;
mod steps;
mod tables;

/// The channel of all orders of the data set.
const CHANNEL: &str = "olist";
const CURRENCY: &str = "BRL";
/// Orders of the source in one transaction.
const BATCH: usize = 200;
/// The constraint that refuses a reference that was drawn before.
const REFERENCE_TAKEN: &str = "orders_reference_key";
/// Sellers that are read or written at once.
const SELLERS: usize = 500;

/// The marketplace and its sellers, as orders name them.
#[derive(Debug)]
struct Market {
    id: MarketplaceId,
    name: String,
    sellers: HashMap<String, (SellerId, String)>,
}

/// What one transaction works on.
struct Batch {
    market: Arc<Market>,
    planned: Vec<(Key, Result<Plan, Refused>)>,
    now: Moment,
}

/// What became of one order of the source.
enum Outcome {
    Imported(Vec<&'static str>),
    ThereBefore,
    Refused(Refused),
}

/// Imports the orders in this folder into the marketplace of this name, which is made when there is none. `progress` is
/// told after each transaction, and may break the import off there.
///
/// # Errors
/// When a file or the database cannot be read, or the database not be written. What was committed stays.
pub async fn import(
    db: &Db,
    folder: &Path,
    marketplace: &str,
    now: Moment,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Report, ImportError> {
    let currency = CURRENCY.parse().expect("the real is a currency");
    let zone = jiff::tz::TimeZone::get(TIME_ZONE).expect("the time zone database is built in");
    let tables = Tables::read(folder, currency, &zone)?;
    let (of, orders) = tables::orders(folder, currency, &zone)?;
    let market = Arc::new(found(db, marketplace, &tables, now).await?);
    let mut report =
        Report { title: format!("Olist orders into {marketplace}"), rules: rules::sentences(), ..Report::default() };
    let mut orders = orders.peekable();
    while orders.peek().is_some() {
        let lot = orders.by_ref().take(BATCH).collect::<Result<Vec<SourceOrder>, ImportError>>()?;
        let mut planned = Vec::with_capacity(lot.len());
        for order in &lot {
            report.found += 1;
            let name = order.id.to_string();
            planned.push((order.id, plan::plan(order, &tables, &mut |oddity| report.note(oddity, &name))));
        }
        let batch = Arc::new(Batch { market: market.clone(), planned, now });
        let mut written = db.write(batch.clone(), |tx, batch| Box::pin(write_down(tx, batch))).await;
        if matches!(&written, Err(Error::Storage(error)) if error.constraint() == Some(REFERENCE_TAKEN)) {
            // Among a million orders a reference is drawn twice now and then: others are drawn.
            written = db.write(batch, |tx, batch| Box::pin(write_down(tx, batch))).await;
        }
        let outcomes = written?;
        for (order, outcome) in lot.iter().zip(outcomes) {
            match outcome {
                Outcome::Imported(statuses) => {
                    report.imported += 1;
                    report.orders_made += statuses.len();
                    for status in statuses {
                        *report.statuses.entry(status).or_default() += 1;
                    }
                }
                Outcome::ThereBefore => report.there_before += 1,
                Outcome::Refused(refused) => report.refuse(&order.id.to_string(), &refused),
            }
        }
        if progress(Progress { done: report.found, of }).is_break() {
            break;
        }
    }
    Ok(report)
}

/// The marketplace with all sellers of the data set, each made where it is missing.
async fn found(db: &Db, name: &str, tables: &Tables, now: Moment) -> Result<Market, ImportError> {
    let name = DisplayName::parse(name)
        .map_err(|bad| ImportError::MarketplaceName { name: name.to_owned(), reason: bad.to_string() })?;
    let mut reader = db.reader().await?;
    let known = people::find_marketplace_by_name(&mut reader, name.as_str()).await?;
    drop(reader);
    if let Some(row) = known.as_ref().filter(|row| row.currency != CURRENCY) {
        return Err(ImportError::Currency { name: row.name.clone(), there: row.currency.clone(), wanted: CURRENCY });
    }
    let id = match known {
        Some(row) => MarketplaceId(row.id),
        None => insert_marketplace(db, name.clone(), now).await?,
    };
    let mut market = Market { id, name: name.to_string(), sellers: HashMap::new() };
    let mut after = (String::new(), Uuid::nil());
    let mut reader = db.reader().await?;
    loop {
        let rows =
            people::list_sellers(&mut reader, id, (&after.0, after.1), i64::try_from(SELLERS).unwrap_or(500)).await?;
        let Some(last) = rows.last() else { break };
        after = (last.name.clone(), last.id);
        let named = rows.into_iter().filter_map(|row| Some((row.external_id?, (SellerId(row.id), row.name))));
        market.sellers.extend(named);
    }
    drop(reader);
    let sold = tables.units.values().flatten().map(|unit| unit.seller);
    let mut missing: Vec<Key> = sold.chain(tables.sellers.keys().copied()).collect();
    missing.sort_unstable();
    missing.dedup();
    missing.retain(|seller| !market.sellers.contains_key(&seller.to_string()));
    let named: Vec<(SellerId, Label, DisplayName)> =
        missing.into_iter().map(|seller| new_seller(seller, tables, now)).collect();
    for lot in named.chunks(SELLERS) {
        let input = (id, lot.to_vec());
        db.write(input, move |tx, (marketplace, lot)| {
            Box::pin(async move {
                for (seller, external, name) in lot {
                    people::insert_seller(tx, *seller, *marketplace, name, Some(external), now).await?;
                }
                Ok::<_, storage::Error>(())
            })
        })
        .await?;
    }
    market.sellers.extend(named.into_iter().map(|(id, external, name)| (external.into(), (id, name.into()))));
    Ok(market)
}

async fn insert_marketplace(db: &Db, name: DisplayName, now: Moment) -> Result<MarketplaceId, storage::Error> {
    let id = MarketplaceId(clock::new_id(now));
    let terms = serde_json::to_string(&rules::terms(rules::DELIVERY_WINDOW)).expect("terms are plain data");
    db.write((name, terms), move |tx, (name, terms)| {
        Box::pin(async move {
            let currency = CURRENCY.parse().expect("the real is a currency");
            people::insert_marketplace(tx, id, name, currency, TIME_ZONE, terms, now).await
        })
    })
    .await?;
    Ok(id)
}

fn new_seller(seller: Key, tables: &Tables, now: Moment) -> (SellerId, Label, DisplayName) {
    let place = tables.sellers.get(&seller).map(|(city, state)| format!("{}, {state}", capitals(city)));
    let name = person_name("Seller", seller, place.as_deref());
    let external = Label::parse(&seller.to_string()).expect("32 digits are a label");
    (SellerId(clock::new_id(now)), external, name)
}

/// `Customer 1a2b3c (Sao Paulo)`: the data names nobody.
fn person_name(what: &str, key: Key, place: Option<&str>) -> DisplayName {
    let short = format!("{what} {}", key.short());
    let long = place.filter(|place| !place.is_empty()).map(|place| format!("{short} ({place})"));
    long.and_then(|long| DisplayName::parse(&long).ok())
        .unwrap_or_else(|| DisplayName::parse(&short).expect("a word and six digits are a name"))
}

/// A city with capitals where its words begin.
fn capitals(city: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    city.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// Imports what is not there yet, in one transaction; what becomes of each order, in their order.
async fn write_down(tx: &mut Tx, batch: &Batch) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::with_capacity(batch.planned.len());
    let buyers = ensure_buyers(tx, batch).await?;
    let mut recorded: Vec<(History, BuyerContact)> = Vec::new();
    for (id, planned) in &batch.planned {
        let outcome = match standing(tx, batch, *id, planned).await? {
            Some(outcome) => outcome,
            None => match planned.as_ref().map_err(Clone::clone).and_then(|plan| play(plan, batch, &buyers)) {
                Ok(histories) => {
                    let statuses = histories.iter().map(|(history, _)| history.order().status().code()).collect();
                    recorded.extend(histories);
                    Outcome::Imported(statuses)
                }
                Err(refused) => {
                    let Refused { reason, detail } = refused.clone();
                    let row = RefusalRow { external_ref: id.to_string(), reason, detail };
                    insert_refusal(tx, batch.market.id, CHANNEL, &row, batch.now).await?;
                    Outcome::Refused(refused)
                }
            },
        };
        outcomes.push(outcome);
    }
    let mut changes = Changes::default();
    let borrowed: Vec<_> = recorded.iter().map(|(history, contact)| (history, contact)).collect();
    history::record_all(tx, &borrowed, &mut changes).await?;
    counts::apply(tx, &changes).await?;
    Ok(outcomes)
}

/// What became of the order in an earlier run. All its parts were written in one transaction, so the first speaks for all.
async fn standing(
    tx: &mut Tx,
    batch: &Batch,
    id: Key,
    planned: &Result<Plan, Refused>,
) -> Result<Option<Outcome>, Error> {
    if let Ok(Plan { parts, .. }) = planned
        && let Some(part) = parts.first()
        && let Some((seller, _)) = batch.market.sellers.get(&part.seller.to_string())
        && orders::find_id_by_external(tx, *seller, CHANNEL, &part.external_ref).await?.is_some()
    {
        return Ok(Some(Outcome::ThereBefore));
    }
    let refusal = find_refusal(tx, batch.market.id, CHANNEL, &id.to_string()).await?;
    Ok(refusal.map(|row| Outcome::Refused(Refused { reason: row.reason, detail: row.detail })))
}

async fn ensure_buyers(tx: &mut Tx, batch: &Batch) -> Result<HashMap<String, UserId>, Error> {
    let plans = batch.planned.iter().filter_map(|(_, planned)| planned.as_ref().ok());
    let mut persons: HashMap<String, NamedPerson> = HashMap::new();
    for plan in plans {
        let email = email(plan);
        persons.entry(email.to_string()).or_insert_with(|| NamedPerson {
            id: UserId(clock::new_id(batch.now)),
            email,
            name: buyer_name(plan),
        });
    }
    let persons: Vec<NamedPerson> = persons.into_values().collect();
    Ok(ensure_persons(tx, &persons, TIME_ZONE, batch.now).await?)
}

fn email(plan: &Plan) -> Email {
    Email::parse(&format!("{}@olist.example", plan.customer.person)).expect("32 digits make an address")
}

fn buyer_name(plan: &Plan) -> DisplayName {
    person_name("Customer", plan.customer.person, Some(&capitals(&plan.customer.city)))
}

/// Plays all parts of an order; what the process refuses is not imported at all.
fn play(plan: &Plan, batch: &Batch, buyers: &HashMap<String, UserId>) -> Result<Vec<(History, BuyerContact)>, Refused> {
    let email = email(plan).to_string();
    let buyer = buyers.get(&email).copied();
    let buyer = buyer.ok_or_else(|| Refused::new("unknown_customer", format!("no buyer {email}")))?;
    let contact = BuyerContact { email, phone: String::new() };
    let mut histories = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        let seller = batch.market.sellers.get(&part.seller.to_string()).cloned();
        let (seller, seller_name) =
            seller.ok_or_else(|| Refused::new("unknown_seller", format!("no seller {}", part.seller)))?;
        let parties = Parties {
            marketplace: batch.market.id,
            marketplace_name: batch.market.name.clone(),
            seller,
            seller_name,
            buyer,
            buyer_name: buyer_name(plan).into(),
        };
        histories.push((play_part(part, parties, batch.now)?, contact.clone()));
    }
    Ok(histories)
}

fn play_part(part: &Part, parties: Parties, now: Moment) -> Result<History, Refused> {
    let placed = Placed {
        id: OrderId(clock::new_id(part.placed_at)),
        reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
        parties,
        external_ref: Some(part.external_ref.clone()),
        channel: CHANNEL.to_owned(),
        currency: CURRENCY.parse().expect("the real is a currency"),
        items: part.items.clone(),
        terms: part.terms,
        milestones: false,
        provider: None,
        // Nobody was given a code then, and no code opens these.
        handover_digest: String::new(),
    };
    let by = Actor { name: placed.parties.buyer_name.clone(), ..actor(Party::Buyer) };
    let mut history = History::place(placed, &by, part.placed_at)
        .map_err(|refusal| Refused::new(refusal.code(), format!("it cannot be placed: {}", refusal.sentence())))?;
    for step in &part.steps {
        history.lapse_through(Source::Import, step.at);
        let by = actor_in(history.order(), step.by);
        history.act(&by, &step.action, step.at).map_err(|refusal| {
            let (verb, at) = (step.action.verb().code(), clock::local_text(step.at, TIME_ZONE));
            Refused::new("not_in_the_process", format!("{verb} on {at}: {}", refusal.sentence()))
        })?;
    }
    history.lapse_through(Source::Import, now);
    Ok(history.reminding_from(now))
}

/// A party of the past: everything that is imported was done by one of them, and owes nobody a message.
fn actor(party: Party) -> Actor {
    Actor {
        party,
        user: None,
        name: String::new(),
        source: Source::Import,
        permissions: Permissions::ALL,
        interested: false,
    }
}

fn actor_in(order: &Order, party: Party) -> Actor {
    let (user, name) = match party {
        Party::Buyer => (Some(order.parties.buyer), order.parties.buyer_name.clone()),
        Party::Gateway => (None, GATEWAY.to_owned()),
        _ => (None, order.name_of(party).to_owned()),
    };
    Actor { user, name, ..actor(party) }
}
