//! Use cases: one function, one transaction. They know storage and the clock; neither SQL nor HTTP.

use std::sync::Arc;

use crate::{
    domain::{
        id::{MarketplaceId, UserId},
        time::{Moment, Span},
        words::Language,
    },
    server::{
        clock::{self, Clock},
        error::Error,
        password::Passwords,
        post::Post,
        secret::Secret,
        storage::{
            Db, Tx,
            people::{self, AuditEntry},
        },
        webhook::Sender,
    },
};

pub mod accounts;
pub mod acting;
pub mod answers;
pub mod books;
pub mod bulk;
pub mod calls;
pub mod console;
pub mod couriers;
pub mod demo;
pub mod desk;
pub mod erasure;
pub mod export;
pub mod exports;
pub mod fingerprint;
pub mod handover;
pub mod history;
pub mod import;
pub mod inbox;
pub mod journal;
pub mod keys;
pub mod letters;
pub mod links;
pub mod live;
pub mod mail;
pub mod mailbox;
pub mod messages;
pub mod orders;
pub mod partners;
pub mod payments;
pub mod people_told;
pub mod photos;
pub mod placing;
pub mod preferences;
pub mod programs;
pub mod receiving;
pub mod reminders;
pub mod repeats;
pub mod seed;
pub mod sellers;
pub mod sending;
pub mod sessions;
pub mod spreading;
pub mod staff;
pub mod terms;
pub mod throttle;
pub mod undelivered;
pub mod verify;
pub mod views;
pub mod webhooks;

/// What every use case works with; cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Signs links and seals secrets.
    pub secret: Secret,
    /// Sends webhooks.
    pub webhooks: Sender,
    /// Sends mails and text messages.
    pub post: Arc<Post>,
    /// How long it is kept what was told: webhooks' deliveries, the texts of messages, notices that were read.
    pub kept: Span,
    /// Whether the sandbox's test cards pay real orders, and not only those of test keys.
    pub sandbox: bool,
    /// What programs asked for, until it is written down.
    pub calls: calls::Noted,
}

impl Services {
    /// The present instant.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// The address at the other end; nothing for the command line.
    pub address: String,
    /// The browser, in words.
    pub device: String,
    /// In which language it asks for pages, of those in which we write.
    pub language: Language,
}

/// Writes down in the audit who did what, in the transaction that does it.
async fn audit(
    tx: &mut Tx,
    visit: &Visit,
    kind: &str,
    who: (Option<UserId>, Option<MarketplaceId>),
    detail: serde_json::Value,
    now: Moment,
) -> Result<(), Error> {
    let (user, marketplace) = who;
    let entry = AuditEntry { id: clock::new_id(now), kind, user, marketplace, address: &visit.address, detail };
    Ok(people::insert_audit(tx, &entry, now).await?)
}
