//! SQL and only SQL: how the two databases are opened, read and written; one file a noun holds the queries.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection,
    migrate::Migrator,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqliteSynchronous},
};
use tokio::sync::watch;

use self::on::{ReaderKind, TxKind};
pub use self::{
    error::Error,
    on::{Conn, On, QueryCount, Reader, Snapshot, Tx, lots, values, with_one_reader},
    write::{Command, MayRetry},
};
pub(crate) use self::{
    on::{change, on},
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
pub mod orders;
pub mod outbox;
mod packed;
pub mod partners;
pub mod people;
pub mod projects;
pub mod provider_accounts;
pub mod recipients;
pub mod reminders;
pub mod retention;
pub mod sandbox;
pub mod sellers;
pub mod sessions;
pub mod terms;
pub mod told;
pub mod undelivered;
pub mod users;
pub mod verify;
pub mod views;
pub mod webhooks;
mod write;

static SQLITE_MIGRATIONS: Migrator = sqlx_macros::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx_macros::migrate!("migrations/postgres");

/// How long a request waits for a connection before it is told that the server is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long SQLite waits for another process that holds the lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many statements each connection keeps prepared: more than the program has.
const PREPARED_STATEMENTS: usize = 512;
/// Connections to a PostgreSQL server from one process.
const POSTGRES_CONNECTIONS: u32 = 16;

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
    },
    Postgres(PgPool),
}

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Many small commands and pages.
    Serving,
    /// One command that goes through everything, or writes by the thousand.
    Bulk,
}

const SELECT_SQLITE_VERSION: &str = "select sqlite_version()";
const SELECT_POSTGRES_VERSION: &str = "select current_setting('server_version')";

impl Db {
    /// Opens the database at `sqlite://PATH` (made when missing, with its folder) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::open_for(Work::Serving, url).await
    }

    /// Like [`Self::open`], for a command that goes through all of it once or writes by the thousand.
    pub async fn open_in_bulk(url: &str) -> Result<Self, Error> {
        Self::open_for(Work::Bulk, url).await
    }

    async fn open_for(work: Work, url: &str) -> Result<Self, Error> {
        let pools = if url.starts_with("sqlite:") { open_sqlite(url, work).await? } else { open_postgres(url).await? };
        Ok(Self { pools, queries: QueryCount::default(), commits: watch::Sender::new(0) })
    }

    /// Brings the tables up to date.
    pub async fn migrate(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => SQLITE_MIGRATIONS.run(writer).await?,
            Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// A connection for reading.
    pub async fn reader(&self) -> Result<Reader, Error> {
        if let Some(reader) = Reader::kept(&self.queries) {
            return Ok(reader);
        }
        let kind = match &self.pools {
            Pools::Sqlite { readers, .. } => ReaderKind::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => ReaderKind::Postgres(pool.acquire().await?),
        };
        Ok(Reader::new(kind, &self.queries))
    }

    /// A transaction that only reads, in which nothing changes while it lasts.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let kind = match &self.pools {
            Pools::Sqlite { readers, .. } => TxKind::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => {
                TxKind::Postgres(pool.begin_with("begin isolation level repeatable read, read only").await?)
            }
        };
        Ok(Snapshot { kind, queries: self.queries.clone() })
    }

    async fn begin(&self) -> Result<Tx, Error> {
        let kind = match &self.pools {
            Pools::Sqlite { writer, .. } => TxKind::Sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => TxKind::Postgres(pool.begin().await?),
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

    /// The name and version of the database that answers; the readiness probe asks it.
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
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(url: &str, work: Work) -> Result<Pools, Error> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| Error::BadAddress(error.to_string()))?;
    if let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder).map_err(Error::Folder)?;
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would not sync at a commit: what was acknowledged could be lost.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(PREPARED_STATEMENTS)
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864");
    let (options, cache) = match work {
        Work::Serving => (options.pragma("mmap_size", "268435456"), "-32000"),
        // A page that changes in many transactions is written back once for all of them, and what is read once is not
        // kept in memory.
        Work::Bulk => (options.pragma("wal_autocheckpoint", "8000"), "-64000"),
    };
    let writer = sqlite_pool(1).connect_with(options.clone().pragma("cache_size", cache)).await?;
    let readers = u32::try_from(std::thread::available_parallelism().map_or(4, usize::from)).unwrap_or(4).clamp(4, 16);
    let readers = sqlite_pool(readers)
        .connect_with(options.create_if_missing(false).pragma("cache_size", "-8000").pragma("query_only", "on"))
        .await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// Connections to a file neither go stale nor cost anything to keep. One whose transaction did not end is not kept: when the
/// disk fails SQLite rolls back by itself, sqlx goes on counting the transaction, and no other could ever begin.
fn sqlite_pool(connections: u32) -> PoolOptions<sqlx::Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_release(|connection: &mut SqliteConnection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // A rollback that was begun when the transaction was dropped comes to its end first.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
}

async fn open_postgres(url: &str) -> Result<Pools, Error> {
    let options = PgConnectOptions::from_str(url).map_err(|error| Error::BadAddress(error.to_string()))?;
    let options = options
        .application_name("holdfast")
        .statement_cache_capacity(PREPARED_STATEMENTS)
        // A transaction whose process died must not hold its locks for ever.
        .options([("idle_in_transaction_session_timeout", "60s"), ("lock_timeout", "10s")]);
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(Pools::Postgres(pool))
}
