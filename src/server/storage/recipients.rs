//! Where orders go and who may take them: personal data beside the timeline, so that it can be erased.

use crate::{
    domain::{
        id::{OrderId, Reference},
        order::Order,
        receiving::Recipient,
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, read},
};

#[derive(holdfast_macros::Row)]
struct RecipientRow {
    name: String,
    phone: String,
    address: String,
    note: String,
    other_name: String,
    other_phone: String,
    updated_at: i64,
}

/// Where an order goes and when that was last said; nothing when nobody has said it.
pub type Said = Option<(Recipient, Moment)>;

impl RecipientRow {
    fn said(self) -> (Recipient, Moment) {
        let recipient = Recipient {
            name: self.name,
            phone: self.phone,
            address: self.address,
            note: self.note,
            other_name: self.other_name,
            other_phone: self.other_phone,
        };
        (recipient, Moment(self.updated_at))
    }
}

const SELECT: &str =
    "select name, phone, address, note, other_name, other_phone, updated_at from recipients where order_id = $1";

/// Where this order goes and when that was last said; nothing when nobody has said it.
pub async fn find(conn: &mut dyn Conn, order: OrderId) -> Result<Said, Error> {
    let row = read!(conn, RecipientRow, |c| sqlx::query(SELECT).bind(order.0).fetch_optional(c).await)?;
    Ok(row.map(RecipientRow::said))
}

#[derive(holdfast_macros::Row)]
struct OrderRow {
    state: String,
    name: Option<String>,
    phone: Option<String>,
    address: Option<String>,
    note: Option<String>,
    other_name: Option<String>,
    other_phone: Option<String>,
    updated_at: Option<i64>,
}

const SELECT_WITH_ORDER: &str =
    "select o.state, r.name, r.phone, r.address, r.note, r.other_name, r.other_phone, r.updated_at
from orders o left join recipients r on r.order_id = o.id where o.reference = $1";

/// The order with this public number and where it goes, in one query.
pub async fn find_with_order(conn: &mut dyn Conn, reference: &Reference) -> Result<Option<(Order, Said)>, Error> {
    let row =
        read!(conn, OrderRow, |c| sqlx::query(SELECT_WITH_ORDER).bind(reference.as_str()).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let order = serde_json::from_str(&row.state).map_err(|error| Error::broken("orders", reference, error))?;
    let said = row.updated_at.map(|updated_at| RecipientRow {
        name: row.name.unwrap_or_default(),
        phone: row.phone.unwrap_or_default(),
        address: row.address.unwrap_or_default(),
        note: row.note.unwrap_or_default(),
        other_name: row.other_name.unwrap_or_default(),
        other_phone: row.other_phone.unwrap_or_default(),
        updated_at,
    });
    Ok(Some((order, said.map(RecipientRow::said))))
}

const UPSERT: &str = "insert into recipients
    (order_id, name, phone, address, note, other_name, other_phone, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (order_id) do update set name = excluded.name, phone = excluded.phone, address = excluded.address,
    note = excluded.note, other_name = excluded.other_name, other_phone = excluded.other_phone,
    updated_at = excluded.updated_at";

/// Says where an order goes from now on.
pub async fn upsert(tx: &mut Tx, order: OrderId, recipient: &Recipient, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPSERT)
        .bind(order.0)
        .bind(recipient.name.as_str())
        .bind(recipient.phone.as_str())
        .bind(recipient.address.as_str())
        .bind(recipient.note.as_str())
        .bind(recipient.other_name.as_str())
        .bind(recipient.other_phone.as_str())
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}
