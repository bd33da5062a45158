//! Keys of programs: made and taken away by whoever administers a place, or by a buyer for what they bought; and who acts
//! when a program shows one. A key may never more than its maker may at that moment.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Permission, Permissions, Viewer},
        api_key::{ApiKeys, KeyView, Mode, ShownKey, TEST_CHANNEL},
        error::Error as Shown,
        id::KeyId,
        order::Order,
        party::{Actor, Source},
        time::{Moment, Span},
    },
    server::{
        error::{Error, with_causes},
        seal,
        service::{Services, calls, orders, sessions::require_fresh},
        storage::{
            self, Conn,
            idempotency::CommandKey,
            keys::{self as rows, Found, KeyRow, Whose},
            people::{self, Place},
        },
    },
};

pub use crate::server::storage::sessions::Seen;

mod making;

pub use making::{Typed, create, create_with, issue, most, revoke, revoke_with};

/// How many keys a page shows.
const PAGE: i64 = 100;
/// How exactly it is known when a key was last used.
const TOUCH_EVERY: Span = Span(60);
/// Under which name every command of a program is kept, so that one key is never two things.
pub const OPERATION: &str = "api";
/// Where the key that was just made is sealed, on its way to the page that shows it.
const SEALED: &str = "api_keys shown";

/// A program that showed a valid key: who made that, and what it may do at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which key.
    pub key: KeyId,
    /// What it is called.
    pub name: String,
    /// Its maker, with the hat of the place that it is for.
    pub viewer: Viewer,
    /// What it may do: what it was given, as far as its maker may.
    pub permissions: Permissions,
    /// Which orders it is for.
    pub mode: Mode,
}

impl Holder {
    /// Whose idempotency keys these are.
    pub fn identity(&self) -> String {
        self.key.to_string()
    }

    /// Under which name what it does under a key of its own is kept.
    pub(super) fn command(&self, key: &str) -> CommandKey {
        CommandKey { caller: self.identity(), operation: OPERATION.to_owned(), key: key.to_owned() }
    }

    /// The session that this stands in for, with a fresh password: that was typed when the key was made.
    pub fn seen(&self, now: Moment) -> Seen {
        Seen {
            session: Uuid::nil(),
            last_seen_at: now,
            proved_at: now,
            expires_at: Moment::NEVER,
            viewer: self.viewer.clone(),
            unread: 0,
        }
    }

    pub(super) fn whose(&self) -> Whose {
        whose(&self.viewer)
    }
}

/// A key that was just made.
#[derive(Clone)]
pub struct Made {
    /// Which.
    pub key: KeyId,
    /// The key itself, told this once.
    pub text: String,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({}, …)", self.key)
    }
}

pub(super) fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether this could be a key at all.
fn is_well_formed(text: &str) -> bool {
    let rest = text.strip_prefix("hf_live_").or_else(|| text.strip_prefix("hf_test_"));
    rest.is_some_and(|rest| {
        rest.len() == 43 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

/// Who acts with this key, when it is valid and its maker still has a role where it is for.
///
/// # Errors
/// When the database does not answer.
pub async fn recognise(services: &Services, text: &str) -> Result<Option<Holder>, Error> {
    if is_well_formed(text) { recognise_hash(services, &hash(text)).await } else { Ok(None) }
}

/// Who acts with the key that has this hash: for what was made of a key and holds its hash, sealed.
pub(super) async fn recognise_hash(services: &Services, hash: &[u8; 32]) -> Result<Option<Holder>, Error> {
    let now = services.now();
    let mut reader = services.db.reader().await?;
    let found = rows::find_by_hash(&mut reader, hash, now).await?;
    drop(reader);
    let Some(found) = found else { return Ok(None) };
    if found.last_used_at.is_none_or(|used| used.plus(TOUCH_EVERY) <= now) {
        let touched = services.db.write(found.key, move |tx, key| Box::pin(rows::touch(tx, *key, now))).await;
        if let Err(error) = touched {
            tracing::warn!(error = with_causes(&error), "it could not be written down that a key is in use");
        }
    }
    Ok(holder(found))
}

/// Who acts with the key of this id, when it is valid.
///
/// # Errors
/// When the database does not answer.
pub async fn find(services: &Services, key: KeyId) -> Result<Option<Holder>, Error> {
    let mut reader = services.db.reader().await?;
    Ok(rows::find_by_id(&mut reader, key, services.now()).await?.and_then(holder))
}

fn holder(found: Found) -> Option<Holder> {
    if found.marketplace.is_some() && found.viewer.hat.is_none() {
        return None;
    }
    let permissions = found.scope.within(found.viewer.permissions());
    Some(Holder { key: found.key, name: found.name, viewer: found.viewer, permissions, mode: found.mode })
}

/// Who a program is in this order, by the rights that its key and its maker have at this instant.
pub(super) async fn actor(conn: &mut dyn Conn, holder: &Holder, order: &Order) -> Result<Option<Actor>, Error> {
    let Some((scope, role)) = rows::find_rights(conn, holder.key).await? else { return Ok(None) };
    let permissions = match (&holder.viewer.hat, role) {
        (None, _) => holder.viewer.permissions(),
        (Some(hat), Some(role)) if role.party() == hat.role.party() => role.permissions(),
        _ => return Ok(None),
    };
    Ok(actor_with(holder, order, scope.within(permissions)))
}

/// Who a program is in this order, by the rights that its key had when it was shown: for reading.
pub(super) fn reader(holder: &Holder, order: &Order) -> Option<Actor> {
    actor_with(holder, order, holder.permissions)
}

fn actor_with(holder: &Holder, order: &Order, permissions: Permissions) -> Option<Actor> {
    if holder.mode == Mode::Test && order.channel != TEST_CHANNEL {
        return None;
    }
    let actor = orders::actor_of(&holder.viewer, Source::ApiKey, permissions, order)?;
    Some(Actor { name: holder.name.clone(), ..actor })
}

/// Who a program is when it places an order.
pub(super) async fn placer(conn: &mut dyn Conn, holder: &Holder) -> Result<Option<(Actor, Place)>, Error> {
    let Some(hat) = &holder.viewer.hat else { return Ok(None) };
    let Some((scope, Some(role))) = rows::find_rights(conn, holder.key).await? else { return Ok(None) };
    let actor = Actor {
        party: role.party(),
        user: Some(holder.viewer.user),
        name: holder.name.clone(),
        source: Source::ApiKey,
        permissions: scope.within(role.permissions()),
        interested: false,
    };
    Ok(Some((actor, Place { role, ..Place::from(hat) })))
}

fn no_such() -> Error {
    Shown::not_found("page").into()
}

fn whose(viewer: &Viewer) -> Whose {
    let hat = viewer.hat.as_ref();
    Whose { marketplace: hat.map(|hat| hat.marketplace), seller: hat.and_then(|hat| hat.seller), maker: viewer.user }
}

/// Whether there are keys for this viewer at all.
///
/// # Errors
/// Not found when there are none.
pub async fn may_run(services: &Services, viewer: &Viewer) -> Result<(), Error> {
    rights(&mut services.db.reader().await?, viewer).await?;
    Ok(())
}

/// What the present role of somebody who runs keys may do; keys are for marketplaces, sellers, and what a person bought.
async fn rights(conn: &mut dyn Conn, viewer: &Viewer) -> Result<Permissions, Error> {
    let Some(hat) = &viewer.hat else { return Ok(viewer.permissions()) };
    let role = people::find_role(conn, viewer.user, &Place::from(hat)).await?.ok_or_else(no_such)?;
    let permissions = role.permissions();
    if hat.provider.is_some() || !permissions.has(Permission::Administer) {
        return Err(no_such());
    }
    Ok(permissions)
}

/// The keys of the place whose hat is worn, the newest first, and the latest calls. `shown` is what [`wrap`] made.
///
/// # Errors
/// Not found for whoever may not.
pub async fn list(services: &Services, seen: &Seen, shown: Option<&str>) -> Result<ApiKeys, Error> {
    let viewer = &seen.viewer;
    let mut reader = services.db.reader().await?;
    let permissions = rights(&mut reader, viewer).await?;
    let rows = rows::list(&mut reader, &whose(viewer), Uuid::max(), PAGE).await?;
    let calls = calls::latest(&mut reader, &whose(viewer)).await?;
    Ok(ApiKeys {
        place: viewer.hat.as_ref().map(|hat| hat.name.clone()).unwrap_or_default(),
        keys: rows.into_iter().map(view).collect::<Result<_, _>>()?,
        permissions: permissions.list(),
        shown: shown.and_then(|token| unwrap(services, token)),
        calls,
        needs_password: require_fresh(services, seen).is_err(),
        now: services.now(),
        time_zone: viewer.time_zone.clone(),
    })
}

/// The keys of a program's own place before this one, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_with(
    services: &Services,
    holder: &Holder,
    before: Option<KeyId>,
    limit: i64,
) -> Result<Vec<KeyView>, Error> {
    let mut reader = services.db.reader().await?;
    let before = before.map_or(Uuid::max(), |key| key.0);
    let rows = rows::list(&mut reader, &holder.whose(), before, limit).await?;
    rows.into_iter().map(view).collect()
}

fn view(row: KeyRow) -> Result<KeyView, Error> {
    let mode = Mode::from_code(&row.mode).ok_or_else(|| storage::Error::broken("api_keys", row.id, "unknown mode"))?;
    Ok(KeyView {
        id: KeyId(row.id),
        mode,
        permissions: row.scope().list(),
        name: row.name,
        prefix: row.prefix,
        created_at: Moment(row.created_at),
        expires_at: row.expires_at.map(Moment),
        revoked_at: row.revoked_at.map(Moment),
        last_used_at: row.last_used_at.map(Moment),
        made_with: row.made_with,
    })
}

/// What a browser carries from making a key to the page that shows it: the key, sealed, for no row holds it.
pub fn wrap(services: &Services, made: &Made) -> String {
    URL_SAFE_NO_PAD.encode(seal::seal(&services.secret, SEALED, made.text.as_bytes()))
}

fn unwrap(services: &Services, token: &str) -> Option<ShownKey> {
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = seal::open(&services.secret, SEALED, &sealed).ok()?;
    String::from_utf8(plain).ok().filter(|text| is_well_formed(text)).map(ShownKey)
}
