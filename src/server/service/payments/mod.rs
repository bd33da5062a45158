//! Paying an order by its link: what there is to pay, that an attempt begins, and that it came to nothing.

mod by_hand;
mod callback;

pub use self::{
    by_hand::{ByHand, pay_by_hand},
    callback::{Callback, News, Outcome, take},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        access::Viewer,
        error::{Error as Shown, Kind},
        id::{MarketplaceId, OrderId},
        money::{Minor, Money},
        order::{Delivery, Item, Order, action::Verb, status::Status},
        payment::{Checkout, Decline, Stage},
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        secret::{Purpose, Secret},
        service::{Services, repeats::Claim, throttle},
        storage::{
            Conn, Tx,
            gateway::{self, AttemptRow, NewAttempt},
            orders, people,
        },
    },
};

/// Attempts to pay one order: enough for a buyer with several cards, too few to try out stolen ones.
const ATTEMPTS: throttle::Limit = throttle::Limit { what: "pay:order", most: 20, window: Span::hours(1) };

/// The token of an order's payment link.
#[must_use]
pub fn pay_token(services: &Services, order: OrderId) -> String {
    services.secret.sign_link(Purpose::Pay, order.0)
}

/// The key of an attempt that a program makes under a key of its own: the same one each time.
#[must_use]
pub fn attempt_key(order: OrderId, own: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::new().chain_update(order.0.as_bytes()).chain_update(own).finalize().into();
    let half = digest[..16].try_into().expect("sixteen bytes of thirty-two");
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

/// The order that a payment link opens.
fn order_of(secret: &Secret, token: &str) -> Result<OrderId, Shown> {
    let sentence = "This payment link is not complete. Open it again from the message that it came in.";
    let dead = || Shown::new(Kind::NotFound, "dead_link", sentence);
    secret.open_link(Purpose::Pay, token).map(OrderId).ok_or_else(dead)
}

/// The parts that are to be paid now.
fn due(order: &Order) -> impl Iterator<Item = &Delivery> {
    order.deliveries.iter().filter(|part| part.started && part.status == Status::AwaitingPayment)
}

/// What a payer agrees to, in short. The version of an order would not do: it rises with notes, too.
fn agreed(order: &Order) -> String {
    let parts: Vec<u16> = due(order).map(|part| part.no).collect();
    let whole = serde_json::to_vec(&(&order.items, &order.terms, parts)).expect("orders are plain data");
    URL_SAFE_NO_PAD.encode(Sha256::digest(whole))
}

/// Whether there is a gateway for an order: none yet but the sandbox, which takes real ones where that is set.
fn takes(sandbox: bool, order: &Order) -> bool {
    sandbox || order.is_test()
}

/// Whether an order can be paid through a gateway here.
#[must_use]
pub fn has_gateway(services: &Services, order: &Order) -> bool {
    takes(services.sandbox, order)
}

/// Until when the parts that are due can be paid; "never" when nothing is due.
fn pay_until(order: &Order) -> Moment {
    due(order).map(|part| order.deadline_of(part)).min().unwrap_or(Moment::NEVER)
}

/// What whoever holds this link sees.
///
/// # Errors
/// 404 for a link that was not made here.
pub async fn look(services: &Services, token: &str, viewer: Option<&Viewer>) -> Result<Checkout, Error> {
    let id = order_of(&services.secret, token)?;
    let now = services.now();
    let mut conn = services.db.reader().await?;
    let order = orders::find(&mut conn, id).await?.ok_or_else(|| Shown::not_found("order"))?;
    let attempt = gateway::find_present_attempt(&mut conn, id).await?;
    let returned =
        attempt.as_ref().filter(|attempt| attempt.state == "returned").map(AttemptRow::amount).transpose()?;
    let time_zone = match viewer {
        Some(viewer) => viewer.time_zone.clone(),
        None => marketplace_zone(&mut conn, order.parties.marketplace).await?,
    };
    let stage = stage(&order, attempt, services.sandbox, now)?;
    Ok(Checkout {
        reference: order.reference.clone(),
        title: order.title(),
        seller: order.parties.seller_name.clone(),
        marketplace: order.parties.marketplace_name.clone(),
        lines: lines(&order),
        amount: order.money(amount(&order)),
        terms: order.terms,
        agreed: agreed(&order),
        pay_until: pay_until(&order),
        stage,
        returned,
        key: clock::new_id(now),
        is_buyer: viewer.is_some_and(|viewer| viewer.user == order.parties.buyer),
        now,
        time_zone,
    })
}

/// The time zone of a marketplace, for readers who have none of their own.
pub(super) async fn marketplace_zone(conn: &mut dyn Conn, marketplace: MarketplaceId) -> Result<String, Error> {
    let marketplace = people::find_marketplace(conn, marketplace).await?;
    Ok(marketplace.map_or_else(|| "UTC".to_owned(), |marketplace| marketplace.time_zone))
}

fn stage(order: &Order, attempt: Option<AttemptRow>, sandbox: bool, now: Moment) -> Result<Stage, Error> {
    if let Some(attempt) = attempt.filter(AttemptRow::is_unknown) {
        let (since, amount) = (Moment(attempt.created_at), attempt.amount()?);
        return Ok(Stage::Unknown { since, amount, card_last4: attempt.card_last4 });
    }
    Ok(match order.due_minor() {
        1.. if now >= pay_until(order) => Stage::Late,
        1.. if !takes(sandbox, order) => Stage::NoGateway,
        1.. => Stage::Due,
        _ if order.is_over() => Stage::Over(order.status()),
        _ => Stage::Held,
    })
}

/// What is due; what was paid when nothing is; what it would have cost when it never was.
fn amount(order: &Order) -> Minor {
    [order.due_minor(), order.paid_minor].into_iter().find(|minor| *minor > 0).unwrap_or_else(|| order.total_minor())
}

/// What that amount is for: the items as they were sold, of a project those milestones, and the fee for holding.
fn lines(order: &Order) -> Vec<(String, Money)> {
    let counts = |part: &&Delivery| match (order.due_minor(), order.paid_minor) {
        (1.., _) => part.started && part.status == Status::AwaitingPayment,
        (_, 1..) => part.paid_at.is_some(),
        _ => true,
    };
    let counted = || order.deliveries.iter().filter(counts).flat_map(|part| &part.lines);
    let shown = |item: &&Item| !order.milestones || counted().any(|line| line.item == item.no);
    let price = |item: &Item| item.unit_minor * Minor::from(item.quantity);
    let name = |item: &Item| match item.quantity {
        1 => item.title.clone(),
        many => format!("{many} × {}", item.title),
    };
    let items = || order.items.iter().filter(shown);
    let mut lines: Vec<(String, Money)> = items().map(|item| (name(item), order.money(price(item)))).collect();
    let fee = amount(order) - items().map(price).sum::<Minor>();
    if fee > 0 {
        lines.push(("Fee for holding the money".to_owned(), order.money(fee)));
    }
    lines
}

/// An attempt that somebody wants to make.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The payment link's token.
    pub token: String,
    /// The amount that the payer saw, in minor units.
    pub amount_minor: Minor,
    /// What the payer agreed to on the page that they saw; nothing where none was seen.
    pub agreed: Option<String>,
    /// The version that a program has seen.
    pub expected_version: Option<u32>,
    /// The key of the form: sent twice, it is one attempt.
    pub key: Uuid,
    /// The command of a program that this is, written down with the attempt.
    pub claim: Option<Claim>,
    /// Through which gateway.
    pub gateway: &'static str,
    /// The last digits of the card: all of it that is ever stored.
    pub card_last4: String,
}

/// What came of wanting to pay.
#[derive(Debug, Clone)]
pub enum Begun {
    /// The gateway is to be asked for this, now and under this key.
    Ask(Charge),
    /// This very attempt was made before: the gateway is not asked again.
    Before,
    /// This very attempt was declined before.
    Declined(Decline),
}

/// What a gateway is asked for.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The key under which it is asked: the same key is charged once.
    pub key: Uuid,
    /// What for.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
}

/// Writes an attempt down before the gateway is asked.
///
/// # Errors
/// 404 for a dead link; 409 when nothing is due, it is too late, the order has changed, an earlier attempt is still
/// unknown, or there is no gateway for it; 422 when the key was used for something else; 429 after too many.
pub async fn begin(services: &Services, wanted: Wanted) -> Result<Begun, Error> {
    let id = order_of(&services.secret, &wanted.token)?;
    let now = services.now();
    let sandbox = services.sandbox;
    services.db.write((id, wanted), move |tx, (id, wanted)| Box::pin(begin_in(tx, *id, wanted, sandbox, now))).await
}

async fn begin_in(tx: &mut Tx, id: OrderId, wanted: &Wanted, sandbox: bool, now: Moment) -> Result<Begun, Error> {
    let order = orders::find_for_update(tx, id).await?.ok_or_else(|| Shown::not_found("order"))?;
    if let Some(before) = gateway::find_attempt(tx, wanted.key).await? {
        return match before.state.as_str() {
            _ if before.order_id != id.0 => Err(reused_key().into()),
            "declined" => Ok(Begun::Declined(Decline::from_code(&before.reason))),
            _ => Ok(Begun::Before),
        };
    }
    if gateway::find_present_attempt(tx, id).await?.is_some_and(|attempt| attempt.is_unknown()) {
        return Err(still_unknown().into());
    }
    may_begin(&order, wanted, sandbox, now)?;
    throttle::count(tx, &ATTEMPTS, &id.to_string(), now).await?;
    let charge = Charge { key: wanted.key, order: id, amount: order.money(order.due_minor()) };
    let attempt = NewAttempt {
        id: charge.key,
        order: id,
        gateway: wanted.gateway,
        amount: charge.amount,
        card_last4: &wanted.card_last4,
    };
    gateway::insert_attempt(tx, &attempt, now).await?;
    if let Some(claim) = &wanted.claim {
        claim.insert(tx, now).await?;
    }
    Ok(Begun::Ask(charge))
}

/// Refuses what cannot be paid now, or is not what the payer saw.
fn may_begin(order: &Order, wanted: &Wanted, sandbox: bool, now: Moment) -> Result<(), Shown> {
    let due = order.due_minor();
    let refused = |code, sentence| Err(Shown::new(Kind::Conflict, code, sentence));
    if wanted.expected_version.is_some_and(|seen| seen != order.version) {
        return refused("version_conflict", "Somebody was first. Nothing of yours was changed.");
    }
    if due == 0 && order.held_minor() > 0 {
        return refused("already_paid", "This order is paid already. Nothing was taken.");
    }
    if due == 0 || now >= pay_until(order) {
        return refused("past_deadline", "This order cannot be paid any more. Nothing was taken.");
    }
    if !takes(sandbox, order) {
        return Err(no_gateway());
    }
    if wanted.agreed.as_ref().is_some_and(|seen| *seen != agreed(order)) {
        let sentence = "The order was changed after you opened this page. Look at it again, then pay.";
        return refused("order_changed", sentence);
    }
    if due != wanted.amount_minor {
        return refused(
            "amount_changed",
            "The order was changed meanwhile. Nothing was taken: look at the new amount.",
        );
    }
    Ok(())
}

/// The refusal of a real order where there is no gateway but the sandbox.
#[must_use]
pub fn no_gateway() -> Shown {
    let sentence = "This server has no payment gateway yet. Nothing was taken: ask the marketplace how to pay.";
    Shown::new(Kind::Conflict, "no_gateway", sentence)
}

/// Refuses another price, other goods or other terms while nobody knows what became of a payment for the present ones.
///
/// # Errors
/// 409 then.
pub(super) async fn refuse_change_while_unknown(tx: &mut Tx, order: OrderId, verb: Verb) -> Result<(), Error> {
    let changes = matches!(verb, Verb::EditItems | Verb::EditTerms);
    if !changes || !gateway::find_present_attempt(tx, order).await?.is_some_and(|attempt| attempt.is_unknown()) {
        return Ok(());
    }
    let sentence = "A payment for this order is under way: until the bank says what became of it, its goods and terms stay \
                    as they are.";
    Err(Shown::new(Kind::Conflict, "payment_unknown", sentence).into())
}

fn reused_key() -> Shown {
    Shown::new(Kind::Invalid, "key_reused", "This form was made for another order. Load the page again.")
}

fn still_unknown() -> Shown {
    let sentence = "An earlier payment for this order has not been answered yet. Nothing more was taken: \
                    please wait until the bank says what became of it.";
    Shown::new(Kind::Conflict, "payment_unknown", sentence)
}

/// Writes down that nothing was taken.
///
/// # Errors
/// When the database refuses.
pub async fn decline(services: &Services, order: OrderId, attempt: Uuid, why: Decline) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write((), move |tx, ()| {
            Box::pin(async move {
                gateway::end_attempt(tx, attempt, order, "declined", why.code(), now).await?;
                Ok(())
            })
        })
        .await
}

/// Attempts whose gateway has said nothing since this time, the oldest first, after this place among them.
///
/// # Errors
/// When the database refuses.
pub async fn list_unknown(
    services: &Services,
    since: Moment,
    after: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<AttemptRow>, Error> {
    let mut conn = services.db.reader().await?;
    Ok(gateway::list_unknown(&mut conn, since, after, limit).await?)
}
