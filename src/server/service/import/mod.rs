//! Orders that come from elsewhere with their whole history: read, planned, played through the real actions, written down.

use std::path::PathBuf;

use crate::server::{error::Error, storage};

pub mod olist;
pub mod report;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Orders of the source that were looked at.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// Why an import cannot go on. What was committed before stays, and the next run goes on after it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file is missing, or has another shape than it should.
    #[error("{} cannot be read", .0.display())]
    File(PathBuf, #[source] csv::Error),
    /// A value in a file is not what its column promises.
    #[error("{}, row {row}: {column} is {value:?}, which is not {wanted}", .file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The row, counted from 1 without the header.
        row: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        wanted: &'static str,
    },
    /// The name cannot be a marketplace's.
    #[error("the marketplace cannot be called {name:?}: {reason}")]
    MarketplaceName {
        /// The name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The marketplace of that name keeps its books in another currency.
    #[error("the marketplace {name:?} is in {there}, and these orders are in {wanted}")]
    Currency {
        /// The marketplace.
        name: String,
        /// Its currency.
        there: String,
        /// The currency of the orders.
        wanted: &'static str,
    },
    /// Writing failed.
    #[error("the orders cannot be written down")]
    Write(#[from] Error),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] storage::Error),
}
