//! Sessions: begun when somebody proved who they are, recognised by the cookie's token, renewed with new rights, and ended.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Viewer},
        error::{Error as Shown, Kind},
        id::UserId,
        people::SessionView,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::{Error, with_causes},
        service::{
            Services, Visit,
            accounts::{note, wrong_credentials},
            throttle,
        },
        storage::{
            Tx,
            sessions::{self, NewSession, Seen},
            users::{self, UserRow},
        },
    },
};

/// A session ends when it was not used for so long.
pub const IDLE_LIFETIME: Span = Span::days(14);
/// A session ends so long after it began, however much it is used.
pub const ABSOLUTE_LIFETIME: Span = Span::days(60);
/// How exactly it is known when a session was last used: a write each time would cost more than it tells.
const TOUCH_EVERY: Span = Span(5 * 60);
/// For how long a typed password counts as fresh: rights, rulings and keys need a fresh one.
pub const FRESH_FOR: Span = Span(15 * 60);
/// How many sessions a person is shown.
const MOST_SESSIONS: i64 = 100;

/// What the cookie holds: 128 bits that nobody can guess. Only its hash is stored.
#[derive(Clone)]
pub struct Token([u8; 16]);

impl Token {
    fn new() -> Self {
        Self(clock::random())
    }

    /// The token that a browser sent.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// What the browser is sent.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Who looks through this session, if it lives; once in a while writes down that it does.
pub async fn recognise(services: &Services, token: &Token) -> Result<Option<Seen>, Error> {
    let now = services.now();
    let seen = look(services, token).await?;
    if let Some(seen) = seen.as_ref().filter(|seen| seen.last_seen_at.plus(TOUCH_EVERY) <= now) {
        let touched = services.db.write(seen.session, move |tx, id| Box::pin(sessions::touch(tx, *id, now))).await;
        if let Err(error) = touched {
            tracing::warn!(error = with_causes(&error), "it could not be written down that a session is in use");
        }
    }
    Ok(seen)
}

/// Who looks through this session, if it lives. An open page that only waits is no use of it, and does not keep it alive.
pub async fn look(services: &Services, token: &Token) -> Result<Option<Seen>, Error> {
    let now = services.now();
    let mut reader = services.db.reader().await?;
    Ok(sessions::find_seen(&mut reader, &token.hash(), now, now.minus(IDLE_LIFETIME)).await?)
}

/// What [`start_session`] needs inside its transaction.
struct Start {
    user: UserRow,
    visit: Visit,
    before: Option<(UserId, Uuid)>,
    hash: [u8; 32],
}

/// Begins a session for somebody who has just proved who they are, in place of the one that the browser had.
pub(super) async fn start_session(
    services: &Services,
    visit: &Visit,
    user: UserRow,
    before: Option<(UserId, Uuid)>,
) -> Result<Token, Error> {
    let now = services.now();
    let token = Token::new();
    let start = Start { user, visit: visit.clone(), before, hash: token.hash() };
    services.db.write(start, move |tx, start| Box::pin(start_in(tx, start, now))).await?;
    Ok(token)
}

async fn start_in(tx: &mut Tx, start: &Start, now: Moment) -> Result<(), Error> {
    let user = start.user.user();
    // The password may have been changed, and all sessions revoked, while this one was being checked.
    let stored = users::find(tx, user).await?.map(|row| row.password_hash);
    if stored.as_ref() != Some(&start.user.password_hash) {
        return Err(wrong_credentials().into());
    }
    throttle::forgive_sign_in(tx, &start.user.email, &start.visit).await?;
    if let Some((owner, session)) = start.before {
        sessions::delete(tx, owner, session).await?;
    }
    sessions::delete_ended(tx, now, 100).await?;
    let hat = sessions::first_hat(tx, user).await?;
    let session = NewSession {
        id: clock::new_id(now),
        token_hash: &start.hash,
        user,
        hat: &hat,
        device: &start.visit.device,
        address: &start.visit.address,
        expires_at: now.plus(ABSOLUTE_LIFETIME),
    };
    sessions::insert(tx, &session, now).await?;
    note(tx, &start.visit, "signed_in", Some(user), now).await
}

/// Ends this session.
pub async fn sign_out(services: &Services, visit: &Visit, seen: &Seen) -> Result<(), Error> {
    revoke(services, visit, &seen.viewer, seen.session).await
}

/// Ends the session that a browser no longer holds, if a use case has not done so already.
pub async fn forget(services: &Services, token: &Token) -> Result<(), Error> {
    let input = token.hash();
    services
        .db
        .write(input, |tx, hash| {
            Box::pin(async move {
                sessions::delete_by_token(tx, hash).await?;
                Ok(())
            })
        })
        .await
}

/// Ends one session of this person; one that is not theirs does not exist.
pub async fn revoke(services: &Services, visit: &Visit, viewer: &Viewer, session: Uuid) -> Result<(), Error> {
    let now = services.now();
    let input = (visit.clone(), viewer.user);
    services.db.write(input, move |tx, (visit, user)| Box::pin(revoke_in(tx, visit, *user, session, now))).await
}

async fn revoke_in(tx: &mut Tx, visit: &Visit, user: UserId, session: Uuid, now: Moment) -> Result<(), Error> {
    if !sessions::delete(tx, user, session).await? {
        return Err(Shown::not_found("session").into());
    }
    note(tx, visit, "signed_out", Some(user), now).await
}

/// Ends all sessions of this person, this one as well.
pub async fn sign_out_everywhere(services: &Services, visit: &Visit, viewer: &Viewer) -> Result<(), Error> {
    let now = services.now();
    let input = (visit.clone(), viewer.user);
    services
        .db
        .write(input, move |tx, (visit, user)| {
            Box::pin(async move {
                sessions::delete_others(tx, *user, Uuid::nil()).await?;
                note(tx, visit, "signed_out_everywhere", Some(*user), now).await
            })
        })
        .await
}

/// The living sessions of this person, the latest in use first.
pub async fn list(services: &Services, seen: &Seen) -> Result<Vec<SessionView>, Error> {
    let now = services.now();
    let mut reader = services.db.reader().await?;
    let idle_since = now.minus(IDLE_LIFETIME);
    let rows = sessions::list(&mut reader, seen.viewer.user, now, idle_since, MOST_SESSIONS).await?;
    let view = |row: sessions::ListedSession| SessionView {
        id: row.id,
        device: row.device,
        address: row.address,
        created_at: Moment(row.created_at),
        last_seen_at: Moment(row.last_seen_at),
        current: row.id == seen.session,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Puts on another hat, or none to look at one's own purchases; the browser gets a new token with the new rights.
pub async fn wear(services: &Services, seen: &Seen, hat: &str) -> Result<Token, Error> {
    let known = hat.is_empty() || seen.viewer.memberships.iter().map(Membership::key).any(|key| key == hat);
    if !known {
        return Err(Shown::not_found("role of yours").into());
    }
    renew(services, seen, hat.to_owned()).await
}

/// Gives the browser a new token for the same session; the old one opens nothing any more.
pub(super) async fn renew(services: &Services, seen: &Seen, hat: String) -> Result<Token, Error> {
    let now = services.now();
    let token = Token::new();
    let input = (seen.session, token.hash(), hat);
    let alive =
        services.db.write(input, move |tx, (id, hash, hat)| Box::pin(sessions::renew(tx, *id, hash, hat, now))).await?;
    if alive { Ok(token) } else { Err(Shown::new(Kind::SignedOut, "signed_out", "Please sign in to go on.").into()) }
}

/// Refuses what needs a fresh password when it was typed too long ago.
pub fn require_fresh(services: &Services, seen: &Seen) -> Result<(), Shown> {
    if seen.proved_at.plus(FRESH_FOR) > services.now() {
        return Ok(());
    }
    Err(Shown::new(Kind::Forbidden, "password_needed", "Please enter your password again before you do this."))
}
