//! Payment gateways: asked for money outside any transaction, heard when they tell what became of it.

pub mod card;
pub mod hook;
pub mod sandbox;
pub mod worker;

use std::{fmt::Debug, pin::Pin, time::Duration};

use tracing::Instrument;
use uuid::Uuid;

use self::{
    card::{Card, TypedCard},
    sandbox::Sandbox,
};
use crate::{
    domain::{
        error::{Error as Shown, Kind},
        money::Minor,
        payment::Decline,
        time::Moment,
    },
    server::{
        error::{Error, with_causes},
        service::{
            Services,
            payments::{self, Begun, Callback, Charge, Outcome, Wanted},
            repeats::Claim,
        },
    },
};

/// How long a gateway may take to answer before the attempt counts as unknown.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What a gateway answers when it is asked for money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It has taken the money; its callback says so to the books.
    Taken,
    /// It has taken nothing and never will under this key.
    Declined(Decline),
    /// It has not said.
    Unknown,
}

/// What somebody else has to be waited for.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Somebody who moves real money, or the sandbox that plays with it.
pub trait Gateway: Debug + Send + Sync {
    /// The name in the books: `assets:gateway:{name}`.
    fn name(&self) -> &'static str;

    /// The header that bears the signature of its callbacks.
    fn signature_header(&self) -> &'static str;

    /// Asks for money. Asked again under the same key, it takes it once.
    fn charge<'a>(&'a self, charge: &'a Charge, card: &'a Card) -> Waiting<'a, Answer>;

    /// What became of a charge; nothing when it was never asked for it.
    fn find_charge(&self, key: Uuid) -> Waiting<'_, Option<Answer>>;

    /// Verifies a callback, byte for byte as it came, and reads it.
    fn open(&self, signature: &str, body: &[u8], now: Moment) -> Result<Callback, Shown>;
}

/// The gateway of this name.
pub fn find(services: &Services, name: &str) -> Option<Box<dyn Gateway>> {
    (name == sandbox::NAME).then(|| Box::new(Sandbox::new(services.clone())) as Box<dyn Gateway>)
}

/// A filled-in payment form.
#[derive(Debug)]
pub struct Form {
    /// The payment link's token.
    pub token: String,
    /// The amount that the payer saw, in minor units.
    pub amount_minor: Minor,
    /// What the payer agreed to on the page that they saw; nothing where none was seen.
    pub agreed: Option<String>,
    /// The version that a program has seen.
    pub expected_version: Option<u32>,
    /// The form's own key.
    pub key: Uuid,
    /// The command of a program that this is.
    pub claim: Option<Claim>,
    /// The card as it was typed.
    pub card: TypedCard,
}

/// What came of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The gateway was asked now, and has not declined.
    Now,
    /// It was asked before under this key, and has not declined.
    Before,
    /// It was asked before under this key, and declined then.
    DeclinedBefore(Decline),
}

/// Pays: writes the attempt down, asks the gateway, and writes down a no. A yes comes as a callback; no answer leaves the
/// attempt unknown. Once begun it is carried to its end, whether the payer waits for it or not.
///
/// # Errors
/// Each wrong field; why nothing can be paid now; why the card was declined now.
pub async fn pay(services: &Services, form: Form) -> Result<Sent, Error> {
    let card = Card::read(&form.card, services.now())?;
    let services = services.clone();
    tokio::spawn(carry_out(services, form, card).in_current_span()).await?
}

async fn carry_out(services: Services, form: Form, card: Card) -> Result<Sent, Error> {
    let gateway: Box<dyn Gateway> = Box::new(Sandbox::new(services.clone()));
    let wanted = Wanted {
        token: form.token,
        amount_minor: form.amount_minor,
        agreed: form.agreed,
        expected_version: form.expected_version,
        key: form.key,
        claim: form.claim,
        gateway: gateway.name(),
        card_last4: card.last4().to_owned(),
    };
    let charge = match payments::begin(&services, wanted).await? {
        Begun::Ask(charge) => charge,
        Begun::Before => return Ok(Sent::Before),
        Begun::Declined(why) => return Ok(Sent::DeclinedBefore(why)),
    };
    match tokio::time::timeout(ANSWER_TIMEOUT, gateway.charge(&charge, &card)).await {
        Ok(Ok(Answer::Declined(why))) => {
            payments::decline(&services, charge.order, charge.key, why).await?;
            Err(Shown::from(why).into())
        }
        Ok(Ok(Answer::Taken | Answer::Unknown)) => Ok(Sent::Now),
        Ok(Err(error)) => {
            tracing::warn!(error = with_causes(&error), attempt = %charge.key, "a gateway failed to answer; the attempt is unknown");
            Ok(Sent::Now)
        }
        Err(_) => {
            tracing::warn!(attempt = %charge.key, "a gateway did not answer in time; the attempt is unknown");
            Ok(Sent::Now)
        }
    }
}

/// Hears a gateway: verifies what it says, stores it once, and acts upon it.
///
/// # Errors
/// 404 for a gateway that is not ours, 401 for a signature that is not its own or too old, 400 for what cannot be read.
pub async fn hear(services: &Services, gateway: &str, signature: &str, body: &[u8]) -> Result<Outcome, Error> {
    let gateway = find(services, gateway).ok_or_else(|| Shown::not_found("gateway"))?;
    let callback = gateway.open(signature, body, services.now())?;
    payments::take(services, callback).await
}

/// The answer to a callback that is not genuine.
fn not_genuine() -> Shown {
    Shown::new(Kind::SignedOut, "bad_signature", "The signature is missing, wrong, or more than five minutes old.")
}
