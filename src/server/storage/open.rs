//! How the two databases are opened, and how it is known that what is open is whole, ours and of this version.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};

use super::{Db, Error, Pools, QueryCount};

pub(super) static SQLITE_MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrator(&holdfast_macros::migrations!("migrations/sqlite")));
static POSTGRES_MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrator(&holdfast_macros::migrations!("migrations/postgres")));

/// Of the number of each migration, what it does and its text.
fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    let one = |&(number, about, text): &(i64, &'static str, &'static str)| {
        Migration::new(number, about.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(files.iter().map(one).collect())
}

/// How long a request waits for a connection before it is told that the server is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a PostgreSQL server may take to let the first connection in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long SQLite waits for another process that holds the lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many statements each connection keeps prepared: more than the program has.
const PREPARED_STATEMENTS: usize = 512;
/// Connections to a PostgreSQL server from one process.
const POSTGRES_CONNECTIONS: u32 = 16;
/// After how long a statement counts as slow.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Many small commands and pages; a missing database is made.
    Serving,
    /// One command that goes through everything, or writes by the thousand; a missing database is made.
    Bulk,
    /// The same on a database that is there: another one is never made, and never changed into one of ours.
    Existing,
}

/// The file of an SQLite database, as it was when it was opened.
#[derive(Clone, Debug)]
pub(super) struct File {
    path: PathBuf,
    device: u64,
    inode: u64,
    reading: SqliteConnectOptions,
}

const LIST_APPLIED: &str = "select version from _sqlx_migrations where success order by version";

impl Db {
    /// Opens the database at `sqlite://PATH` (made when missing, with its folder) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::open_for(Work::Serving, url).await
    }

    /// Like [`Self::open`], for a command that goes through all of it once or writes by the thousand.
    pub async fn open_in_bulk(url: &str) -> Result<Self, Error> {
        Self::open_for(Work::Bulk, url).await
    }

    /// Like [`Self::open_in_bulk`], but neither makes a database nor brings its tables up to date: for commands that only
    /// make sense where there is one, so that a slip in its address is noticed.
    pub async fn open_existing(url: &str) -> Result<Self, Error> {
        let db = Self::open_for(Work::Existing, url).await?;
        if let Err(error) = db.check_ready().await {
            db.close().await;
            return Err(error);
        }
        Ok(db)
    }

    async fn open_for(work: Work, url: &str) -> Result<Self, Error> {
        let pools =
            if url.starts_with("sqlite:") { open_sqlite(url, work).await? } else { open_postgres(url, work).await? };
        Ok(Self { pools, queries: QueryCount::default(), commits: tokio::sync::watch::Sender::new(0) })
    }

    /// Brings the tables up to date.
    pub async fn migrate(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { writer, file, .. } => {
                SQLITE_MIGRATIONS.run(writer).await.map_err(|error| of_migration(Some(&file.path), error))
            }
            Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await.map_err(|error| of_migration(None, error)),
        }
    }

    /// Whether the database can be worked with: rows can be read, and the tables are those of this program. Of SQLite the
    /// file is opened anew, for open connections go on with one that was deleted or replaced, and with what they remember.
    pub async fn check_ready(&self) -> Result<(), Error> {
        let (applied, ours) = match &self.pools {
            Pools::Sqlite { file, .. } => (file.list_applied().await?, &*SQLITE_MIGRATIONS),
            Pools::Postgres(pool) => {
                let applied = sqlx::query_scalar(LIST_APPLIED).fetch_all(pool).await.map_err(of_pool);
                (applied.map_err(no_tables)?, &*POSTGRES_MIGRATIONS)
            }
        };
        let ours: Vec<i64> = ours.iter().map(|migration| migration.version).collect();
        if applied.iter().any(|version| !ours.contains(version)) {
            return Err(Error::NewTables);
        }
        if ours.iter().any(|version| !applied.contains(version)) {
            return Err(Error::OldTables);
        }
        Ok(())
    }
}

impl File {
    /// Remembers which file was opened.
    fn opened(path: PathBuf, reading: SqliteConnectOptions) -> Result<Self, Error> {
        let found = std::fs::metadata(&path).map_err(|_| Error::NotThere(path.clone()))?;
        Ok(Self { path, device: found.dev(), inode: found.ino(), reading })
    }

    /// The migrations that the file at the path has, which must be the file that is open. It is looked at through SQLite
    /// alone: whoever opens and closes it otherwise takes from SQLite the locks that this process has.
    async fn list_applied(&self) -> Result<Vec<i64>, Error> {
        let same =
            std::fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode));
        if !same {
            return Err(Error::Replaced(self.path.clone()));
        }
        let mut own =
            SqliteConnection::connect_with(&self.reading).await.map_err(|error| of_file(&self.path, error))?;
        let applied = sqlx::query_scalar(LIST_APPLIED).fetch_all(&mut own).await;
        let applied = applied.map_err(|error| no_tables(of_file(&self.path, error)));
        own.close().await.map_err(|error| of_file(&self.path, error))?;
        applied
    }
}

async fn open_sqlite(url: &str, work: Work) -> Result<Pools, Error> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| Error::BadAddress(error.to_string()))?;
    let path = options.get_filename().to_owned();
    if work == Work::Existing {
        if !path.is_file() {
            return Err(Error::NotThere(path));
        }
    } else if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder).map_err(|error| Error::Folder(folder.to_owned(), error))?;
    }
    let options = options
        .create_if_missing(work != Work::Existing)
        // NORMAL would not sync at a commit: what was acknowledged could be lost.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(PREPARED_STATEMENTS)
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864");
    let options = warning_of_slow(options, work);
    let options = if work == Work::Existing { options } else { options.journal_mode(SqliteJournalMode::Wal) };
    let (options, cache) = match work {
        Work::Serving => (options.pragma("mmap_size", "268435456"), "-32000"),
        // A page that changes in many transactions is written back once for all of them, and what is read once is not
        // kept in memory.
        Work::Bulk | Work::Existing => (options.pragma("wal_autocheckpoint", "8000"), "-64000"),
    };
    // What is deleted is written over, so that who was erased is not found in the file.
    let writing = options.clone().pragma("cache_size", cache).pragma("secure_delete", "on");
    let reading = options.create_if_missing(false).pragma("cache_size", "-8000").pragma("query_only", "on");
    let writer = sqlite_pool(1).connect_with(writing).await.map_err(|error| of_file(&path, error))?;
    let readers = u32::try_from(std::thread::available_parallelism().map_or(4, usize::from)).unwrap_or(4).clamp(4, 16);
    let readers = sqlite_pool(readers).connect_with(reading.clone()).await.map_err(|error| of_file(&path, error))?;
    Ok(Pools::Sqlite { writer, readers, file: Arc::new(File::opened(path, reading)?) })
}

/// A server warns of slow statements, for somebody waits for each. Those of a command go through everything, so that on a large
/// database many are slow and nothing is wrong: at a console that is noise, and only `sqlx=debug` asks for it.
fn warning_of_slow<O: ConnectOptions>(options: O, work: Work) -> O {
    let level = if work == Work::Serving { "warn" } else { "debug" };
    options.log_slow_statements(level.parse().expect("it is a level"), SLOW_STATEMENT)
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

async fn open_postgres(url: &str, work: Work) -> Result<Pools, Error> {
    let options = PgConnectOptions::from_str(url).map_err(|error| Error::BadAddress(error.to_string()))?;
    let options = options
        .application_name("holdfast")
        .statement_cache_capacity(PREPARED_STATEMENTS)
        // A transaction whose process died must not hold its locks for ever.
        .options([("idle_in_transaction_session_timeout", "60s"), ("lock_timeout", "10s")]);
    let options = warning_of_slow(options, work);
    // A pool tries until its time is over and then says that alone; one connection says what is wrong, and at once.
    let first = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
    let first = first.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()));
    let first = first.map_err(|error| of_server(&options, error))?;
    first.close().await.map_err(|error| of_server(&options, error))?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(of_pool)?;
    Ok(Pools::Postgres(pool))
}

/// What it means that no connection of the pool to a database server came free: sqlx tries to reach a server that is away
/// until the time is over, and then says the same as when all connections are in use.
pub(super) fn of_pool(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::PoolTimedOut => Error::Unreachable(error),
        error => error.into(),
    }
}

/// What a database server's first word means to whoever named it.
fn of_server(options: &PgConnectOptions, source: sqlx::Error) -> Error {
    let at = format!("{}:{}", options.get_host(), options.get_port());
    let code = source.as_database_error().and_then(|said| said.code().map(std::borrow::Cow::into_owned));
    match (code.as_deref(), options.get_database()) {
        (Some("3D000"), name) => Error::NoSuchDatabase { name: name.unwrap_or(options.get_username()).to_owned(), at },
        _ => Error::Server { at, source },
    }
}

/// What a failure of SQLite means to whoever named the file.
fn of_file(path: &Path, source: sqlx::Error) -> Error {
    let code = source.as_database_error().and_then(|said| said.code()?.parse::<i32>().ok());
    let path = path.to_owned();
    // The lowest eight bits say the kind: not permitted, read-only, failing disk, full disk, cannot be opened; corrupt, no
    // database.
    match code.map(|code| code & 0xff) {
        Some(3 | 8 | 10 | 13 | 14) => Error::Unusable { path, source },
        Some(11 | 26) => Error::Corrupt { path, source },
        _ => source.into(),
    }
}

/// What it means that a migration could not be carried out; the path is that of an SQLite database.
fn of_migration(path: Option<&Path>, error: MigrateError) -> Error {
    match (error, path) {
        (MigrateError::VersionMissing(_), _) => Error::NewTables,
        (MigrateError::Execute(source), Some(path)) => of_file(path, source),
        (MigrateError::Execute(source), None) => of_pool(source),
        (error, _) => Error::Migration(error),
    }
}

/// That the table of the migrations is missing means that nobody ever made ours there.
fn no_tables(error: Error) -> Error {
    let missing = |said: &dyn sqlx::error::DatabaseError| {
        said.code().is_some_and(|code| code == "42P01") || said.message().starts_with("no such table")
    };
    match &error {
        Error::Database(source) if source.as_database_error().is_some_and(missing) => Error::NoTables,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_warns_of_slow_statements() {
        for (work, level) in [(Work::Serving, "Warn"), (Work::Bulk, "Debug"), (Work::Existing, "Debug")] {
            let level = format!("slow_statements_level: {level}");
            let sqlite = format!("{:?}", warning_of_slow(SqliteConnectOptions::new(), work));
            assert!(sqlite.contains(&level), "{work:?}: {sqlite}");
            let postgres = format!("{:?}", warning_of_slow(PgConnectOptions::new_without_pgpass(), work));
            assert!(postgres.contains(&level), "{work:?}: {postgres}");
        }
    }
}
