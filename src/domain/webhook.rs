//! Webhooks as people see them: the addresses that are told of events, and what came of telling them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{id::EndpointId, page::Page, time::Moment};

/// How an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A thin JSON body, signed as Standard Webhooks says.
    Standard,
    /// The notifications of AtaraPay, for integrations that were written for it.
    Atarapay,
}

impl Form {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Atarapay => "atarapay",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Standard => "Standard Webhooks (signed JSON)",
            Self::Atarapay => "AtaraPay compatible",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Standard, Self::Atarapay].into_iter().find(|form| form.code() == code)
    }
}

/// Whether an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Events are delivered.
    On,
    /// Somebody paused it: nothing is owed to it, and what was owed before waits.
    Off,
    /// It was gone, or failed for days: like paused, by the server.
    Disabled,
}

impl State {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Disabled => "disabled",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::On, Self::Off, Self::Disabled].into_iter().find(|state| state.code() == code)
    }
}

/// The types of events that an endpoint can be told of, in the order in which an order meets them.
pub const EVENTS: [&str; 40] = [
    "placed",
    "items_edited",
    "terms_edited",
    "milestone_added",
    "commission_set",
    "provider_set",
    "paid",
    "payment_returned",
    "expired",
    "split",
    "dispatched",
    "missed",
    "tracked",
    "delivered",
    "handed_over",
    "accepted",
    "inspection_lapsed",
    "released",
    "rejected",
    "second_attempt_offered",
    "second_attempt_agreed",
    "offer_lapsed",
    "taken_back",
    "return_sent",
    "return_received",
    "return_lapsed",
    "contested",
    "settlement_offered",
    "settlement_accepted",
    "withdrawn",
    "conceded",
    "escalated",
    "ruled",
    "cancelled",
    "delivery_lapsed",
    "refunded_in_full",
    "refunded",
    "credited",
    "charged_back",
    "noted",
];

/// The stable name of a type as words: `return_sent` is `Return sent`.
#[must_use]
pub fn event_words(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What came of a request to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When it was sent.
    pub at: Moment,
    /// How long it took.
    pub took_ms: i64,
    /// The HTTP status that came back; 0 when none did.
    pub status: i64,
    /// Why none did, or why it does not count, as a stable code.
    pub error: String,
}

impl Outcome {
    /// In words: `200 in 35 ms`, `no answer in time`.
    #[must_use]
    pub fn words(&self) -> String {
        let why = error_words(&self.error);
        match (self.status, why) {
            (0, why) => format!("{} after {} ms", if why.is_empty() { "nothing" } else { why }, self.took_ms),
            (status, "") => format!("{status} in {} ms", self.took_ms),
            (status, why) => format!("{status} in {} ms: {why}", self.took_ms),
        }
    }
}

/// Why a delivery failed, in words.
#[must_use]
pub fn error_words(code: &str) -> &'static str {
    match code {
        "" => "",
        "timeout" => "no answer in time",
        "connect" => "no connection",
        "forbidden_address" => "the name leads to an address that is not public",
        "bad_address" => "the address cannot be used",
        "redirect" => "a redirect, which is not followed",
        "broke_off" => "the connection broke off",
        "status" => "not a success",
        "gone" => "the receiver is gone for good",
        _ => "it could not be sent",
    }
}

/// An endpoint, as those who run it see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointView {
    /// Which.
    pub id: EndpointId,
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Which types of events it is told of; none means all.
    pub events: Vec<String>,
    /// How.
    pub form: Form,
    /// Whether.
    pub state: State,
    /// Why it was disabled, as a stable code: `gone`, `failing`.
    pub reason: String,
    /// Since when nothing got through.
    pub failing_since: Option<Moment>,
    /// Until when the secret before the present one is valid.
    pub old_secret_until: Option<Moment>,
    /// What came of the last test.
    pub test: Option<Outcome>,
    /// How many deliveries wait.
    pub waiting: i64,
    /// How many were given up.
    pub dead: i64,
}

/// A secret that is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSecret {
    /// Whose.
    pub endpoint: EndpointId,
    /// What to call each part, and the part.
    pub parts: Vec<(String, String)>,
}

impl std::fmt::Debug for ShownSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShownSecret({}, …)", self.endpoint)
    }
}

/// The endpoints of the place whose hat somebody wears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// The place's name.
    pub place: String,
    /// The endpoints, the oldest first.
    pub endpoints: Vec<EndpointView>,
    /// The secret that was just made, shown this once.
    pub secret: Option<ShownSecret>,
    /// Whether new secrets need the password once more.
    pub needs_password: bool,
    /// The present time.
    pub now: Moment,
    /// The reader's time zone.
    pub time_zone: String,
}

/// A line of an endpoint's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// Which event.
    pub event: Uuid,
    /// Its type.
    pub kind: String,
    /// The order's public number.
    pub reference: String,
    /// The event's number on its timeline.
    pub sequence: i64,
    /// `pending`, `delivered`, `dead` or `skipped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was owed.
    pub at: Moment,
    /// When it is tried next, while it waits.
    pub due_at: Moment,
    /// What came back last.
    pub status: i64,
    /// Why that was no success, as a stable code.
    pub error: String,
}

/// An endpoint with a page of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointLog {
    /// The endpoint.
    pub endpoint: EndpointView,
    /// The deliveries, the newest first.
    pub deliveries: Page<DeliveryView>,
    /// The secret that was just made, shown this once.
    pub secret: Option<ShownSecret>,
    /// Whether a new secret needs the password once more.
    pub needs_password: bool,
    /// The present time.
    pub now: Moment,
    /// The reader's time zone.
    pub time_zone: String,
}

/// A delivery with what is sent and every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Where it is.
    pub url: String,
    /// The delivery.
    pub delivery: DeliveryView,
    /// The headers of the request, with signatures and tokens masked; empty before the first attempt.
    pub headers: Vec<(String, String)>,
    /// The body of the request, likewise.
    pub body: String,
    /// The attempts, the first first.
    pub attempts: Vec<Outcome>,
    /// The present time.
    pub now: Moment,
    /// The reader's time zone.
    pub time_zone: String,
}
