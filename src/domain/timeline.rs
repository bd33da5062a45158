//! The timeline of an order: events in order, each chained by hash to the one before.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::id::{OrderId, UserId};
use crate::domain::order::event::Event;
use crate::domain::party::{Actor, Party, Source};
use crate::domain::time::Moment;

#[cfg(test)]
mod tests;

/// Who did it, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorStamp {
    /// The part that they played.
    pub party: Party,
    /// The person, when it was one.
    pub user: Option<UserId>,
    /// Their name then.
    pub name: String,
    /// The door through which it came.
    pub source: Source,
}

impl From<&Actor> for ActorStamp {
    fn from(actor: &Actor) -> Self {
        Self { party: actor.party, user: actor.user, name: actor.name.clone(), source: actor.source }
    }
}

/// A link of the chain: SHA-256.
pub type Hash = [u8; 32];

/// Before the first event.
pub const GENESIS: Hash = [0; 32];

/// One event as it stands on the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without a gap.
    pub seq: u32,
    /// When it happened; never before the one before it.
    pub at: Moment,
    /// Who did it.
    pub actor: ActorStamp,
    /// What happened.
    pub event: Event,
    /// The link to everything before it.
    pub hash: Hash,
}

/// The texts of an entry exactly as they are stored: the chain covers these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The actor as JSON.
    pub actor: String,
    /// The event as JSON.
    pub body: String,
}

impl Stored {
    /// Writes actor and event down.
    #[must_use]
    pub fn of(actor: &ActorStamp, event: &Event) -> Self {
        Self {
            actor: serde_json::to_string(actor).expect("actors are plain data"),
            body: serde_json::to_string(event).expect("events are plain data"),
        }
    }

    /// The hash of this entry: over the one before, the order, number, time, actor and body.
    #[must_use]
    pub fn chain(&self, before: &Hash, order: OrderId, seq: u32, at: Moment) -> Hash {
        let mut digest = Sha256::new();
        digest.update(before);
        digest.update(order.0.as_bytes());
        digest.update(seq.to_be_bytes());
        digest.update(at.0.to_be_bytes());
        for text in [&self.actor, &self.body] {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.finalize().into()
    }
}
