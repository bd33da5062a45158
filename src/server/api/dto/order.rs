//! Orders: how a program sends a new one, and how it is told of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{At, at, faults::Faults, item_kind, item_kinds, parties, party_lists, statuses, terms::TermsOut};
use crate::domain::{
    api_key::TEST_CHANNEL,
    order::{Delivery, Item, ItemKind, Order, Share},
    party::Actor,
    text::ItemTitle,
};

/// An item of an order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemBody {
    /// What it is.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// How many.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100_000))]
    pub quantity: u32,
    /// The price of one, in minor units; negative for an adjustment alone.
    #[schemars(range(min = -1_000_000_000_000_i64, max = 1_000_000_000_000_i64))]
    pub unit_minor: i64,
    /// Goods, what carrying them costs, or a surcharge or rebate.
    #[serde(default = "goods")]
    #[schemars(schema_with = "item_kinds")]
    pub kind: String,
    /// When it is due, in a project.
    #[serde(default)]
    pub due_at: Option<At>,
}

fn one() -> u32 {
    1
}

fn goods() -> String {
    "goods".to_owned()
}

/// The items of a body, numbered from 1.
pub fn items(bodies: &[ItemBody], faults: &mut Faults) -> Option<Vec<Item>> {
    let mut items = Vec::with_capacity(bodies.len());
    for (at, body) in bodies.iter().enumerate() {
        let title = faults.text(&format!("/items/{at}/title"), &body.title, ItemTitle::parse);
        let kinds = [ItemKind::Goods, ItemKind::Shipping, ItemKind::Adjustment];
        let kind = kinds.into_iter().find(|kind| item_kind(*kind) == body.kind);
        if kind.is_none() {
            faults.note(&format!("/items/{at}/kind"), "One of goods, shipping and adjustment.");
        }
        if let (Some(title), Some(kind), Ok(no)) = (title, kind, u16::try_from(at + 1)) {
            items.push(Item {
                no,
                title: title.to_string(),
                kind,
                quantity: body.quantity,
                unit_minor: body.unit_minor,
                commission: None,
                due_at: body.due_at.map(|at| at.0),
            });
        }
    }
    (items.len() == bodies.len()).then_some(items)
}

/// Somebody with an id and a name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Named {
    /// Which.
    pub id: String,
    /// The name that stood on the order when it was placed.
    pub name: String,
}

/// An item as it was sold.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemOut {
    /// Its number in the order, from 1.
    pub no: u16,
    /// What it is.
    pub title: String,
    /// What kind.
    #[schemars(schema_with = "item_kinds")]
    pub kind: &'static str,
    /// How many.
    pub quantity: u32,
    /// The price of one, in minor units.
    pub unit_minor: i64,
    /// When it is due, in a project.
    pub due_at: Option<At>,
}

/// Some of an item in a delivery.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LineOut {
    /// The item's number.
    pub item: u16,
    /// How many of it.
    pub quantity: u32,
    /// What is still to be settled for it, in minor units.
    pub open_minor: i64,
    /// What was released for it.
    pub released_minor: i64,
}

/// Where a parcel can be followed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrackingOut {
    /// Who carries it.
    pub carrier: String,
    /// Under which number.
    pub tracking: String,
}

/// An open offer to share a delivery's money.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SettlementOut {
    /// Who offers.
    #[schemars(schema_with = "parties")]
    pub by: &'static str,
    /// How much goes to the seller's side.
    pub to_seller_minor: i64,
}

/// A part of an order that is handed over, accepted and settled as one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeliveryOut {
    /// Its number in the order, from 1.
    pub no: u16,
    /// Where it stands.
    #[schemars(schema_with = "statuses")]
    pub status: &'static str,
    /// Since when.
    pub since: At,
    /// Whose turn it is.
    #[schemars(schema_with = "party_lists")]
    pub turn: Vec<&'static str>,
    /// What is in it.
    pub lines: Vec<LineOut>,
    /// False for a milestone that waits for the one before it.
    pub started: bool,
    /// When it must be delivered.
    pub due_at: Option<At>,
    /// When the clock acts.
    pub deadline_at: Option<At>,
    /// How often it was handed over or tried.
    pub attempts: u8,
    /// When it was paid.
    pub paid_at: Option<At>,
    /// Where it can be followed.
    pub tracking: Option<TrackingOut>,
    /// An open offer to share its money.
    pub settlement: Option<SettlementOut>,
    /// What is still held for it.
    pub open_minor: i64,
    /// How it ended: `released`, `refunded` or `split`.
    pub outcome: Option<&'static str>,
}

/// The courier or other provider of an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProviderOut {
    /// Which.
    pub id: String,
    /// Its name then.
    pub name: String,
    /// Its part as an amount.
    pub share_minor: Option<i64>,
    /// Its part as a rate, in hundredths of a percent.
    pub share_bps: Option<u16>,
}

/// An order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename = "Order")]
#[schemars(deny_unknown_fields)]
pub struct OrderOut {
    /// Its id.
    pub id: String,
    /// Its public number.
    pub reference: String,
    /// The shop's own number.
    pub external_ref: Option<String>,
    /// Where it came from.
    pub channel: String,
    /// Whether a test key placed it.
    pub is_test: bool,
    /// Its version; its `ETag` says the same.
    pub version: u32,
    /// The most pressing status of its deliveries.
    #[schemars(schema_with = "statuses")]
    pub status: &'static str,
    /// Whose turn it is.
    #[schemars(schema_with = "party_lists")]
    pub turn: Vec<&'static str>,
    /// The part that the caller plays in it.
    #[schemars(schema_with = "parties")]
    pub you_are: &'static str,
    /// What it is for.
    pub title: String,
    /// The marketplace.
    pub marketplace: Named,
    /// Who delivers.
    pub seller: Named,
    /// Who pays.
    pub buyer: Named,
    /// Who brings it.
    pub provider: Option<ProviderOut>,
    /// ISO 4217; all amounts are minor units of it.
    pub currency: &'static str,
    /// What it is worth to the buyer.
    pub total_minor: i64,
    /// What is still to be paid.
    pub due_minor: i64,
    /// What was paid.
    pub paid_minor: i64,
    /// What is held now.
    pub held_minor: i64,
    /// What went back to the buyer.
    pub refunded_minor: i64,
    /// What went to the seller's side.
    pub released_minor: i64,
    /// What came back from the seller after release.
    pub credited_minor: i64,
    /// What was sold.
    pub items: Vec<ItemOut>,
    /// Its parts.
    pub deliveries: Vec<DeliveryOut>,
    /// What was agreed.
    pub terms: TermsOut,
    /// Whether its deliveries are milestones.
    pub milestones: bool,
    /// When it was placed.
    pub placed_at: At,
    /// When something last happened to it.
    pub updated_at: At,
    /// When the clock acts next.
    pub deadline_at: Option<At>,
    /// Where the buyer pays, while something is due.
    pub pay_url: Option<String>,
}

impl OrderOut {
    /// An order as a program sees it.
    pub fn of(order: &Order, actor: &Actor, pay_url: Option<String>) -> Self {
        let named = |id: String, name: &str| Named { id, name: name.to_owned() };
        let parties = &order.parties;
        Self {
            id: order.id.to_string(),
            reference: order.reference.to_string(),
            external_ref: order.external_ref.clone(),
            channel: order.channel.clone(),
            is_test: order.channel == TEST_CHANNEL,
            version: order.version,
            status: order.status().code(),
            turn: order.turn().parties().map(crate::domain::party::Party::code).collect(),
            you_are: actor.party.code(),
            title: order.title(),
            marketplace: named(parties.marketplace.to_string(), &parties.marketplace_name),
            seller: named(parties.seller.to_string(), &parties.seller_name),
            buyer: named(parties.buyer.to_string(), &parties.buyer_name),
            provider: order.provider.as_ref().map(|provider| ProviderOut {
                id: provider.id.to_string(),
                name: provider.name.clone(),
                share_minor: if let Share::Amount(minor) = provider.share { Some(minor) } else { None },
                share_bps: if let Share::Rate(rate) = provider.share { Some(rate.get()) } else { None },
            }),
            currency: order.currency.code(),
            total_minor: order.total_minor(),
            due_minor: order.due_minor(),
            paid_minor: order.paid_minor,
            held_minor: order.held_minor(),
            // What a credit took back from the seller went to the buyer.
            refunded_minor: order.gone.buyer + order.credited_minor,
            released_minor: order.gone.total() - order.gone.buyer - order.credited_minor,
            credited_minor: order.credited_minor,
            items: order.items.iter().map(item_out).collect(),
            deliveries: order.deliveries.iter().map(|part| delivery_out(order, part)).collect(),
            terms: TermsOut::from(&order.terms),
            milestones: order.milestones,
            placed_at: At(order.placed_at),
            updated_at: At(order.updated_at),
            deadline_at: at(order.deadline_at()),
            pay_url,
        }
    }
}

fn item_out(item: &Item) -> ItemOut {
    ItemOut {
        no: item.no,
        title: item.title.clone(),
        kind: item_kind(item.kind),
        quantity: item.quantity,
        unit_minor: item.unit_minor,
        due_at: item.due_at.and_then(at),
    }
}

/// A delivery as a program sees it.
pub fn delivery_out(order: &Order, part: &Delivery) -> DeliveryOut {
    use crate::domain::order::Outcome;
    DeliveryOut {
        no: part.no,
        status: part.status.code(),
        since: At(part.since),
        turn: part.turn().parties().map(crate::domain::party::Party::code).collect(),
        lines: part
            .lines
            .iter()
            .map(|line| LineOut {
                item: line.item,
                quantity: line.quantity,
                open_minor: line.open.amount,
                released_minor: line.released.amount,
            })
            .collect(),
        started: part.started,
        due_at: at(part.due_at),
        deadline_at: at(order.deadline_of(part)),
        attempts: part.attempts,
        paid_at: part.paid_at.and_then(at),
        tracking: part
            .tracking
            .as_ref()
            .map(|tracking| TrackingOut { carrier: tracking.carrier.clone(), tracking: tracking.number.clone() }),
        settlement: part
            .settlement
            .map(|offer| SettlementOut { by: offer.by.code(), to_seller_minor: offer.to_seller_minor }),
        open_minor: part.open().amount,
        outcome: part.outcome.map(|outcome| match outcome {
            Outcome::Released => "released",
            Outcome::Refunded => "refunded",
            Outcome::Split => "split",
        }),
    }
}
