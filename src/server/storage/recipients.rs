//! Where orders go and who may take them: personal data beside the timeline, so that it can be erased.

use crate::{
    domain::{id::OrderId, receiving::Recipient, time::Moment},
    server::storage::{Conn, Error, Tx, change, on},
};

#[derive(sqlx_macros::FromRow)]
struct RecipientRow {
    name: String,
    phone: String,
    address: String,
    note: String,
    other_name: String,
    other_phone: String,
    updated_at: i64,
}

const SELECT: &str =
    "select name, phone, address, note, other_name, other_phone, updated_at from recipients where order_id = $1";

/// Where this order goes and when that was last said; nothing when nobody has said it.
pub async fn find(conn: &mut dyn Conn, order: OrderId) -> Result<Option<(Recipient, Moment)>, Error> {
    let row = on!(conn, |c| sqlx::query_as::<_, RecipientRow>(SELECT).bind(order.0).fetch_optional(c).await)?;
    Ok(row.map(|row| {
        let recipient = Recipient {
            name: row.name,
            phone: row.phone,
            address: row.address,
            note: row.note,
            other_name: row.other_name,
            other_phone: row.other_phone,
        };
        (recipient, Moment(row.updated_at))
    }))
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

const DELETE: &str = "delete from recipients where order_id = $1";

/// Forgets where an order went.
pub async fn delete(tx: &mut Tx, order: OrderId) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(DELETE).bind(order.0).execute(c).await)?;
    Ok(())
}
