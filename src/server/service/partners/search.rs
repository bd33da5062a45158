//! Lists of whole orders, as partners ask for them: narrowed by rows where rows say it, and else by the orders themselves.

use crate::{
    domain::{
        api_key::{Mode, TEST_CHANNEL},
        order::Order,
        page::Cursor,
    },
    server::{
        error::Error,
        service::{Services, keys::Holder, orders},
        storage::partners as rows,
    },
};

pub use rows::Wanted;

/// How many orders are read at a time.
const LOT: i64 = 250;
/// The most orders that are looked through for one page.
const MOST_READ: usize = 10_000;

/// The part of what is wanted that a key may see.
fn within(holder: &Holder, wanted: &Wanted) -> Wanted {
    let mut wanted = wanted.clone();
    if holder.mode == Mode::Test {
        wanted.channel = Some(TEST_CHANNEL.to_owned());
    }
    wanted
}

/// So many orders that fit, after some that are left out, and the place of the last one when there may be more.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    services: &Services,
    holder: &Holder,
    wanted: &Wanted,
    fits: impl Fn(&Order) -> bool + Send,
    (after, mut skip, take): (Option<Cursor>, usize, usize),
) -> Result<(Vec<Order>, Option<Cursor>), Error> {
    let (owner, wanted) = (orders::owner(&holder.viewer), within(holder, wanted));
    let mut conn = services.db.reader().await?;
    let (mut found, mut place, mut read) = (Vec::new(), after, 0);
    loop {
        let lot = rows::list(&mut conn, owner, &wanted, place, LOT).await?;
        let is_last = lot.len() < usize::try_from(LOT).unwrap_or(usize::MAX);
        read += lot.len();
        for (cursor, order) in lot {
            if found.len() == take {
                return Ok((found, place));
            }
            place = Some(cursor);
            if !fits(&order) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
            } else {
                found.push(order);
            }
        }
        if is_last || read >= MOST_READ {
            return Ok((found, None));
        }
    }
}

/// How many orders fit; with a condition of its own, as far as so many are looked through.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    services: &Services,
    holder: &Holder,
    wanted: &Wanted,
    fits: Option<&(dyn Fn(&Order) -> bool + Send + Sync)>,
) -> Result<i64, Error> {
    if let Some(fits) = fits {
        let (found, _) = list(services, holder, wanted, fits, (None, 0, MOST_READ)).await?;
        return Ok(i64::try_from(found.len()).unwrap_or(i64::MAX));
    }
    let mut conn = services.db.reader().await?;
    Ok(rows::count(&mut conn, orders::owner(&holder.viewer), &within(holder, wanted)).await?)
}
