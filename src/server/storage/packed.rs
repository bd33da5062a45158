//! Many rows in one message. The embedded database's driver hands rows from its thread to the caller's one by one, value by
//! value, and wakes the caller for each: a page of rows costs more to hand over than to find. Packed by the database into one
//! JSON array of arrays they are handed over once. The database server's driver reads rows from one buffer and needs none of it.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use crate::{domain::text::from_hex, server::storage::Error};

/// A row that can be packed. Its fields are read by their place, in the order of [`Self::COLUMNS`].
pub trait Packed: DeserializeOwned {
    /// The columns of the query, in the order of the fields; one that holds bytes as `hex(column)`.
    const COLUMNS: &'static str;
}

/// The query that packs the rows of `select`, in their order. Where that matters `select` ends with a limit, as all of ours do,
/// which keeps its order.
pub(super) fn packing<T: Packed>(select: &str) -> String {
    format!("select json_group_array(json_array({})) from ({select})", T::COLUMNS)
}

/// The rows out of such an answer.
pub(super) fn unpacked<T: Packed>(answer: &str) -> Result<Vec<T>, Error> {
    serde_json::from_str(answer).map_err(|error| Error::broken("packed rows", std::any::type_name::<T>(), error))
}

/// Reads a field of bytes: as `hex(column)` writes it.
pub(super) fn bytes<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
    let digits = String::deserialize(input)?;
    from_hex(&digits).ok_or_else(|| D::Error::custom("bytes are pairs of hexadecimal digits"))
}

/// Fetches all rows of a query on whichever database this is:
/// `fetch_packed!(conn, LineRow, LIST_OF_ORDER, |query| query.bind(order.0))`.
macro_rules! fetch_packed {
    ($conn:expr, $row:ty, $select:expr, |$query:ident| $bound:expr) => {
        match $crate::server::storage::Conn::on($conn) {
            $crate::server::storage::On::Sqlite(c) => {
                let text = $crate::server::storage::packed::packing::<$row>($select);
                let $query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(text));
                match $bound.fetch_one(c).await {
                    Ok(answer) => $crate::server::storage::packed::unpacked::<$row>(&answer),
                    Err(error) => Err($crate::server::storage::Error::from(error)),
                }
            }
            $crate::server::storage::On::Postgres(c) => {
                let $query = sqlx::query(sqlx::AssertSqlSafe($select.to_owned()));
                let found = $bound.fetch_all(c).await.and_then($crate::server::storage::on::Found::read::<$row>);
                found.map_err($crate::server::storage::Error::from)
            }
        }
    };
}

pub(crate) use fetch_packed;
