//! Between whom made-up orders are: the demo marketplace, its shops, its courier, and as many buyers as look real.

use super::{chance::Chance, words};
use crate::{
    domain::{
        id::{MarketplaceId, ProviderId, SellerId, UserId},
        text::{BadText, DisplayName, Email, Label},
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::{Services, demo},
        storage::{
            self, Conn, Tx,
            import::{NamedPerson, ensure_persons},
            people::{self, ProviderRow},
        },
    },
};

const MARKETPLACE: &str = "Lagos Fair";
const COURIER: &str = "Swift Riders";
pub(super) const CURRENCY: &str = "NGN";
const TIME_ZONE: &str = "Africa/Lagos";
/// Buyers beside the two of the demo people: one for so many orders, at least and at most so many.
const ORDERS_A_BUYER: usize = 6;
const FEWEST_BUYERS: usize = 12;
const MOST_BUYERS: usize = 20_000;

/// The people of made-up orders.
#[derive(Debug)]
pub(super) struct Market {
    pub id: MarketplaceId,
    pub name: String,
    pub courier: ProviderId,
    pub courier_name: String,
    pub shops: Vec<Shop>,
    /// The first two are the buyers of the demo people.
    pub buyers: Vec<NamedPerson>,
}

/// A shop and who answers there.
#[derive(Debug)]
pub(super) struct Shop {
    pub id: SellerId,
    pub name: &'static str,
    pub staff: &'static str,
}

/// Whether there is no marketplace yet.
pub(super) async fn is_empty(services: &Services) -> Result<bool, Error> {
    Ok(people::is_empty(&mut services.db.reader().await?).await?)
}

/// Finds the people, or makes those who are missing.
pub(super) async fn ensure(services: &Services, orders: usize, chance: &mut Chance) -> Result<Market, Error> {
    demo::seed_people(services).await?;
    let now = services.now();
    let (marketplace, courier, shops) = services.db.write((), move |tx, ()| Box::pin(ensure_market(tx, now))).await?;
    let wanted = named_buyers((orders / ORDERS_A_BUYER).clamp(FEWEST_BUYERS, MOST_BUYERS), chance, now)?;
    let mut buyers = Vec::with_capacity(wanted.len());
    for lot in wanted.chunks(1_000) {
        let known =
            services.db.write(lot.to_vec(), move |tx, lot| Box::pin(ensure_persons(tx, lot, TIME_ZONE, now))).await?;
        let here =
            |person: &NamedPerson| known.get(person.email.as_str()).map(|id| NamedPerson { id: *id, ..person.clone() });
        buyers.extend(lot.iter().filter_map(here));
    }
    Ok(Market {
        id: marketplace,
        name: MARKETPLACE.to_owned(),
        courier,
        courier_name: COURIER.to_owned(),
        shops,
        buyers,
    })
}

fn broken(bad: BadText) -> Error {
    storage::Error::broken("users", "seed", bad).into()
}

fn named_buyers(count: usize, chance: &mut Chance, now: Moment) -> Result<Vec<NamedPerson>, Error> {
    let person = |email: &str, name: &str| {
        Ok::<_, Error>(NamedPerson {
            id: UserId(clock::new_id(now)),
            email: Email::parse(email).map_err(broken)?,
            name: DisplayName::parse(name).map_err(broken)?,
        })
    };
    let demo_buyers = demo::ACCOUNTS.iter().filter(|(_, _, what)| *what == "buyer");
    let mut all = demo_buyers.map(|(email, name, _)| person(email, name)).collect::<Result<Vec<_>, Error>>()?;
    for number in 1..=count {
        let (given, family) = (*chance.pick(&words::GIVEN), *chance.pick(&words::FAMILY));
        let email = format!("{}.{}{number}@example.com", given.to_lowercase(), family.to_lowercase());
        all.push(person(&email, &format!("{given} {family}"))?);
    }
    Ok(all)
}

async fn ensure_market(tx: &mut Tx, now: Moment) -> Result<(MarketplaceId, ProviderId, Vec<Shop>), Error> {
    let name = |text: &str| DisplayName::parse(text).map_err(broken);
    let known = people::find_marketplace_by_name(tx, MARKETPLACE).await?;
    let marketplace = known.as_ref().map_or_else(|| MarketplaceId(clock::new_id(now)), |row| MarketplaceId(row.id));
    if known.is_none() {
        let currency = CURRENCY.parse().expect("the naira is a currency");
        people::insert_marketplace(tx, marketplace, &name(MARKETPLACE)?, currency, TIME_ZONE, "{}", now).await?;
    }
    let mut shops = Vec::with_capacity(words::SHOPS.len());
    for (shop, number, staff) in words::SHOPS {
        let known = people::find_seller_by_external(tx, marketplace, number).await?;
        let id = known.as_ref().map_or_else(|| SellerId(clock::new_id(now)), |row| SellerId(row.id));
        if known.is_none() {
            let number = Label::parse(number).map_err(broken)?;
            people::insert_seller(tx, id, marketplace, &name(shop)?, Some(&number), now).await?;
        }
        shops.push(Shop { id, name: shop, staff });
    }
    let courier = ensure_courier(tx, marketplace, now).await?;
    Ok((marketplace, courier, shops))
}

async fn ensure_courier(tx: &mut Tx, marketplace: MarketplaceId, now: Moment) -> Result<ProviderId, Error> {
    let conn: &mut dyn Conn = tx;
    let known = people::list_providers(conn, marketplace, None, 100).await?;
    if let Some(row) = known.iter().find(|row| row.name == COURIER) {
        return Ok(ProviderId(row.id));
    }
    let id = ProviderId(clock::new_id(now));
    let row = ProviderRow {
        id: id.0,
        marketplace_id: marketplace.0,
        seller_id: None,
        name: COURIER.to_owned(),
        phone: String::new(),
    };
    people::insert_provider(tx, &row, now).await?;
    Ok(id)
}
