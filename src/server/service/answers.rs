//! A buyer's signed link: it shows the order, and lets whoever also has the code, or is signed in, accept or reject.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    domain::{
        access::Viewer,
        error::{Error as Shown, FieldError, Kind},
        id::{MessageId, OrderId},
        notice::Channel,
        order::{
            Order,
            action::Verb,
            form::{self, Fields},
        },
        party::{Party, Source},
        receiving::AnswerPage,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        secret::{Purpose, Secret},
        service::{
            Services, Visit, desk,
            orders::{self, Caller, Command, Performed},
            payments::marketplace_zone,
            photos::{self, Bringer, Kept, Uploads},
            receiving, throttle,
        },
        storage::{
            self, Conn, Tx, answers,
            outbox::{self, NewMessage},
            recipients,
            users::{self, UserRow},
        },
    },
};

/// How long a code can be used.
const CODE_LIFETIME: Span = Span::days(7);
/// How long the link opens an order that is over.
const OPEN_AFTER_THE_END: Span = Span::days(30);
/// How many codes that can be used no more are remembered, to say so.
const REMEMBERED: i64 = 20;
/// The name in a message's payload under which the id of its code stands.
const CODE_KEY: &str = "answer_code";

/// What a message to a buyer bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkAndCode {
    /// The address that opens the order.
    pub link: String,
    /// The code to type there, when the message has one.
    pub code: Option<String>,
}

/// The link to an order for its buyer, and the code that belongs to this message. `payload` is the message's own, as JSON:
/// it holds the id of the code, never the code. `public_url` is the configured address of this installation.
#[must_use]
pub fn link_and_code(secret: &Secret, public_url: &str, order: OrderId, payload: &Value) -> LinkAndCode {
    let row = payload.get(CODE_KEY).and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    LinkAndCode {
        link: format!("{public_url}/a/{}", secret.sign_link(Purpose::Order, order.0)),
        code: row.map(|row| secret.answer_code(row)),
    }
}

/// Makes the code that the messages of an event bear, in the transaction that owes them; gives what their payload says.
pub(super) async fn owe_code(
    tx: &mut Tx,
    order: OrderId,
    event_seq: Option<i64>,
    now: Moment,
) -> Result<(&'static str, Value), Error> {
    let id = clock::new_id(now);
    answers::insert_code(tx, id, order, event_seq, now, now.plus(CODE_LIFETIME)).await?;
    Ok((CODE_KEY, json!(id)))
}

/// The order that a link opens.
pub(super) async fn open(services: &Services, conn: &mut dyn Conn, token: &str) -> Result<Order, Error> {
    let dead = |code, sentence| Shown::new(Kind::NotFound, code, sentence);
    let id = services.secret.open_link(Purpose::Order, token).ok_or_else(|| {
        dead("dead_link", "This link is not complete. Open it again from the message that it came in.")
    })?;
    let order = storage::orders::find(conn, OrderId(id)).await?.ok_or_else(|| Shown::not_found("order"))?;
    if order.is_over() && order.updated_at.plus(OPEN_AFTER_THE_END) <= services.now() {
        let sentence = "This link has expired: the order has been over for more than 30 days. Sign in with the address \
                        that it was ordered with to look at it.";
        return Err(dead("expired_link", sentence).into());
    }
    Ok(order)
}

/// Whether this reader is signed in as the buyer; then no code is needed, whatever hat they wear.
fn is_buyer(viewer: Option<&Viewer>, order: &Order) -> bool {
    viewer.is_some_and(|viewer| viewer.user == order.parties.buyer)
}

/// Who answers: the buyer who is signed in, or whoever has the link and the code.
fn caller(viewer: Option<&Viewer>, order: &Order) -> Caller {
    match viewer.filter(|viewer| viewer.user == order.parties.buyer) {
        Some(viewer) => Caller::Person { viewer: Viewer { hat: None, ..viewer.clone() }, source: Source::SignedLink },
        None => Caller::Link { party: Party::Buyer, link: order.id.0 },
    }
}

/// What a link opens. It changes nothing.
///
/// # Errors
/// 404 for a link that was not made here, or has expired.
pub async fn look(services: &Services, token: &str, viewer: Option<&Viewer>) -> Result<AnswerPage, Error> {
    let mut conn = services.db.reader().await?;
    let order = open(services, &mut conn, token).await?;
    let time_zone = match viewer {
        Some(viewer) => viewer.time_zone.clone(),
        None => marketplace_zone(&mut conn, order.parties.marketplace).await?,
    };
    let buyer = users::find(&mut conn, order.parties.buyer).await?;
    let sent_to = buyer.map(|buyer| [masked_email(&buyer.email), masked_phone(own_phone(&buyer))]);
    let needs_code = !is_buyer(viewer, &order);
    let reader = orders::link_actor(Party::Buyer, &order).ok_or_else(|| Shown::not_found("order"))?;
    let said = recipients::find(&mut conn, order.id).await?;
    let mut view = desk::view_for(services, &mut conn, order, said, &reader).await?;
    view.offers.retain(|offer| matches!(offer.verb, Verb::Pay | Verb::Accept | Verb::Reject));
    Ok(AnswerPage {
        view: Box::new(view),
        needs_code,
        sent_to: sent_to.into_iter().flatten().flatten().collect(),
        now: services.now(),
        time_zone,
    })
}

/// An address or number of which no more is shown than whoever knows it needs.
pub(super) fn masked(address: &str) -> String {
    masked_email(address).or_else(|| masked_phone(address)).unwrap_or_else(|| "…".to_owned())
}

/// `b…@demo.test`: enough for whoever knows the address.
fn masked_email(email: &str) -> Option<String> {
    let (local, domain) = email.split_once('@')?;
    Some(format!("{}…@{domain}", local.chars().next()?))
}

/// The last four digits.
fn masked_phone(phone: &str) -> Option<String> {
    let start = phone.len().checked_sub(4).filter(|start| *start > 0)?;
    Some(format!("…{}", phone.get(start..)?))
}

/// An answer as it was typed on the page of a link.
#[derive(Clone, Debug)]
pub struct TypedAnswer {
    /// The link's token.
    pub token: String,
    /// `accept` or `reject`.
    pub verb: String,
    /// The version that the page showed.
    pub version: u32,
    /// The page's own key.
    pub key: String,
    /// The code, where one is needed.
    pub code: String,
    /// The verb's own fields.
    pub fields: Fields,
    /// The photos.
    pub uploads: Uploads,
}

/// Accepts or rejects.
///
/// # Errors
/// Each wrong field, the code's among them; a refusal of the rules; a conflict when somebody else was first; too many tries.
pub async fn answer(
    services: &Services,
    visit: &Visit,
    viewer: Option<&Viewer>,
    typed: TypedAnswer,
) -> Result<Performed, Error> {
    let mut conn = services.db.reader().await?;
    let order = open(services, &mut conn, &typed.token).await?;
    drop(conn);
    let verb = Verb::from_code(&typed.verb).filter(|verb| matches!(verb, Verb::Accept | Verb::Reject));
    let verb = verb.ok_or_else(|| Shown::field("verb", "Accept or reject: more needs signing in."))?;
    let action = form::parse(verb, &typed.fields, &order)?;
    let by = Bringer { party: Party::Buyer, user: Some(order.parties.buyer) };
    let kept = photos::read(&typed.uploads, order.id, by)?;
    let action = photos::attach(action, &kept)?;
    let code = if is_buyer(viewer, &order) { None } else { Some(prove(services, visit, order.id, &typed.code).await?) };
    let key = Some(typed.key).filter(|key| !key.is_empty());
    let command = Command { order: order.id, action, expected_version: Some(typed.version), key };
    let now = services.now();
    let input = (caller(viewer, &order), command, code, kept);
    services
        .db
        .write(input, move |tx, (caller, command, code, kept)| {
            Box::pin(async move { answer_in(tx, caller, command, *code, kept, now).await })
        })
        .await
}

async fn answer_in(
    tx: &mut Tx,
    caller: &Caller,
    command: &Command,
    code: Option<Uuid>,
    kept: &[Kept],
    now: Moment,
) -> Result<Performed, Error> {
    if let Some(before) = orders::answered_before(tx, caller, command).await? {
        return Ok(before);
    }
    let performed = orders::perform_in(tx, caller, command, now).await?;
    use_up(tx, code, now).await?;
    photos::keep(tx, command.order, kept, now).await?;
    Ok(performed)
}

/// Uses a code up; of two who have it, one acts.
async fn use_up(tx: &mut Tx, code: Option<Uuid>, now: Moment) -> Result<(), Error> {
    match code {
        Some(code) if !answers::use_code(tx, code, now).await? => Err(used_code().into()),
        _ => Ok(()),
    }
}

fn wrong_code(code: &str, sentence: impl Into<String>) -> Shown {
    let message = sentence.into();
    let fields = vec![FieldError { field: "answer_code".to_owned(), message: message.clone() }];
    Shown { kind: Kind::Invalid, code: code.to_owned(), message, fields }
}

fn used_code() -> Shown {
    wrong_code("used_code", "This code was used already: each one works once. Ask for a new one below.")
}

/// Finds the code that was typed. The try is counted, and the count committed, before the digits are looked at. A code that
/// was used already is found as well: the same form sent twice is answered, not refused; whoever uses it must look.
async fn prove(services: &Services, visit: &Visit, order: OrderId, typed: &str) -> Result<Uuid, Error> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 6 {
        return Err(
            wrong_code("code_needed", "Type the six digits from the message that told you of the delivery.").into()
        );
    }
    let now = services.now();
    let input = (order, visit.address.clone());
    let count = services.db.write(input, move |tx, (order, address)| {
        Box::pin(async move {
            throttle::count(tx, &throttle::ANSWER, &order.to_string(), now).await?;
            throttle::count(tx, &throttle::ANSWER_PEER, address, now).await?;
            let alive = answers::try_codes(tx, *order, now).await?;
            Ok::<_, Error>((alive, answers::list_codes(tx, *order, REMEMBERED).await?))
        })
    });
    let (alive, known) = count.await?;
    let meant = |row: &&answers::CodeRow| services.secret.is_answer_code(row.id, &digits);
    if let Some(row) = alive.iter().find(meant) {
        return Ok(row.id);
    }
    match known.iter().find(meant) {
        Some(row) if row.used_at > 0 => return Ok(row.id),
        Some(_) => {
            return Err(
                wrong_code("expired_code", "This code cannot be used any more. Ask for a new one below.").into()
            );
        }
        None => {}
    }
    let left = alive.iter().map(|row| answers::MOST_ATTEMPTS - row.attempts).max().unwrap_or(0);
    Err(match left {
        0 => wrong_code("no_code", "There is no code left that could be used. Ask for a new one below."),
        1 => wrong_code("wrong_code", "This is not the code. You can try once more; after that, ask for a new one."),
        left => wrong_code("wrong_code", format!("This is not the code. You can try {left} more times.")),
    }
    .into())
}

/// Sends a new code to the addresses that are known of the buyer, never to one that somebody typed.
///
/// # Errors
/// A dead link; 409 when there is nothing left to answer; 429 after too many.
pub async fn new_code(services: &Services, visit: &Visit, token: &str) -> Result<(), Error> {
    let mut conn = services.db.reader().await?;
    let order = open(services, &mut conn, token).await?;
    drop(conn);
    if order.is_over() {
        let sentence = "This order is over: there is nothing to answer any more.";
        return Err(Shown::new(Kind::Conflict, "order_is_over", sentence).into());
    }
    let now = services.now();
    let input = (order, visit.address.clone());
    services.db.write(input, move |tx, (order, address)| Box::pin(new_code_in(tx, order, address, now))).await
}

/// The number that the buyer gave themselves, or nothing: a code sent to any other would let somebody else answer.
fn own_phone(buyer: &UserRow) -> &str {
    if buyer.has_account() { &buyer.phone } else { "" }
}

async fn new_code_in(tx: &mut Tx, order: &Order, address: &str, now: Moment) -> Result<(), Error> {
    throttle::count(tx, &throttle::ANSWER_CODES, &order.id.to_string(), now).await?;
    throttle::count(tx, &throttle::MAIL_PEER, address, now).await?;
    let buyer = users::find(tx, order.parties.buyer).await?.ok_or_else(|| Shown::not_found("order"))?;
    let (name, code) = owe_code(tx, order.id, None, now).await?;
    for (channel, to_address) in [(Channel::Email, buyer.email.as_str()), (Channel::Sms, own_phone(&buyer))] {
        if to_address.is_empty() {
            continue;
        }
        let payload = json!({
            "to": Party::Buyer, "order": order.id.0, "reference": order.reference, "name": buyer.name,
            "title": order.title(), "marketplace": order.parties.marketplace_name, name: code,
        });
        let message = NewMessage {
            id: MessageId(clock::new_id(now)),
            event: None,
            marketplace: Some(order.parties.marketplace),
            recipient: Some(buyer.user()),
            to_address,
            channel,
            kind: "answer_code",
            payload,
        };
        outbox::insert(tx, &message, now).await?;
    }
    Ok(())
}

/// Changes where the order goes and who may take it.
///
/// # Errors
/// Each wrong field, the code's among them; a conflict when it is too late.
pub async fn change_recipient(
    services: &Services,
    visit: &Visit,
    viewer: Option<&Viewer>,
    token: &str,
    code: &str,
    fields: &Fields,
) -> Result<(), Error> {
    let mut conn = services.db.reader().await?;
    let order = open(services, &mut conn, token).await?;
    drop(conn);
    let typed = receiving::Typed::read(fields)?;
    let code = if is_buyer(viewer, &order) { None } else { Some(prove(services, visit, order.id, code).await?) };
    let now = services.now();
    let input = (order.id, typed, code, visit.clone());
    services
        .db
        .write(input, move |tx, (order, typed, code, visit)| {
            Box::pin(async move {
                let order = storage::orders::find_for_update(tx, *order).await?;
                let order = order.ok_or_else(|| Shown::not_found("order"))?;
                use_up(tx, *code, now).await?;
                receiving::change_in(tx, visit, &order, typed, now).await
            })
        })
        .await
}
