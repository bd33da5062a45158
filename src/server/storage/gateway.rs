//! Attempts to pay, and what gateways told us of them.

use uuid::Uuid;

use crate::{
    domain::{
        id::OrderId,
        money::{Minor, Money},
        time::Moment,
    },
    server::storage::{Conn, Error, Tx, change, on, read},
};

/// An attempt that is about to be made.
#[derive(Debug, Clone)]
pub struct NewAttempt<'a> {
    /// The key under which the gateway is asked.
    pub id: Uuid,
    /// What is paid.
    pub order: OrderId,
    /// Which gateway.
    pub gateway: &'a str,
    /// How much.
    pub amount: Money,
    /// The last digits of the card.
    pub card_last4: &'a str,
}

const INSERT_ATTEMPT: &str = "insert into payment_attempts
    (id, order_id, gateway, amount_minor, currency, card_last4, state, reason, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, 'unknown', '', $7, $7)";

/// Writes down that a gateway is about to be asked; what comes of it is unknown from now on.
pub async fn insert_attempt(tx: &mut Tx, attempt: &NewAttempt<'_>, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_ATTEMPT)
        .bind(attempt.id)
        .bind(attempt.order.0)
        .bind(attempt.gateway)
        .bind(attempt.amount.minor)
        .bind(attempt.amount.currency.code())
        .bind(attempt.card_last4)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

/// An attempt as stored.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct AttemptRow {
    /// The key under which the gateway was asked.
    pub id: Uuid,
    /// What is paid.
    pub order_id: Uuid,
    /// Which gateway.
    pub gateway: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The last digits of the card.
    pub card_last4: String,
    /// `unknown`, `held`, `returned` or `declined`.
    pub state: String,
    /// Why it was declined, as a stable code.
    pub reason: String,
    /// When the gateway was asked.
    pub created_at: i64,
}

impl AttemptRow {
    /// The amount.
    pub fn amount(&self) -> Result<Money, Error> {
        let currency = self.currency.parse().map_err(|_| Error::broken("payment_attempts", self.id, "currency"))?;
        Ok(Money::new(self.amount_minor, currency))
    }

    /// Whether nobody knows what came of it.
    pub fn is_unknown(&self) -> bool {
        self.state == "unknown"
    }
}

const SELECT_ATTEMPT: &str =
    "select id, order_id, gateway, amount_minor, currency, card_last4, state, reason, created_at
from payment_attempts where id = $1";

/// The attempt that was made under this key.
pub async fn find_attempt(conn: &mut dyn Conn, id: Uuid) -> Result<Option<AttemptRow>, Error> {
    read!(conn, AttemptRow, |c| sqlx::query(SELECT_ATTEMPT).bind(id).fetch_optional(c).await)
}

const SELECT_PRESENT_ATTEMPT: &str =
    "select id, order_id, gateway, amount_minor, currency, card_last4, state, reason, created_at
from payment_attempts where order_id = $1
order by case when state = 'unknown' then 0 else 1 end, created_at desc, id desc limit 1";

/// The attempt of an order that counts: the one that is unknown, else the last.
pub async fn find_present_attempt(conn: &mut dyn Conn, order: OrderId) -> Result<Option<AttemptRow>, Error> {
    read!(conn, AttemptRow, |c| sqlx::query(SELECT_PRESENT_ATTEMPT).bind(order.0).fetch_optional(c).await)
}

const UPDATE_ATTEMPT: &str = "update payment_attempts set state = $3, reason = $4, updated_at = $5
where id = $1 and order_id = $2 and (state = 'unknown' or (state = 'declined' and $3 <> 'declined'))";

/// Writes down what came of an attempt. What was held or returned stays so; a payment that arrives after all overrules a no.
pub async fn end_attempt(
    tx: &mut Tx,
    id: Uuid,
    order: OrderId,
    state: &str,
    reason: &str,
    now: Moment,
) -> Result<bool, Error> {
    let changed = change!(tx, |c| sqlx::query(UPDATE_ATTEMPT)
        .bind(id)
        .bind(order.0)
        .bind(state)
        .bind(reason)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(changed == 1)
}

const LIST_UNKNOWN: &str = "select id, order_id, gateway, amount_minor, currency, card_last4, state, reason, created_at
from payment_attempts where state = 'unknown' and created_at <= $1
and (created_at > $2 or (created_at = $2 and id > $3)) order by created_at, id limit $4";

/// Attempts of which nothing is known since this time or longer, the oldest first, after this place among them.
pub async fn list_unknown(
    conn: &mut dyn Conn,
    since: Moment,
    after: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<AttemptRow>, Error> {
    read!(conn, AttemptRow, |c| sqlx::query(LIST_UNKNOWN)
        .bind(since.0)
        .bind(after.0.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// What a gateway told us.
#[derive(Debug, Clone)]
pub struct NewCallback<'a> {
    /// Which gateway.
    pub gateway: &'a str,
    /// Its own name for this telling.
    pub callback_id: &'a str,
    /// The order it is about.
    pub order: OrderId,
    /// What it tells, as a stable code.
    pub kind: &'a str,
    /// How much.
    pub amount_minor: Minor,
    /// Its own number for the payment.
    pub payment_ref: &'a str,
}

const INSERT_CALLBACK: &str = "insert into gateway_callbacks
    (gateway, callback_id, order_id, kind, amount_minor, payment_ref, received_at, outcome)
values ($1, $2, $3, $4, $5, $6, $7, '') on conflict (gateway, callback_id) do nothing";

/// Stores what a gateway told us; `false` when it has told us before.
pub async fn insert_callback(tx: &mut Tx, callback: &NewCallback<'_>, now: Moment) -> Result<bool, Error> {
    let added = change!(tx, |c| sqlx::query(INSERT_CALLBACK)
        .bind(callback.gateway)
        .bind(callback.callback_id)
        .bind(callback.order.0)
        .bind(callback.kind)
        .bind(callback.amount_minor)
        .bind(callback.payment_ref)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(added == 1)
}

const SELECT_ORDER: &str = "select order_id from gateway_callbacks where gateway = $1 and callback_id = $2";

/// The order that a gateway told us of under this name.
pub async fn find_order(conn: &mut dyn Conn, gateway: &str, callback_id: &str) -> Result<Option<OrderId>, Error> {
    let found: Option<Uuid> =
        on!(conn, |c| sqlx::query_scalar(SELECT_ORDER).bind(gateway).bind(callback_id).fetch_optional(c).await)?;
    Ok(found.map(OrderId))
}

const UPDATE_OUTCOME: &str = "update gateway_callbacks set outcome = $3 where gateway = $1 and callback_id = $2";

/// Writes down what came of it.
pub async fn update_outcome(tx: &mut Tx, gateway: &str, callback_id: &str, outcome: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_OUTCOME).bind(gateway).bind(callback_id).bind(outcome).execute(c).await)?;
    Ok(())
}

/// What a gateway told us before about the same payment.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct EarlierRow {
    /// The gateway's name for that telling.
    pub callback_id: String,
    /// What came of it, as a stable code.
    pub outcome: String,
}

const SELECT_EARLIER: &str = "select callback_id, outcome from gateway_callbacks
where gateway = $1 and payment_ref = $2 and kind = $3 and callback_id <> $4 order by received_at, callback_id limit 1";

/// The first other telling of this kind about the same payment.
pub async fn find_earlier(
    conn: &mut dyn Conn,
    callback: &NewCallback<'_>,
    kind: &str,
) -> Result<Option<EarlierRow>, Error> {
    read!(conn, EarlierRow, |c| sqlx::query(SELECT_EARLIER)
        .bind(callback.gateway)
        .bind(callback.payment_ref)
        .bind(kind)
        .bind(callback.callback_id)
        .fetch_optional(c)
        .await)
}
