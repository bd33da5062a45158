//! Where an order goes and who may take it. It stands beside the timeline, not on it: events are chained for ever, and
//! this is personal data that can be erased; nor does changing it make the pages of others out of date. Who changed it
//! and when is written into the audit, without what it says.

use serde_json::json;

use crate::{
    domain::{
        access::{Permission, Viewer},
        error::{Error as Shown, Kind},
        id::{OrderId, Reference},
        order::{Order, form::Fields},
        party::{Actor, Party},
        receiving::{Changes, Receiving, Recipient},
        time::Moment,
    },
    server::{
        error::Error,
        service::{
            Services, Visit, audit,
            keys::{self, Holder},
            orders,
            programs::{self, OrderName},
        },
        storage::{
            self, Conn, Tx,
            recipients::{self, Said},
            users,
        },
    },
};

/// Where an order goes, as a reader of this party sees it. Until somebody says more, it goes to the buyer.
pub(super) fn as_seen(said: Said, order: &Order, reader: Party) -> Receiving {
    let changes = match reader {
        Party::Buyer => Changes::of(order),
        _ => Changes { address: false, other: false },
    };
    let (mut recipient, updated_at) = said.map_or_else(Default::default, |(known, at)| (known, Some(at)));
    if recipient.name.is_empty() {
        recipient.name.clone_from(&order.parties.buyer_name);
    }
    Receiving { recipient, updated_at, changes }
}

/// Where an order goes, for whoever brings it: with the buyer's own number where no other was given, once they have paid.
pub(super) async fn find_to_bring(conn: &mut dyn Conn, order: &Order) -> Result<Recipient, Error> {
    let said = recipients::find(conn, order.id).await?;
    let mut recipient = as_seen(said, order, Party::Provider).recipient;
    if recipient.phone.is_empty() && order.paid_minor > 0 {
        let buyer = users::find(conn, order.parties.buyer).await?;
        recipient.phone = buyer.map(|buyer| buyer.phone).unwrap_or_default();
    }
    Ok(recipient)
}

/// Says at the placing where an order goes, when anything was said.
pub(super) async fn begin(tx: &mut Tx, order: OrderId, recipient: &Recipient, now: Moment) -> Result<(), Error> {
    if recipient.is_empty() { Ok(()) } else { Ok(recipients::upsert(tx, order, recipient, now).await?) }
}

/// What a buyer typed about one of their orders.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Where it goes now.
    pub recipient: Recipient,
    /// Whether the form said anything about the address; else that stays as it is.
    pub address: bool,
}

impl Typed {
    /// Reads the fields of the form.
    ///
    /// # Errors
    /// Each wrong field by name.
    pub fn read(fields: &Fields) -> Result<Self, Shown> {
        const KNOWN: [&str; 6] = ["name", "phone", "address", "note", "other_name", "other_phone"];
        if let Some(stray) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Shown::field(stray, "This field is not known here."));
        }
        let address = ["name", "phone", "address"].iter().any(|name| fields.contains_key(*name));
        Ok(Self { recipient: Recipient::typed(fields)?, address })
    }
}

/// Changes where an order goes, for its buyer who is signed in.
///
/// # Errors
/// Each wrong field; not found when it is not theirs; a conflict when it is too late.
pub async fn change(
    services: &Services,
    visit: &Visit,
    viewer: Viewer,
    reference: &str,
    fields: &Fields,
) -> Result<Reference, Error> {
    let not_found = || Shown::not_found("order");
    let reference: Reference = reference.parse().map_err(|_| not_found())?;
    let mut conn = services.db.reader().await?;
    let order = storage::orders::find_by_reference(&mut conn, &reference).await?.ok_or_else(not_found)?;
    let actor = orders::actor_for(&viewer, &order).filter(|actor| actor.party == Party::Buyer);
    actor.ok_or_else(not_found)?;
    drop(conn);
    let typed = Typed::read(fields)?;
    let now = services.now();
    let input = (order.id, typed, visit.clone());
    services
        .db
        .write(input, move |tx, (order, typed, visit)| {
            Box::pin(async move {
                let order = storage::orders::find_for_update(tx, *order).await?.ok_or_else(not_found)?;
                change_in(tx, visit, &order, typed, now).await
            })
        })
        .await?;
    Ok(reference)
}

/// What a program says about where an order goes; what it does not name stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Whom it is for.
    pub name: Option<String>,
    /// Their number.
    pub phone: Option<String>,
    /// The lines of the address.
    pub address: Option<String>,
    /// What whoever brings it should know.
    pub note: Option<String>,
    /// Who else may take it.
    pub other_name: Option<String>,
    /// The number of that person.
    pub other_phone: Option<String>,
}

impl Named {
    fn fields(&self) -> Fields {
        let named = [
            ("name", &self.name),
            ("phone", &self.phone),
            ("address", &self.address),
            ("note", &self.note),
            ("other_name", &self.other_name),
            ("other_phone", &self.other_phone),
        ];
        named.into_iter().filter_map(|(name, said)| Some((name.to_owned(), said.clone()?))).collect()
    }

    /// What was said, over what was known.
    fn over(&self, typed: &Recipient, known: &Recipient) -> Recipient {
        let one = |said: &Option<String>, typed: &String, known: &String| {
            if said.is_some() { typed.clone() } else { known.clone() }
        };
        Recipient {
            name: one(&self.name, &typed.name, &known.name),
            phone: one(&self.phone, &typed.phone, &known.phone),
            address: one(&self.address, &typed.address, &known.address),
            note: one(&self.note, &typed.note, &known.note),
            other_name: one(&self.other_name, &typed.other_name, &known.other_name),
            other_phone: one(&self.other_phone, &typed.other_phone, &known.other_phone),
        }
    }
}

/// Changes where an order goes, for a program of its buyer.
///
/// # Errors
/// As [`change`].
pub async fn change_with(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    order: &OrderName,
    said: Named,
) -> Result<(), Error> {
    let is_theirs = |actor: &Actor| actor.party == Party::Buyer && actor.permissions.has(Permission::Buy);
    let not_found = || Shown::not_found("order");
    let (order, actor) = programs::find(services, holder, order).await?;
    Some(actor).filter(is_theirs).ok_or_else(not_found)?;
    let typed = Typed::read(&said.fields())?;
    let now = services.now();
    let input = (order.id, typed, said, visit.clone(), holder.clone());
    services
        .db
        .write(input, move |tx, (order, typed, said, visit, holder)| {
            Box::pin(async move {
                let order = storage::orders::find_for_update(tx, *order).await?.ok_or_else(not_found)?;
                keys::actor(tx, holder, &order).await?.filter(is_theirs).ok_or_else(not_found)?;
                let known = recipients::find(tx, order.id).await?.map(|(known, _)| known).unwrap_or_default();
                let recipient = said.over(&typed.recipient, &known);
                change_in(tx, visit, &order, &Typed { recipient, address: typed.address }, now).await
            })
        })
        .await
}

/// [`change`] inside a transaction that has found out that it is the buyer who asks, and has locked the order.
pub(super) async fn change_in(
    tx: &mut Tx,
    visit: &Visit,
    order: &Order,
    typed: &Typed,
    now: Moment,
) -> Result<(), Error> {
    let changes = Changes::of(order);
    let before = recipients::find(tx, order.id).await?.map(|(known, _)| known).unwrap_or_default();
    let mut next = typed.recipient.clone();
    if !typed.address {
        (next.name, next.phone, next.address) = (before.name, before.phone, before.address);
    }
    if !(if typed.address { changes.address } else { changes.other }) {
        let sentence = "It is on its way already, or was delivered: nothing was changed. Please ask the seller.";
        return Err(Shown::new(Kind::Conflict, "already_dispatched", sentence).into());
    }
    recipients::upsert(tx, order.id, &next, now).await?;
    let who = (Some(order.parties.buyer), Some(order.parties.marketplace));
    audit(tx, visit, "recipient_changed", who, json!({ "order": order.reference }), now).await
}
