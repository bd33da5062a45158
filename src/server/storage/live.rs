//! Which orders changed lately, and the hint by which processes on one PostgreSQL tell each other to look.

use sqlx::{
    AssertSqlSafe,
    postgres::{PgListener, PgPoolOptions},
};
use uuid::Uuid;

use super::{Conn, Db, Error, Pools, read};
use crate::domain::{desk::Owner, time::Moment};

/// The channel of the hint: it says that something was committed, nothing more.
const CHANNEL: &str = "holdfast_orders";

/// An order at its latest event.
#[derive(Clone, Debug, holdfast_macros::Row)]
pub struct ChangedRow {
    /// Which.
    pub id: Uuid,
    /// Its public number.
    pub reference: String,
    /// Its marketplace.
    pub marketplace_id: Uuid,
    /// Its seller.
    pub seller_id: Uuid,
    /// Its buyer.
    pub buyer_id: Uuid,
    /// Who delivers it.
    pub provider_id: Option<Uuid>,
    /// Whose turn it is.
    pub turn: i64,
    /// How often it changed.
    pub version: i64,
    /// When it changed last.
    pub updated_at: i64,
    /// What happened last.
    pub kind: String,
    /// That event as JSON when it is a note, which not everybody may read.
    pub note: String,
}

const COLUMNS: &str = "select o.id, o.reference, o.marketplace_id, o.seller_id, o.buyer_id, o.provider_id, o.turn,
    o.version, o.updated_at, e.kind, case when e.kind = 'noted' then e.body else '' end as note
from orders o
join events e on e.order_id = o.id and e.seq = o.version
where (o.updated_at, o.id) > ($1, $2)";

/// A place among the orders by when they changed: continue after it.
pub type Place = (Moment, Uuid);

/// Orders that changed after a place, in the order in which they did.
pub async fn list_changed(conn: &mut dyn Conn, after: Place, limit: i64) -> Result<Vec<ChangedRow>, Error> {
    let text = format!("{COLUMNS} order by o.updated_at, o.id limit $3");
    read!(conn, ChangedRow, |c| sqlx::query(AssertSqlSafe(text))
        .bind(after.0.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// Like [`list_changed`], of one owner's orders alone.
pub async fn list_changed_of(
    conn: &mut dyn Conn,
    owner: Owner,
    after: Place,
    limit: i64,
) -> Result<Vec<ChangedRow>, Error> {
    let (column, id) = match owner {
        Owner::Buyer(id) => ("buyer_id", id.0),
        Owner::Seller(id) => ("seller_id", id.0),
        Owner::Provider(id) => ("provider_id", id.0),
        Owner::Marketplace(id) => ("marketplace_id", id.0),
    };
    let text = format!("{COLUMNS} and o.{column} = $4 order by o.updated_at, o.id limit $3");
    read!(conn, ChangedRow, |c| sqlx::query(AssertSqlSafe(text))
        .bind(after.0.0)
        .bind(after.1)
        .bind(limit)
        .bind(id)
        .fetch_all(c)
        .await)
}

/// Hints from other processes.
#[derive(Debug)]
pub struct Hints(PgListener);

impl Hints {
    /// Waits for the next one.
    pub async fn next(&mut self) -> Result<(), Error> {
        self.0.recv().await?;
        Ok(())
    }
}

const NOTIFY: &str = "select pg_notify($1, '')";

impl Db {
    /// Listens to other processes on a connection of its own; nothing where a database is one process's alone.
    pub async fn hints(&self) -> Result<Option<Hints>, Error> {
        let Pools::Postgres(pool) = &self.pools else { return Ok(None) };
        let options = pool.connect_options().as_ref().clone();
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener = PgListener::connect_with(&own.connect_lazy_with(options)).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Hints(listener)))
    }

    /// Hints other processes that there is something new.
    ///
    /// It is sent after the commit and not in the transaction: a transaction that notifies holds a lock of the whole
    /// server while it commits, so that no two would be written to disk together. A hint that is lost costs some seconds.
    pub async fn hint(&self) -> Result<(), Error> {
        if let Pools::Postgres(pool) = &self.pools {
            sqlx::query(NOTIFY).bind(CHANNEL).execute(pool).await?;
        }
        Ok(())
    }
}
