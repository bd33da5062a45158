//! What a gateway tells us of a payment, stored once and acted upon in the same transaction, so that no money is lost
//! however late, often or out of order it is told.

use uuid::Uuid;

use crate::{
    domain::{
        id::OrderId,
        money::Money,
        order::{Order, action::Action},
        text,
        time::Moment,
    },
    server::{
        error::Error,
        service::{
            Services,
            orders::{self, Caller, Command},
        },
        storage::{
            self, Tx,
            gateway::{self, NewCallback},
        },
    },
};

/// What a gateway told us, verified and in our words.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Which gateway.
    pub gateway: String,
    /// Its own name for this telling; told again under it, nothing happens.
    pub id: String,
    /// The order.
    pub order: OrderId,
    /// The key under which the gateway was asked.
    pub attempt: Uuid,
    /// Its own number for the payment.
    pub payment_ref: String,
    /// How much, more than nothing.
    pub amount: Money,
    /// What happened.
    pub news: News,
}

/// What can happen to a payment.
#[derive(Debug, Clone)]
pub enum News {
    /// The money is there.
    Taken,
    /// The buyer's bank took it back.
    ChargedBack(text::Reason),
}

impl News {
    const fn code(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::ChargedBack(_) => "charged_back",
        }
    }
}

/// What came of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The money is held.
    Held,
    /// The money could not be held: it came too late, twice, or was not what is due. It is owed back to the buyer.
    Returned,
    /// The payment is taken out of the books again.
    ChargedBack,
    /// This very callback was acted upon before.
    Repeated,
    /// This payment was told of before, under another name.
    Known,
    /// A reversal of a payment that we have not heard of yet: it waits for that.
    Waiting,
    /// A payment in a currency that the order does not have; nothing is booked, somebody must look.
    WrongCurrency,
    /// About an order that is not here; somebody must look.
    UnknownOrder,
    /// A reversal of what is not held; somebody must look.
    Refused,
}

impl Outcome {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Returned => "returned",
            Self::ChargedBack => "charged_back",
            Self::Repeated => "repeated",
            Self::Known => "known",
            Self::Waiting => "waiting",
            Self::WrongCurrency => "wrong_currency",
            Self::UnknownOrder => "unknown_order",
            Self::Refused => "refused",
        }
    }
}

/// Stores what a gateway told us and acts upon it, in one transaction.
///
/// # Errors
/// When the database refuses; then nothing is stored, and the gateway may tell it again.
pub async fn take(services: &Services, callback: Callback) -> Result<Outcome, Error> {
    let now = services.now();
    let outcome = services.db.write(callback.clone(), move |tx, callback| Box::pin(take_in(tx, callback, now))).await?;
    let Callback { gateway, id, order, .. } = &callback;
    match outcome {
        Outcome::WrongCurrency | Outcome::UnknownOrder | Outcome::Refused => {
            tracing::error!(gateway, callback = id, %order, outcome = outcome.code(), "somebody must look at a payment");
        }
        _ => {
            tracing::info!(gateway, callback = id, %order, outcome = outcome.code(), "a gateway told of a payment");
        }
    }
    Ok(outcome)
}

async fn take_in(tx: &mut Tx, callback: &Callback, now: Moment) -> Result<Outcome, Error> {
    // The order first: whoever changes it, or tells of it at the same time, waits here.
    let order = storage::orders::find_for_update(tx, callback.order).await?;
    let row = NewCallback {
        gateway: &callback.gateway,
        callback_id: &callback.id,
        order: callback.order,
        kind: callback.news.code(),
        amount_minor: callback.amount.minor,
        payment_ref: &callback.payment_ref,
    };
    if !gateway::insert_callback(tx, &row, now).await? {
        return Ok(Outcome::Repeated);
    }
    let outcome = match (&order, &callback.news) {
        (None, _) => Outcome::UnknownOrder,
        (Some(order), News::Taken) => taken(tx, order, callback, &row, now).await?,
        (Some(_), News::ChargedBack(reason)) => charged_back(tx, callback, &row, reason, now).await?,
    };
    gateway::update_outcome(tx, row.gateway, row.callback_id, outcome.code()).await?;
    Ok(outcome)
}

/// Holds the money; where it cannot be held it is owed back.
async fn taken(
    tx: &mut Tx,
    order: &Order,
    callback: &Callback,
    row: &NewCallback<'_>,
    now: Moment,
) -> Result<Outcome, Error> {
    if callback.amount.currency != order.currency {
        return Ok(Outcome::WrongCurrency);
    }
    if gateway::find_earlier(tx, row, "taken").await?.is_some() {
        return Ok(Outcome::Known);
    }
    let reversal = gateway::find_earlier(tx, row, "charged_back").await?.filter(|earlier| earlier.outcome == "waiting");
    let (amount_minor, payment_ref) = (callback.amount.minor, callback.payment_ref.clone());
    let pay = Action::Pay { amount_minor, gateway: callback.gateway.clone(), payment_ref: payment_ref.clone() };
    let held = perform(tx, callback, pay, now).await?;
    let outcome = match (held, &reversal) {
        (true, None) => Outcome::Held,
        // It came and was taken back before we heard of either.
        (true, Some(_)) => {
            let reason =
                text::Reason::parse("The buyer’s bank took the payment back.").expect("a sentence is a reason");
            charge_back(tx, callback, &reason, now).await?;
            Outcome::ChargedBack
        }
        (false, None) => {
            let action = Action::ReturnPayment { amount_minor, gateway: callback.gateway.clone(), payment_ref };
            if perform(tx, callback, action, now).await? { Outcome::Returned } else { Outcome::Known }
        }
        (false, Some(_)) => Outcome::ChargedBack,
    };
    if let Some(reversal) = reversal {
        gateway::update_outcome(tx, row.gateway, &reversal.callback_id, Outcome::ChargedBack.code()).await?;
    }
    let state = if outcome == Outcome::Returned { "returned" } else { "held" };
    gateway::end_attempt(tx, callback.attempt, callback.order, state, "", now).await?;
    Ok(outcome)
}

async fn charged_back(
    tx: &mut Tx,
    callback: &Callback,
    row: &NewCallback<'_>,
    reason: &text::Reason,
    now: Moment,
) -> Result<Outcome, Error> {
    if charge_back(tx, callback, reason, now).await? {
        return Ok(Outcome::ChargedBack);
    }
    let heard_of = gateway::find_earlier(tx, row, "taken").await?.is_some();
    Ok(if heard_of { Outcome::Refused } else { Outcome::Waiting })
}

async fn charge_back(tx: &mut Tx, callback: &Callback, reason: &text::Reason, now: Moment) -> Result<bool, Error> {
    let action = Action::ChargeBack {
        gateway: callback.gateway.clone(),
        payment_ref: callback.payment_ref.clone(),
        reason: reason.clone(),
    };
    perform(tx, callback, action, now).await
}

/// Carries out what the gateway's news means for the order; `false` when the rules refuse it, which changes nothing.
async fn perform(tx: &mut Tx, callback: &Callback, action: Action, now: Moment) -> Result<bool, Error> {
    let caller = Caller::Gateway(callback.gateway.clone());
    let command = Command { order: callback.order, action, expected_version: None, key: None };
    match orders::perform_in(tx, &caller, &command, now).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
