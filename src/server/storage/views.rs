//! Views of the list that people keep under names, and all that stands in the head of a list, in one query.

use uuid::Uuid;

use crate::{
    domain::{
        id::{UserId, ViewId},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, counts::CountRow, fetch_packed, packed::Packed, read},
};

/// A view as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct ViewRow {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The parameters of its address, as JSON.
    pub query: String,
}

const LIST: &str = "select id, name, query from saved_views where user_id = $1 and hat = $2
order by created_at, id limit $3";

/// What this person keeps for this hat, oldest first.
pub async fn list(conn: &mut dyn Conn, user: UserId, hat: &str, limit: usize) -> Result<Vec<ViewRow>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    read!(conn, ViewRow, |c| sqlx::query(LIST).bind(user.0).bind(hat).bind(limit).fetch_all(c).await)
}

/// Saving under a name that is taken puts the new view in its place.
const UPSERT: &str =
    "insert into saved_views (id, user_id, hat, name, query, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict (user_id, hat, name) do update set query = excluded.query";

/// Keeps a view, in place of one of the same name.
pub async fn upsert(tx: &mut Tx, view: &ViewRow, user: UserId, hat: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPSERT)
        .bind(view.id)
        .bind(user.0)
        .bind(hat)
        .bind(view.name.as_str())
        .bind(view.query.as_str())
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const DELETE: &str = "delete from saved_views where id = $1 and user_id = $2 and hat = $3";

/// Forgets a view; says whether it was there and theirs.
pub async fn delete(tx: &mut Tx, id: ViewId, user: UserId, hat: &str) -> Result<bool, Error> {
    let gone = change!(tx, |c| sqlx::query(DELETE).bind(id.0).bind(user.0).bind(hat).execute(c).await)?;
    Ok(gone > 0)
}

/// A row of the head: a count of orders under a status, or a view, which has an id.
#[derive(Debug, holdfast_macros::Row, serde::Deserialize)]
struct HeadRow {
    name: String,
    query: String,
    turn: i64,
    orders: i64,
    id: Option<Uuid>,
}

impl Packed for HeadRow {
    const COLUMNS: &'static str = "name, query, turn, orders, nullif(hex(id), '')";
}

const HEAD: &str = "select 0 as part, status as name, '' as query, turn, orders, 0 as kept_at, null as id
from (select status, turn, cast(sum(orders) as bigint) as orders from order_counts
    where owner_id = $1 group by status, turn order by status, turn limit 500) counted
union all
select 1, name, query, 0, 0, created_at, id
from (select id, name, query, created_at from saved_views where user_id = $2 and hat = $3
    order by created_at, id limit $4) kept
order by part, kept_at, name, turn limit 600";

/// How many orders each tab has for `owner`, and the views that this person keeps for this hat, oldest first.
pub async fn head(
    conn: &mut dyn Conn,
    owner: Uuid,
    (user, hat): (UserId, &str),
    limit: usize,
) -> Result<(Vec<CountRow>, Vec<ViewRow>), Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = fetch_packed!(conn, HeadRow, HEAD, |query| query.bind(owner).bind(user.0).bind(hat).bind(limit))?;
    let (mut counts, mut views) = (Vec::new(), Vec::new());
    for HeadRow { name, query, turn, orders, id } in rows {
        match id {
            Some(id) => views.push(ViewRow { id, name, query }),
            None => counts.push(CountRow { status: name, turn, orders }),
        }
    }
    Ok((counts, views))
}
