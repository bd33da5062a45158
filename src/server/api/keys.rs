//! Keys over the API, made with a key that administers and never more than it; and the calls that were made with them.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply, after, bad_parameter, rows},
    dto::{At, PageOf, permission_lists},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::Permission,
        api_key::{CallView, KeyView, Mode},
        id::KeyId,
        page::Cursor,
    },
    server::service::{calls, keys},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let new = json!({ "name": "Warehouse", "mode": "live", "permissions": ["read", "ship"], "valid_days": 365 });
    vec![
        Route::get("/keys", "listKeys", "List keys", |call| Box::pin(list(call)))
            .query::<KeysQuery>()
            .answers::<PageOf<KeyOut>>(200, "Keys of the same place, the newest first."),
        Route::post("/keys", "createKey", "Make a key", |call| Box::pin(create(call)))
            .about("It is told here, once, and may no more than the key that makes it.")
            .body::<NewKeyBody>(new)
            .answers::<MadeKey>(201, "The key."),
        Route::delete("/keys/{id}", "revokeKey", "Take a key away", |call| Box::pin(revoke(call)))
            .about("Every key that was made with it is taken away as well."),
        Route::get("/calls", "listCalls", "What was done with keys", |call| Box::pin(list_calls(call)))
            .about("Every call of the last 90 days with a key of the same place: commands before they are answered, reads a moment later.")
            .query::<CallsQuery>()
            .answers::<PageOf<CallOut>>(200, "Calls, the newest first."),
    ]
    .into_iter()
    .map(|route| route.tag("keys").needs(Permission::Administer).live_only())
    .collect()
}

/// A new key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// What it is called; orders say so of what it does.
    #[schemars(length(min = 1, max = 60))]
    name: String,
    /// Which orders it is for.
    mode: ModeBody,
    /// What it may do.
    #[schemars(schema_with = "permission_lists")]
    permissions: Vec<String>,
    /// After how many days it ends by itself.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3653))]
    valid_days: Option<u16>,
}

/// Which orders a key is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeBody {
    /// Real ones.
    Live,
    /// Those that test keys placed.
    Test,
}

/// A key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KeyOut {
    /// Which.
    id: String,
    /// What it is called.
    name: String,
    /// How it begins.
    prefix: String,
    /// Which orders it is for.
    mode: ModeBody,
    /// What it was given.
    permissions: Vec<&'static str>,
    /// When it was made.
    created_at: At,
    /// When it ends by itself.
    expires_at: Option<At>,
    /// When it was taken away.
    revoked_at: Option<At>,
    /// When it was last used, to the minute.
    last_used_at: Option<At>,
    /// The name of the key that made it: it goes when that is taken away. Null when a person did.
    made_with: Option<String>,
}

impl From<KeyView> for KeyOut {
    fn from(view: KeyView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            prefix: view.prefix,
            mode: match view.mode {
                Mode::Live => ModeBody::Live,
                Mode::Test => ModeBody::Test,
            },
            permissions: view.permissions.into_iter().map(Permission::code).collect(),
            created_at: At(view.created_at),
            expires_at: view.expires_at.map(At),
            revoked_at: view.revoked_at.map(At),
            last_used_at: view.last_used_at.map(At),
            made_with: view.made_with,
        }
    }
}

/// A key that was just made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MadeKey {
    /// Which.
    id: String,
    /// The key itself, told this once.
    key: String,
}

/// A call that was made with a key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CallOut {
    /// When.
    at: At,
    /// With which key, by its name.
    key: String,
    /// The method.
    method: String,
    /// The address, with its variable parts unnamed.
    route: String,
    /// The order or thing that it named.
    what: String,
    /// What it was answered.
    status: i64,
    /// Why it was refused, as a stable code.
    code: String,
    /// Where it came from.
    address: String,
    /// The id under which our logs know it.
    request_id: String,
}

impl From<CallView> for CallOut {
    fn from(view: CallView) -> Self {
        Self {
            at: At(view.at),
            key: view.key,
            method: view.method,
            route: view.route,
            what: view.what,
            status: view.status,
            code: view.code,
            address: view.address,
            request_id: view.request_id,
        }
    }
}

/// Where in the list of keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeysQuery {
    /// The `next` of the page before.
    #[schemars(length(min = 36, max = 36))]
    after: Option<String>,
    /// How many rows, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// Where in the list of calls.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallsQuery {
    /// The `next` of the page before.
    #[schemars(length(min = 48, max = 48))]
    after: Option<String>,
    /// How many rows, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let query: KeysQuery = call.query()?;
    let limit = rows(query.limit)?;
    let before = query.after.as_deref().map(str::parse::<KeyId>).transpose();
    let before = before.map_err(|_| bad_parameter("after", "Use the `next` of a page as it is."))?;
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = keys::list_with(call.services(), &call.holder, before, wanted).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Reply::ok(&PageOf { data: found.into_iter().map(KeyOut::from).collect(), next }))
}

async fn create(call: Call) -> Result<Reply, Problem> {
    let body: NewKeyBody = call.json()?;
    let mode = match body.mode {
        ModeBody::Live => Mode::Live,
        ModeBody::Test => Mode::Test,
    };
    let typed = keys::Typed {
        name: body.name,
        mode: mode.code().to_owned(),
        permissions: body.permissions,
        days: body.valid_days.map(|days| days.to_string()).unwrap_or_default(),
    };
    let fresh = keys::create_with(call.services(), &call.visit, &call.holder, &typed).await?;
    let key = MadeKey { id: fresh.key.to_string(), key: fresh.text };
    Ok(Reply::made(&key, &format!("/api/v1/keys/{}", fresh.key)))
}

async fn revoke(call: Call) -> Result<Reply, Problem> {
    let key: KeyId = call.id("id", "key")?;
    keys::revoke_with(call.services(), &call.visit, &call.holder, key).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}

async fn list_calls(call: Call) -> Result<Reply, Problem> {
    let query: CallsQuery = call.query()?;
    let page = calls::list(call.services(), &call.holder, after(query.after.as_deref())?, rows(query.limit)?).await?;
    let data = page.rows.into_iter().map(CallOut::from).collect();
    Ok(Reply::ok(&PageOf { data, next: page.next.map(Cursor::write) }))
}
