//! The gateway that plays: its test cards do what real ones do, and its callbacks come signed like real ones.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::{Answer, Card, Gateway, Waiting, hear, not_genuine};
use crate::{
    domain::{
        error::{Error as Shown, Kind},
        id::OrderId,
        money::{Currency, MAX_AMOUNT, Minor, Money},
        payment::Decline,
        text,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::{Error, with_causes},
        service::{
            Services,
            payments::{Callback, Charge, News},
        },
        storage::sandbox::{self, CallRow},
    },
};

/// Its name in addresses and in the books.
pub const NAME: &str = "sandbox";
/// The header that bears the signature of its callbacks: `t={seconds},v1={hexadecimal HMAC-SHA256 of "{seconds}.{body}"}`.
pub const SIGNATURE_HEADER: &str = "sandbox-signature";
/// How old a callback may be, or how far ahead of our clock.
const TOLERANCE: Span = Span(5 * 60);
/// After how long the card that never answers tells what it did.
pub const LATE_ANSWER: Span = Span(20);
/// After how long the card that is charged back is charged back.
pub const CHARGE_BACK_AFTER: Span = Span(60);
/// After how long a call that was not heard is made again.
const CALL_AGAIN: Span = Span(30);
/// How many calls are made in one go.
const CALLS_AT_ONCE: i64 = 100;

/// What a test card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Play {
    Succeed,
    Decline(Decline),
    NeverAnswer,
    PayTwice,
    CallTwice,
    ChargeBack,
}

const CARDS: [(&str, Play); 7] = [
    ("4242424242424242", Play::Succeed),
    ("4000000000000002", Play::Decline(Decline::Declined)),
    ("4000000000009995", Play::Decline(Decline::InsufficientFunds)),
    ("4000000000000119", Play::NeverAnswer),
    ("4000000000000077", Play::PayTwice),
    ("4000000000003220", Play::CallTwice),
    ("4000000000000259", Play::ChargeBack),
];

/// The sandbox: its books are a table of the calls that it makes.
#[derive(Debug, Clone)]
pub struct Sandbox {
    services: Services,
}

/// What a callback says, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The sandbox's name for this telling.
    pub id: String,
    /// What happened: `payment.taken` or `payment.charged_back`.
    pub event: String,
    /// The sandbox's number for the payment.
    pub payment: String,
    /// The key under which it was asked.
    pub attempt: Uuid,
    /// The order that it was told.
    pub order: OrderId,
    /// How much.
    pub amount_minor: Minor,
    /// ISO 4217.
    pub currency: Currency,
    /// Why, for a reversal.
    #[serde(default)]
    pub reason: String,
}

impl Sandbox {
    /// A sandbox on this database, with a key that follows from the server's.
    pub const fn new(services: Services) -> Self {
        Self { services }
    }

    fn mac(&self, seconds: &str, body: &[u8]) -> Hmac<Sha256> {
        let key = self.services.secret.sandbox_key();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a MAC takes a key of any length");
        mac.update(seconds.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }

    /// The signature of a body that is sent now.
    pub fn sign(&self, body: &[u8], now: Moment) -> String {
        let seconds = now.0.div_euclid(1_000_000).to_string();
        let mac = self.mac(&seconds, body).finalize().into_bytes();
        mac.iter().fold(format!("t={seconds},v1="), |text, byte| format!("{text}{byte:02x}"))
    }

    fn is_genuine(&self, signature: &str, body: &[u8], now: Moment) -> bool {
        let Some((seconds, digits)) = signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")) else {
            return false;
        };
        let Ok(sent_at) = seconds.parse::<i64>() else { return false };
        let age = now.0.div_euclid(1_000_000).saturating_sub(sent_at);
        let Some(mac) = text::from_hex(digits) else { return false };
        // The comparison takes the same time wherever the first difference stands.
        age.unsigned_abs() <= TOLERANCE.0.unsigned_abs() && self.mac(seconds, body).verify_slice(&mac).is_ok()
    }

    async fn play(&self, charge: &Charge, card: &Card) -> Result<Answer, Error> {
        let play = CARDS.iter().find(|(digits, _)| *digits == card.digits()).map(|(_, play)| *play);
        let play = play.unwrap_or(Play::Decline(Decline::NotATestCard));
        if let Play::Decline(why) = play {
            return Ok(Answer::Declined(why));
        }
        self.plan(charge.key, Self::calls(play, charge, self.services.now())).await?;
        if play == Play::NeverAnswer {
            return Ok(Answer::Unknown);
        }
        self.call().await?;
        Ok(Answer::Taken)
    }

    /// What the card makes the sandbox say, and when.
    fn calls(play: Play, charge: &Charge, now: Moment) -> Vec<(Said, Moment)> {
        let short = charge.key.simple();
        let say = |id: &str, event: &str, payment: &str, reason: &str| Said {
            id: format!("call_{short}_{id}"),
            event: event.to_owned(),
            payment: format!("pay_{short}_{payment}"),
            attempt: charge.key,
            order: charge.order,
            amount_minor: charge.amount.minor,
            currency: charge.amount.currency,
            reason: reason.to_owned(),
        };
        let taken = say("1", "payment.taken", "1", "");
        match play {
            Play::Decline(_) => Vec::new(),
            Play::Succeed => vec![(taken, now)],
            Play::NeverAnswer => vec![(taken, now.plus(LATE_ANSWER))],
            Play::PayTwice => vec![(taken, now), (say("2", "payment.taken", "2", ""), now)],
            Play::CallTwice => vec![(taken.clone(), now), (taken, now)],
            Play::ChargeBack => {
                let reason = "The buyer told the bank that they did not make this payment.";
                let reversed = say("2", "payment.charged_back", "1", reason);
                vec![(taken, now), (reversed, now.plus(CHARGE_BACK_AFTER))]
            }
        }
    }

    async fn plan(&self, attempt: Uuid, calls: Vec<(Said, Moment)>) -> Result<(), Error> {
        let now = self.services.now();
        let calls: Vec<(Uuid, String, Moment)> = calls
            .into_iter()
            .map(|(said, at)| (clock::new_id(now), serde_json::to_string(&said).expect("calls are plain data"), at))
            .collect();
        let write = self.services.db.write(calls, move |tx, calls| {
            Box::pin(async move {
                // Asked again under the same key, it has planned its calls before.
                if sandbox::list_of_attempt(tx, attempt).await?.is_empty() {
                    for (id, body, at) in calls {
                        sandbox::insert(tx, *id, attempt, body, *at).await?;
                    }
                }
                Ok::<_, Error>(())
            })
        });
        write.await
    }

    /// Makes the calls that are due, through the same door as any gateway; the answer is how many were heard.
    ///
    /// # Errors
    /// When the database refuses. A call that is not heard is made again later.
    pub async fn call(&self) -> Result<usize, Error> {
        let mut heard = 0;
        loop {
            let now = self.services.now();
            let mut conn = self.services.db.reader().await?;
            let calls = sandbox::list_due(&mut conn, now, CALLS_AT_ONCE).await?;
            drop(conn);
            if calls.is_empty() {
                return Ok(heard);
            }
            for call in calls {
                heard += usize::from(self.make(call, now).await?);
            }
        }
    }

    async fn make(&self, call: CallRow, now: Moment) -> Result<bool, Error> {
        let (id, body) = (call.id, call.body.as_bytes());
        let outcome = hear(&self.services, NAME, &self.sign(body, now), body).await;
        if let Err(error) = &outcome {
            tracing::warn!(error = with_causes(error), call = %id, "a call of the sandbox was not heard; it is made again");
        }
        let heard = outcome.is_ok();
        let noted = self.services.db.write((), move |tx, ()| {
            Box::pin(async move {
                if heard {
                    sandbox::update_sent(tx, id, now).await
                } else {
                    sandbox::update_due(tx, id, now.plus(CALL_AGAIN)).await
                }
            })
        });
        noted.await?;
        Ok(heard)
    }
}

impl Gateway for Sandbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature_header(&self) -> &'static str {
        SIGNATURE_HEADER
    }

    fn charge<'a>(&'a self, charge: &'a Charge, card: &'a Card) -> Waiting<'a, Answer> {
        Box::pin(self.play(charge, card))
    }

    fn find_charge(&self, key: Uuid) -> Waiting<'_, Option<Answer>> {
        Box::pin(async move {
            let mut conn = self.services.db.reader().await?;
            let planned = !sandbox::list_of_attempt(&mut conn, key).await?.is_empty();
            Ok(planned.then_some(Answer::Unknown))
        })
    }

    fn open(&self, signature: &str, body: &[u8], now: Moment) -> Result<Callback, Shown> {
        if !self.is_genuine(signature, body, now) {
            return Err(not_genuine());
        }
        let unreadable = || Shown::new(Kind::Malformed, "malformed", "The callback cannot be read.");
        let said: Said = serde_json::from_slice(body).map_err(|_| unreadable())?;
        let news = match said.event.as_str() {
            "payment.taken" => News::Taken,
            "payment.charged_back" => News::ChargedBack(text::Reason::parse(&said.reason).map_err(|_| unreadable())?),
            _ => return Err(unreadable()),
        };
        let named = |name: &str| (1..=200).contains(&name.len());
        if !(1..=MAX_AMOUNT).contains(&said.amount_minor) || !named(&said.id) || !named(&said.payment) {
            return Err(unreadable());
        }
        Ok(Callback {
            gateway: NAME.to_owned(),
            id: said.id,
            order: said.order,
            attempt: said.attempt,
            payment_ref: said.payment,
            amount: Money::new(said.amount_minor, said.currency),
            news,
        })
    }
}
