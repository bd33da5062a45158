//! JSON in, JSON out: types of the API's own, whose shape is promised; the domain's may change behind them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::{
    domain::{
        access::{Permission, Role},
        order::{ItemKind, RejectCode, status::Status},
        party::Party,
        time::Moment,
        webhook::EVENTS,
        words::Language,
    },
    server::clock,
};

pub mod actions;
pub mod faults;
pub mod order;
pub mod read;
pub mod terms;

/// An instant, in RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub Moment);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&clock::rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = clock::read_rfc3339(&text);
        at.map(Self).ok_or_else(|| D::Error::custom("an instant looks like 2026-11-26T14:00:00Z"))
    }
}

impl JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "An instant in RFC 3339; answers are in UTC.",
            "examples": ["2026-11-26T14:00:00Z"],
        })
    }
}

/// When it is, unless that is never.
pub fn at(moment: Moment) -> Option<At> {
    (moment < Moment::NEVER).then_some(At(moment))
}

/// What may be missing, and is never null.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn one_of<'a>(codes: impl Iterator<Item = &'a str>) -> Schema {
    let codes: Vec<Value> = codes.map(|code| Value::String(code.to_owned())).collect();
    json_schema!({ "type": "string", "enum": codes })
}

/// The codes of statuses.
pub fn statuses(_: &mut SchemaGenerator) -> Schema {
    one_of(Status::ALL.iter().map(|status| status.code()))
}

/// The codes of parties.
pub fn parties(_: &mut SchemaGenerator) -> Schema {
    one_of(Party::ALL.iter().map(|party| party.code()))
}

/// Lists of parties.
pub fn party_lists(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": parties(generator) })
}

/// The types of events.
pub fn events(_: &mut SchemaGenerator) -> Schema {
    one_of(EVENTS.into_iter())
}

/// Lists of types of events; one that is named twice counts once.
pub fn event_lists(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": events(generator) })
}

/// The codes of permissions; one that is named twice counts once.
pub fn permission_lists(_: &mut SchemaGenerator) -> Schema {
    let items = one_of(Permission::ALL.iter().map(|permission| permission.code()));
    json_schema!({ "type": "array", "items": items, "minItems": 1 })
}

/// The codes of languages.
pub fn languages(_: &mut SchemaGenerator) -> Schema {
    one_of(Language::ALL.iter().map(|language| language.code()))
}

/// The codes of roles.
pub fn roles(_: &mut SchemaGenerator) -> Schema {
    one_of(Role::ALL.iter().map(|role| role.code()))
}

/// The code of what an item is.
pub const fn item_kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Goods => "goods",
        ItemKind::Shipping => "shipping",
        ItemKind::Adjustment => "adjustment",
    }
}

/// The codes of what an item can be.
pub fn item_kinds(_: &mut SchemaGenerator) -> Schema {
    one_of(["goods", "shipping", "adjustment"].into_iter())
}

/// The codes of why a buyer rejects.
pub fn reject_codes(_: &mut SchemaGenerator) -> Schema {
    one_of(RejectCode::ALL.iter().map(|(_, code, _)| *code))
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PageOf<T> {
    /// The rows.
    pub data: Vec<T>,
    /// What to send as `after` for the next page; null on the last one.
    pub next: Option<String>,
}

/// A list that is told whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListOf<T> {
    /// The rows.
    pub data: Vec<T>,
}
