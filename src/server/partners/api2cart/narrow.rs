//! By what `API2Cart`'s lists are narrowed, and where they continue.

use super::status;
use crate::{
    domain::{
        error::Error as Shown,
        id::{Reference, UserId},
        order::Order,
        text::{BadText, Email, Phone},
    },
    server::{
        partners::{Call, body::Sent, paging::continued, standing},
        service::{
            partners::{
                order_name,
                search::{self, Page, Wanted},
            },
            programs::OrderName,
        },
    },
};

/// How many orders a page has when nobody says, and at most; that is also how many can be named at once.
const COUNTS: (usize, usize) = (10, 250);
/// The parameter that says how many orders are left out first.
pub const START: &str = "start";
/// How many orders may be left out at most.
const MOST_SKIPPED: usize = 10_000;

/// What is wanted: by rows, and by what no row says.
#[derive(Debug)]
pub struct Narrowed {
    /// By rows.
    pub wanted: Wanted,
    statuses: Vec<u8>,
    financial: Option<&'static str>,
    fulfillment: Option<&'static str>,
}

impl Narrowed {
    /// Whether an order fits beyond its row.
    pub fn fits(&self, order: &Order) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&status::of(order)))
            && self.financial.is_none_or(|wanted| standing::money(order) == wanted)
            && self.fulfillment.is_none_or(|wanted| standing::goods(order) == wanted)
    }

    /// Whether rows say all of it: one status of ours is called by two names.
    pub fn is_by_rows(&self) -> bool {
        let is_split = self.statuses.contains(&5) != self.statuses.contains(&status::REFUNDED);
        self.financial.is_none() && self.fulfillment.is_none() && !is_split
    }
}

fn statuses(said: &Sent) -> Result<Vec<u8>, Shown> {
    let all = ["order_status", "order_status_ids"].map(|name| said.list(name).into_iter().map(move |id| (name, id)));
    all.into_iter().flatten().map(|(name, id)| status::known(name, id.text().as_deref())).collect()
}

fn customer(text: &str) -> Result<UserId, BadText> {
    let id = uuid::Uuid::try_parse(text.trim_start_matches("usr_"));
    id.map(UserId).map_err(|_| BadText("There is no such customer.".to_owned()))
}

/// What the parameters want.
pub async fn read(call: &Call, said: &Sent) -> Result<Narrowed, Shown> {
    let statuses = statuses(said)?;
    let ours = statuses.iter().flat_map(|id| status::ours(*id)).collect();
    let since = match said.read_maybe("since_id", |text| order_name(text).map_err(|no| BadText(no.message)))? {
        Some(name) => Some(search::place(call.services(), &call.holder, &name, "since_id").await?),
        None => None,
    };
    let sort = said.one_of("sort_by", &["created_at", "create_at", "order_id", "id", "modified_at"])?;
    let wanted = Wanted {
        references: ids(said)?,
        statuses: (!statuses.is_empty()).then_some(ours),
        seller: call.store,
        channel: None,
        buyer: said.read_maybe("customer_id", customer)?,
        buyer_email: said.read_maybe("customer_email", Email::parse)?.map(String::from),
        phone: said.read_maybe("phone", Phone::parse)?.map(String::from),
        placed_from: said.instant("created_from")?,
        placed_to: said.instant("created_to")?,
        changed_from: said.instant("modified_from")?,
        changed_to: said.instant("modified_to")?,
        since,
        by_change: sort == Some("modified_at"),
        newest_first: said.one_of("sort_direction", &["asc", "desc"])? == Some("desc"),
    };
    let financial = status::word(said, "financial_status", &status::FINANCIAL)?.map(|(word, ..)| word);
    let fulfillment = status::word(said, "fulfillment_status", &status::FULFILLMENT)?.map(|(word, ..)| word);
    Ok(Narrowed { wanted, statuses, financial, fulfillment })
}

/// The orders that are named; those that nobody knows are no orders.
fn ids(said: &Sent) -> Result<Option<Vec<Reference>>, Shown> {
    let list = said.list("ids");
    if list.len() > COUNTS.1 {
        return Err(Shown::field("ids", format!("At most {}.", COUNTS.1)));
    }
    let names = list.iter().filter_map(Sent::text).filter_map(|text| order_name(&text).ok());
    let known = names.filter_map(|name| if let OrderName::Reference(found) = name { Some(found) } else { None });
    Ok((!list.is_empty()).then(|| known.collect()))
}

/// Which page is wanted of what.
pub fn page(said: &Sent) -> Result<(Sent, Page), Shown> {
    let (said, after) = continued(said)?;
    let skip = said.between(START, 0, (0, MOST_SKIPPED))?;
    let take = said.between("count", COUNTS.0, (1, COUNTS.1))?;
    Ok((said, Page { after, skip, take }))
}
