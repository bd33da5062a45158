//! Making keys of programs and taking them away, by a person or with another key.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Holder, Made, hash, no_such, rights, whose};
use crate::{
    domain::{
        access::{Membership, Permission, Permissions, Viewer},
        api_key::Mode,
        error::{Error as Shown, FieldError, Kind},
        id::KeyId,
        text,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        service::{Services, Visit, audit, sessions::require_fresh},
        storage::{
            Tx,
            keys::{self as rows, NewKey},
            sessions::Seen,
        },
    },
};

/// How many valid keys a place has at most.
const MOST_KEYS: i64 = 50;
/// The longest that a key may be valid.
const LONGEST_DAYS: i64 = 3_653;
/// How many characters of a key are shown: its kind and six of its own.
const PREFIX: usize = 14;

/// What was typed about a key.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// What it is called.
    pub name: String,
    /// `live` or `test`.
    pub mode: String,
    /// The codes of what it may do.
    pub permissions: Vec<String>,
    /// After how many days it ends; nothing for never.
    pub days: String,
}

impl Typed {
    /// From the fields of a form: `name`, `mode`, `days`, and a box `may.read` for each permission; the password stands
    /// beside them.
    pub fn of(mut fields: BTreeMap<String, String>) -> (Self, String) {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let (name, mode, days, password) = (take("name"), take("mode"), take("days"), take("password"));
        let permissions = fields.into_keys().filter_map(|name| name.strip_prefix("may.").map(str::to_owned)).collect();
        (Self { name, mode, permissions, days }, password)
    }
}

/// A key that is wished for, once all of it is well formed.
#[derive(Clone, Debug)]
struct Checked {
    name: String,
    mode: Mode,
    scope: Permissions,
    valid_for: Option<Span>,
}

fn check(typed: &Typed) -> Result<Checked, Shown> {
    let mut wrong = Vec::new();
    let mut note = |field: &str, message: &str| {
        wrong.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    };
    let name = text::line(&typed.name, 1, 60).unwrap_or_else(|bad| {
        note("name", &bad.0);
        String::new()
    });
    let mode = Mode::from_code(&typed.mode);
    if mode.is_none() {
        note("mode", "Choose one of these.");
    }
    let known: Vec<Permission> = typed.permissions.iter().filter_map(|code| Permission::from_code(code)).collect();
    if known.len() < typed.permissions.len() {
        note("permissions", "There is no such permission.");
    } else if known.is_empty() {
        note("permissions", "Choose at least one.");
    }
    let days = typed.days.trim();
    let valid_for = match days.parse::<i64>() {
        _ if days.is_empty() => None,
        Ok(days @ 1..=LONGEST_DAYS) => Some(Span::days(days)),
        _ => {
            note("days", "A whole number of days from 1 to 3,653.");
            None
        }
    };
    match mode {
        Some(mode) if wrong.is_empty() => Ok(Checked { name, mode, scope: Permissions::of(&known), valid_for }),
        _ => Err(Shown::fields(wrong)),
    }
}

/// Makes a key for the place whose hat is worn. Needs a fresh password.
///
/// # Errors
/// Not found for whoever may not; each wrong field; forbidden when the password was typed too long ago.
pub async fn create(services: &Services, visit: &Visit, seen: &Seen, typed: &Typed) -> Result<Made, Error> {
    rights(&mut services.db.reader().await?, &seen.viewer).await?;
    let checked = check(typed)?;
    require_fresh(services, seen)?;
    make(services, visit.clone(), seen.viewer.clone(), checked, None).await
}

/// Makes a key with another one, which may give no more than it has.
///
/// # Errors
/// As [`create`].
pub async fn create_with(services: &Services, visit: &Visit, holder: &Holder, typed: &Typed) -> Result<Made, Error> {
    let checked = check(typed)?;
    make(services, visit.clone(), holder.viewer.clone(), checked, Some(holder.clone())).await
}

/// Makes a key for somebody, as whoever runs the server does: for the place of this name, for the first one where keys can
/// be made, or for what they bought.
///
/// # Errors
/// Not found when there is nobody of this address, or no such place of theirs; each wrong field.
pub async fn issue(services: &Services, email: &str, place: Option<&str>, typed: &Typed) -> Result<Made, Error> {
    let checked = check(typed)?;
    let viewer = maker(services, email, place).await?;
    make(services, Visit::default(), viewer, checked, None).await
}

/// All that a key of [`issue`] can be given.
///
/// # Errors
/// As [`issue`].
pub async fn most(services: &Services, email: &str, place: Option<&str>) -> Result<Vec<Permission>, Error> {
    Ok(maker(services, email, place).await?.permissions().list())
}

async fn maker(services: &Services, email: &str, place: Option<&str>) -> Result<Viewer, Error> {
    let mut conn = services.db.reader().await?;
    let viewer = rows::find_maker(&mut conn, email).await?.ok_or_else(|| Shown::not_found("person"))?;
    drop(conn);
    let named = |hat: &&Membership| match place {
        Some(name) => hat.name == name,
        None => hat.role.permissions().has(Permission::Administer),
    };
    let hat = viewer.memberships.iter().find(named).cloned();
    let hat = if place == Some("") { None } else { Some(hat.ok_or_else(|| Shown::not_found("place"))?) };
    Ok(Viewer { hat, ..viewer })
}

async fn make(
    services: &Services,
    visit: Visit,
    viewer: Viewer,
    checked: Checked,
    by: Option<Holder>,
) -> Result<Made, Error> {
    let now = services.now();
    let random: [u8; 32] = clock::random();
    let text = format!("hf_{}_{}", checked.mode.code(), URL_SAFE_NO_PAD.encode(random));
    let key = KeyId(clock::new_id(now));
    let input = (visit, viewer, checked, by, text.clone());
    services
        .db
        .write(input, move |tx, (visit, viewer, checked, by, text)| {
            Box::pin(make_in(tx, visit, viewer, (key, text), (checked, by.as_ref()), now))
        })
        .await?;
    Ok(Made { key, text })
}

async fn make_in(
    tx: &mut Tx,
    visit: &Visit,
    viewer: &Viewer,
    (key, text): (KeyId, &str),
    (checked, by): (&Checked, Option<&Holder>),
    now: Moment,
) -> Result<(), Error> {
    let mut most = rights(tx, viewer).await?;
    // A key makes none that outlives it.
    let mut maker_ends = None;
    if let Some(holder) = by {
        maker_ends = rows::lock_valid(tx, holder.key).await?.ok_or_else(no_such)?;
        let (scope, _) = rows::find_rights(tx, holder.key).await?.ok_or_else(no_such)?;
        most = most.within(scope);
        if holder.mode == Mode::Test && checked.mode == Mode::Live {
            return Err(Shown::field("mode", "A test key makes test keys alone.").into());
        }
    }
    if checked.scope.within(most) != checked.scope {
        return Err(Shown::field("permissions", "A key may do no more than whoever makes it.").into());
    }
    let whose = whose(viewer);
    if rows::count_valid(tx, &whose, now, MOST_KEYS).await? >= MOST_KEYS {
        let sentence = format!("A place has at most {MOST_KEYS} keys: take one away first.");
        return Err(Shown::new(Kind::Conflict, "too_many_keys", sentence).into());
    }
    let new = NewKey {
        id: key,
        marketplace: whose.marketplace,
        seller: whose.seller,
        name: checked.name.clone(),
        prefix: text.chars().take(PREFIX).collect(),
        hash: hash(text),
        permissions: checked.scope,
        mode: checked.mode,
        created_by: viewer.user,
        expires_at: [checked.valid_for.map(|span| now.plus(span)), maker_ends].into_iter().flatten().min(),
        made_with: by.map(|holder| holder.key),
    };
    rows::insert(tx, &new, now).await?;
    note(tx, visit, viewer, "api_key_made", key, now).await
}

async fn note(
    tx: &mut Tx,
    visit: &Visit,
    viewer: &Viewer,
    kind: &'static str,
    key: KeyId,
    now: Moment,
) -> Result<(), Error> {
    let who = (Some(viewer.user), viewer.hat.as_ref().map(|hat| hat.marketplace));
    audit(tx, visit, kind, who, serde_json::json!({ "key": key }), now).await
}

/// Takes a key away at once, and every key that was made with it. Needs a fresh password.
///
/// # Errors
/// Not found for whoever may not, and for keys of others.
pub async fn revoke(services: &Services, visit: &Visit, seen: &Seen, key: KeyId) -> Result<(), Error> {
    rights(&mut services.db.reader().await?, &seen.viewer).await?;
    require_fresh(services, seen)?;
    take_away(services, visit, &seen.viewer, key).await
}

/// Takes a key of the same place away, and every key that was made with it.
///
/// # Errors
/// Not found for keys of others.
pub async fn revoke_with(services: &Services, visit: &Visit, holder: &Holder, key: KeyId) -> Result<(), Error> {
    take_away(services, visit, &holder.viewer, key).await
}

async fn take_away(services: &Services, visit: &Visit, viewer: &Viewer, key: KeyId) -> Result<(), Error> {
    let now = services.now();
    let input = (visit.clone(), viewer.clone());
    services
        .db
        .write(input, move |tx, (visit, viewer)| {
            Box::pin(async move {
                rights(tx, viewer).await?;
                if !rows::revoke(tx, key, &whose(viewer), now).await? {
                    return Err(Shown::not_found("key").into());
                }
                note(tx, visit, viewer, "api_key_revoked", key, now).await?;
                // Else whoever holds a key could make another one, and keep that when the first is taken away.
                for made in rows::revoke_made(tx, key, now).await? {
                    note(tx, visit, viewer, "api_key_revoked", made, now).await?;
                }
                Ok(())
            })
        })
        .await
}
