//! Photos and signatures of orders: added with the event that names them, never changed.

use uuid::Uuid;

use crate::{
    domain::{
        id::{FileId, OrderId, UserId},
        party::Party,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, read},
};

/// A file on its way in.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    /// Which; the same content of the same order has the same id.
    pub id: FileId,
    /// The order.
    pub order: OrderId,
    /// `photo` or `signature`.
    pub kind: &'a str,
    /// The name of its kind.
    pub media_type: &'a str,
    /// Width and height in pixels.
    pub pixels: (u32, u32),
    /// Its bytes.
    pub content: &'a [u8],
    /// Who brought it, by the part they play in the order.
    pub party: Party,
    /// Who brought it, when a person is known.
    pub user: Option<UserId>,
}

const INSERT: &str = "insert into files
    (id, order_id, kind, media_type, size_bytes, width_pixels, height_pixels, content, uploaded_party, uploaded_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing";

/// Adds a file, unless the order has it already.
pub async fn insert(tx: &mut Tx, file: &NewFile<'_>, now: Moment) -> Result<(), Error> {
    let size = i64::try_from(file.content.len()).unwrap_or(i64::MAX);
    change!(tx, |c| sqlx::query(INSERT)
        .bind(file.id.0)
        .bind(file.order.0)
        .bind(file.kind)
        .bind(file.media_type)
        .bind(size)
        .bind(i64::from(file.pixels.0))
        .bind(i64::from(file.pixels.1))
        .bind(file.content)
        .bind(file.party.code())
        .bind(file.user.map(|user| user.0))
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// What is known of a file beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct FileRow {
    /// Which.
    pub id: Uuid,
    /// `photo` or `signature`.
    pub kind: String,
    /// Width in pixels.
    pub width_pixels: i64,
    /// Height in pixels.
    pub height_pixels: i64,
}

/// The most files that one look at an order shows.
const MOST_FILES: i64 = 500;

const LIST_OF_ORDER: &str = "select id, kind, width_pixels, height_pixels from files
where order_id = $1 order by created_at, id limit $2";

/// The files of an order.
pub async fn list_of_order(conn: &mut dyn Conn, order: OrderId) -> Result<Vec<FileRow>, Error> {
    read!(conn, FileRow, |c| sqlx::query(LIST_OF_ORDER).bind(order.0).bind(MOST_FILES).fetch_all(c).await)
}

/// A file with its bytes.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct ContentRow {
    /// Whose it is.
    pub order_id: Uuid,
    /// `photo` or `signature`.
    pub kind: String,
    /// The name of its kind.
    pub media_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

const SELECT: &str = "select order_id, kind, media_type, content from files where id = $1";

/// The file with this id.
pub async fn find(conn: &mut dyn Conn, id: FileId) -> Result<Option<ContentRow>, Error> {
    read!(conn, ContentRow, |c| sqlx::query(SELECT).bind(id.0).fetch_optional(c).await)
}
