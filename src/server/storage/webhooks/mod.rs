//! Webhooks: the endpoints and their sealed secrets; what is owed to them, sent and logged lives in the files below.

use uuid::Uuid;

use crate::{
    domain::{
        id::{EndpointId, UserId},
        time::Moment,
        webhook::{Form, Outcome},
    },
    server::storage::{Conn, Error, Tx, change, people::Place, read},
};

pub mod deliveries;
pub mod sending;

/// An endpoint as stored.
#[derive(Clone, Debug, PartialEq, Eq, holdfast_macros::Row)]
pub struct EndpointRow {
    /// Which.
    pub id: Uuid,
    /// Of which marketplace.
    pub marketplace_id: Uuid,
    /// Of one of its sellers alone.
    pub seller_id: Option<Uuid>,
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The wanted types between spaces, or nothing for all.
    pub events: String,
    /// The form's code.
    pub form: String,
    /// `on`, `off`, `disabled` or `removed`.
    pub state: String,
    /// Why it was disabled.
    pub reason: String,
    /// Since when deliveries are owed under the present state and filter.
    pub owed_since: i64,
    /// Since when nothing got through.
    pub failing_since: Option<i64>,
    /// When it failed last.
    pub last_failed_at: i64,
    /// When it was tested last.
    pub tested_at: Option<i64>,
    /// What came back then.
    pub test_status: i64,
    /// How long that took.
    pub test_took_ms: i64,
    /// Why it was no success.
    pub test_error: String,
    /// When it was added.
    pub created_at: i64,
}

impl EndpointRow {
    /// Its identity.
    pub const fn endpoint(&self) -> EndpointId {
        EndpointId(self.id)
    }

    /// How it is told.
    pub fn form(&self) -> Result<Form, Error> {
        Form::from_code(&self.form).ok_or_else(|| Error::broken("webhook_endpoints", self.id, "unknown form"))
    }

    /// The wanted types; none means all.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.events.split_whitespace()
    }
}

/// An endpoint to be added.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Which.
    pub id: EndpointId,
    /// Whose.
    pub place: Place,
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The wanted types.
    pub events: Vec<String>,
    /// How it is told.
    pub form: Form,
    /// Who adds it.
    pub created_by: UserId,
}

/// The filter as it is stored: a space before and after each type, so that a search finds whole names.
fn filter(events: &[String]) -> String {
    if events.is_empty() { String::new() } else { format!(" {} ", events.join(" ")) }
}

const INSERT: &str = "insert into webhook_endpoints
    (id, marketplace_id, seller_id, url, description, events, form, state, owed_since, created_by, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, 'on', $9, $8, $9, $9)";

/// Adds an endpoint, which is told of everything from now on.
pub async fn insert(tx: &mut Tx, endpoint: &NewEndpoint, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(endpoint.id.0)
        .bind(endpoint.place.marketplace.0)
        .bind(endpoint.place.seller.map(|seller| seller.0))
        .bind(&endpoint.url)
        .bind(&endpoint.description)
        .bind(filter(&endpoint.events))
        .bind(endpoint.form.code())
        .bind(endpoint.created_by.0)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const LIST: &str = "select id, marketplace_id, seller_id, url, description, events, form, state, reason, owed_since,
    failing_since, last_failed_at, tested_at, test_status, test_took_ms, test_error, created_at
from webhook_endpoints where marketplace_id = $1 and seller_id is not distinct from $2 and state <> 'removed'
order by id limit $3";

/// The endpoints of a place, the oldest first.
pub async fn list(conn: &mut dyn Conn, place: &Place, limit: i64) -> Result<Vec<EndpointRow>, Error> {
    read!(conn, EndpointRow, |c| sqlx::query(LIST)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .bind(limit)
        .fetch_all(c)
        .await)
}

const SELECT_OF_PLACE: &str =
    "select id, marketplace_id, seller_id, url, description, events, form, state, reason, owed_since,
    failing_since, last_failed_at, tested_at, test_status, test_took_ms, test_error, created_at
from webhook_endpoints
where id = $1 and marketplace_id = $2 and seller_id is not distinct from $3 and state <> 'removed'";

/// An endpoint of this place; one of another place does not exist.
pub async fn find(conn: &mut dyn Conn, id: EndpointId, place: &Place) -> Result<Option<EndpointRow>, Error> {
    read!(conn, EndpointRow, |c| sqlx::query(SELECT_OF_PLACE)
        .bind(id.0)
        .bind(place.marketplace.0)
        .bind(place.seller.map(|seller| seller.0))
        .fetch_optional(c)
        .await)
}

const UPDATE: &str = "update webhook_endpoints set url = coalesce($2, url), description = coalesce($3, description),
    updated_at = $5, owed_since = case when events = coalesce($4, events) then owed_since else $5 end,
    events = coalesce($4, events)
where id = $1 and state <> 'removed'";

/// Changes where an endpoint is, what it is for and what it is told of, as far as something is said of each.
pub async fn update(
    tx: &mut Tx,
    id: EndpointId,
    url: Option<&str>,
    description: Option<&str>,
    events: Option<&[String]>,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE)
        .bind(id.0)
        .bind(url)
        .bind(description)
        .bind(events.map(filter))
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const UPDATE_STATE: &str = "update webhook_endpoints set state = $2, reason = $3, failing_since = null,
    owed_since = $4, updated_at = $4 where id = $1 and state <> 'removed' and state <> $2";

/// Turns an endpoint on or off, disables or removes it; `false` when it was so already.
pub async fn update_state(tx: &mut Tx, id: EndpointId, state: &str, reason: &str, now: Moment) -> Result<bool, Error> {
    let changed =
        change!(tx, |c| sqlx::query(UPDATE_STATE).bind(id.0).bind(state).bind(reason).bind(now.0).execute(c).await)?;
    Ok(changed == 1)
}

const UPDATE_TEST: &str =
    "update webhook_endpoints set tested_at = $2, test_status = $3, test_took_ms = $4, test_error = $5
where id = $1";

/// Writes down what came of a test.
pub async fn update_test(tx: &mut Tx, id: EndpointId, outcome: &Outcome) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_TEST)
        .bind(id.0)
        .bind(outcome.at.0)
        .bind(outcome.status)
        .bind(outcome.took_ms)
        .bind(&outcome.error)
        .execute(c)
        .await)?;
    Ok(())
}

/// A secret as stored.
#[derive(Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct SecretRow {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub endpoint_id: Uuid,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
    /// Until when it is valid after another one took its place.
    pub expires_at: Option<i64>,
}

impl std::fmt::Debug for SecretRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretRow({}, …)", self.id)
    }
}

const INSERT_SECRET: &str = "insert into webhook_secrets (id, endpoint_id, sealed, created_at) values ($1, $2, $3, $4)";

/// Adds a secret, which is the present one from now on.
pub async fn insert_secret(
    tx: &mut Tx,
    id: Uuid,
    endpoint: EndpointId,
    sealed: &[u8],
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT_SECRET).bind(id).bind(endpoint.0).bind(sealed).bind(now.0).execute(c).await)?;
    Ok(())
}

const DELETE_OLD_SECRETS: &str = "delete from webhook_secrets where endpoint_id = $1 and expires_at is not null";
const EXPIRE_SECRET: &str = "update webhook_secrets set expires_at = $2 where endpoint_id = $1 and expires_at is null";

/// Makes room for a new secret: the present one is valid until then, those before it not any more.
pub async fn expire_secrets(tx: &mut Tx, endpoint: EndpointId, until: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(DELETE_OLD_SECRETS).bind(endpoint.0).execute(c).await)?;
    change!(tx, |c| sqlx::query(EXPIRE_SECRET).bind(endpoint.0).bind(until.0).execute(c).await)?;
    Ok(())
}

const DELETE_SECRETS: &str = "delete from webhook_secrets where endpoint_id = $1";

/// Forgets all secrets of an endpoint.
pub async fn delete_secrets(tx: &mut Tx, endpoint: EndpointId) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(DELETE_SECRETS).bind(endpoint.0).execute(c).await)?;
    Ok(())
}

/// More than an endpoint ever has at once.
const MOST_SECRETS: i64 = 10;

const LIST_SECRETS: &str = "select id, endpoint_id, sealed, created_at, expires_at from webhook_secrets
where endpoint_id = $1 and (expires_at is null or expires_at > $2)
order by case when expires_at is null then 0 else 1 end, created_at desc, id desc limit $3";

/// The secrets that are valid now, the present one first.
pub async fn list_secrets(conn: &mut dyn Conn, endpoint: EndpointId, now: Moment) -> Result<Vec<SecretRow>, Error> {
    read!(conn, SecretRow, |c| sqlx::query(LIST_SECRETS)
        .bind(endpoint.0)
        .bind(now.0)
        .bind(MOST_SECRETS)
        .fetch_all(c)
        .await)
}

const SELECT_SECRET: &str =
    "select id, endpoint_id, sealed, created_at, expires_at from webhook_secrets where id = $1 and created_at > $2";

/// A secret that was made after this.
pub async fn find_new_secret(conn: &mut dyn Conn, id: Uuid, after: Moment) -> Result<Option<SecretRow>, Error> {
    read!(conn, SecretRow, |c| sqlx::query(SELECT_SECRET).bind(id).bind(after.0).fetch_optional(c).await)
}
