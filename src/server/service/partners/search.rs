//! Lists of whole orders, as partners ask for them: narrowed by rows where rows say it, and else by the orders themselves.

use crate::{
    domain::{
        api_key::{Mode, TEST_CHANNEL},
        error::Error as Shown,
        order::Order,
        page::Cursor,
    },
    server::{
        error::Error,
        service::{
            Services,
            keys::Holder,
            orders,
            programs::{self, OrderName},
        },
        storage::partners as rows,
    },
};

pub use rows::Wanted;

/// How many orders are read at a time.
const LOT: i64 = 250;
/// The most orders that are looked through for one page; the next page goes on from there.
const MOST_READ: usize = 10_000;
/// The most pages that are looked through to count.
const MOST_PAGES: usize = 10;

/// The part of what is wanted that a key may see.
fn within(holder: &Holder, wanted: &Wanted) -> Wanted {
    let mut wanted = wanted.clone();
    if holder.mode == Mode::Test {
        wanted.channel = Some(TEST_CHANNEL.to_owned());
    }
    wanted
}

/// Whether an order fits beyond what its row says.
pub type Fits<'a> = &'a (dyn Fn(&Order) -> bool + Send + Sync);

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// After this place.
    pub after: Option<Cursor>,
    /// So many that fit are left out first.
    pub skip: usize,
    /// At most so many.
    pub take: usize,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Found {
    /// The orders; fewer than were asked for, even none, when so many had to be looked through that the rest is another page.
    pub orders: Vec<Order>,
    /// Where the list goes on, and how many that fit are still left out there; nothing at its end.
    pub next: Option<(Cursor, usize)>,
}

/// A part of the orders that fit.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    services: &Services,
    holder: &Holder,
    wanted: &Wanted,
    fits: impl Fn(&Order) -> bool + Send,
    page: Page,
) -> Result<Found, Error> {
    let (owner, wanted) = (orders::owner(&holder.viewer), within(holder, wanted));
    let mut conn = services.db.reader().await?;
    let (mut orders, mut place, mut skip, mut read) = (Vec::new(), page.after, page.skip, 0);
    loop {
        let lot = rows::list(&mut conn, owner, &wanted, place, LOT).await?;
        let is_last = lot.len() < usize::try_from(LOT).unwrap_or(usize::MAX);
        read += lot.len();
        for (cursor, order) in lot {
            if orders.len() == page.take {
                return Ok(Found { orders, next: place.map(|place| (place, skip)) });
            }
            place = Some(cursor);
            if !fits(&order) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
            } else {
                orders.push(order);
            }
        }
        if is_last {
            return Ok(Found { orders, next: None });
        }
        if read >= MOST_READ {
            return Ok(Found { orders, next: place.map(|place| (place, skip)) });
        }
    }
}

/// The place of an order in a list by when orders were placed.
///
/// # Errors
/// A wrong field of this name when there is no such order.
pub async fn place(services: &Services, holder: &Holder, name: &OrderName, field: &str) -> Result<Cursor, Error> {
    match programs::find(services, holder, name).await {
        Ok((order, _)) => Ok(Cursor { key: order.placed_at.0, id: order.id.0 }),
        Err(Error::Refused(_)) => Err(Shown::field(field, "There is no such order.").into()),
        Err(error) => Err(error),
    }
}

/// How many orders fit; what rows say is counted by rows, and with a condition beyond them each order is looked at.
///
/// # Errors
/// A wrong field when there are so many that they are not counted.
pub async fn count(
    services: &Services,
    holder: &Holder,
    wanted: &Wanted,
    fits: Option<Fits<'_>>,
) -> Result<i64, Error> {
    let many = || Shown::field("created_from", "So many are not counted: ask for less, such as one month.");
    let Some(fits) = fits else {
        let mut conn = services.db.reader().await?;
        let counted = rows::count(&mut conn, orders::owner(&holder.viewer), &within(holder, wanted)).await?;
        return if counted < rows::MOST_COUNTED { Ok(counted) } else { Err(many().into()) };
    };
    let (mut page, mut counted) = (Page { after: None, skip: 0, take: MOST_READ }, 0);
    for _ in 0..MOST_PAGES {
        let found = list(services, holder, wanted, fits, page).await?;
        counted += found.orders.len();
        match found.next {
            None => return Ok(i64::try_from(counted).unwrap_or(i64::MAX)),
            Some((place, _)) => page.after = Some(place),
        }
    }
    Err(many().into())
}
