//! One request of a program that becomes the actions that fit the order as it is: all of them or none, and once.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{OrderName, id_of, not_found};
use crate::{
    domain::{
        error::{Error as Shown, Kind},
        order::{
            Order,
            action::{Action, Verb},
        },
        party::Actor,
        time::{Moment, Span},
    },
    server::{
        error::Error,
        service::{
            Services,
            keys::{self, Holder},
            orders::{self, Caller, Command, Performed},
        },
        storage::{
            self, Tx,
            idempotency::{self, CommandKey},
        },
    },
};

/// Which actions carry a request out, by the order as it is and who asks.
pub type Choose = Arc<dyn Fn(&Order, &Actor, Moment) -> Result<Vec<Action>, Shown> + Send + Sync>;

/// By what a request is known when it comes again, so that it is carried out once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once {
    /// By where the order stands: the rules decide anew, and refuse what was done.
    ByStatus,
    /// By a key that the caller chose: it is told what came of it then.
    ByKey(String),
    /// By its words, for callers who may not know that it was done and bring no key. Within [`SAME_WORDS`] the same words
    /// about the same order are the same request, and it is told what came of it then: when money went back to the buyer,
    /// in any case; else for as long as nobody has changed the order since, for who sets a number to 1, to 2 and to 1 again
    /// means all three. Later they are a request of their own; but where money would go back once more, nobody can tell a
    /// late repetition from a second wish, and it is refused until it comes with a key, for as long as answers are kept.
    ByWords,
}

/// How long the same words are the same request.
pub const SAME_WORDS: Span = Span(15 * 60);
/// The events by which money goes back to the buyer, and may do so again.
const MONEY_BACK: [&str; 3] = ["refunded", "refunded_in_full", "credited"];

/// The key under which an order is placed by its words, where a caller has none: the same words place it once within
/// [`SAME_WORDS`]. Later they place another, so that what was kept is forgotten then.
///
/// # Errors
/// When the database refuses.
pub async fn words_key(services: &Services, holder: &Holder, fingerprint: &[u8; 32]) -> Result<String, Error> {
    let key = words(fingerprint);
    let command = holder.command(&key);
    let before = services.now().minus(SAME_WORDS);
    let found = idempotency::find(&mut services.db.reader().await?, &command).await?;
    if found.is_some_and(|answered| answered.at <= before.0) {
        services.db.write(command, move |tx, command| Box::pin(forget(tx, command, before))).await?;
    }
    Ok(key)
}

async fn forget(tx: &mut Tx, command: &CommandKey, before: Moment) -> Result<(), Error> {
    Ok(idempotency::delete_older(tx, command, before).await?)
}

fn words(fingerprint: &[u8; 32]) -> String {
    format!("words {}", URL_SAFE_NO_PAD.encode(fingerprint))
}

impl Once {
    /// Under which name a request with this fingerprint is kept.
    fn command(&self, holder: &Holder, fingerprint: &[u8; 32]) -> Option<CommandKey> {
        match self {
            Self::ByStatus => None,
            Self::ByKey(key) => Some(holder.command(key)),
            Self::ByWords => Some(holder.command(&words(fingerprint))),
        }
    }

    /// Whether what was answered at this time answers this request about the order as it is, too; when not, it is chosen
    /// anew.
    fn is_answered(&self, before: &Performed, at: Moment, order: &Order, now: Moment) -> bool {
        let went_back = || before.events.iter().any(|event| MONEY_BACK.contains(&event.as_str()));
        *self != Self::ByWords || (now < at.plus(SAME_WORDS) && (before.version == order.version || went_back()))
    }
}

/// Refuses to give money back a second time for words that may be a late repetition.
fn refuse_repeated(actions: &[Action]) -> Result<(), Shown> {
    if actions.iter().any(|action| matches!(action.verb(), Verb::Refund | Verb::Credit)) {
        let sentence = "The same was asked for before, and money went back: to have it done once more, send a key of your own with it.";
        return Err(Shown::new(Kind::Conflict, "repeated_without_key", sentence));
    }
    Ok(())
}

/// A request that becomes actions once its order is locked.
#[derive(Clone)]
pub struct Ask {
    /// To which order.
    pub order: OrderName,
    /// By what it is known when it comes again.
    pub once: Once,
    /// What tells it from another request, beside the order.
    pub fingerprint: [u8; 32],
    /// What carries it out.
    pub choose: Choose,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ask({:?}, {:?})", self.order, self.once)
    }
}

/// Carries a request out: all of its actions, or none. When it was carried out before, the answer of then is given.
///
/// # Errors
/// As [`orders::perform`], and what `choose` refuses.
pub async fn carry_out(services: &Services, holder: &Holder, ask: Ask) -> Result<Performed, Error> {
    let now = services.now();
    let input = (holder.clone(), ask);
    services.db.write(input, move |tx, (holder, ask)| Box::pin(carry_out_in(tx, holder, ask, now))).await
}

async fn carry_out_in(tx: &mut Tx, holder: &Holder, ask: &Ask, now: Moment) -> Result<Performed, Error> {
    let id = id_of(tx, &ask.order).await?;
    let order = storage::orders::find_for_update(tx, id).await?.ok_or_else(not_found)?;
    let actor = keys::actor(tx, holder, &order).await?.ok_or_else(not_found)?;
    let fingerprint: [u8; 32] =
        Sha256::new().chain_update(id.0.as_bytes()).chain_update(ask.fingerprint).finalize().into();
    let command = ask.once.command(holder, &fingerprint);
    let answered = match &command {
        Some(command) => idempotency::find(tx, command).await?,
        None => None,
    };
    if let Some(answered) = &answered {
        let before = orders::replay(answered, &fingerprint)?;
        if ask.once.is_answered(&before, Moment(answered.at), &order, now) {
            return Ok(before);
        }
    }
    let actions = (ask.choose)(&order, &actor, now)?;
    if answered.is_some() {
        refuse_repeated(&actions)?;
    }
    let caller = Caller::Key(Box::new(holder.clone()));
    let mut performed = Performed {
        reference: order.reference.clone(),
        version: order.version,
        status: order.status(),
        events: Vec::new(),
        replayed: false,
    };
    for action in actions {
        let one = Command { order: id, action, expected_version: None, key: None };
        let mut done = orders::perform_in(tx, &caller, &one, now).await?;
        performed.events.append(&mut done.events);
        (performed.version, performed.status) = (done.version, done.status);
    }
    if let Some(command) = &command {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        match answered {
            Some(_) => idempotency::renew(tx, command, &answer, now).await?,
            None => idempotency::insert(tx, command, &fingerprint, &answer, now).await?,
        }
    }
    Ok(performed)
}
