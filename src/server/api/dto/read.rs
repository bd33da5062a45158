//! What programs read: rows of the list, the timeline, offers, ledger lines, statuses, and what came of an action.

use schemars::JsonSchema;
use serde::Serialize;

use super::{At, at, events, order::Named, parties, party_lists, statuses};
use crate::{
    domain::{
        desk::{Row, TabCounts},
        id::OrderId,
        order::{Order, charge::Flow, event::Event, offer::Offer},
        receiving::Receiving,
        timeline::Entry,
        view::LedgerLine,
    },
    server::service::orders::Performed,
};

/// A row of the list of orders.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OrderRow {
    /// Its id.
    pub id: String,
    /// Its public number.
    pub reference: String,
    /// The shop's own number.
    pub external_ref: Option<String>,
    /// Where it came from.
    pub channel: String,
    /// Its version.
    pub version: u32,
    /// Where it stands.
    #[schemars(schema_with = "statuses")]
    pub status: &'static str,
    /// Whose turn it is.
    #[schemars(schema_with = "party_lists")]
    pub turn: Vec<&'static str>,
    /// What they must do.
    pub task: String,
    /// What it is for.
    pub title: String,
    /// The seller's name.
    pub seller_name: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// ISO 4217.
    pub currency: &'static str,
    /// What it is worth, in minor units.
    pub total_minor: i64,
    /// By when somebody should act, or when the clock does.
    pub due_at: Option<At>,
    /// When it was placed.
    pub placed_at: At,
    /// When something last happened to it.
    pub updated_at: At,
}

impl From<Row> for OrderRow {
    fn from(row: Row) -> Self {
        Self {
            id: OrderId(row.cursor.id).to_string(),
            reference: row.reference.to_string(),
            external_ref: row.external_ref,
            channel: row.channel,
            version: row.version,
            status: row.status.code(),
            turn: row.turn.parties().map(crate::domain::party::Party::code).collect(),
            task: row.task,
            title: row.title,
            seller_name: row.seller,
            buyer_name: row.buyer,
            currency: row.total.currency.code(),
            total_minor: row.total.minor,
            due_at: row.due_at.and_then(at),
            placed_at: At(row.placed_at),
            updated_at: At(row.updated_at),
        }
    }
}

/// What came of an action: the same when it is asked for again under the same key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Done {
    /// The order's public number.
    pub reference: String,
    /// Its version then.
    pub version: u32,
    /// Its status then.
    #[schemars(schema_with = "statuses")]
    pub status: &'static str,
    /// The events that carried it out.
    pub events: Vec<String>,
}

impl From<Performed> for Done {
    fn from(performed: Performed) -> Self {
        Self {
            reference: performed.reference.to_string(),
            version: performed.version,
            status: performed.status.code(),
            events: performed.events,
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActorOut {
    /// The part that they played.
    #[schemars(schema_with = "parties")]
    pub party: &'static str,
    /// Their name then; for a program, the name of its key.
    pub name: String,
    /// Through which door: `screen`, `api_key`, `signed_link`, `clock`, `gateway`, `channel`, `import`.
    pub source: String,
}

/// An event of a timeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EventOut {
    /// Its number, from 1 without a gap; gaps are what is not for the caller.
    pub sequence: u32,
    /// When.
    pub at: At,
    /// What, as a stable code.
    #[serde(rename = "type")]
    #[schemars(schema_with = "events")]
    pub kind: &'static str,
    /// What, in words.
    pub headline: String,
    /// Who.
    pub actor: ActorOut,
    /// All that the event says, as it is kept.
    pub data: serde_json::Map<String, serde_json::Value>,
    /// The link to everything before it: SHA-256, in hexadecimal.
    pub hash: String,
}

impl EventOut {
    /// An event of this order.
    pub fn of(entry: &Entry, order: &Order) -> Self {
        let source = serde_json::to_value(entry.actor.source).ok();
        Self {
            sequence: entry.seq,
            at: At(entry.at),
            kind: entry.event.code(),
            headline: entry.event.headline(order),
            actor: ActorOut {
                party: entry.actor.party.code(),
                name: entry.actor.name.clone(),
                source: source.and_then(|source| source.as_str().map(str::to_owned)).unwrap_or_default(),
            },
            data: data(&entry.event),
            hash: entry.hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
        }
    }
}

/// What an event says, without what proves a code that only the buyer knows.
fn data(event: &Event) -> serde_json::Map<String, serde_json::Value> {
    let value = serde_json::to_value(event).expect("events are plain data");
    let mut members = value.as_object().cloned().unwrap_or_default();
    members.remove("type");
    members.remove("handover_digest");
    members
}

/// Where money goes, in minor units.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "an amount says its unit last")]
pub struct FlowOut {
    /// Back to the buyer.
    pub buyer_minor: i64,
    /// To the seller.
    pub seller_minor: i64,
    /// To the provider.
    pub provider_minor: i64,
    /// The marketplace's commission.
    pub marketplace_minor: i64,
    /// The fee for holding.
    pub fee_minor: i64,
}

impl From<Flow> for FlowOut {
    fn from(flow: Flow) -> Self {
        Self {
            buyer_minor: flow.buyer,
            seller_minor: flow.seller,
            provider_minor: flow.provider,
            marketplace_minor: flow.marketplace,
            fee_minor: flow.fee,
        }
    }
}

/// Something that the caller may do now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OfferOut {
    /// The action, as in its address.
    pub action: &'static str,
    /// For which delivery; null for what concerns the whole order.
    pub delivery: Option<u16>,
    /// The words on its button.
    pub label: String,
    /// What it does to the money and whose turn it is then.
    pub consequence: String,
    /// What would leave escrow, when that is known beforehand.
    pub flow: FlowOut,
    /// Whether money leaves that cannot be called back.
    pub is_final: bool,
}

impl From<Offer> for OfferOut {
    fn from(offer: Offer) -> Self {
        Self {
            action: offer.verb.code(),
            delivery: offer.delivery,
            label: offer.label,
            consequence: offer.consequence,
            flow: offer.flow.into(),
            is_final: offer.is_final,
        }
    }
}

/// A ledger line of an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LedgerOut {
    /// The event that made it.
    pub event_sequence: u32,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub at: At,
    /// The account.
    pub account: String,
    /// ISO 4217.
    pub currency: &'static str,
    /// Minor units; debits positive, credits negative.
    pub amount_minor: i64,
}

impl LedgerOut {
    /// A line of this order.
    pub fn of(line: LedgerLine, order: &Order) -> Self {
        Self {
            event_sequence: line.event_seq,
            kind: line.kind,
            at: At(line.at),
            account: line.account,
            currency: order.currency.code(),
            amount_minor: line.amount_minor,
        }
    }
}

/// Where an order goes and who may take it. What nobody has said is empty.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RecipientOut {
    /// Whom it is for.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// The lines of the address.
    pub address: String,
    /// What whoever brings it should know.
    pub note: String,
    /// Who else may take it.
    pub other_name: String,
    /// The number of that person.
    pub other_phone: String,
    /// When that was last said.
    pub updated_at: Option<At>,
}

impl From<Receiving> for RecipientOut {
    fn from(receiving: Receiving) -> Self {
        let recipient = receiving.recipient;
        Self {
            name: recipient.name,
            phone: recipient.phone,
            address: recipient.address,
            note: recipient.note,
            other_name: recipient.other_name,
            other_phone: recipient.other_phone,
            updated_at: receiving.updated_at.and_then(at),
        }
    }
}

/// How many orders each tab of the screen has.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CountsOut {
    /// Those in which it is the turn of the key's party.
    pub your_turn: i64,
    /// Those that are on their way.
    pub open: i64,
    /// Those in dispute.
    pub disputes: i64,
    /// Those that are over.
    pub done: i64,
}

impl From<TabCounts> for CountsOut {
    fn from(counts: TabCounts) -> Self {
        Self { your_turn: counts.your_turn, open: counts.open, disputes: counts.disputes, done: counts.done }
    }
}

/// An action that leads on from a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActionOut {
    /// The action, as in its address.
    pub action: &'static str,
    /// The words on its button.
    pub label: &'static str,
    /// Who may.
    #[schemars(schema_with = "party_lists")]
    pub by: Vec<&'static str>,
    /// What a key needs for it; null for what the clock and gateways do.
    pub permission: Option<&'static str>,
    /// To which statuses it leads; empty when it stays.
    #[schemars(schema_with = "status_lists")]
    pub to: Vec<&'static str>,
    /// What it does to money.
    pub money: &'static str,
    /// The window whose end brings it about, for what the clock does.
    pub clock: Option<&'static str>,
}

/// Lists of statuses.
fn status_lists(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "array", "items": statuses(generator) })
}

/// A status of a delivery, with all that leads on from it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StatusOut {
    /// The stable code.
    #[schemars(schema_with = "statuses")]
    pub code: &'static str,
    /// The words for people.
    pub label: &'static str,
    /// Under which tab it stands: `open`, `disputed` or `done`.
    pub stage: &'static str,
    /// Whether money is held.
    pub holds_money: bool,
    /// What is legal from here.
    pub actions: Vec<ActionOut>,
}

/// Who calls, and what they may.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Me {
    /// The key.
    pub key: Named,
    /// `live` or `test`.
    pub mode: &'static str,
    /// Whose orders.
    #[schemars(schema_with = "parties")]
    pub party: &'static str,
    /// The marketplace, seller or person that it acts for.
    pub place: String,
    /// What it may do now.
    pub permissions: Vec<&'static str>,
}
