//! By what lists are narrowed, and where they continue.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::status;
use crate::{
    domain::{
        error::Error as Shown,
        id::{SellerId, UserId},
        order::Order,
        page::Cursor,
        text::{Email, Phone},
        time::Moment,
    },
    server::{
        clock,
        partners::body::Sent,
        service::{
            Services,
            keys::Holder,
            partners::{order_name, search::Wanted},
            programs::{self, OrderName},
        },
    },
};

/// How many orders a page has when nobody says, and at most.
const COUNTS: (u64, u64) = (10, 250);
/// The most orders that are named at once.
const MOST_IDS: usize = 250;
/// The parameters that narrow.
const FILTERS: [&str; 18] = [
    "ids",
    "since_id",
    "order_status",
    "order_status_ids",
    "financial_status",
    "fulfillment_status",
    "customer_id",
    "customer_email",
    "phone",
    "created_from",
    "created_to",
    "modified_from",
    "modified_to",
    "sort_by",
    "sort_direction",
    "response_fields",
    "exclude",
    "count",
];

/// What is wanted: by rows, and by what no row says.
#[derive(Debug)]
pub struct Narrowed {
    /// By rows.
    pub wanted: Wanted,
    statuses: Option<Vec<u8>>,
    financial: Option<String>,
    fulfillment: Option<String>,
}

impl Narrowed {
    /// Whether an order fits beyond its row.
    pub fn fits(&self, order: &Order) -> bool {
        self.statuses.as_ref().is_none_or(|ids| ids.contains(&status::of(order)))
            && self.financial.as_ref().is_none_or(|wanted| status::financial(order) == wanted)
            && self.fulfillment.as_ref().is_none_or(|wanted| status::fulfillment(order) == wanted)
    }

    /// Whether rows say all of it.
    pub fn is_by_rows(&self) -> bool {
        let split = |ids: &Vec<u8>| ids.contains(&5) != ids.contains(&11);
        self.financial.is_none() && self.fulfillment.is_none() && !self.statuses.as_ref().is_some_and(split)
    }
}

/// An instant as they write it: RFC 3339, with a space or without colons in its offset, or a day.
fn instant(text: &str) -> Option<Moment> {
    let mut text = text.trim().replacen(' ', "T", 1);
    if text.len() == 10 {
        text.push_str("T00:00:00");
    }
    let offset = text.len().checked_sub(5).filter(|at| text.is_char_boundary(*at)).map(|at| text.split_at(at));
    if let Some((rest, end)) = offset
        && end.starts_with(['+', '-'])
        && end[1..].bytes().all(|byte| byte.is_ascii_digit())
        && rest.contains('T')
    {
        text = format!("{rest}{}:{}", &end[..3], &end[3..]);
    }
    clock::read_rfc3339(&text).or_else(|| clock::read_rfc3339(&format!("{text}Z")))
}

fn moment(said: &Sent, name: &str) -> Result<Option<Moment>, Shown> {
    let read = |text: String| {
        instant(&text).ok_or_else(|| Shown::field(name, "This must be an instant, such as 2026-11-26T14:00:00Z."))
    };
    said.maybe(name)?.map(read).transpose()
}

fn one_of(said: &Sent, name: &str, known: &[&str]) -> Result<Option<String>, Shown> {
    let Some(text) = said.maybe(name)? else { return Ok(None) };
    let text = text.to_lowercase();
    if known.contains(&text.as_str()) {
        Ok(Some(text))
    } else {
        Err(Shown::field(name, format!("One of {}.", known.join(", "))))
    }
}

fn statuses(said: &Sent) -> Result<Option<Vec<u8>>, Shown> {
    let mut ids = Vec::new();
    for name in ["order_status", "order_status_ids"] {
        for value in said.list(name) {
            let id = value.text().and_then(|text| status::known(&text));
            ids.push(id.ok_or_else(|| Shown::field(name, "There is no such status."))?);
        }
    }
    Ok((!ids.is_empty()).then_some(ids))
}

/// What the parameters want.
pub async fn read(
    services: &Services,
    holder: &Holder,
    said: &Sent,
    seller: Option<SellerId>,
) -> Result<Narrowed, Shown> {
    let statuses = statuses(said)?;
    let ours = statuses.as_ref().map(|ids| ids.iter().flat_map(|id| status::ours(*id)).collect());
    let buyer = match said.maybe("customer_id")? {
        Some(text) => {
            let id = uuid::Uuid::try_parse(text.trim_start_matches("usr_")).ok().map(UserId);
            Some(id.ok_or_else(|| Shown::field("customer_id", "There is no such customer."))?)
        }
        None => None,
    };
    let since = match said.maybe("since_id")? {
        Some(text) => {
            let wrong = |_| Shown::field("since_id", "There is no such order.");
            let name = order_name(&text).map_err(wrong)?;
            let (order, _) = programs::find(services, holder, &name).await.map_err(Shown::from).map_err(wrong)?;
            Some(Cursor { key: order.placed_at.0, id: order.id.0 })
        }
        None => None,
    };
    let sort = one_of(said, "sort_by", &["created_at", "create_at", "order_id", "id", "modified_at"])?;
    let direction = one_of(said, "sort_direction", &["asc", "desc"])?;
    let wanted = Wanted {
        references: ids(said)?,
        statuses: ours,
        seller,
        channel: None,
        buyer,
        buyer_email: said.read_maybe("customer_email", Email::parse)?.map(String::from),
        phone: said.read_maybe("phone", Phone::parse)?.map(String::from),
        placed_from: moment(said, "created_from")?,
        placed_to: moment(said, "created_to")?,
        changed_from: moment(said, "modified_from")?,
        changed_to: moment(said, "modified_to")?,
        since,
        by_change: sort.as_deref() == Some("modified_at"),
        newest_first: direction.as_deref() == Some("desc"),
    };
    Ok(Narrowed {
        wanted,
        statuses,
        financial: one_of(said, "financial_status", &status::FINANCIAL)?,
        fulfillment: one_of(said, "fulfillment_status", &status::FULFILLMENT)?,
    })
}

/// The orders that are named; those that nobody knows are no orders.
fn ids(said: &Sent) -> Result<Option<Vec<crate::domain::id::Reference>>, Shown> {
    let list = said.list("ids");
    if list.is_empty() {
        return Ok(None);
    }
    if list.len() > MOST_IDS {
        return Err(Shown::field("ids", format!("At most {MOST_IDS}.")));
    }
    let reference = |value: &Sent| match order_name(&value.text().unwrap_or_default()) {
        Ok(OrderName::Reference(reference)) => Some(reference),
        _ => None,
    };
    Ok(Some(list.iter().filter_map(reference).collect()))
}

/// Where a page begins and how long it is.
pub fn page(said: &Sent) -> Result<(usize, usize), Shown> {
    let (usual, most) = COUNTS;
    let count = said.whole("count")?.unwrap_or(usual);
    if !(1..=most).contains(&count) {
        return Err(Shown::field("count", format!("From 1 to {most}.")));
    }
    let start = said.whole("start")?.unwrap_or(0);
    let start = usize::try_from(start).ok().filter(|start| *start <= 10_000);
    let start = start.ok_or_else(|| Shown::field("start", "At most 10000: continue with page_cursor."))?;
    Ok((start, usize::try_from(count).unwrap_or(1)))
}

/// The cursor that continues a list: what it is narrowed by, and its last place.
pub fn cursor(said: &Sent, place: Cursor) -> String {
    let text = |name: &str| {
        let parts: Vec<String> = said.list(name).iter().filter_map(Sent::text).collect();
        (name.to_owned(), parts.join(","))
    };
    let mut pairs: Vec<(String, String)> = FILTERS.iter().map(|name| text(name)).collect();
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.push(("after".to_owned(), place.write()));
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&pairs).expect("pairs are plain data"))
}

/// What is said, or what the cursor says that is said alone.
pub fn continued(said: &Sent) -> Result<(Sent, Option<Cursor>), Shown> {
    let Some(text) = said.maybe("page_cursor")? else { return Ok((said.clone(), None)) };
    let stray = FILTERS.iter().chain(&["start"]).find(|name| *said.get(name) != Sent::Nothing);
    if let Some(stray) = stray {
        return Err(Shown::field(stray, "The cursor says all of it: send page_cursor alone."));
    }
    let wrong = || Shown::field("page_cursor", "Use the `next` of a page as it is.");
    let bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|_| wrong())?;
    let pairs: Vec<(String, String)> = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let after = pairs.iter().find(|(name, _)| name == "after").and_then(|(_, place)| Cursor::read(place));
    let members = pairs.into_iter().filter(|(name, _)| name != "after").map(|(name, value)| (name, Sent::Text(value)));
    Ok((Sent::Members(members.collect()), Some(after.ok_or_else(wrong)?)))
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn instants_are_read_as_they_write_them() {
        let right = Some(crate::domain::time::Moment(1_795_424_400_000_000));
        for text in [
            "2026-11-23T09:00:00Z",
            "2026-11-23 09:00:00",
            "2026-11-23T09:00:00+0000",
            "2026-11-23T10:00:00+01:00",
            "2026-11-23T10:00:00+0100",
        ] {
            assert_eq!(instant(text), right, "{text}");
        }
        assert!(instant("2026-11-23").is_some());
        for text in ["", "x", "2026-13-01", "yesterday", "äöüäö", "+0000"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
