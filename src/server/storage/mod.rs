//! SQL and only SQL: how the two databases are opened, read and written; one file a noun holds the queries.

use std::sync::Arc;

use sqlx::{postgres::PgPool, sqlite::SqlitePool};
use tokio::sync::watch;

use self::on::{ReaderKind, TxKind};
pub use self::{
    error::Error,
    on::{Conn, On, QueryCount, Reader, Snapshot, Tx, lots, values, with_one_reader},
    write::{Command, MayRetry},
};
pub(crate) use self::{
    on::{change, on, read},
    packed::fetch_packed,
};

pub mod answers;
pub mod api;
pub mod bench;
pub mod calls;
pub mod counts;
pub mod deadlines;
pub mod erasure;
pub mod error;
pub mod events;
pub mod exports;
pub mod files;
pub mod gateway;
pub mod idempotency;
pub mod import;
pub mod inbox;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod links;
pub mod list;
pub mod live;
pub mod mailbox;
pub mod messages;
mod on;
mod open;
pub mod orders;
pub mod outbox;
mod packed;
pub mod partners;
pub mod parts;
pub mod people;
pub mod projects;
pub mod provider_accounts;
pub mod recipients;
pub mod reminders;
pub mod retention;
pub mod sandbox;
pub mod sellers;
pub mod sessions;
pub mod settings;
pub mod terms;
pub mod told;
pub mod undelivered;
pub mod users;
pub mod verify;
pub mod views;
pub mod webhooks;
mod write;

/// A database of either kind; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    queries: QueryCount,
    commits: watch::Sender<u64>,
}

#[derive(Clone, Debug)]
enum Pools {
    /// One connection writes, so that no two ever wait for each other inside SQLite; the others only read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        file: Arc<open::File>,
    },
    Postgres(PgPool),
}

const SELECT_SQLITE_VERSION: &str = "select sqlite_version()";
const SELECT_POSTGRES_VERSION: &str = "select current_setting('server_version')";

impl Db {
    /// A connection for reading.
    pub async fn reader(&self) -> Result<Reader, Error> {
        if let Some(reader) = Reader::kept(&self.queries) {
            return Ok(reader);
        }
        let kind = match &self.pools {
            Pools::Sqlite { readers, .. } => ReaderKind::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => ReaderKind::Postgres(pool.acquire().await.map_err(open::of_pool)?),
        };
        Ok(Reader::new(kind, &self.queries))
    }

    /// A transaction that only reads, in which nothing changes while it lasts.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let kind = match &self.pools {
            Pools::Sqlite { readers, .. } => TxKind::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => {
                let begin = "begin isolation level repeatable read, read only";
                TxKind::Postgres(pool.begin_with(begin).await.map_err(open::of_pool)?)
            }
        };
        Ok(Snapshot { kind, queries: self.queries.clone() })
    }

    async fn begin(&self) -> Result<Tx, Error> {
        let kind = match &self.pools {
            Pools::Sqlite { writer, .. } => TxKind::Sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => TxKind::Postgres(pool.begin().await.map_err(open::of_pool)?),
        };
        Ok(Tx { kind, queries: self.queries.clone() })
    }

    /// Counts the commits of this process, so that whoever works after a commit can wait for the next one.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// How many queries were asked since the database was opened.
    pub const fn queries(&self) -> &QueryCount {
        &self.queries
    }

    /// The name and version of the database that answers.
    pub async fn version(&self) -> Result<String, Error> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let version: String = sqlx::query_scalar(SELECT_SQLITE_VERSION).fetch_one(readers).await?;
                Ok(format!("SQLite {version}"))
            }
            Pools::Postgres(pool) => {
                let version: String = sqlx::query_scalar(SELECT_POSTGRES_VERSION).fetch_one(pool).await?;
                Ok(format!("PostgreSQL {version}"))
            }
        }
    }

    /// Closes every connection once its work is done.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}
