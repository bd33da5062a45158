//! The list of orders: one query for a page of any tab, filter and sort, continued by key.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        desk::{Filter, Owner, Row, Sort, Tab},
        id::Reference,
        money::{Currency, Money, UNUSUAL_DECIMALS},
        order::status::{Status, Turn},
        page::{Cursor, Page},
        search,
        time::Moment,
    },
    server::storage::{Conn, Error, fetch_packed, on, packed::Packed},
};

#[derive(Debug, holdfast_macros::Row, serde::Deserialize)]
struct ListRow {
    id: Uuid,
    reference: String,
    external_ref: Option<String>,
    currency: String,
    title: String,
    seller_name: String,
    buyer_name: String,
    task: String,
    total_minor: i64,
    status: String,
    turn: i64,
    urgent_at: i64,
    version: i64,
    placed_at: i64,
    updated_at: i64,
    channel: String,
}

impl Packed for ListRow {
    const COLUMNS: &'static str =
        "hex(id), reference, external_ref, currency, title, seller_name, buyer_name, task, total_minor,
        status, turn, urgent_at, version, placed_at, updated_at, channel";
}

/// A value bound to a list query, in the order of its placeholders.
pub(super) enum Bound {
    Id(Uuid),
    Number(i64),
    Text(String),
}

/// The text of a query as it grows, with what is bound to it.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) bound: Vec<Bound>,
}

impl Query {
    /// Binds a value and gives its placeholder.
    pub(super) fn bind(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("${}", self.bound.len())
    }

    /// Adds some text.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a condition on one bound value; `?` stands for it.
    pub(super) fn and(&mut self, condition: &str, value: Bound) {
        let mark = self.bind(value);
        self.text.push_str(" and ");
        self.text.push_str(&condition.replace('?', &mark));
    }
}

/// Binds all values to a statement.
macro_rules! bind_all {
    ($statement:expr, $bound:expr) => {
        $bound.into_iter().fold($statement, |statement, value| match value {
            Bound::Id(id) => statement.bind(id),
            Bound::Number(number) => statement.bind(number),
            Bound::Text(text) => statement.bind(text),
        })
    };
}

const COLUMNS: &str =
    "select id, reference, external_ref, currency, title, seller_name, buyer_name, task, total_minor, status,
    turn, urgent_at, version, placed_at, updated_at, channel from orders where ";

/// At most so many couriers are looked for by their name.
const MOST_PROVIDERS: usize = 200;
/// A word by which so many orders of a marketplace are found is a common one.
const COMMON: usize = 5_000;

/// One page of `owner`'s orders, after the row of the cursor.
pub async fn list(
    conn: &mut dyn Conn,
    owner: Owner,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
    now: Moment,
) -> Result<Page<Row>, Error> {
    let common = common_words(conn, owner, filter).await?;
    let mut found = fetch(conn, compose(owner, filter, &common, after, limit, now)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let rows = found.into_iter().map(|row| read(row, filter.sort)).collect::<Result<Vec<Row>, Error>>()?;
    let next = rows.last().filter(|_| more).map(|row| row.cursor);
    Ok(Page { rows, next })
}

/// Those of these orders that are `owner`'s, placed last first.
pub async fn list_of(conn: &mut dyn Conn, owner: Owner, references: &[Reference]) -> Result<Vec<Row>, Error> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = owned(COLUMNS, owner);
    let marks: Vec<String> =
        references.iter().map(|reference| query.bind(Bound::Text(reference.to_string()))).collect();
    query.push(&format!(" and reference in ({}) order by placed_at desc, id desc", marks.join(", ")));
    let mark = query.bind(Bound::Number(i64::try_from(references.len()).unwrap_or(i64::MAX)));
    query.push(&format!(" limit {mark}"));
    fetch(conn, query).await?.into_iter().map(|row| read(row, Sort::Newest)).collect()
}

async fn fetch(conn: &mut dyn Conn, query: Query) -> Result<Vec<ListRow>, Error> {
    let Query { text, bound } = query;
    fetch_packed!(conn, ListRow, &text, |statement| bind_all!(statement, bound))
}

/// All orders of an owner, to be narrowed.
pub(super) fn owned(columns: &str, owner: Owner) -> Query {
    let mut query = Query { text: columns.to_owned(), bound: Vec::new() };
    let (column, id) = match owner {
        Owner::Buyer(id) => ("buyer_id", id.0),
        Owner::Seller(id) => ("seller_id", id.0),
        Owner::Provider(id) => ("provider_id", id.0),
        Owner::Marketplace(id) => ("marketplace_id", id.0),
    };
    let mark = query.bind(Bound::Id(id));
    query.push(&format!("{column} = {mark}"));
    query
}

/// The words that are looked for by which very many orders are found: asked with one query, and only where words narrow first.
async fn common_words(conn: &mut dyn Conn, owner: Owner, filter: &Filter) -> Result<Vec<String>, Error> {
    let Owner::Marketplace(marketplace) = owner else { return Ok(Vec::new()) };
    let mut words = search::query(&filter.search);
    words.extend(search::names(&filter.party));
    if words.is_empty() {
        return Ok(words);
    }
    let mut query = Query { text: String::new(), bound: vec![Bound::Id(marketplace.0)] };
    let many = i64::try_from(COMMON).unwrap_or(i64::MAX);
    for (at, word) in words.iter().enumerate() {
        let (from, until) = (query.bind(Bound::Text(word.clone())), query.bind(Bound::Text(search::end_of(word))));
        let limit = query.bind(Bound::Number(many));
        let union = if at == 0 { "" } else { " union all " };
        query.push(&format!(
            "{union}select count(*) from (select 1 from order_terms where marketplace_id = $1 and term >= {from} and term < {until} limit {limit}) t"
        ));
    }
    let Query { text, bound } = query;
    let counts: Vec<i64> = on!(conn, |c| bind_all!(sqlx::query_scalar(AssertSqlSafe(text)), bound).fetch_all(c).await)?;
    Ok(words.into_iter().zip(counts).filter(|(_, count)| *count == many).map(|(word, _)| word).collect())
}

fn compose(
    owner: Owner,
    filter: &Filter,
    common: &[String],
    after: Option<Cursor>,
    limit: usize,
    now: Moment,
) -> Query {
    let mut query = owned(COLUMNS, owner);
    match filter.tab {
        // Written as in the partial indexes, so that they are used.
        Tab::YourTurn => query.push(&format!(" and (turn & {}) <> 0", Turn::of(owner.party()).bits())),
        Tab::Open => query.push(" and stage = 'open'"),
        Tab::Disputes => query.push(" and stage = 'disputed'"),
        Tab::Done => query.push(" and stage = 'done'"),
        Tab::All => {}
    }
    narrow(&mut query, filter, now);
    let words = search::query(&filter.search);
    if words.is_empty() && !filter.search.trim().is_empty() {
        // What has no letter and no digit is in no order's words.
        query.push(" and 1 = 0");
    }
    look_for(&mut query, owner, words, common);
    people(&mut query, owner, filter, common);
    let (key, direction, beyond) = match filter.sort {
        Sort::Urgent => ("urgent_at", "asc", ">"),
        Sort::Oldest => ("placed_at", "asc", ">"),
        Sort::Newest => ("placed_at", "desc", "<"),
        Sort::Largest => ("total_minor", "desc", "<"),
    };
    if let Some(cursor) = after {
        let (key_mark, id_mark) = (query.bind(Bound::Number(cursor.key)), query.bind(Bound::Id(cursor.id)));
        query.push(&format!(" and ({key}, id) {beyond} ({key_mark}, {id_mark})"));
    }
    let mark = query.bind(Bound::Number(i64::try_from(limit + 1).unwrap_or(i64::MAX)));
    query.push(&format!(" order by {key} {direction}, id {direction} limit {mark}"));
    query
}

fn narrow(query: &mut Query, filter: &Filter, now: Moment) {
    if let Some(status) = filter.status {
        query.and("status = ?", Bound::Text(status.code().to_owned()));
    }
    if let Some(seller) = filter.seller {
        query.and("seller_id = ?", Bound::Id(seller.0));
    }
    if !filter.channel.is_empty() {
        query.and("channel = ?", Bound::Text(filter.channel.clone()));
    }
    if let Some(least) = filter.least_minor {
        query.and("total_minor >= ?", Bound::Number(least));
    }
    if let Some(most) = filter.most_minor {
        query.and("total_minor <= ?", Bound::Number(most));
    }
    if filter.least_typed.is_some() || filter.most_typed.is_some() {
        let typed = in_ten_thousandths();
        for (beyond, amount) in [(">=", filter.least_typed), ("<=", filter.most_typed)] {
            if let Some(amount) = amount {
                query.and(&format!("{typed} {beyond} ?"), Bound::Number(amount));
            }
        }
    }
    if let Some(from) = filter.placed_from {
        query.and("placed_at >= ?", Bound::Number(from.0));
    }
    if let Some(until) = filter.placed_until {
        query.and("placed_at < ?", Bound::Number(until.0));
    }
    if filter.overdue {
        query.and("urgent_at < ?", Bound::Number(now.0));
    }
}

/// What an order is worth, in ten-thousandths of a unit of its currency.
fn in_ten_thousandths() -> String {
    let unusual = UNUSUAL_DECIMALS.map(|(decimals, codes)| {
        format!("when currency in ('{}') then {}", codes.join("', '"), 10_i64.pow(4 - decimals))
    });
    format!("total_minor * (case {} else 100 end)", unusual.join(" "))
}

/// Each word must begin one of the order's terms. Terms are kept by marketplace: there a word is looked up first, and the few
/// orders that have it; a common one is asked of each order in the order of the list, as it soon finds enough. So are the
/// words of everybody else, whose orders are few or in several marketplaces.
fn look_for(query: &mut Query, owner: Owner, words: Vec<String>, common: &[String]) {
    for word in words {
        let end = search::end_of(&word);
        let word_first = matches!(owner, Owner::Marketplace(_)) && !common.contains(&word);
        let (from, until) = (query.bind(Bound::Text(word)), query.bind(Bound::Text(end)));
        query.push(&if word_first {
            format!(
                " and id in (select order_id from order_terms where marketplace_id = $1 and term >= {from} and term < {until})"
            )
        } else {
            format!(
                " and exists (select 1 from order_terms t where t.order_id = orders.id and t.term >= {from} and t.term < {until})"
            )
        });
    }
}

/// Names of parties are words by which orders are found, so that those words narrow first; then the names themselves are
/// looked at. Couriers are few, so they are found by their names and their orders by them.
fn people(query: &mut Query, owner: Owner, filter: &Filter, common: &[String]) {
    if !filter.party.is_empty() {
        look_for(query, owner, search::names(&filter.party), common);
        let like = has_in_it(query, &["buyer_name", "seller_name"], &filter.party);
        query.push(&format!(" and ({like})"));
    }
    if !filter.provider.is_empty() {
        let like = has_in_it(query, &["name"], &filter.provider);
        let place = match owner {
            Owner::Marketplace(_) => "marketplace_id = $1 and ",
            Owner::Buyer(_) | Owner::Seller(_) | Owner::Provider(_) => "",
        };
        query.push(&format!(
            " and provider_id in (select id from providers where {place}({like}) limit {MOST_PROVIDERS})"
        ));
    }
}

/// The condition that one of these columns has this text in it, whatever its letters' case. Databases know the case of the
/// letters of English alone, or of all: so the others are tried small, large, and as names are written.
fn has_in_it(query: &mut Query, columns: &[&str], text: &str) -> String {
    let small = text.to_lowercase();
    let as_names = small.split(' ').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    let as_names = as_names.collect::<Vec<_>>().join(" ");
    let written = [small.clone(), as_names.to_ascii_lowercase(), text.to_uppercase().to_ascii_lowercase()];
    let mut either = Vec::new();
    for pattern in BTreeSet::from(written) {
        let mark = query.bind(Bound::Text(part_of(&pattern)));
        either.extend(columns.iter().map(|column| format!("lower({column}) like {mark} escape '\\'")));
    }
    either.join(" or ")
}

/// A pattern of what has this text in it.
fn part_of(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

fn read(row: ListRow, sort: Sort) -> Result<Row, Error> {
    let broken = |reason: &str| Error::broken("orders", row.id, reason);
    let currency: Currency = row.currency.parse().map_err(|_| broken("currency"))?;
    let key = match sort {
        Sort::Urgent => row.urgent_at,
        Sort::Newest | Sort::Oldest => row.placed_at,
        Sort::Largest => row.total_minor,
    };
    Ok(Row {
        reference: row.reference.parse::<Reference>().map_err(|_| broken("reference"))?,
        total: Money::new(row.total_minor, currency),
        status: Status::from_code(&row.status).ok_or_else(|| broken("status"))?,
        turn: Turn::from_bits(u8::try_from(row.turn).map_err(|_| broken("turn"))?),
        due_at: (row.urgent_at < i64::MAX / 4).then_some(Moment(row.urgent_at)),
        version: u32::try_from(row.version).map_err(|_| broken("version"))?,
        cursor: Cursor { key, id: row.id },
        external_ref: row.external_ref,
        buyer: row.buyer_name,
        seller: row.seller_name,
        title: row.title,
        task: row.task,
        placed_at: Moment(row.placed_at),
        updated_at: Moment(row.updated_at),
        channel: row.channel,
    })
}
