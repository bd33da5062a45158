//! What programs do with their keys: find an order, read it and its list, and carry an action out on the one path.

use std::{str::FromStr, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        api_key::{Mode, TEST_CHANNEL},
        desk::{Filter, Row, TabCounts},
        error::{Error as Shown, Kind},
        id::{FileId, OrderId, ProviderId, Reference},
        order::{
            Item, Order, Share, ShareBearer,
            action::{Action, Verb},
            form::known,
            offer::Offer,
            terms_change::TermsChange,
        },
        page::{Cursor, Page},
        party::Actor,
        receiving::{Photo, Receiving},
        text::DisplayName,
        time::Moment,
        timeline::Entry,
        view::{DoorCode, LedgerLine, MessageLine},
    },
    server::{
        error::Error,
        service::{
            Services, acting,
            desk::{self, ledger_line},
            handover,
            keys::{self, Holder},
            orders::{self, Caller, Command, Performed},
            photos::{self, Bringer, Uploads},
            receiving,
        },
        storage::{self, Conn, Reader, events, files::ContentRow, ledger, list, recipients},
    },
};

mod carrying;

pub use carrying::{Ask, Choose, Once, SAME_WORDS, carry_out, words_key};

/// What a program calls an order: by its public number or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderName {
    /// `ord_…`
    Id(OrderId),
    /// `HF-…`
    Reference(Reference),
}

impl FromStr for OrderName {
    type Err = Shown;

    fn from_str(text: &str) -> Result<Self, Shown> {
        let id = text.parse().map(Self::Id);
        id.or_else(|_| text.parse().map(Self::Reference)).map_err(|_| Shown::not_found("order"))
    }
}

fn not_found() -> Error {
    Shown::not_found("order").into()
}

async fn read(conn: &mut dyn Conn, holder: &Holder, name: &OrderName) -> Result<(Order, Actor), Error> {
    let order = match name {
        OrderName::Id(id) => storage::orders::find(conn, *id).await?,
        OrderName::Reference(reference) => storage::orders::find_by_reference(conn, reference).await?,
    };
    let order = order.ok_or_else(not_found)?;
    let actor = keys::reader(holder, &order).ok_or_else(not_found)?;
    Ok((order, actor))
}

/// An order, and who the program is in it.
///
/// # Errors
/// Not found when it is not the program's to see.
pub async fn find(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Actor), Error> {
    read(&mut services.db.reader().await?, holder, name).await
}

/// A page of the orders that the program may see.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    services: &Services,
    holder: &Holder,
    mut filter: Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Row>, Error> {
    if holder.mode == Mode::Test {
        if !filter.channel.is_empty() && filter.channel != TEST_CHANNEL {
            return Ok(Page { rows: Vec::new(), next: None });
        }
        TEST_CHANNEL.clone_into(&mut filter.channel);
    }
    let mut conn = services.db.reader().await?;
    Ok(list::list(&mut conn, orders::owner(&holder.viewer), &filter, after, limit, services.now()).await?)
}

/// The timeline of an order after this number, without what is not for the program.
///
/// # Errors
/// As [`find`].
pub async fn timeline(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Vec<Entry>), Error> {
    let mut conn = services.db.reader().await?;
    let (order, actor) = read(&mut conn, holder, name).await?;
    let rows = events::list(&mut conn, order.id).await?;
    let mut entries = rows.iter().map(events::EventRow::entry).collect::<Result<Vec<Entry>, _>>()?;
    entries.retain(|entry| entry.event.is_for(actor.party));
    Ok((order, entries))
}

/// What the program may do to an order now, with what it would do to the money.
///
/// # Errors
/// As [`find`].
pub async fn offers(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Vec<Offer>), Error> {
    let (order, actor) = find(services, holder, name).await?;
    let mut offers = order.offers(&actor, services.now());
    // The buyer pays a real order by its link, never with a key.
    offers.retain(|offer| offer.verb != Verb::Pay || holder.mode == Mode::Test);
    Ok((order, offers))
}

/// The ledger lines of an order, oldest first.
///
/// # Errors
/// As [`find`].
pub async fn ledger(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Vec<LedgerLine>), Error> {
    let mut conn = services.db.reader().await?;
    let (order, _) = read(&mut conn, holder, name).await?;
    let lines = ledger::list_of_order(&mut conn, order.id).await?;
    Ok((order, lines.into_iter().map(ledger_line).collect()))
}

/// Where an order goes and who may take it.
///
/// # Errors
/// As [`find`].
pub async fn recipient(services: &Services, holder: &Holder, name: &OrderName) -> Result<Receiving, Error> {
    let mut conn = services.db.reader().await?;
    let (order, actor) = read(&mut conn, holder, name).await?;
    let said = recipients::find(&mut conn, order.id).await?;
    Ok(receiving::as_seen(said, &order, actor.party))
}

/// The photos and signatures that the timeline of an order names.
///
/// # Errors
/// As [`find`].
pub async fn photos(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Vec<Photo>), Error> {
    let (order, timeline) = timeline(services, holder, name).await?;
    let mut conn = services.db.reader().await?;
    let photos = photos::list_named(&mut conn, order.id, &timeline).await?;
    Ok((order, photos))
}

/// One of them, with its bytes.
///
/// # Errors
/// As [`find`], and not found when it is another order's.
pub async fn photo(services: &Services, holder: &Holder, name: &OrderName, id: FileId) -> Result<ContentRow, Error> {
    let mut conn = services.db.reader().await?;
    let (order, _) = read(&mut conn, holder, name).await?;
    photos::find_of_order(&mut conn, order.id, id).await
}

/// The codes that the buyer tells whoever brings an order, while something is to be brought.
///
/// # Errors
/// As [`find`]; for everybody but the buyer there is none, and for them none later.
pub async fn door_codes(services: &Services, holder: &Holder, name: &OrderName) -> Result<Vec<DoorCode>, Error> {
    let (order, actor) = find(services, holder, name).await?;
    let codes = handover::codes(&services.secret, &actor, &order);
    if codes.is_empty() { Err(Shown::not_found("code").into()) } else { Ok(codes) }
}

/// Messages that were owed about an order, for operators; others see none.
///
/// # Errors
/// As [`find`].
pub async fn messages(services: &Services, holder: &Holder, name: &OrderName) -> Result<Vec<MessageLine>, Error> {
    let mut conn = services.db.reader().await?;
    let (order, actor) = read(&mut conn, holder, name).await?;
    desk::messages(&mut conn, &actor, &order).await
}

/// How many orders each tab of the screen has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(services: &Services, holder: &Holder) -> Result<TabCounts, Error> {
    desk::counts(&mut services.db.reader().await?, &holder.viewer).await
}

/// What a program wants done: most actions are whole as they were sent, some need the order that they are for.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Whole, but for the digest of a typed code.
    Action(Action),
    /// Other items, other terms, or both at once.
    Edit {
        /// All items as they are from now on.
        items: Option<Vec<Item>>,
        /// What changes of the terms.
        terms: Option<TermsChange>,
    },
    /// Another provider.
    Provider(ProviderId, Share, ShareBearer),
}

/// Something that a program wants done to an order.
#[derive(Debug, Clone)]
pub struct Asked {
    /// To which order.
    pub order: OrderName,
    /// What.
    pub wanted: Wanted,
    /// The version that it has seen.
    pub expected_version: Option<u32>,
    /// Its own key for this.
    pub key: Option<String>,
}

/// Carries out what a program wants. What builds on the order as it is becomes whole under its lock, and what was asked for
/// tells it from another request under the same key, not what it came to.
///
/// # Errors
/// As [`orders::perform`].
pub async fn act(services: &Services, holder: Holder, asked: Asked) -> Result<Performed, Error> {
    act_with(services, holder, asked, &Uploads::default()).await
}

/// Carries out what a program wants, with the photos that came along.
///
/// # Errors
/// As [`act`], and what is wrong with a photo.
pub async fn act_with(
    services: &Services,
    holder: Holder,
    asked: Asked,
    uploads: &Uploads,
) -> Result<Performed, Error> {
    let mut conn = services.db.reader().await?;
    let action = match asked.wanted.clone() {
        Wanted::Edit { .. } => return choose_under_lock(services, &holder, asked, None, conn).await,
        Wanted::Provider(id, share, borne_by) => {
            let (order, _) = read(&mut conn, &holder, &asked.order).await?;
            let action = named_provider(services, &mut conn, &order, (id, share, borne_by)).await?;
            return choose_under_lock(services, &holder, asked, Some(action), conn).await;
        }
        Wanted::Action(action) => action,
    };
    let (expected_version, key) = (asked.expected_version, asked.key);
    if !matches!(action, Action::HandOver { .. }) && uploads.is_empty() {
        let order = id_of(&mut conn, &asked.order).await?;
        drop(conn);
        let command = Command { order, action, expected_version, key };
        return orders::perform(services, Caller::Key(Box::new(holder)), command).await;
    }
    let (order, actor) = read(&mut conn, &holder, &asked.order).await?;
    let action = acting::complete(services, &mut conn, &order, action).await?;
    drop(conn);
    let kept = photos::read(uploads, order.id, Bringer { party: actor.party, user: actor.user })?;
    let action = photos::attach(action, &kept)?;
    let command = Command { order: order.id, action, expected_version, key };
    let caller = Caller::Key(Box::new(holder));
    // Whoever may not hand it over is refused whatever the code is, and uses up nobody's tries.
    let hands_over = matches!(command.action, Action::HandOver { .. });
    if hands_over && order.offers(&actor, services.now()).iter().any(|offer| offer.verb == Verb::HandOver) {
        acting::count_handover(services, &caller, &command, None).await?;
    }
    photos::perform(services, caller, command, kept).await
}

async fn choose_under_lock(
    services: &Services,
    holder: &Holder,
    asked: Asked,
    whole: Option<Action>,
    mut conn: Reader,
) -> Result<Performed, Error> {
    let order = id_of(&mut conn, &asked.order).await?;
    drop(conn);
    let Asked { wanted, expected_version, key, .. } = asked;
    let fingerprint = Sha256::digest(format!("{wanted:?}")).into();
    let choose = move |order: &Order, _: &Actor, _: Moment| {
        if expected_version.is_some_and(|seen| seen != order.version) {
            let sentence = "Somebody was first. Nothing of yours was changed: look at the order as it is now.";
            return Err(Shown::new(Kind::Conflict, "version_conflict", sentence));
        }
        Ok(match (&whole, &wanted) {
            (Some(action), _) | (None, Wanted::Action(action)) => vec![action.clone()],
            (None, Wanted::Edit { items, terms }) => {
                let items = items.clone().map(|items| Action::EditItems { items: known(items, &order.items) });
                let terms = terms.as_ref().map(|change| Action::EditTerms { terms: change.over(&order.terms) });
                items.into_iter().chain(terms).collect()
            }
            (None, Wanted::Provider(..)) => Vec::new(),
        })
    };
    let once = key.map_or(Once::ByStatus, Once::ByKey);
    let ask = Ask { order: OrderName::Id(order), once, fingerprint, choose: Arc::new(choose) };
    carry_out(services, holder, ask).await
}

/// The action that gives an order this provider, with the provider's name.
///
/// # Errors
/// Not found when the order is not the program's to see; a wrong field when there is no such provider.
pub async fn assigning(
    services: &Services,
    holder: &Holder,
    order: &OrderName,
    provider: (ProviderId, Share, ShareBearer),
) -> Result<Action, Error> {
    let mut conn = services.db.reader().await?;
    let (order, _) = read(&mut conn, holder, order).await?;
    named_provider(services, &mut conn, &order, provider).await
}

async fn named_provider(
    services: &Services,
    conn: &mut Reader,
    order: &Order,
    (id, share, borne_by): (ProviderId, Share, ShareBearer),
) -> Result<Action, Error> {
    let unnamed = DisplayName::parse(&id.to_string()).map_err(|bad| Shown::field("provider", bad.0))?;
    let action = Action::SetProvider { provider: Some((id, unnamed, share, borne_by)) };
    acting::complete(services, conn, order, action).await
}

pub(super) async fn id_of(conn: &mut dyn Conn, name: &OrderName) -> Result<OrderId, Error> {
    match name {
        OrderName::Id(id) => Ok(*id),
        OrderName::Reference(reference) => {
            storage::orders::find_id_by_reference(conn, reference).await?.ok_or_else(not_found)
        }
    }
}
