//! What a webhook is on the wire: the message, its signature, where it may lead, and the client that sends it.

use crate::{
    domain::{
        order::{Order, event::Event},
        time::Moment,
        timeline::ActorStamp,
        webhook::Form,
    },
    server::clock,
};

pub mod atarapay;
pub mod send;
pub mod sign;
pub mod standard;
pub mod target;

pub use self::{
    atarapay::KeyPair,
    send::{Sender, Sent},
    sign::SigningSecret,
    target::{Reach, TargetError},
};

/// What stands in a log in place of signatures and tokens.
const MASK: &str = "(hidden)";

/// Something that happened, with the order as it is now and how its buyer is reached.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The event's number on the timeline.
    pub seq: i64,
    /// When it happened.
    pub at: Moment,
    /// Who did it.
    pub actor: ActorStamp,
    /// What.
    pub event: Event,
    /// The order.
    pub order: Order,
    /// The buyer's e-mail address.
    pub buyer_email: String,
    /// The buyer's phone number.
    pub buyer_phone: String,
}

/// The keys of an endpoint that are valid now, the present one first.
#[derive(Debug, Clone)]
pub enum Keys {
    /// Each of them signs.
    Standard(Vec<SigningSecret>),
    /// The present pair makes the token.
    Atarapay(KeyPair),
}

impl Keys {
    /// Of which form they are.
    pub const fn form(&self) -> Form {
        match self {
            Self::Standard(_) => Form::Standard,
            Self::Atarapay(_) => Form::Atarapay,
        }
    }
}

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The headers, by their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is kept of a message, so that every attempt sends the same: all of it but what the keys make. Nothing when there is
/// no word for this event in this form.
pub fn compose(form: Form, telling: &Telling) -> Option<String> {
    match form {
        Form::Standard => Some(standard::body(telling)),
        Form::Atarapay => atarapay::Notification::of(telling).map(|notification| notification.write()),
    }
}

/// The message of a test, which belongs to no order.
pub fn compose_test(form: Form, id: &str, at: Moment) -> String {
    match form {
        Form::Standard => standard::test_body(id, at),
        Form::Atarapay => atarapay::Notification::test().write(),
    }
}

/// The request that carries a message: signed now, with every key that is valid. Nothing when what was kept cannot be read.
pub fn request(keys: &Keys, id: &str, now: Moment, kept: &str) -> Option<Request> {
    let seconds = now.0.div_euclid(1_000_000);
    match keys {
        Keys::Standard(secrets) => {
            let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, seconds, kept)).collect();
            Some(standard_request(id, seconds, &signatures.join(" "), kept))
        }
        Keys::Atarapay(pair) => {
            let notification = atarapay::Notification::read(kept)?;
            Some(form_request(id, seconds, notification.form(&pair.notification_token(&notification))))
        }
    }
}

/// The request as a log shows it: what the keys make is left out.
pub fn masked(form: Form, id: &str, at: Moment, kept: &str) -> Option<Request> {
    let seconds = at.0.div_euclid(1_000_000);
    match form {
        Form::Standard => Some(standard_request(id, seconds, &format!("v1,{MASK}"), kept)),
        Form::Atarapay => Some(form_request(id, seconds, atarapay::Notification::read(kept)?.form(MASK))),
    }
}

fn standard_request(id: &str, seconds: i64, signature: &str, body: &str) -> Request {
    let mut headers = common_headers("application/json", id, seconds);
    headers.push(("webhook-signature".to_owned(), signature.to_owned()));
    Request { headers, body: body.to_owned() }
}

fn form_request(id: &str, seconds: i64, body: String) -> Request {
    Request { headers: common_headers("application/x-www-form-urlencoded", id, seconds), body }
}

fn common_headers(content_type: &str, id: &str, seconds: i64) -> Vec<(String, String)> {
    let seconds = seconds.to_string();
    let pairs = [
        ("content-type", content_type),
        ("user-agent", concat!("Holdfast/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", id),
        ("webhook-timestamp", &seconds),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// An instant as `2026-11-23T09:00:00Z`, with its fraction when it has one.
fn utc(at: Moment) -> String {
    let (date, time) = clock::utc_date_and_time(at);
    format!("{date}T{time}")
}
