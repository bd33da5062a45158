//! The bell: persons are told of events in the transaction that brings them, look at them, and mark them as read.

use crate::{
    domain::{
        access::{Role, Viewer},
        id::{OrderId, Reference},
        inbox::{Inbox, Item},
        order::{Order, event::Event},
        party::Party,
        time::Moment,
    },
    server::{
        error::Error,
        service::{
            Services,
            history::{Happened, History},
            orders,
        },
        storage::{
            self, Tx,
            inbox::{self, InboxRow, Told},
            sessions::MOST_UNREAD,
        },
    },
};

/// How many things are shown at once; what is older stands on the timelines.
const MOST_ITEMS: i64 = 50;

/// Tells everybody whom the events concern, but for who did it.
pub(super) async fn tell(tx: &mut Tx, history: &History) -> Result<(), Error> {
    for (seq, happened) in history.numbered() {
        let mut parties: Vec<Party> = happened.messages.iter().map(|message| message.to).collect();
        parties.sort_unstable();
        // A party that gets a mail and a text message is told once.
        parties.dedup();
        for party in parties {
            tell_party(tx, history.order(), seq, happened, party).await?;
        }
    }
    Ok(())
}

/// Tells the persons that a party consists of: the buyer, the seller's staff, the couriers, the marketplace's staff whose
/// work it is.
async fn tell_party(tx: &mut Tx, order: &Order, seq: u32, happened: &Happened, party: Party) -> Result<(), Error> {
    let by = happened.by.user.map(|user| user.0).unwrap_or_default();
    let told = Told { order: order.id, seq, at: happened.at, by };
    let marketplace = order.parties.marketplace;
    match party {
        Party::Buyer if order.parties.buyer.0 != by => inbox::tell_person(tx, &told, order.parties.buyer).await?,
        Party::Seller => inbox::tell_seller(tx, &told, marketplace, order.parties.seller).await?,
        Party::Provider => {
            if let Some(provider) = &order.provider {
                inbox::tell_provider(tx, &told, marketplace, provider.id).await?;
            }
        }
        Party::Operator => {
            let role = match happened.event {
                Event::ChargedBack { .. } => Role::Finance,
                _ => Role::DisputeManager,
            };
            inbox::tell_operators(tx, &told, marketplace, role.code()).await?;
        }
        Party::Buyer | Party::Clock | Party::Gateway => {}
    }
    Ok(())
}

/// What this person was told last, the newest first, under all the hats that they have.
pub async fn list(services: &Services, viewer: &Viewer) -> Result<Inbox, Error> {
    let mut reader = services.db.reader().await?;
    let rows = inbox::list(&mut reader, viewer.user, MOST_ITEMS).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.extend(item(&row, viewer)?);
    }
    Ok(Inbox { items, now: services.now(), time_zone: viewer.time_zone.clone() })
}

/// A row as it is shown; nothing when the order is not theirs to see any more.
fn item(row: &InboxRow, viewer: &Viewer) -> Result<Option<Item>, Error> {
    let id = OrderId(row.order_id);
    let order: Order = serde_json::from_str(&row.state).map_err(|error| storage::Error::broken("orders", id, error))?;
    let event: Event = serde_json::from_str(&row.body).map_err(|error| storage::Error::broken("events", id, error))?;
    let hat = viewer.memberships.iter().find(|membership| membership.key() == row.hat).cloned();
    let name = hat.as_ref().map_or_else(|| "Buyer".to_owned(), |hat| hat.name.clone());
    let worn = hat == viewer.hat;
    let wearer = Viewer { hat, ..viewer.clone() };
    if row.hat.is_empty() != wearer.hat.is_none() || orders::actor_for(&wearer, &order).is_none() {
        return Ok(None);
    }
    Ok(Some(Item {
        headline: event.headline(&order),
        title: order.title(),
        reference: order.reference,
        at: Moment(row.at),
        is_new: row.read_at.is_none(),
        other_hat: (!worn).then(|| (row.hat.clone(), name)),
    }))
}

/// Marks what this person was told of one order as read; the answer is how much is left.
pub async fn read_order(services: &Services, viewer: &Viewer, order: &str) -> Result<u32, Error> {
    let now = services.now();
    // What is no reference names no order: nothing was told of it.
    let reference = order.parse::<Reference>().map(|reference| reference.to_string()).unwrap_or_default();
    let input = (viewer.user, reference);
    let left = services
        .db
        .write(input, move |tx, (user, reference)| {
            Box::pin(async move {
                inbox::read_order(tx, *user, reference, now).await?;
                Ok::<_, Error>(inbox::count_unread(tx, *user, MOST_UNREAD).await?)
            })
        })
        .await?;
    Ok(u32::try_from(left).unwrap_or_default())
}

/// Marks everything that this person was told as read.
pub async fn read_all(services: &Services, viewer: &Viewer) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write(viewer.user, move |tx, user| {
            Box::pin(async move {
                inbox::read_all(tx, *user, now).await?;
                Ok(())
            })
        })
        .await
}
