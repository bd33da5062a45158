//! One SQL text on two databases: a connection of either kind, and the macro that runs a query on whichever it is.

use sqlx::{
    FromRow, Postgres, Row, Sqlite, Transaction, pool::PoolConnection, postgres::PgConnection, sqlite::SqliteConnection,
};
use std::{
    cell::RefCell,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A connection of one kind or the other, borrowed for one query.
#[derive(Debug)]
pub enum On<'conn> {
    /// The embedded database.
    Sqlite(&'conn mut SqliteConnection),
    /// The database server.
    Postgres(&'conn mut PgConnection),
}

/// Where a query can run: in a transaction ([`Tx`]), or on its own ([`Reader`]). Functions that change rows take `&mut Tx`,
/// functions that only read take `&mut dyn Conn` and so run in both.
pub trait Conn: Send {
    /// The connection for one more query, which is counted.
    fn on(&mut self) -> On<'_>;
}

/// How many queries a database was asked, so that a test can say what a page costs.
#[derive(Clone, Debug, Default)]
pub struct QueryCount(Arc<AtomicU64>);

impl QueryCount {
    /// How many there were since the database was opened.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A transaction that may write. Only [`Db::write`](super::Db::write) begins and ends one.
#[derive(Debug)]
pub struct Tx {
    pub(super) kind: TxKind,
    pub(super) queries: QueryCount,
}

#[derive(Debug)]
pub(super) enum TxKind {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Conn for Tx {
    fn on(&mut self) -> On<'_> {
        self.queries.add_one();
        match &mut self.kind {
            TxKind::Sqlite(transaction) => On::Sqlite(transaction),
            TxKind::Postgres(transaction) => On::Postgres(transaction),
        }
    }
}

impl Tx {
    /// Whether rows are locked one by one (PostgreSQL) or the whole database is (SQLite).
    pub const fn locks_rows(&self) -> bool {
        matches!(self.kind, TxKind::Postgres(_))
    }

    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self.kind {
            TxKind::Sqlite(transaction) => transaction.commit().await,
            TxKind::Postgres(transaction) => transaction.commit().await,
        }
    }

    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.kind {
            TxKind::Sqlite(transaction) => transaction.rollback().await,
            TxKind::Postgres(transaction) => transaction.rollback().await,
        }
    }
}

/// A transaction that only reads: all its queries see the same instant.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) kind: TxKind,
    pub(super) queries: QueryCount,
}

impl Conn for Snapshot {
    fn on(&mut self) -> On<'_> {
        self.queries.add_one();
        match &mut self.kind {
            TxKind::Sqlite(transaction) => On::Sqlite(transaction),
            TxKind::Postgres(transaction) => On::Postgres(transaction),
        }
    }
}

/// A connection that only reads, each query seeing what was committed before it.
#[derive(Debug)]
pub struct Reader {
    /// There until it is dropped.
    kind: Option<ReaderKind>,
    queries: QueryCount,
}

tokio::task_local! {
    /// The connection that [`with_one_reader`] keeps between two uses of it.
    static KEPT: RefCell<Option<ReaderKind>>;
}

/// Runs a piece of work that reads now and then, each time through the same connection where one will do: giving one back and
/// taking another costs as much as a query. It is not for work that waits for anything else, for there are few.
pub async fn with_one_reader<F: Future>(work: F) -> F::Output {
    KEPT.scope(RefCell::new(None), work).await
}

impl Reader {
    /// The connection that was kept for this piece of work.
    pub(super) fn kept(queries: &QueryCount) -> Option<Self> {
        let kind = KEPT.try_with(|kept| kept.borrow_mut().take()).ok().flatten()?;
        Some(Self::new(kind, queries))
    }

    pub(super) fn new(kind: ReaderKind, queries: &QueryCount) -> Self {
        Self { kind: Some(kind), queries: queries.clone() }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let kind = self.kind.take();
        // Outside of such a piece of work it goes back to its pool.
        let _ = KEPT.try_with(|kept| kept.replace(kind));
    }
}

#[derive(Debug)]
pub(super) enum ReaderKind {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Conn for Reader {
    fn on(&mut self) -> On<'_> {
        self.queries.add_one();
        match self.kind.as_mut().expect("a connection is there until it is dropped") {
            ReaderKind::Sqlite(connection) => On::Sqlite(connection),
            ReaderKind::Postgres(connection) => On::Postgres(connection),
        }
    }
}

/// Runs one expression on whichever database this is; each arm is typed by its own driver:
/// `on!(conn, |c| sqlx::query_scalar(COUNT_USERS).fetch_one(c).await)`.
macro_rules! on {
    ($conn:expr, |$c:ident| $run:expr) => {
        match $crate::server::storage::Conn::on($conn) {
            $crate::server::storage::On::Sqlite($c) => $run.map_err($crate::server::storage::Error::from),
            $crate::server::storage::On::Postgres($c) => $run.map_err($crate::server::storage::Error::from),
        }
    };
}

pub(crate) use on;

/// Like [`on!`] for a query for rows of this type, all of them or one that may be there:
/// `read!(conn, UserRow, |c| sqlx::query(SELECT_USER).bind(id).fetch_optional(c).await)`.
///
/// sqlx's `query_as` does the same, but from binding to fetching it is compiled anew for each type of row.
macro_rules! read {
    ($conn:expr, $row:ty, |$c:ident| $run:expr) => {
        match $crate::server::storage::Conn::on($conn) {
            $crate::server::storage::On::Sqlite($c) => $run
                .and_then($crate::server::storage::on::Found::read::<$row>)
                .map_err($crate::server::storage::Error::from),
            $crate::server::storage::On::Postgres($c) => $run
                .and_then($crate::server::storage::on::Found::read::<$row>)
                .map_err($crate::server::storage::Error::from),
        }
    };
}

pub(crate) use read;

/// What a query found, as its database has it.
pub trait Found<R: Row> {
    /// The same, read as rows of a type.
    type As<T>;

    /// Reads it.
    fn read<T: for<'row> FromRow<'row, R>>(self) -> Result<Self::As<T>, sqlx::Error>;
}

impl<R: Row> Found<R> for Vec<R> {
    type As<T> = Vec<T>;

    fn read<T: for<'row> FromRow<'row, R>>(self) -> Result<Vec<T>, sqlx::Error> {
        let mut rows = Vec::with_capacity(self.len());
        for row in &self {
            rows.push(T::from_row(row)?);
        }
        Ok(rows)
    }
}

impl<R: Row> Found<R> for Option<R> {
    type As<T> = Option<T>;

    fn read<T: for<'row> FromRow<'row, R>>(self) -> Result<Option<T>, sqlx::Error> {
        self.as_ref().map(T::from_row).transpose()
    }
}

/// Like [`on!`] for a statement that changes rows: gives how many it changed.
macro_rules! change {
    ($conn:expr, |$c:ident| $run:expr) => {
        match $crate::server::storage::Conn::on($conn) {
            $crate::server::storage::On::Sqlite($c) => {
                $run.map(|done| done.rows_affected()).map_err($crate::server::storage::Error::from)
            }
            $crate::server::storage::On::Postgres($c) => {
                $run.map(|done| done.rows_affected()).map_err($crate::server::storage::Error::from)
            }
        }
    };
}

pub(crate) use change;

/// Rows in lots of few different sizes, so that bulk work prepares few different statements and a command's few rows
/// go in one.
pub fn lots<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut left = rows;
    std::iter::from_fn(move || {
        let size = [128, 64, 32, 16].into_iter().find(|size| *size <= left.len()).unwrap_or(left.len());
        let (lot, rest) = left.split_at(size);
        left = rest;
        (!lot.is_empty()).then_some(lot)
    })
}

/// The placeholders of so many rows of so many columns: `($1, $2), ($3, $4)`.
pub fn values(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * (columns * 7 + 4));
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            let separator = if column == 1 { "" } else { ", " };
            let _ = write!(text, "{separator}${}", row * columns + column);
        }
        text.push(')');
    }
    text
}
