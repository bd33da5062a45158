//! Handing over at the door: where an order goes and who may take it, and what the pages behind signed links show.

use serde::{Deserialize, Serialize};

use crate::domain::error::{Error, FieldError};
use crate::domain::id::{FileId, Reference};
use crate::domain::order::Order;
use crate::domain::order::form::Fields;
use crate::domain::order::status::Status;
use crate::domain::text::{self, BadText, DisplayName, Phone};
use crate::domain::time::Moment;
use crate::domain::view::OrderView;

/// The longest address or note, in characters.
const LONGEST: usize = 500;

/// Where an order goes and who may take it. What nobody has said is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipient {
    /// Whom it is for.
    pub name: String,
    /// Their number in E.164.
    pub phone: String,
    /// The lines of the address.
    pub address: String,
    /// What whoever brings it should know.
    pub note: String,
    /// Who else may take it.
    pub other_name: String,
    /// The number of that person in E.164.
    pub other_phone: String,
}

impl Recipient {
    /// What was typed: `name`, `phone`, `address`, `note`, `other_name`, `other_phone`; each may stay empty.
    ///
    /// # Errors
    /// Each wrong field by name.
    pub fn typed(fields: &Fields) -> Result<Self, Error> {
        let mut wrong = Vec::new();
        let mut read = |name: &str, parse: &dyn Fn(&str) -> Result<String, BadText>| {
            let raw = fields.get(name).map_or("", |text| text.trim());
            if raw.is_empty() {
                return String::new();
            }
            parse(raw).unwrap_or_else(|bad| {
                wrong.push(FieldError { field: name.to_owned(), message: bad.0 });
                String::new()
            })
        };
        let name = |raw: &str| DisplayName::parse(raw).map(String::from);
        let phone = |raw: &str| Phone::parse(raw).map(String::from);
        let lines = |raw: &str| text::paragraphs(raw, 1, LONGEST);
        let recipient = Self {
            name: read("name", &name),
            phone: read("phone", &phone),
            address: read("address", &lines),
            note: read("note", &lines),
            other_name: read("other_name", &name),
            other_phone: read("other_phone", &phone),
        };
        if wrong.is_empty() { Ok(recipient) } else { Err(Error::fields(wrong)) }
    }

    /// Whether nobody has said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What of it the buyer may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Where it goes: until it is dispatched.
    pub address: bool,
    /// Who else may take it: until it is delivered.
    pub other: bool,
}

impl Changes {
    /// What the buyer of this order may still change.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let any = |status: &[Status]| order.deliveries.iter().any(|part| status.contains(&part.status));
        let address = any(&[Status::AwaitingPayment, Status::Funded, Status::SecondAttempt]);
        Self { address, other: address || any(&[Status::InTransit]) }
    }
}

/// Where an order goes, as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiving {
    /// Where.
    pub recipient: Recipient,
    /// When that was last said.
    pub updated_at: Option<Moment>,
    /// What the reader may change.
    pub changes: Changes,
}

/// A code for cameras: the dark squares of a square of so many, as a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// How many squares on each side, with the white around.
    pub size: u32,
    /// The dark ones.
    pub path: String,
}

/// A photo or signature that an event names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Which.
    pub id: FileId,
    /// Whether it is a signature.
    pub is_signature: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// What a buyer's signed link opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPage {
    /// The order as its buyer sees it.
    pub view: Box<OrderView>,
    /// Whether an answer needs the code; not from a buyer who is signed in.
    pub needs_code: bool,
    /// Where a code is sent, with most of it left out.
    pub sent_to: Vec<String>,
    /// The present instant on the server.
    pub now: Moment,
    /// The time zone to read instants in.
    pub time_zone: String,
}

/// How far a delivery is that a courier's link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourierStage {
    /// It is to be brought.
    Open,
    /// It was handed over.
    Delivered,
    /// It was called off.
    CalledOff,
}

/// What a courier's link opens. Once the delivery is over, nobody's name and number stand in it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourierPage {
    /// The order's public number.
    pub reference: Reference,
    /// What is brought, line by line.
    pub items: Vec<String>,
    /// Whose goods they are.
    pub seller: String,
    /// Whom they are for, and where.
    pub recipient: Recipient,
    /// How far it is.
    pub stage: CourierStage,
    /// How often nobody was there.
    pub missed: u32,
    /// The order's version, for acting on it.
    pub version: u32,
    /// For one command from this page.
    pub command_key: String,
    /// Until when the link opens anything.
    pub expires_at: Moment,
    /// The present instant on the server.
    pub now: Moment,
    /// The time zone to read instants in.
    pub time_zone: String,
}

/// A link for a courier, as whoever made it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourierLink {
    /// For which delivery.
    pub delivery: u16,
    /// The whole address.
    pub address: String,
    /// The same for cameras.
    pub qr: Option<Qr>,
    /// Until when it opens anything.
    pub expires_at: Moment,
}

/// The links for the couriers of one order, and the deliveries for which one can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourierLinks {
    /// The order's public number.
    pub reference: Reference,
    /// The links that open something.
    pub links: Vec<CourierLink>,
    /// Deliveries that are to be brought: number and words.
    pub deliveries: Vec<(u16, String)>,
    /// The present instant on the server.
    pub now: Moment,
    /// The time zone to read instants in.
    pub time_zone: String,
}
