//! Orders as partners look for them: whole, by what their surfaces narrow by, continued by key.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    domain::{
        desk::Owner,
        id::{Reference, SellerId, UserId},
        order::{Order, status::Status},
        page::Cursor,
        time::Moment,
    },
    server::storage::{
        Conn, Error,
        list::{Bound, Query, owned},
        on, read,
    },
};

/// By what orders are narrowed; the default narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// These alone, when there are any.
    pub references: Option<Vec<Reference>>,
    /// In one of these statuses, when there are any.
    pub statuses: Option<Vec<Status>>,
    /// Of this seller.
    pub seller: Option<SellerId>,
    /// From this channel.
    pub channel: Option<String>,
    /// Of this buyer.
    pub buyer: Option<UserId>,
    /// Of the buyer with this address, in lower case.
    pub buyer_email: Option<String>,
    /// Reached by this number, in E.164.
    pub phone: Option<String>,
    /// Placed at this instant or later.
    pub placed_from: Option<Moment>,
    /// Placed at this instant or earlier.
    pub placed_to: Option<Moment>,
    /// Changed at this instant or later.
    pub changed_from: Option<Moment>,
    /// Changed at this instant or earlier.
    pub changed_to: Option<Moment>,
    /// Placed after this one.
    pub since: Option<Cursor>,
    /// By when they changed, in place of when they were placed.
    pub by_change: bool,
    /// The newest first.
    pub newest_first: bool,
}

#[derive(holdfast_macros::Row)]
struct FoundRow {
    id: Uuid,
    key: i64,
    state: String,
}

/// The most rows that are counted.
pub const MOST_COUNTED: i64 = 1_000_000;

impl Wanted {
    fn key(&self) -> &'static str {
        if self.by_change { "updated_at" } else { "placed_at" }
    }

    fn query(&self, columns: &str, owner: Owner) -> Query {
        let mut query = owned(columns, owner);
        if let Some(references) = &self.references {
            let texts = references.iter().map(ToString::to_string).collect();
            among(&mut query, "reference", texts);
        }
        if let Some(statuses) = &self.statuses {
            among(&mut query, "status", statuses.iter().map(|status| status.code().to_owned()).collect());
        }
        let ids = [("seller_id = ?", self.seller.map(|id| id.0)), ("buyer_id = ?", self.buyer.map(|id| id.0))];
        for (condition, id) in ids {
            if let Some(id) = id {
                query.and(condition, Bound::Id(id));
            }
        }
        let texts = [
            ("channel = ?", &self.channel),
            ("buyer_id in (select id from users where email = ?)", &self.buyer_email),
            ("id in (select order_id from recipients where phone = ?)", &self.phone),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.and(condition, Bound::Text(text.clone()));
            }
        }
        let times = [
            ("placed_at >= ?", self.placed_from),
            ("placed_at <= ?", self.placed_to),
            ("updated_at >= ?", self.changed_from),
            ("updated_at <= ?", self.changed_to),
        ];
        for (condition, at) in times {
            if let Some(at) = at {
                query.and(condition, Bound::Number(at.0));
            }
        }
        if let Some(since) = self.since {
            let (key, id) = (query.bind(Bound::Number(since.key)), query.bind(Bound::Id(since.id)));
            query.push(&format!(" and (placed_at, id) > ({key}, {id})"));
        }
        query
    }
}

fn among(query: &mut Query, column: &str, texts: Vec<String>) {
    let marks: Vec<String> = texts.into_iter().map(|text| query.bind(Bound::Text(text))).collect();
    if marks.is_empty() {
        query.push(" and 1 = 0");
    } else {
        query.push(&format!(" and {column} in ({})", marks.join(", ")));
    }
}

/// So many of an owner's orders after this one, each with its place in the list.
pub async fn list(
    conn: &mut dyn Conn,
    owner: Owner,
    wanted: &Wanted,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<(Cursor, Order)>, Error> {
    let key = wanted.key();
    let mut query = wanted.query(&format!("select id, {key} as key, state from orders where "), owner);
    let (direction, beyond) = if wanted.newest_first { ("desc", "<") } else { ("asc", ">") };
    if let Some(after) = after {
        let (mark, id) = (query.bind(Bound::Number(after.key)), query.bind(Bound::Id(after.id)));
        query.push(&format!(" and ({key}, id) {beyond} ({mark}, {id})"));
    }
    let mark = query.bind(Bound::Number(limit));
    query.push(&format!(" order by {key} {direction}, id {direction} limit {mark}"));
    let Query { text, bound } = query;
    let rows = read!(conn, FoundRow, |c| {
        let mut statement = sqlx::query(AssertSqlSafe(text));
        for value in bound {
            statement = match value {
                Bound::Id(id) => statement.bind(id),
                Bound::Number(number) => statement.bind(number),
                Bound::Text(text) => statement.bind(text),
            };
        }
        statement.fetch_all(c).await
    })?;
    let read = |row: FoundRow| {
        let order = serde_json::from_str(&row.state).map_err(|error| Error::broken("orders", row.id, error))?;
        Ok((Cursor { key: row.key, id: row.id }, order))
    };
    rows.into_iter().map(read).collect()
}

/// How many of an owner's orders there are.
pub async fn count(conn: &mut dyn Conn, owner: Owner, wanted: &Wanted) -> Result<i64, Error> {
    let mut query = wanted.query("select count(*) from (select 1 as one from orders where ", owner);
    let mark = query.bind(Bound::Number(MOST_COUNTED));
    query.push(&format!(" limit {mark}) as found"));
    let Query { text, bound } = query;
    on!(conn, |c| {
        let mut statement = sqlx::query_scalar::<_, i64>(AssertSqlSafe(text));
        for value in bound {
            statement = match value {
                Bound::Id(id) => statement.bind(id),
                Bound::Number(number) => statement.bind(number),
                Bound::Text(text) => statement.bind(text),
            };
        }
        statement.fetch_one(c).await
    })
}
