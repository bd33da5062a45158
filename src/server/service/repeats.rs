//! Commands of programs whose use case keeps no answer of its own: claimed under the caller's key, answered, and told
//! again. Answers are sealed, for there may be a secret in them.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        time::Moment,
    },
    server::{
        error::Error,
        seal,
        service::{Services, keys::Holder, orders},
        storage::{
            self, Tx,
            idempotency::{self, Answered, CommandKey},
        },
    },
};

/// A command of a program, and what tells it from another one under the same key.
#[derive(Clone, Debug)]
pub struct Claim {
    command: CommandKey,
    fingerprint: [u8; 32],
}

impl Claim {
    /// What this program asks for under this key.
    #[must_use]
    pub fn of(holder: &Holder, key: &str, fingerprint: [u8; 32]) -> Self {
        Self { command: holder.command(key), fingerprint }
    }

    /// Writes the command down in the transaction that begins what it asks for.
    pub(super) async fn insert(&self, tx: &mut Tx, now: Moment) -> Result<(), Error> {
        match idempotency::find(tx, &self.command).await? {
            Some(known) if known.fingerprint != self.fingerprint => Err(orders::key_reused().into()),
            Some(_) => Ok(()),
            None => Ok(idempotency::insert(tx, &self.command, &self.fingerprint, "", now).await?),
        }
    }
}

/// What is known of a command under this key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: it is claimed now.
    New,
    /// What it was answered.
    Answered(Vec<u8>),
}

fn place(command: &CommandKey) -> String {
    format!("idempotency answer {} {}", command.caller, command.key)
}

/// Claims a command, unless it was answered before.
///
/// # Errors
/// 409 while it is under way, or when it broke off; 422 when the key was used for something else.
pub async fn claim(services: &Services, holder: &Holder, key: &str, fingerprint: [u8; 32]) -> Result<Before, Error> {
    let now = services.now();
    let command = holder.command(key);
    let found = services
        .db
        .write((command.clone(), fingerprint), move |tx, (command, fingerprint)| {
            Box::pin(async move {
                let found = idempotency::find(tx, command).await?;
                if found.is_none() {
                    idempotency::insert(tx, command, fingerprint, "", now).await?;
                }
                Ok::<_, Error>(found)
            })
        })
        .await?;
    let Some(answered) = found else { return Ok(Before::New) };
    let told = open(services, &command, &answered, &fingerprint)?;
    let sentence = "A request with this key is under way, or broke off. Look at what came of it.";
    let in_use = || Shown::new(Kind::Conflict, "idempotency_key_in_use", sentence);
    Ok(Before::Answered(told.ok_or_else(in_use)?))
}

/// What a command was answered that its use case writes down by itself; one that broke off is new, for it can be asked again.
///
/// # Errors
/// 422 when the key was used for something else.
pub async fn look(services: &Services, holder: &Holder, key: &str, fingerprint: [u8; 32]) -> Result<Before, Error> {
    let command = holder.command(key);
    let found = idempotency::find(&mut services.db.reader().await?, &command).await?;
    let told = match found {
        Some(answered) => open(services, &command, &answered, &fingerprint)?,
        None => None,
    };
    Ok(told.map_or(Before::New, Before::Answered))
}

/// The answer that was kept, once there is one.
fn open(
    services: &Services,
    command: &CommandKey,
    answered: &Answered,
    fingerprint: &[u8; 32],
) -> Result<Option<Vec<u8>>, Error> {
    if answered.fingerprint != fingerprint {
        return Err(orders::key_reused().into());
    }
    if answered.answer.is_empty() {
        return Ok(None);
    }
    let broken = || storage::Error::broken("idempotency", &command.key, "an answer that cannot be opened");
    let sealed = STANDARD_NO_PAD.decode(&answered.answer).map_err(|_| broken())?;
    Ok(Some(seal::open(&services.secret, &place(command), &sealed).map_err(|_| broken())?))
}

/// Keeps the answer to a command that was claimed.
///
/// # Errors
/// When the database refuses.
pub async fn keep(services: &Services, holder: &Holder, key: &str, answer: &[u8]) -> Result<(), Error> {
    let command = holder.command(key);
    let sealed = STANDARD_NO_PAD.encode(seal::seal(&services.secret, &place(&command), answer));
    services.db.write((command, sealed), |tx, (command, sealed)| Box::pin(keep_in(tx, command, sealed))).await
}

async fn keep_in(tx: &mut Tx, command: &CommandKey, sealed: &str) -> Result<(), Error> {
    Ok(idempotency::update_answer(tx, command, sealed).await?)
}

/// Forgets a command that was claimed and refused: nothing was done.
///
/// # Errors
/// When the database refuses.
pub async fn forget(services: &Services, holder: &Holder, key: &str) -> Result<(), Error> {
    let command = holder.command(key);
    services
        .db
        .write(command, |tx, command| {
            Box::pin(async move { Ok::<_, Error>(idempotency::delete_claim(tx, command).await?) })
        })
        .await
}
