//! Webhooks of a marketplace or a seller: added, changed, paused, tested and removed by whoever administers the place;
//! for everybody else there is no such thing.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    domain::{
        access::{Permission, Role, Viewer},
        error::Error as Shown,
        id::{EndpointId, MarketplaceId, SellerId},
        time::{Moment, Span},
        webhook::{EndpointView, Form, Outcome, ShownSecret, State, Webhooks},
    },
    server::{
        clock,
        error::Error,
        seal,
        secret::{Purpose, Secret},
        service::{Services, Visit, audit, sessions::require_fresh},
        storage::{
            self, Conn, Tx,
            people::{self, Place, StaffRow},
            sessions::Seen,
            webhooks::{self as rows, EndpointRow, NewEndpoint, SecretRow, deliveries},
        },
        webhook::{KeyPair, Keys, SigningSecret},
    },
};

mod changing;
pub mod log;
pub mod sending;
pub mod testing;

use changing::check;
pub use changing::{Change, change, remove};

/// How many endpoints a place has at most.
const MOST_ENDPOINTS: i64 = 20;
/// How long the secret before a new one stays valid.
pub const OLD_SECRET_VALID: Span = Span::hours(24);
/// How long after it was made a secret can be shown, once, to the browser that made it.
const SHOWN_FOR: Span = Span(10 * 60);
/// How many people of a place are looked through for its administrators.
const MOST_PEOPLE: i64 = 200;

/// What was typed about an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The types that were ticked; none means all.
    pub events: Vec<String>,
}

impl Typed {
    /// From the fields of a form: `description`, and a box `event.placed` for each type; the password stands beside them.
    pub fn of(url: String, mut fields: BTreeMap<String, String>) -> (Self, String) {
        let description = fields.remove("description").unwrap_or_default();
        let password = fields.remove("password").unwrap_or_default();
        let events = fields.into_keys().filter_map(|name| name.strip_prefix("event.").map(str::to_owned)).collect();
        (Self { url, description, events }, password)
    }
}

/// A secret that was just made, by what proves to the same browser that it may be shown.
#[derive(Clone, Debug)]
pub struct Made {
    /// Whose it is.
    pub endpoint: EndpointId,
    /// Shows it, for a while.
    pub token: String,
}

fn no_such() -> Error {
    Shown::not_found("webhook").into()
}

/// The place whose webhooks this viewer may see and change, by the rights that they have at this instant.
async fn place(conn: &mut dyn Conn, viewer: &Viewer) -> Result<Place, Error> {
    let hat = viewer.hat.as_ref().filter(|hat| hat.provider.is_none()).ok_or_else(no_such)?;
    let place = Place::from(hat);
    let role = people::find_role(conn, viewer.user, &place).await?;
    let administers = |role: &Role| role.permissions().has(Permission::Administer);
    role.filter(administers).map(|role| Place { role, ..place }).ok_or_else(no_such)
}

async fn endpoint_of(conn: &mut dyn Conn, viewer: &Viewer, id: EndpointId) -> Result<EndpointRow, Error> {
    let place = place(conn, viewer).await?;
    rows::find(conn, id, &place).await?.ok_or_else(no_such)
}

fn place_of(endpoint: &EndpointRow) -> Place {
    let seller = endpoint.seller_id.map(SellerId);
    let role = if seller.is_some() { Role::Owner } else { Role::Admin };
    Place { marketplace: MarketplaceId(endpoint.marketplace_id), seller, provider: None, role }
}

/// The people who run the webhooks of a place.
async fn administrators(conn: &mut dyn Conn, place: &Place) -> Result<Vec<StaffRow>, Error> {
    let mut staff = people::list_staff(conn, place, MOST_PEOPLE).await?;
    staff.retain(|row| Role::from_code(&row.role).is_some_and(|role| role.permissions().has(Permission::Administer)));
    Ok(staff)
}

/// Where a secret is sealed.
fn seal_place(id: Uuid) -> String {
    format!("webhook_secrets sealed {id}")
}

fn open_secret(secret: &Secret, row: &SecretRow) -> Result<Vec<u8>, Error> {
    let broken = |error| storage::Error::broken("webhook_secrets", row.id, error);
    Ok(seal::open(secret, &seal_place(row.id), &row.sealed).map_err(broken)?)
}

/// The keys of an endpoint that are valid at this instant.
async fn keys_of(conn: &mut dyn Conn, secret: &Secret, endpoint: &EndpointRow, now: Moment) -> Result<Keys, Error> {
    let broken = || storage::Error::broken("webhook_secrets", endpoint.id, "no secret of its form");
    let valid = rows::list_secrets(conn, endpoint.endpoint(), now).await?;
    let opened = valid.iter().map(|row| open_secret(secret, row)).collect::<Result<Vec<_>, _>>()?;
    let present = opened.first().ok_or_else(broken)?;
    Ok(match endpoint.form()? {
        Form::Standard => {
            let secrets = opened.iter().map(|bytes| SigningSecret::from_bytes(bytes)).collect::<Option<Vec<_>>>();
            Keys::Standard(secrets.ok_or_else(broken)?)
        }
        Form::Atarapay => Keys::Atarapay(read_pair(present).ok_or_else(broken)?),
    })
}

fn read_pair(bytes: &[u8]) -> Option<KeyPair> {
    KeyPair::read(str::from_utf8(bytes).ok()?)
}

/// The endpoints of the place whose hat is worn. `shown` is the token of a secret that this browser has just made.
pub async fn list(services: &Services, seen: &Seen, shown: Option<&str>) -> Result<Webhooks, Error> {
    let now = services.now();
    let viewer = &seen.viewer;
    let mut reader = services.db.reader().await?;
    let place = place(&mut reader, viewer).await?;
    let mut endpoints = Vec::new();
    for row in rows::list(&mut reader, &place, MOST_ENDPOINTS).await? {
        endpoints.push(view(&mut reader, row, now).await?);
    }
    let secret = match shown {
        Some(token) => shown_secret(&mut reader, services, &place, token).await?,
        None => None,
    };
    Ok(Webhooks {
        place: viewer.hat.as_ref().map(|hat| hat.name.clone()).unwrap_or_default(),
        endpoints,
        secret,
        needs_password: needs_password(services, seen),
        now,
        time_zone: viewer.time_zone.clone(),
    })
}

fn needs_password(services: &Services, seen: &Seen) -> bool {
    require_fresh(services, seen).is_err()
}

async fn view(conn: &mut dyn Conn, row: EndpointRow, now: Moment) -> Result<EndpointView, Error> {
    let id = row.endpoint();
    let counted = deliveries::count(conn, id).await?;
    let secrets = rows::list_secrets(conn, id, now).await?;
    let broken = || storage::Error::broken("webhook_endpoints", row.id, "unknown state");
    Ok(EndpointView {
        id,
        events: row.wanted().map(str::to_owned).collect(),
        form: row.form()?,
        state: State::from_code(&row.state).ok_or_else(broken)?,
        failing_since: row.failing_since.map(Moment),
        old_secret_until: secrets.iter().filter_map(|secret| secret.expires_at).max().map(Moment),
        test: row.tested_at.map(|at| Outcome {
            at: Moment(at),
            took_ms: row.test_took_ms,
            status: row.test_status,
            error: row.test_error.clone(),
        }),
        waiting: counted.waiting,
        dead: counted.dead,
        url: row.url,
        description: row.description,
        reason: row.reason,
    })
}

/// The secret that a token shows, when it was made a short while ago for an endpoint of this place.
async fn shown_secret(
    conn: &mut dyn Conn,
    services: &Services,
    place: &Place,
    token: &str,
) -> Result<Option<ShownSecret>, Error> {
    let Some(id) = services.secret.open_link(Purpose::WebhookSecret, token) else { return Ok(None) };
    let Some(row) = rows::find_new_secret(conn, id, services.now().minus(SHOWN_FOR)).await? else { return Ok(None) };
    let Some(endpoint) = rows::find(conn, EndpointId(row.endpoint_id), place).await? else { return Ok(None) };
    let broken = || storage::Error::broken("webhook_secrets", row.id, "no secret of its form");
    let opened = open_secret(&services.secret, &row)?;
    let part = |name: &str, value: String| (name.to_owned(), value);
    let parts = match endpoint.form()? {
        Form::Standard => {
            let secret = SigningSecret::from_bytes(&opened).ok_or_else(broken)?;
            vec![part("Signing secret", secret.text())]
        }
        Form::Atarapay => {
            let pair = read_pair(&opened).ok_or_else(broken)?;
            vec![part("Public key", pair.public), part("Private key", pair.private)]
        }
    };
    Ok(Some(ShownSecret { endpoint: endpoint.endpoint(), parts }))
}

/// Adds an endpoint, with a secret of its own. Needs a fresh password.
pub async fn create(services: &Services, visit: &Visit, seen: &Seen, typed: &Typed, form: &str) -> Result<Made, Error> {
    // Whoever may not is told of no field; it is asked again where it is written.
    place(&mut services.db.reader().await?, &seen.viewer).await?;
    let checked = check(services.webhooks.reach(), typed)?;
    let form = Form::from_code(form).ok_or_else(|| Shown::field("form", "Choose how it is told."))?;
    require_fresh(services, seen)?;
    let now = services.now();
    let (endpoint, secret) = (EndpointId(clock::new_id(now)), clock::new_id(now));
    let sealed = new_secret(&services.secret, form, secret);
    let input = (seen.viewer.clone(), visit.clone(), checked, sealed);
    services
        .db
        .write(input, move |tx, (viewer, visit, checked, sealed)| {
            Box::pin(async move {
                let place = place(tx, viewer).await?;
                let there = i64::try_from(rows::list(tx, &place, MOST_ENDPOINTS).await?.len()).unwrap_or(i64::MAX);
                if there >= MOST_ENDPOINTS {
                    let sentence = format!("A place has at most {MOST_ENDPOINTS} webhooks: remove one first.");
                    return Err(Error::from(Shown::field("url", sentence)));
                }
                let new = NewEndpoint {
                    id: endpoint,
                    place,
                    url: checked.url.clone(),
                    description: checked.description.clone(),
                    events: checked.events.clone(),
                    form,
                    created_by: viewer.user,
                };
                rows::insert(tx, &new, now).await?;
                rows::insert_secret(tx, secret, endpoint, sealed, now).await?;
                note(tx, visit, viewer, "webhook_added", endpoint, now).await
            })
        })
        .await?;
    Ok(Made { endpoint, token: services.secret.sign_link(Purpose::WebhookSecret, secret) })
}

/// A new secret for this row, sealed.
fn new_secret(secret: &Secret, form: Form, id: Uuid) -> Vec<u8> {
    let plain = match form {
        Form::Standard => SigningSecret::new().bytes().to_vec(),
        Form::Atarapay => KeyPair::new().write().into_bytes(),
    };
    seal::seal(secret, &seal_place(id), &plain)
}

async fn note(
    tx: &mut Tx,
    visit: &Visit,
    viewer: &Viewer,
    kind: &'static str,
    endpoint: EndpointId,
    now: Moment,
) -> Result<(), Error> {
    let who = (Some(viewer.user), viewer.hat.as_ref().map(|hat| hat.marketplace));
    audit(tx, visit, kind, who, serde_json::json!({ "endpoint": endpoint }), now).await
}

/// Gives an endpoint a new secret; the one before stays valid for a day. Needs a fresh password.
pub async fn rotate(services: &Services, visit: &Visit, seen: &Seen, id: EndpointId) -> Result<Made, Error> {
    require_fresh(services, seen)?;
    let now = services.now();
    let secret = clock::new_id(now);
    let input = (seen.viewer.clone(), visit.clone(), services.secret.clone());
    services
        .db
        .write(input, move |tx, (viewer, visit, key)| {
            Box::pin(async move {
                let endpoint = endpoint_of(tx, viewer, id).await?;
                let sealed = new_secret(key, endpoint.form()?, secret);
                rows::expire_secrets(tx, id, now.plus(OLD_SECRET_VALID)).await?;
                rows::insert_secret(tx, secret, id, &sealed, now).await?;
                note(tx, visit, viewer, "webhook_secret_rotated", id, now).await
            })
        })
        .await?;
    Ok(Made { endpoint: id, token: services.secret.sign_link(Purpose::WebhookSecret, secret) })
}
