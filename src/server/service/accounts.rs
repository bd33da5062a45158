//! Signing in and out, sessions, the password and the profile of somebody who has an account.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Viewer},
        error::{Error as Shown, FieldError, Kind},
        id::UserId,
        people::{Profile, SessionView},
        text::{BadText, DisplayName, Email, Phone},
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        password::{Check, Password},
        service::{Services, Visit, audit, throttle},
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

/// Makes an error of a text that was refused, beside its field.
pub(super) fn wrong_field(field: &'static str) -> impl Fn(BadText) -> Error {
    move |bad| Shown::field(field, bad.0).into()
}

/// Who looks through this session, if it lives; once in a while writes down that it does.
pub async fn recognise(services: &Services, token: &Token) -> Result<Option<Seen>, Error> {
    let now = services.now();
    let mut reader = services.db.reader().await?;
    let seen = sessions::find_seen(&mut reader, &token.hash(), now, now.minus(IDLE_LIFETIME)).await?;
    drop(reader);
    if let Some(seen) = seen.as_ref().filter(|seen| seen.last_seen_at.plus(TOUCH_EVERY) <= now) {
        let touched = services.db.write(seen.session, move |tx, id| Box::pin(sessions::touch(tx, *id, now))).await;
        if let Err(error) = touched {
            tracing::warn!(%error, "it could not be written down that a session is in use");
        }
    }
    Ok(seen)
}

/// The answer to every sign-in that fails, whatever the reason.
fn wrong_credentials() -> Shown {
    Shown::new(Kind::Invalid, "wrong_credentials", "The e-mail address or the password is wrong.")
}

/// Signs a browser in. Takes as long, and says the same, whether the address is unknown or the password wrong.
/// `before` is the session that the browser had, which ends.
pub async fn sign_in(
    services: &Services,
    visit: &Visit,
    email: &str,
    password: String,
    before: Option<&Seen>,
) -> Result<Token, Error> {
    let email = Email::parse(email).map_err(wrong_field("email"))?;
    let user = check_password(services, visit, &email, password).await?;
    let before = before.map(|seen| (seen.viewer.user, seen.session));
    start_session(services, visit, user, before).await
}

/// The person whose address and password these are; counted, throttled and written down.
pub(super) async fn check_password(
    services: &Services,
    visit: &Visit,
    email: &Email,
    password: String,
) -> Result<UserRow, Error> {
    throttle::count_sign_in(services, email.as_str(), visit).await?;
    let mut reader = services.db.reader().await?;
    let user = users::find_by_email(&mut reader, email).await?;
    drop(reader);
    let password = Password::typed(password);
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let check = services.passwords.check(password.clone(), hash).await?;
    match (check, user) {
        (Check::Right, Some(user)) => Ok(user),
        (Check::RightButWeak, Some(mut user)) => {
            user.password_hash = strengthen(services, &user, password).await?;
            Ok(user)
        }
        (_, user) => {
            let who = user.map(|user| user.user());
            let now = services.now();
            services
                .db
                .write(visit.clone(), move |tx, visit| Box::pin(note(tx, visit, "sign_in_refused", who, now)))
                .await?;
            Err(wrong_credentials().into())
        }
    }
}

/// An audit entry about one person that needs no more words.
pub(super) async fn note(
    tx: &mut Tx,
    visit: &Visit,
    kind: &'static str,
    user: Option<UserId>,
    now: Moment,
) -> Result<(), Error> {
    audit(tx, visit, kind, (user, None), serde_json::json!({}), now).await
}

/// Hashes a right password again, as strongly as is done now.
async fn strengthen(services: &Services, user: &UserRow, password: Password) -> Result<String, Error> {
    let now = services.now();
    let new = services.passwords.hash(password).await?;
    let input = (user.user(), user.password_hash.clone(), new.clone());
    services
        .db
        .write(input, move |tx, (id, old, new)| Box::pin(users::replace_hash(tx, *id, old, new, now)))
        .await?;
    Ok(new)
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

/// Ends one session of this person; one that is not theirs does not exist.
pub async fn revoke(services: &Services, visit: &Visit, viewer: &Viewer, session: Uuid) -> Result<(), Error> {
    let now = services.now();
    let input = (visit.clone(), viewer.user);
    services
        .db
        .write(input, move |tx, (visit, user)| Box::pin(revoke_in(tx, visit, *user, session, now)))
        .await
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
pub async fn list_sessions(services: &Services, seen: &Seen) -> Result<Vec<SessionView>, Error> {
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
    let alive = services
        .db
        .write(input, move |tx, (id, hash, hat)| Box::pin(sessions::renew(tx, *id, hash, hat, now)))
        .await?;
    if alive { Ok(token) } else { Err(Shown::new(Kind::SignedOut, "signed_out", "Please sign in to go on.").into()) }
}

/// Refuses what needs a fresh password when it was typed too long ago.
pub fn require_fresh(services: &Services, seen: &Seen) -> Result<(), Shown> {
    if seen.proved_at.plus(FRESH_FOR) > services.now() {
        return Ok(());
    }
    Err(Shown::new(Kind::Forbidden, "password_needed", "Please enter your password again before you do this."))
}

/// Takes the password once more, so that what needs a fresh one can be done for a while.
pub async fn prove(services: &Services, visit: &Visit, seen: &Seen, password: String) -> Result<(), Error> {
    let email = Email::parse(&seen.viewer.email).map_err(wrong_field("email"))?;
    own_password(services, visit, &email, "password", password).await?;
    let now = services.now();
    let input = (seen.session, visit.clone(), email);
    services
        .db
        .write(input, move |tx, (id, visit, email)| {
            Box::pin(async move {
                throttle::forgive_sign_in(tx, email.as_str(), visit).await?;
                Ok(sessions::prove(tx, *id, now).await?)
            })
        })
        .await
}

/// Checks the password of somebody who is signed in; a wrong one is an error beside its field.
async fn own_password(
    services: &Services,
    visit: &Visit,
    email: &Email,
    field: &'static str,
    password: String,
) -> Result<UserRow, Error> {
    check_password(services, visit, email, password).await.map_err(|error| match error {
        Error::Refused(shown) if shown.code == "wrong_credentials" => {
            Shown::field(field, "This is not your password.").into()
        }
        other => other,
    })
}

/// Changes the password and ends every other session of this person; this one gets a new token.
pub async fn change_password(
    services: &Services,
    visit: &Visit,
    seen: &Seen,
    old: String,
    new: String,
) -> Result<Token, Error> {
    let viewer = &seen.viewer;
    let new = Password::choose(new, &[&viewer.name, &viewer.email]).map_err(wrong_field("new_password"))?;
    let email = Email::parse(&viewer.email).map_err(wrong_field("email"))?;
    let user = own_password(services, visit, &email, "old_password", old).await?;
    let hash = services.passwords.hash(new).await?;
    let now = services.now();
    let input = (user, visit.clone(), hash, seen.session);
    services
        .db
        .write(input, move |tx, (user, visit, hash, session)| {
            Box::pin(async move {
                users::update_password(tx, user.user(), hash, now).await?;
                sessions::delete_others(tx, user.user(), *session).await?;
                sessions::prove(tx, *session, now).await?;
                throttle::forgive_sign_in(tx, &user.email, visit).await?;
                note(tx, visit, "password_changed", Some(user.user()), now).await
            })
        })
        .await?;
    renew(services, seen, seen.viewer.hat.as_ref().map(Membership::key).unwrap_or_default()).await
}

/// What this person can change about themselves.
pub async fn profile(services: &Services, viewer: &Viewer) -> Result<Profile, Error> {
    let mut reader = services.db.reader().await?;
    let row = users::find(&mut reader, viewer.user).await?.ok_or_else(|| Shown::not_found("account"))?;
    Ok(Profile { name: row.name, email: row.email, phone: row.phone, time_zone: row.time_zone })
}

/// Changes name, phone number (may be empty) and time zone.
pub async fn edit_profile(
    services: &Services,
    viewer: &Viewer,
    name: &str,
    phone: &str,
    time_zone: &str,
) -> Result<(), Error> {
    let mut wrong = Vec::new();
    let mut note_wrong = |field: &str, bad: &BadText| {
        wrong.push(FieldError { field: field.to_owned(), message: bad.to_string() });
    };
    let name = DisplayName::parse(name).inspect_err(|bad| note_wrong("name", bad));
    let phone = Some(phone).filter(|phone| !phone.trim().is_empty()).map(Phone::parse).transpose();
    let phone = phone.inspect_err(|bad| note_wrong("phone", bad));
    let time_zone = known_time_zone(time_zone).inspect_err(|bad| note_wrong("time_zone", bad));
    let (Ok(name), Ok(phone), Ok(time_zone)) = (name, phone, time_zone) else {
        return Err(Shown::fields(wrong).into());
    };
    let now = services.now();
    let input = (viewer.user, name, phone, time_zone);
    services
        .db
        .write(input, move |tx, (user, name, phone, zone)| {
            Box::pin(users::update_profile(tx, *user, name, phone.as_ref(), zone, now))
        })
        .await
        .map_err(Error::from)
}

/// An IANA name that the time zone database knows; nothing means UTC.
pub(super) fn known_time_zone(name: &str) -> Result<String, BadText> {
    let name = if name.trim().is_empty() { "UTC" } else { name.trim() };
    let zone = jiff::tz::TimeZone::get(name).ok();
    zone.as_ref()
        .and_then(jiff::tz::TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| BadText("Choose a time zone like Africa/Lagos or Europe/Paris.".to_owned()))
}
