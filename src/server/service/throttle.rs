//! How often one account or one address may try something; counted in the database, so that all processes count together.

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        time::{Moment, Span},
    },
    server::{
        error::Error,
        service::{Services, Visit},
        storage::{Tx, links},
    },
};

/// How many attempts of one kind are allowed in one window of time.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is counted, as a stable code.
    pub what: &'static str,
    /// How many.
    pub most: i64,
    /// In how long.
    pub window: Span,
}

/// Wrong passwords for one account.
pub const SIGN_IN_ACCOUNT: Limit = Limit { what: "sign_in:account", most: 10, window: Span(15 * 60) };
/// Wrong passwords from one address.
pub const SIGN_IN_PEER: Limit = Limit { what: "sign_in:peer", most: 100, window: Span(15 * 60) };
/// Mails that strangers cause to one address.
pub const MAIL_ADDRESS: Limit = Limit { what: "mail:address", most: 5, window: Span::hours(1) };
/// Mails that one address causes to anybody.
pub const MAIL_PEER: Limit = Limit { what: "mail:peer", most: 60, window: Span::hours(1) };
/// Orders that one place places for one buyer who has no account: each sends them a mail.
pub const GUEST_ORDERS: Limit = Limit { what: "guest:orders", most: 20, window: Span::hours(1) };
/// Tries at the handover code of one order.
pub const HANDOVER: Limit = Limit { what: "handover:order", most: 10, window: Span::hours(1) };
/// Tries at handover codes from one address.
pub const HANDOVER_PEER: Limit = Limit { what: "handover:peer", most: 30, window: Span::hours(1) };
/// Tries at the answer codes of one order.
pub const ANSWER: Limit = Limit { what: "answer:order", most: 15, window: Span::hours(1) };
/// Tries at answer codes from one address.
pub const ANSWER_PEER: Limit = Limit { what: "answer:peer", most: 60, window: Span::hours(1) };
/// New answer codes for one order.
pub const ANSWER_CODES: Limit = Limit { what: "answer_code:order", most: 3, window: Span::hours(1) };
/// Links for couriers that one person makes.
pub const COURIER_LINKS: Limit = Limit { what: "courier_link:person", most: 200, window: Span::hours(1) };
/// Text messages to one number that somebody typed.
pub const TEXTS: Limit = Limit { what: "sms:number", most: 5, window: Span::hours(1) };
/// Lists that one person takes along as files: each goes through all that fits.
pub const EXPORTS: Limit = Limit { what: "export:person", most: 60, window: Span::hours(1) };
/// Invitations that one person sends.
pub const INVITATIONS: Limit = Limit { what: "invite:person", most: 50, window: Span::hours(1) };

/// Tests of webhooks by one person.
pub const WEBHOOK_TESTS: Limit = Limit { what: "webhook_test:person", most: 30, window: Span::hours(1) };
/// Webhooks that one person sends again by hand, or all failed ones at once.
pub const WEBHOOK_REPLAYS: Limit = Limit { what: "webhook_replay:person", most: 120, window: Span::hours(1) };

/// The key of one counter. What is counted by stays unreadable: it may be somebody's address.
fn key(limit: &Limit, of: &str) -> String {
    let digest = Sha256::digest(of.as_bytes());
    let half = u128::from_be_bytes(digest[..16].try_into().expect("sixteen bytes of thirty-two"));
    format!("{}:{half:032x}", limit.what)
}

/// Counts one attempt inside a transaction; refuses it when there were too many.
pub async fn count(tx: &mut Tx, limit: &Limit, of: &str, now: Moment) -> Result<(), Error> {
    let attempts = links::count_attempt(tx, &key(limit, of), now, now.minus(limit.window)).await?;
    if attempts > limit.most { Err(too_many(limit).into()) } else { Ok(()) }
}

/// Counts an attempt to sign in, by account and by address, and commits the count before the password is looked at:
/// attempts made at the same time count as well.
pub async fn count_sign_in(services: &Services, email: &str, visit: &Visit) -> Result<(), Error> {
    let now = services.now();
    let input = (key(&SIGN_IN_ACCOUNT, email), key(&SIGN_IN_PEER, &visit.address));
    let within = services
        .db
        .write(input, move |tx, (account, peer)| {
            Box::pin(async move {
                let by_account = links::count_attempt(tx, account, now, now.minus(SIGN_IN_ACCOUNT.window)).await?;
                let by_peer = links::count_attempt(tx, peer, now, now.minus(SIGN_IN_PEER.window)).await?;
                Ok::<_, Error>(by_account <= SIGN_IN_ACCOUNT.most && by_peer <= SIGN_IN_PEER.most)
            })
        })
        .await?;
    if within { Ok(()) } else { Err(too_many(&SIGN_IN_ACCOUNT).into()) }
}

/// Forgets what [`count_sign_in`] counted, for the password was right.
pub async fn forgive_sign_in(tx: &mut Tx, email: &str, visit: &Visit) -> Result<(), Error> {
    links::clear_attempts(tx, &key(&SIGN_IN_ACCOUNT, email)).await?;
    Ok(links::forgive_attempt(tx, &key(&SIGN_IN_PEER, &visit.address)).await?)
}

fn too_many(limit: &Limit) -> Shown {
    let wait = limit.window.words();
    Shown::new(Kind::TooMany, "too_many_attempts", format!("Too many attempts. Please wait {wait} and try again."))
}
