//! Signing in with a password, changing it, and the profile of somebody who has an account.

use crate::{
    domain::{
        access::{Membership, Viewer},
        error::{Error as Shown, FieldError, Kind},
        id::UserId,
        people::Profile,
        text::{BadText, DisplayName, Email, Phone},
        time::Moment,
    },
    server::{
        error::Error,
        password::{Check, Password},
        service::{
            Services, Visit, audit,
            sessions::{Token, renew, require_fresh, start_session},
            throttle,
        },
        storage::{
            Tx, links,
            sessions::{self, Seen},
            users::{self, UserRow},
        },
    },
};

/// Makes an error of a text that was refused, beside its field.
pub(super) fn wrong_field(field: &'static str) -> impl Fn(BadText) -> Error {
    move |bad| Shown::field(field, bad.0).into()
}

/// The answer to every sign-in that fails, whatever the reason.
pub(super) fn wrong_credentials() -> Shown {
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
    services.db.write(input, move |tx, (id, old, new)| Box::pin(users::replace_hash(tx, *id, old, new, now))).await?;
    Ok(new)
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

/// Goes on when the password was typed a short while ago, or is typed now.
pub async fn prove_when_needed(services: &Services, visit: &Visit, seen: &Seen, password: String) -> Result<(), Error> {
    if require_fresh(services, seen).is_ok() {
        return Ok(());
    }
    if password.is_empty() {
        let message = "This cannot be undone: please enter your password, for you signed in some while ago.";
        return Err(Shown::field("password", message).into());
    }
    prove(services, visit, seen, password).await
}

/// The session with a fresh password: typed a short while ago, or now.
pub async fn proved(services: &Services, visit: &Visit, seen: Seen, password: String) -> Result<Seen, Error> {
    if require_fresh(services, &seen).is_ok() {
        return Ok(seen);
    }
    if password.is_empty() {
        let message = "Please enter your password: you signed in some while ago.";
        return Err(Shown::field("password", message).into());
    }
    prove(services, visit, &seen, password).await?;
    Ok(Seen { proved_at: services.now(), ..seen })
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
                // A link for a new password that somebody else may have read sets none any more.
                links::use_resets(tx, user.user(), now).await?;
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
