//! Links for delivery persons without an account: who makes them, what they show, and what can be said through them.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Permission, Viewer},
        error::{Error as Shown, Kind},
        id::{MessageId, OrderId, Reference, UserId},
        notice::Channel,
        order::{
            Delivery, Order,
            action::{Action, Verb},
            form::{self, Fields},
            refusal::Refusal,
            status::Status,
        },
        party::{Actor, Party},
        receiving::{CourierLink, CourierLinks, CourierPage, CourierStage, Recipient},
        text::Phone,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        qr,
        secret::Purpose,
        service::{
            Services, Visit, acting, audit, handover,
            keys::Holder,
            orders::{self, Caller, Command, Performed},
            payments::marketplace_zone,
            photos::{self, Bringer, Kept, Uploads},
            programs::{self, OrderName},
            receiving, throttle,
        },
        storage::{
            self, Conn, Tx,
            answers::{self, CourierLinkRow},
            events,
            outbox::{self, NewMessage},
        },
    },
};

/// How long a link opens anything.
const LIFETIME: Span = Span::days(14);

/// Whether a delivery is to be brought.
const fn is_to_bring(part: &Delivery) -> bool {
    part.started && matches!(part.status, Status::Funded | Status::InTransit | Status::SecondAttempt)
}

/// Whether this reader may make a link: whoever may ship, for something that is to be brought.
pub(super) fn may_link(reader: &Actor, order: &Order) -> bool {
    ships(reader) && order.deliveries.iter().any(is_to_bring)
}

/// The links of an order, for whoever may make them.
///
/// # Errors
/// Not found for everybody else.
pub async fn list(
    services: &Services,
    public_url: &str,
    viewer: &Viewer,
    reference: &str,
) -> Result<CourierLinks, Error> {
    let not_found = || Shown::not_found("order");
    let reference: Reference = reference.parse().map_err(|_| not_found())?;
    let mut conn = services.db.reader().await?;
    let order = storage::orders::find_by_reference(&mut conn, &reference).await?.ok_or_else(not_found)?;
    orders::actor_for(viewer, &order).filter(ships).ok_or_else(not_found)?;
    let links = links_of(services, &mut conn, public_url, &order).await?;
    let deliveries = order.deliveries.iter().filter(|part| is_to_bring(part));
    let deliveries = deliveries.map(|part| (part.no, items(&order, part).join(", "))).collect();
    Ok(CourierLinks { reference, links, deliveries, now: services.now(), time_zone: viewer.time_zone.clone() })
}

/// The links of an order, for a program that may make them.
///
/// # Errors
/// Not found for everybody else.
pub async fn list_with(
    services: &Services,
    public_url: &str,
    holder: &Holder,
    order: &OrderName,
) -> Result<Vec<CourierLink>, Error> {
    let (order, actor) = programs::find(services, holder, order).await?;
    if !ships(&actor) {
        return Err(Shown::not_found("order").into());
    }
    links_of(services, &mut services.db.reader().await?, public_url, &order).await
}

async fn links_of(
    services: &Services,
    conn: &mut dyn Conn,
    public_url: &str,
    order: &Order,
) -> Result<Vec<CourierLink>, Error> {
    let now = services.now();
    let rows = answers::list_links(conn, order.id, now).await?;
    let link = |row: &CourierLinkRow| {
        let address = format!("{public_url}/courier/{}", services.secret.sign_link(Purpose::Courier, row.id));
        CourierLink { delivery: row.delivery(), qr: qr::of(&address), address, expires_at: row.expires_at() }
    };
    Ok(rows.iter().filter(|row| is_open(row, order, now)).map(link).collect())
}

/// Whether somebody may make links, and see them.
fn ships(actor: &Actor) -> bool {
    actor.party != Party::Buyer && actor.permissions.has(Permission::Ship)
}

/// Whether a link opens something: its attempt is not over, its time neither, and no other took its place.
fn is_open(row: &CourierLinkRow, order: &Order, now: Moment) -> bool {
    let same = |part: &Delivery| is_to_bring(part) && i64::from(part.attempts) == row.attempt;
    row.revoked_at == 0 && row.expires_at() > now && order.delivery(row.delivery()).is_some_and(same)
}

fn items(order: &Order, part: &Delivery) -> Vec<String> {
    let lines = part.lines.iter().filter(|line| line.quantity > 0);
    let words = lines.map(|line| {
        let title = order.item(line.item).map_or("item", |item| item.title.as_str());
        format!("{} × {title}", line.quantity)
    });
    words.collect()
}

/// A link that somebody wants made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For which order.
    pub order: OrderName,
    /// For which delivery.
    pub delivery: u16,
    /// Where to send it by text message; nothing when it is handed on otherwise.
    pub phone: String,
}

/// Makes a link for the attempt that is to come; the one before it opens nothing any more.
///
/// # Errors
/// Not found for those who may not ship; a wrong number; a conflict when nothing is to be brought; too many.
pub async fn make(services: &Services, visit: &Visit, caller: Caller, wanted: Wanted) -> Result<(), Error> {
    let phone = Some(wanted.phone.trim()).filter(|phone| !phone.is_empty()).map(Phone::parse);
    let phone = phone.transpose().map_err(|bad| Shown::field("phone", bad.0))?;
    let order = programs::id_of(&mut services.db.reader().await?, &wanted.order).await?;
    let now = services.now();
    let input = (caller, visit.clone(), phone);
    services
        .db
        .write(input, move |tx, (caller, visit, phone)| {
            Box::pin(make_in(tx, visit, caller, (order, wanted.delivery), phone.as_ref(), now))
        })
        .await
}

/// The order, under its lock, and the person who may make links for it and take them away.
async fn lock(tx: &mut Tx, caller: &Caller, order: OrderId) -> Result<(Order, UserId), Error> {
    let not_found = || Shown::not_found("order");
    let order = storage::orders::find_for_update(tx, order).await?.ok_or_else(not_found)?;
    let maker = orders::actor(tx, caller, &order).await?.filter(ships).and_then(|actor| actor.user);
    Ok((order, maker.ok_or_else(not_found)?))
}

async fn make_in(
    tx: &mut Tx,
    visit: &Visit,
    caller: &Caller,
    (order, delivery): (OrderId, u16),
    phone: Option<&Phone>,
    now: Moment,
) -> Result<(), Error> {
    let (order, maker) = lock(tx, caller, order).await?;
    let part = order.delivery(delivery).ok_or_else(|| Shown::from(Refusal::UnknownDelivery { delivery }))?;
    let part = Some(part).filter(|part| is_to_bring(part)).ok_or_else(|| {
        let sentence = "Nothing is to be brought any more: look at the order as it is now.";
        Shown::new(Kind::Conflict, "nothing_to_bring", sentence)
    })?;
    throttle::count(tx, &throttle::COURIER_LINKS, &maker.to_string(), now).await?;
    let id = clock::new_id(now);
    answers::replace_link(tx, id, order.id, (part.no, part.attempts), maker, (now, now.plus(LIFETIME))).await?;
    if let Some(phone) = phone {
        if order.is_test() {
            return Err(Shown::field("phone", "Nobody is sent anything of a test: hand the link on yourself.").into());
        }
        throttle::count(tx, &throttle::TEXTS, phone.as_str(), now).await?;
        text_link(tx, &order, id, phone, now).await?;
    }
    let who = (Some(maker), Some(order.parties.marketplace));
    let detail = json!({ "order": order.reference, "delivery": delivery, "texted": phone.is_some() });
    audit(tx, visit, "courier_link_made", who, detail, now).await
}

/// Takes the link of a delivery away: it opens nothing any more.
///
/// # Errors
/// Not found for those who may not ship, and where there is none.
pub async fn revoke(
    services: &Services,
    visit: &Visit,
    caller: Caller,
    (order, delivery): (&OrderName, u16),
) -> Result<(), Error> {
    let order = programs::id_of(&mut services.db.reader().await?, order).await?;
    let now = services.now();
    services
        .db
        .write((caller, visit.clone()), move |tx, (caller, visit)| {
            Box::pin(async move {
                let (order, maker) = lock(tx, caller, order).await?;
                if !answers::revoke_links(tx, order.id, delivery, now).await? {
                    return Err(Shown::not_found("link").into());
                }
                let who = (Some(maker), Some(order.parties.marketplace));
                let detail = json!({ "order": order.reference, "delivery": delivery });
                audit(tx, visit, "courier_link_revoked", who, detail, now).await
            })
        })
        .await
}

async fn text_link(tx: &mut Tx, order: &Order, link: Uuid, phone: &Phone, now: Moment) -> Result<(), Error> {
    let message = NewMessage {
        id: MessageId(clock::new_id(now)),
        event: None,
        marketplace: Some(order.parties.marketplace),
        recipient: None,
        to_address: phone.as_str(),
        channel: Channel::Sms,
        kind: "courier_link",
        payload: json!({
            "to": Party::Provider, "order": order.id.0, "reference": order.reference,
            "seller": order.parties.seller_name, "courier_link": link,
        }),
    };
    Ok(outbox::insert(tx, &message, now).await?)
}

/// The link and its order. A link that was replaced or is too old opens nothing, not even what came of the delivery.
async fn open(services: &Services, conn: &mut dyn Conn, token: &str) -> Result<(CourierLinkRow, Order), Error> {
    let dead = || {
        let sentence = "This link opens nothing any more: another one took its place, or it is too old or not complete. \
                        Ask whoever sent it for a new one.";
        Shown::new(Kind::NotFound, "dead_link", sentence)
    };
    let id = services.secret.open_link(Purpose::Courier, token).ok_or_else(dead)?;
    let row = answers::find_link(conn, id).await?.ok_or_else(dead)?;
    if row.revoked_at != 0 || row.expires_at() <= services.now() {
        return Err(dead().into());
    }
    let order = storage::orders::find(conn, row.order()).await?.ok_or_else(dead)?;
    Ok((row, order))
}

/// What a courier's link opens. It changes nothing.
///
/// # Errors
/// 404 for a link that opens nothing.
pub async fn look(services: &Services, token: &str) -> Result<CourierPage, Error> {
    let mut conn = services.db.reader().await?;
    let (row, order) = open(services, &mut conn, token).await?;
    let now = services.now();
    let part = order.delivery(row.delivery());
    let stage = match part {
        _ if is_open(&row, &order, now) => CourierStage::Open,
        Some(part) if i64::from(part.attempts) > row.attempt => CourierStage::Delivered,
        _ => CourierStage::CalledOff,
    };
    let open = stage == CourierStage::Open;
    let recipient = if open { receiving::find_to_bring(&mut conn, &order).await? } else { Recipient::default() };
    Ok(CourierPage {
        reference: order.reference.clone(),
        items: part.filter(|_| open).map(|part| items(&order, part)).unwrap_or_default(),
        seller: order.parties.seller_name.clone(),
        recipient,
        stage,
        missed: missed(&mut conn, &row).await?,
        version: order.version,
        command_key: clock::new_id(now).simple().to_string(),
        expires_at: row.expires_at(),
        now,
        time_zone: marketplace_zone(&mut conn, order.parties.marketplace).await?,
    })
}

/// How often nobody was there, for this delivery.
async fn missed(conn: &mut dyn Conn, row: &CourierLinkRow) -> Result<u32, Error> {
    use crate::domain::order::event::Event;
    let mut count = 0;
    for event in events::list(conn, row.order()).await? {
        let entry = event.entry()?;
        count += u32::from(matches!(entry.event, Event::Missed { delivery, .. } if delivery == row.delivery()));
    }
    Ok(count)
}

/// What a delivery person typed on the page of their link.
#[derive(Clone, Debug)]
pub struct TypedReport {
    /// The link's token.
    pub token: String,
    /// `hand_over`, `deliver` or `miss`.
    pub verb: String,
    /// The version that the page showed.
    pub version: u32,
    /// The page's own key.
    pub key: String,
    /// The verb's own fields.
    pub fields: Fields,
    /// Photos, and a signature.
    pub uploads: Uploads,
}

/// Says that it was handed over, with the buyer's code or with a photo, or that nobody was there.
///
/// # Errors
/// Each wrong field; a wrong code; a refusal of the rules; a conflict when somebody else was first; too many tries.
pub async fn report(services: &Services, visit: &Visit, typed: TypedReport) -> Result<Performed, Error> {
    let mut conn = services.db.reader().await?;
    let (row, order) = open(services, &mut conn, &typed.token).await?;
    drop(conn);
    let verb = Verb::from_code(&typed.verb);
    let verb = verb.filter(|verb| matches!(verb, Verb::HandOver | Verb::Deliver | Verb::Miss));
    let verb = verb.ok_or_else(|| Shown::field("verb", "There is no such action."))?;
    let mut fields = typed.fields;
    fields.insert("delivery".to_owned(), row.delivery().to_string());
    let action = form::parse(verb, &fields, &order)?;
    let kept = photos::read(&typed.uploads, order.id, Bringer { party: Party::Provider, user: None })?;
    if verb == Verb::Deliver && kept.is_empty() {
        return Err(Shown::field("photos", "Without the buyer’s code, a photo or a signature is needed.").into());
    }
    let action = match photos::attach(action, &kept)? {
        Action::HandOver { parts, code_digest: code, photos } => {
            Action::HandOver { parts, code_digest: services.secret.handover_digest(order.id, &code), photos }
        }
        other => other,
    };
    let key = Some(typed.key).filter(|key| !key.is_empty());
    let command = Command { order: order.id, action, expected_version: Some(typed.version), key };
    let caller = Caller::Link { party: Party::Provider, link: row.id };
    if matches!(command.action, Action::HandOver { .. }) {
        acting::count_handover(services, &caller, &command, Some(visit)).await?;
    }
    let now = services.now();
    let input = (row.id, caller, command, kept, services.secret.clone());
    services
        .db
        .write(input, move |tx, (link, caller, command, kept, secret)| {
            Box::pin(report_in(tx, *link, caller, command, kept, handover::meant(secret, command), now))
        })
        .await
}

async fn report_in(
    tx: &mut Tx,
    link: Uuid,
    caller: &Caller,
    command: &Command,
    kept: &[Kept],
    meant: impl FnOnce(&Order) -> Action + Send,
    now: Moment,
) -> Result<Performed, Error> {
    if let Some(before) = orders::answered_before(tx, caller, command).await? {
        return Ok(before);
    }
    let over = || {
        let sentence = "This link is over: the delivery was handed over or called off, or another link took its place. \
                        Nothing was changed.";
        Shown::new(Kind::Conflict, "link_over", sentence)
    };
    let order = storage::orders::find_for_update(tx, command.order).await?.ok_or_else(over)?;
    let row = answers::find_link(tx, link).await?.filter(|row| is_open(row, &order, now));
    row.ok_or_else(over)?;
    let performed = orders::perform_as(tx, caller, command, meant, now).await?;
    photos::keep(tx, command.order, kept, now).await?;
    Ok(performed)
}
