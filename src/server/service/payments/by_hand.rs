//! A payment that came in past every gateway, as the finance of a marketplace saw it: told once, it pays once.

use crate::{
    domain::{
        api_key::Mode,
        error::{Error as Shown, FieldError, Kind},
        order::{Order, action::Action},
        time::Moment,
    },
    server::{
        error::Error,
        service::{
            Services,
            keys::{self, Holder},
            orders::{self, Caller, Command, Performed},
            payments::{self, Outcome},
            programs::{self, OrderName},
        },
        storage::{
            self, Tx,
            gateway::{self, AttemptRow, NewCallback},
            idempotency,
        },
    },
};

/// A payment that came in past every gateway.
#[derive(Clone, Debug)]
pub struct ByHand {
    /// For which order.
    pub order: OrderName,
    /// What the marketplace's bank knows it by: one such payment pays one order, once.
    pub reference: Option<String>,
    /// The caller's own key for this.
    pub key: Option<String>,
    /// What tells it from another request under the same key.
    pub fingerprint: [u8; 32],
}

/// The name in the books of what came in past every gateway.
const BY_HAND: &str = "manual";

/// Takes all that is due into escrow because the marketplace's finance says that it came in. It is marked as such: in the
/// books it stands at a gateway of its own, and the timeline names the key. Under a reference that paid this order already,
/// nothing more is taken, and it is told how the order stands.
///
/// # Errors
/// Forbidden for everybody but the marketplace's finance, and for test keys; a conflict when the reference paid another
/// order, or while nobody knows what became of a card; a wrong field when a project is paid without a reference; as
/// [`orders::perform`] else.
pub async fn pay_by_hand(services: &Services, holder: &Holder, by_hand: ByHand) -> Result<Performed, Error> {
    let now = services.now();
    let input = (holder.clone(), by_hand);
    services.db.write(input, move |tx, (holder, by_hand)| Box::pin(pay_in(tx, holder, by_hand, now))).await
}

async fn pay_in(tx: &mut Tx, holder: &Holder, by_hand: &ByHand, now: Moment) -> Result<Performed, Error> {
    let id = programs::id_of(tx, &by_hand.order).await?;
    let order = storage::orders::find_for_update(tx, id).await?.ok_or_else(|| Shown::not_found("order"))?;
    let actor = keys::actor(tx, holder, &order).await?.ok_or_else(|| Shown::not_found("order"))?;
    let command = by_hand.key.as_ref().map(|key| holder.command(key));
    if let Some(command) = &command
        && let Some(answered) = idempotency::find(tx, command).await?
    {
        return orders::replay(&answered, &by_hand.fingerprint);
    }
    if !actor.sets_fees() || actor.interested || holder.mode == Mode::Test || order.is_test() {
        let sentence = "Payments come through a gateway; only finance of the marketplace that is no party to the order says that one came in past them.";
        return Err(Shown::new(Kind::Forbidden, "not_your_turn", sentence).into());
    }
    let reference = reference(&order, by_hand)?;
    let performed = match taken_before(tx, &order, &reference).await? {
        Some(performed) => performed,
        None => take(tx, holder, &order, reference, now).await?,
    };
    if let Some(command) = &command {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        idempotency::insert(tx, command, &by_hand.fingerprint, &answer, now).await?;
    }
    Ok(performed)
}

/// What the payment is known by. An order that is paid at once has one payment, of its own number; of a project it must be
/// said which payment it is, or one that is told twice would pay the next milestone too.
fn reference(order: &Order, by_hand: &ByHand) -> Result<String, Shown> {
    match &by_hand.reference {
        Some(reference) => Ok(reference.clone()),
        None if order.milestones => {
            Err(Shown::field("payment_ref", "A project is paid part by part: say which payment this is."))
        }
        None => Ok(order.reference.to_string()),
    }
}

/// In the books of gateways a payment by hand is known by its marketplace and reference.
fn name(order: &Order, reference: &str) -> String {
    format!("{} {reference}", order.parties.marketplace)
}

/// How the order stands that this payment paid before.
async fn taken_before(tx: &mut Tx, order: &Order, reference: &str) -> Result<Option<Performed>, Error> {
    let Some(before) = gateway::find_order(tx, BY_HAND, &name(order, reference)).await? else { return Ok(None) };
    if before != order.id {
        let sentence = "This reference paid another order already: one payment pays one order.";
        let mut refused = Shown::new(Kind::Conflict, "payment_known", sentence);
        refused.fields.push(FieldError { field: "payment_ref".to_owned(), message: sentence.to_owned() });
        return Err(refused.into());
    }
    Ok(Some(Performed {
        reference: order.reference.clone(),
        version: order.version,
        status: order.status(),
        events: vec!["paid".to_owned()],
        replayed: true,
    }))
}

async fn take(tx: &mut Tx, holder: &Holder, order: &Order, reference: String, now: Moment) -> Result<Performed, Error> {
    // What the bank says of the card may still be that it paid, and one of the two would have to go back.
    if gateway::find_present_attempt(tx, order.id).await?.as_ref().is_some_and(AttemptRow::is_unknown) {
        return Err(payments::still_unknown().into());
    }
    let due = order.due_minor();
    let callback_id = name(order, &reference);
    let row = NewCallback {
        gateway: BY_HAND,
        callback_id: &callback_id,
        order: order.id,
        kind: "taken",
        amount_minor: due,
        payment_ref: &reference,
    };
    if !gateway::insert_callback(tx, &row, now).await? {
        // Told of another order in the very same moment.
        return taken_before(tx, order, &reference).await?.ok_or_else(|| payments::still_unknown().into());
    }
    let action = Action::Pay { amount_minor: due, gateway: BY_HAND.to_owned(), payment_ref: reference };
    let caller = Caller::Gateway(format!("{BY_HAND} ({})", holder.name));
    let command = Command { order: order.id, action, expected_version: None, key: None };
    let performed = orders::perform_in(tx, &caller, &command, now).await?;
    gateway::update_outcome(tx, BY_HAND, &callback_id, Outcome::Held.code()).await?;
    Ok(performed)
}
