//! What an open page is told of an order that changed, and to whom such a change belongs.

use uuid::Uuid;

use crate::{
    domain::{
        desk::Owner,
        id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId},
        order::{event::Event, status::Turn},
        party::Party,
        time::{Moment, Span},
    },
    server::{
        error::Error,
        service::Services,
        storage::{
            self,
            live::{self, ChangedRow, Place},
        },
    },
};

/// For how long a connection that broke off can go on where it was; who comes later reads the page anew.
const RESUMED_FOR: Span = Span(120);
/// How many changes it can have missed.
const MOST_MISSED: i64 = 50;
/// What is committed late bears the time at which it was asked for: so far back a connection is told again what it may have
/// heard.
const OVERLAP: Span = Span(5);
/// A change is written down at the time at which it was asked for, and may be seen a while later: so far back is looked.
pub const LATEST: Span = Span(60);

/// That an order changed: enough to know whether a page shows it, nothing of what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The order.
    pub order: OrderId,
    /// Its public number.
    pub reference: Reference,
    /// Its version now.
    pub version: u32,
    /// When it changed.
    pub at: Moment,
    /// Its marketplace.
    pub marketplace: MarketplaceId,
    /// Its seller.
    pub seller: SellerId,
    /// Its buyer.
    pub buyer: UserId,
    /// Who delivers it.
    pub provider: Option<ProviderId>,
    /// Whose turn it is.
    pub turn: Turn,
    /// The code of what happened last.
    pub event: String,
    /// That event itself when it is a note.
    note: Option<Event>,
}

impl Notice {
    /// Reads a row.
    ///
    /// # Errors
    /// When the row makes no sense.
    pub fn of(row: ChangedRow) -> Result<Self, Error> {
        let broken = |reason: &str| storage::Error::broken("orders", row.id, reason);
        Ok(Self {
            order: OrderId(row.id),
            version: u32::try_from(row.version).map_err(|_| broken("version"))?,
            turn: Turn::from_bits(u8::try_from(row.turn).map_err(|_| broken("turn"))?),
            note: if row.note.is_empty() {
                None
            } else {
                Some(serde_json::from_str(&row.note).map_err(|error| broken(&error.to_string()))?)
            },
            reference: row.reference.parse().map_err(|_| broken("reference"))?,
            at: Moment(row.updated_at),
            marketplace: MarketplaceId(row.marketplace_id),
            seller: SellerId(row.seller_id),
            buyer: UserId(row.buyer_id),
            provider: row.provider_id.map(ProviderId),
            event: row.kind,
        })
    }

    /// In whose lists the order stands: they are told, and nobody else.
    pub fn owners(&self) -> impl Iterator<Item = Owner> {
        [
            Some(Owner::Marketplace(self.marketplace)),
            Some(Owner::Seller(self.seller)),
            Some(Owner::Buyer(self.buyer)),
            self.provider.map(Owner::Provider),
        ]
        .into_iter()
        .flatten()
    }

    /// What is said to this party: "Order HF-7K3MR-92QXC: delivered, your turn". A note that they may not read is not named.
    #[must_use]
    pub fn words(&self, reader: Party) -> String {
        let hidden = self.note.as_ref().is_some_and(|note| !note.is_for(reader));
        let event = if hidden { "changed".to_owned() } else { self.event.replace('_', " ") };
        let turn = if self.turn.includes(reader) { ", your turn" } else { "" };
        format!("Order {}: {event}{turn}", self.reference)
    }

    /// Where the stream of changes stands after this one.
    #[must_use]
    pub const fn place(&self) -> Place {
        (self.at, self.order.0)
    }
}

/// What a connection missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// These, in their order; some of them may have been seen.
    Few(Vec<Notice>),
    /// So much, or since so long ago, that the page is to be read anew.
    TooMuch,
}

/// What happened to the orders of `owner` since a place in the stream of changes.
///
/// # Errors
/// When the database cannot be asked.
pub async fn missed(services: &Services, owner: Owner, since: Moment) -> Result<Missed, Error> {
    if since < services.now().minus(RESUMED_FOR) {
        return Ok(Missed::TooMuch);
    }
    let mut reader = services.db.reader().await?;
    let after = (since.minus(OVERLAP), Uuid::nil());
    let rows = live::list_changed_of(&mut reader, owner, after, MOST_MISSED + 1).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST_MISSED {
        return Ok(Missed::TooMuch);
    }
    Ok(Missed::Few(rows.into_iter().map(Notice::of).collect::<Result<_, _>>()?))
}
