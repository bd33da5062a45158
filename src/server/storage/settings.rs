//! What the program itself keeps of the whole database, each value under its name.

use crate::server::storage::{Conn, Error, Tx, change, on};

const SELECT: &str = "select value from settings where name = $1";

/// The value of this name.
pub async fn find(conn: &mut dyn Conn, name: &str) -> Result<Option<String>, Error> {
    on!(conn, |c| sqlx::query_scalar(SELECT).bind(name).fetch_optional(c).await)
}

const INSERT: &str = "insert into settings (name, value) values ($1, $2) on conflict (name) do nothing";

/// Keeps a value under a name that has none yet; one that is there stays.
pub async fn insert_once(tx: &mut Tx, name: &str, value: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT).bind(name).bind(value).execute(c).await)?;
    Ok(())
}
