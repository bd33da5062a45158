//! What can go wrong in a database, told apart as far as a caller can act on it.

use std::path::PathBuf;

use sqlx::postgres::PgDatabaseError;

/// A failure of storage, the same for both databases.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A constraint of a table refused the row; the name is the one in the migrations.
    #[error("constraint {name} refused the row")]
    Constraint {
        /// The constraint's name, `foreign_key` where SQLite does not tell which.
        name: String,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// Somebody else's transaction was in the way: the whole command may be tried again.
    #[error("another transaction was in the way")]
    Contended(#[source] sqlx::Error),
    /// No connection or lock came free in time.
    #[error("the database has too much to do")]
    Busy(#[source] sqlx::Error),
    /// The database does not answer.
    #[error("the database is out of reach")]
    Unreachable(#[source] sqlx::Error),
    /// A stored row does not say what its column promises.
    #[error("table {table}, row {row}: {reason}")]
    BrokenRow {
        /// The table.
        table: &'static str,
        /// Which row, as far as known.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The address of the database cannot be used.
    #[error("the database address cannot be used: {0}")]
    BadAddress(String),
    /// The folder of the database cannot be made.
    #[error("the folder {} cannot be made: make it, or name a database in another one", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// Nobody made a database there, and this is not for making one.
    #[error("there is no database at {}: check its address; `holdfast migrate` makes a new one", .0.display())]
    NotThere(PathBuf),
    /// It is a database, but not one of ours.
    #[error("the database has no tables of Holdfast: check its address; `holdfast migrate` makes them")]
    NoTables,
    /// The tables are those of an older program.
    #[error("the tables are older than this program: run `holdfast migrate` first")]
    OldTables,
    /// The tables are those of a newer program, whose rows this one does not know.
    #[error("the database was made by a newer Holdfast: run that version")]
    NewTables,
    /// The file that is open is not the one at its path any more.
    #[error("the database at {} was deleted, moved or replaced while it was open: start again", .0.display())]
    Replaced(PathBuf),
    /// The file cannot be opened, read or written.
    #[error(
        "the database {} cannot be opened or written: check whose it and its folder are, and that the disk has room",
        .path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// The file is damaged, or something else than a database.
    #[error("{} is no whole SQLite database: name another, or bring back a backup and check it with `holdfast verify`", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// The database server is not there, or lets nobody in by this name.
    #[error("there is no connection to PostgreSQL at {at}")]
    Server {
        /// Host and port.
        at: String,
        /// Why not.
        #[source]
        source: sqlx::Error,
    },
    /// The database server has no database of this name.
    #[error("PostgreSQL at {at} has no database {name}: make it with `createdb {name}`")]
    NoSuchDatabase {
        /// The name that was asked for.
        name: String,
        /// Host and port.
        at: String,
    },
    /// A migration could not be carried out.
    #[error("the tables cannot be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The task that ran the command came to an end before its answer.
    #[error("the command broke off")]
    BrokeOff(#[source] tokio::task::JoinError),
    /// Anything else that the database said.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// A stored row that cannot be read back.
    #[expect(clippy::needless_pass_by_value, reason = "callers pass ids and sentences alike")]
    pub fn broken(table: &'static str, row: impl ToString, reason: impl ToString) -> Self {
        Self::BrokenRow { table, row: row.to_string(), reason: reason.to_string() }
    }

    /// The constraint that refused, when one did.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether the command may succeed when it is run again from its first read. Where the same command was carried out
    /// at the same time under the same key, that first read finds its answer.
    pub fn is_contended(&self) -> bool {
        matches!(self, Self::Contended(_)) || self.constraint() == Some("idempotency_pkey")
    }
}

/// What a database server said and its code for it, without the line of the server's own source that the driver adds; nothing
/// for any other error.
pub fn words_of_server(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let said = error.downcast_ref::<sqlx::Error>()?.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    Some(format!("{} ({})", said.message(), said.code()))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::PoolClosed | sqlx::Error::Io(_) => Self::Unreachable(error),
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default();
                // PostgreSQL: serialization failure, deadlock; SQLite: busy, busy on a snapshot, locked.
                if matches!(code.as_ref(), "40001" | "40P01" | "5" | "517" | "6") {
                    return Self::Contended(error);
                }
                // PostgreSQL: waited too long for a lock.
                if code == "55P03" {
                    return Self::Busy(error);
                }
                // PostgreSQL: shut down by its operator, by a crash, or not up yet.
                if matches!(code.as_ref(), "57P01" | "57P02" | "57P03") {
                    return Self::Unreachable(error);
                }
                match constraint_name(said.constraint(), said.message()) {
                    Some(name) => Self::Constraint { name, source: error },
                    None => Self::Database(error),
                }
            }
            _ => Self::Database(error),
        }
    }
}

/// The one name of a constraint in both databases. SQLite names a CHECK, but of a unique constraint only the columns
/// (`UNIQUE constraint failed: users.email`), from which the name follows: `users_email_key`.
fn constraint_name(named: Option<&str>, message: &str) -> Option<String> {
    if let Some(name) = named {
        return Some(name.to_owned());
    }
    let (what, which) = message.split_once(" constraint failed")?;
    let which = which.trim_start_matches(": ");
    match what.rsplit(' ').next()? {
        "FOREIGN" | "KEY" => Some("foreign_key".to_owned()),
        "UNIQUE" if which.starts_with("index ") => {
            Some(which.trim_start_matches("index ").trim_matches('\'').to_owned())
        }
        "UNIQUE" => {
            let mut columns = which.split(", ").map(|column| column.split_once('.'));
            let (table, first) = columns.next()??;
            let mut name = format!("{table}_{first}");
            for (_, column) in columns.flatten() {
                name.push('_');
                name.push_str(column);
            }
            Some(name + "_key")
        }
        "CHECK" => Some(which.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::constraint_name;

    #[test]
    fn both_databases_give_a_constraint_one_name() {
        let sqlite = |message| constraint_name(None, message);
        assert_eq!(sqlite("UNIQUE constraint failed: users.email").as_deref(), Some("users_email_key"));
        assert_eq!(
            sqlite("UNIQUE constraint failed: sellers.marketplace_id, sellers.external_id").as_deref(),
            Some("sellers_marketplace_id_external_id_key")
        );
        assert_eq!(sqlite("UNIQUE constraint failed: index 'memberships_once'").as_deref(), Some("memberships_once"));
        assert_eq!(
            sqlite("CHECK constraint failed: memberships_role_check").as_deref(),
            Some("memberships_role_check")
        );
        assert_eq!(sqlite("FOREIGN KEY constraint failed").as_deref(), Some("foreign_key"));
        assert_eq!(sqlite("no such table: users"), None);
        assert_eq!(constraint_name(Some("users_email_key"), "duplicate key").as_deref(), Some("users_email_key"));
    }
}
