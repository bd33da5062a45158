//! The surfaces of other systems, for integrations that were written for them: their words come in, one of our actions goes
//! out, their words go back. None adds a rule: what a caller may do here is what its key may do through `/api/v1`.
//!
//! Each surface lists its doors; what they have in common stands here: who calls, how often, and that it is written down.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower_http::request_id::RequestId;

use self::body::Sent;
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        order::Order,
        party::Actor,
    },
    server::{
        clock,
        service::{
            Services,
            calls::NewCall,
            keys::Holder,
            orders::Performed,
            partners::{self, Ask, Choose},
            programs::OrderName,
        },
        session,
        state::AppState,
    },
};

pub mod api2cart;
pub mod atarapay;
pub mod avarda;
pub mod body;
mod choosing;
pub mod retailys;

/// The longest body.
const BODY_LIMIT_BYTES: usize = 256 * 1024;
/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The header that holds the caller's own key for a command, where their format has no place for one.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest such key.
const LONGEST_KEY: usize = 200;

/// What comes of something that is waited for.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, Shown>> + Send>>;

/// The system of a partner, as it looks from outside.
#[derive(Clone, Copy)]
pub struct Surface {
    /// The last part of its base address.
    pub name: &'static str,
    /// What can be called.
    pub doors: fn() -> Vec<Door>,
    /// Who knocks, by the tokens of that system.
    pub who: fn(Arc<Knock>) -> Later<Holder>,
    /// A refusal in the words of that system.
    pub refuse: fn(&Shown) -> Answer,
}

impl fmt::Debug for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Surface({})", self.name)
    }
}

/// Something that can be called.
#[derive(Clone, Debug)]
pub struct Door {
    /// The method.
    pub method: Method,
    /// The address behind the surface's own.
    pub path: &'static str,
    /// What a key needs for it at the least.
    pub needs: Permission,
    /// What it runs.
    pub run: fn(Call) -> Later<Answer>,
}

/// A request before it is known who makes it.
#[derive(Clone, Debug)]
pub struct Knock {
    /// What every request shares.
    pub state: AppState,
    /// The headers.
    pub headers: HeaderMap,
    /// The address behind the surface's own, as the door has it.
    pub path: &'static str,
    /// The parameters behind the question mark.
    pub query: Sent,
    /// The body, or why it cannot be read.
    pub body: Result<Sent, Shown>,
}

impl Knock {
    /// The token in the header that is for it.
    pub fn bearer(&self) -> Option<&str> {
        let header = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}

/// A request of somebody known.
#[derive(Clone, Debug)]
pub struct Call {
    /// The surface's name.
    pub surface: &'static str,
    /// The request.
    pub knock: Arc<Knock>,
    /// Who calls.
    pub holder: Holder,
    /// The variable parts of the address.
    pub params: Vec<(String, String)>,
    /// The body.
    pub body: Sent,
    /// What tells this request from another under the same key.
    pub fingerprint: [u8; 32],
    /// The key in the header, when there is one.
    pub own_key: Option<String>,
}

impl Call {
    /// What use cases work with.
    pub fn services(&self) -> &Services {
        &self.knock.state.services
    }

    /// A variable part of the address.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body, and behind it the parameters of the address.
    pub fn said(&self) -> Sent {
        match (&self.body, &self.knock.query) {
            (Sent::Members(body), Sent::Members(query)) => Sent::Members([body.as_slice(), query].concat()),
            _ => self.body.clone(),
        }
    }

    /// The caller's own key for this command: what their format says, or else the header.
    pub fn key(&self, said: Option<String>, field: &str) -> Result<Option<String>, Shown> {
        let fits = |text: &str| text.len() <= LONGEST_KEY && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match said.or_else(|| self.own_key.clone()) {
            Some(text) if fits(&text) => Ok(Some(format!("{} {text}", self.surface))),
            Some(_) => Err(Shown::field(field, format!("From 1 to {LONGEST_KEY} visible characters."))),
            None => Ok(None),
        }
    }

    /// Does to an order what is chosen when it is locked.
    pub async fn act(
        &self,
        order: OrderName,
        key: Option<String>,
        choose: impl Fn(&Order, &Actor) -> Result<Vec<crate::domain::order::action::Action>, Shown> + Send + Sync + 'static,
    ) -> Result<Performed, Shown> {
        let choose: Choose = Arc::new(move |order, actor, _| choose(order, actor));
        let ask = Ask { order, key, fingerprint: self.fingerprint, choose };
        Ok(partners::act(self.services(), &self.holder, ask).await?)
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body; nothing for none.
    pub body: Option<Value>,
}

impl Answer {
    /// All is well.
    pub fn ok(body: Value) -> Self {
        Self::of(StatusCode::OK, body)
    }

    /// A body with this status.
    pub fn of(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body) }
    }

    /// A status alone.
    pub const fn bare(status: StatusCode) -> Self {
        Self { status, body: None }
    }
}

/// The HTTP status of a refusal.
pub fn status_of(error: &Shown) -> StatusCode {
    StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Every surface.
pub const SURFACES: [Surface; 4] = [atarapay::SURFACE, avarda::SURFACE, retailys::SURFACE, api2cart::SURFACE];

/// The surfaces under their addresses: no cookie is looked at in here.
pub fn router(state: &AppState) -> Router {
    SURFACES
        .into_iter()
        .fold(Router::new(), |router, surface| router.nest(&format!("/partners/{}", surface.name), one(surface, state)))
}

fn one(surface: Surface, state: &AppState) -> Router {
    let mut router = Router::new();
    for door in (surface.doors)() {
        let filter = MethodFilter::try_from(door.method.clone()).expect("the methods of doors are known");
        let path = door.path;
        let run = move |State(state): State<AppState>, params: RawPathParams, request: Request| {
            answer(surface, door.clone(), state, params, request)
        };
        router = router.route(path, on(filter, run));
    }
    let nowhere = move || async move { respond((surface.refuse)(&Shown::not_found("address"))) };
    let unknown = move || async move {
        let refused = Shown::new(Kind::Malformed, "method_not_allowed", "This address does not know that method.");
        let answer = (surface.refuse)(&refused);
        respond(Answer { status: StatusCode::METHOD_NOT_ALLOWED, ..answer })
    };
    router.method_not_allowed_fallback(unknown).fallback(nowhere).with_state(state.clone())
}

fn respond(answer: Answer) -> Response {
    let Some(body) = answer.body else { return answer.status.into_response() };
    (answer.status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn refused(surface: Surface, error: &Shown) -> Response {
    let mut response = respond((surface.refuse)(error));
    let wait = match error.kind {
        Kind::TooMany => "60",
        Kind::Unavailable => "1",
        _ => return response,
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(wait));
    response
}

/// Answers one call, and notes it.
async fn answer(surface: Surface, door: Door, state: AppState, params: RawPathParams, request: Request) -> Response {
    let began = state.services.now();
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let visit = session::visit(&state, &request);
    let params: Vec<(String, String)> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_LIMIT_BYTES).await;
    let fingerprint = fingerprint(&door.method, &parts.uri, bytes.as_ref().map_or(&[], |bytes| bytes));
    let knock = match knock(&state, door.path, parts.uri, parts.headers, bytes.ok()).await {
        Ok(knock) => Arc::new(knock),
        Err(error) => return refused(surface, &error),
    };
    let holder = match (surface.who)(knock.clone()).await {
        Ok(holder) => holder,
        Err(error) => return refused(surface, &error),
    };
    let key = holder.key;
    let what = params.first().map(|(_, value)| value.chars().take(64).collect()).unwrap_or_default();
    let (left, run) = match state.limits.count(key, began) {
        Ok(left) => (left, Some(call(surface, knock, holder, params, fingerprint))),
        Err(left) => (Some(left), None),
    };
    let done = match run {
        Some(call) => run_it(&door, call).await,
        None => Err(Shown::new(Kind::TooMany, "rate_limited", "This key calls too often: wait a little.")),
    };
    let (mut response, code) = match &done {
        Ok(answer) => (respond(answer.clone()), String::new()),
        Err(error) => (refused(surface, error), error.code.clone()),
    };
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    let now = state.services.now();
    state.services.calls.note(NewCall {
        id: clock::new_id(now),
        key,
        at: began,
        method: door.method.to_string(),
        route: format!("/partners/{}{}", surface.name, door.path),
        what,
        status: response.status().as_u16(),
        code,
        address: visit.address,
        request_id: id,
        took_us: now.micros_since(began).max(0),
    });
    response
}

fn fingerprint(method: &Method, uri: &Uri, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(method.as_str());
    digest.update(uri.to_string());
    digest.update([0]);
    digest.update(body);
    digest.finalize().into()
}

async fn knock(
    state: &AppState,
    path: &'static str,
    uri: Uri,
    headers: HeaderMap,
    bytes: Option<Bytes>,
) -> Result<Knock, Shown> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let body = match bytes {
        Some(bytes) => Sent::read(kind, bytes).await,
        None => Err(Shown::new(Kind::Malformed, "too_large", "The body is too long.")),
    };
    let query = Sent::query(&uri)?;
    Ok(Knock { state: state.clone(), headers, path, query, body })
}

fn call(
    surface: Surface,
    knock: Arc<Knock>,
    holder: Holder,
    params: Vec<(String, String)>,
    fingerprint: [u8; 32],
) -> Result<Call, Shown> {
    let body = knock.body.clone()?;
    let header = knock.headers.get(IDEMPOTENCY_KEY).map(|text| text.to_str().unwrap_or("\n").trim().to_owned());
    if header.as_ref().is_some_and(String::is_empty) {
        return Err(Shown::field("Idempotency-Key", "It is empty."));
    }
    Ok(Call { surface: surface.name, knock, holder, params, body, fingerprint, own_key: header })
}

async fn run_it(door: &Door, call: Result<Call, Shown>) -> Result<Answer, Shown> {
    let call = call?;
    if !call.holder.permissions.has(door.needs) {
        let detail = format!("This key may not do that: it lacks “{}”.", door.needs.code());
        return Err(Shown::new(Kind::Forbidden, "not_permitted", detail));
    }
    let busy = |_| Shown::new(Kind::Unavailable, "busy", "It took too long. Please try again.");
    tokio::time::timeout(TIMEOUT, (door.run)(call)).await.map_err(busy)?
}
