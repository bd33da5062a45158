//! The surfaces of other systems, for integrations that were written for them: their words come in, one of our actions goes
//! out, their words go back. None adds a rule: what a caller may do here is what its key may do through `/api/v1`.
//!
//! Each surface lists its doors; what they have in common stands here: who calls, how often, and that it is written down.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::to_bytes,
    extract::{RawPathParams, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::Response,
    routing::{MethodFilter, on},
};
use sha2::{Digest, Sha256};
use tower_http::timeout::TimeoutLayer;

use self::body::Sent;
use crate::{
    domain::{
        access::Permission,
        error::{Error as Shown, Kind},
        id::SellerId,
        order::{Order, action::Action},
        party::Actor,
    },
    server::{
        counted::{self, Arrived, LONGEST_KEY, Named},
        service::{
            Services,
            keys::Holder,
            orders::Performed,
            partners::{self, Contacts},
            programs::{self, Ask, Choose, Once, OrderName},
        },
        state::AppState,
    },
};

pub use self::answer::Answer;
use self::answer::{NO_SUCH_METHOD, TOO_LARGE, by_field, refused, respond, sentence, status_of};

mod answer;
pub mod api2cart;
pub mod atarapay;
pub mod avarda;
pub mod body;
mod choosing;
mod paging;
pub mod retailys;
mod shown;
mod standing;

/// The longest body.
const BODY_LIMIT_BYTES: usize = 256 * 1024;
/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

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
    pub who: fn(Arc<Knock>) -> Later<Known>,
    /// A refusal in the words of that system.
    pub refuse: fn(&Shown) -> Answer,
    /// What that system calls the fields that use cases and rules find fault with.
    pub fields: &'static [(&'static str, &'static str)],
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

/// Somebody who is known by a token.
#[derive(Clone, Debug)]
pub struct Known {
    /// The key that the token is made of.
    pub holder: Holder,
    /// The one store of the key's place that all of the call is about, where that system's callers say one.
    pub store: Option<SellerId>,
}

impl From<Holder> for Known {
    fn from(holder: Holder) -> Self {
        Self { holder, store: None }
    }
}

impl Knock {
    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|text| text.to_str().ok()).unwrap_or_default().trim()
    }

    /// The token in the header that is for it.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization").split_once(' ')?;
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
    /// The store that all of it is about, when one is said.
    pub store: Option<SellerId>,
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

    /// The caller's own key for this command: in the field that their format has for it, or else in the header. One that is
    /// sent and empty is refused in both places: whoever sends one relies upon it.
    pub fn own_key(&self, field: &str, most: usize) -> Result<Option<String>, Shown> {
        let said = self.said();
        let key = match said.get(field) {
            Sent::Nothing => self.own_key.clone(),
            Sent::Text(text) | Sent::Number(text) if counted::is_key(text.trim()) && text.trim().len() <= most => {
                Some(text.trim().to_owned())
            }
            _ => return Err(Shown::field(field, format!("From 1 to {most} visible characters."))),
        };
        Ok(key.map(|key| format!("{} {key}", self.surface)))
    }

    /// By what this change is known when it comes again: by the key in this field or the header, or else by its words.
    pub fn once(&self, field: &str, most: usize) -> Result<Once, Shown> {
        Ok(self.own_key(field, most)?.map_or(Once::ByWords, Once::ByKey))
    }

    /// The same where their format has no place for a key.
    pub fn once_by_header(&self) -> Result<Once, Shown> {
        self.once("", LONGEST_KEY)
    }

    /// An order, who the caller is in it, and how its people are reached.
    pub async fn find(&self, name: &OrderName) -> Result<(Order, Actor, Contacts), Shown> {
        let found = partners::find(self.services(), &self.holder, name).await?;
        of_store(self.store, &found.0)?;
        Ok(found)
    }

    /// Does to an order what is chosen when it is locked.
    pub async fn act(
        &self,
        order: OrderName,
        once: Once,
        choose: impl Fn(&Order, &Actor) -> Result<Vec<Action>, Shown> + Send + Sync + 'static,
    ) -> Result<Performed, Shown> {
        let store = self.store;
        let choose: Choose = Arc::new(move |order, actor, _| {
            of_store(store, order)?;
            choose(order, actor)
        });
        let ask = Ask { order, once, fingerprint: self.fingerprint, choose };
        Ok(programs::carry_out(self.services(), &self.holder, ask).await?)
    }
}

/// Another store's order does not exist for this one.
fn of_store(store: Option<SellerId>, order: &Order) -> Result<(), Shown> {
    match store {
        Some(store) if store != order.parties.seller => Err(Shown::not_found("order")),
        _ => Ok(()),
    }
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
        // With the time that the body takes to arrive: nobody is known before it is read.
        let patience = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT);
        router = router.route(path, on(filter, run).layer(patience));
    }
    let nowhere = move || async move { refused(surface, Shown::not_found("address")) };
    let unknown = move || async move {
        refused(surface, Shown::new(Kind::Malformed, NO_SUCH_METHOD, "This address does not know that method."))
    };
    router.method_not_allowed_fallback(unknown).fallback(nowhere).with_state(state.clone())
}

/// Answers one call, and notes it.
async fn answer(surface: Surface, door: Door, state: AppState, params: RawPathParams, request: Request) -> Response {
    let arrived = Arrived::of(&state, &request);
    let params: Vec<(String, String)> =
        params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let knock = match knock(&state, door.path, request).await {
        Ok(knock) => Arc::new(knock),
        Err(error) => return refused(surface, error),
    };
    let known = match (surface.who)(knock.clone()).await {
        Ok(known) => known,
        Err(error) => return refused(surface, error),
    };
    let key = known.holder.key;
    let what = params.first().map(|(_, value)| value.clone()).unwrap_or_default();
    let (counted, left) = arrived.count(&state, key);
    let done = if counted {
        run(&door, call(surface, &door, knock, known, params)).await
    } else {
        Err(Shown::new(Kind::TooMany, "rate_limited", "This key calls too often: wait a little."))
    };
    let code = done.as_ref().err().map(|error| error.code.clone()).unwrap_or_default();
    let mut response = match done {
        Ok(answer) => respond(answer),
        Err(error) => refused(surface, error),
    };
    let route = format!("/partners/{}{}", surface.name, door.path);
    arrived.done(&state, left, Named { key, route, what, code }, &mut response).await;
    response
}

async fn knock(state: &AppState, path: &'static str, request: Request) -> Result<Knock, Shown> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let body = match to_bytes(body, BODY_LIMIT_BYTES).await {
        Ok(bytes) => Sent::read(kind, bytes).await,
        Err(_) => Err(Shown::new(Kind::Malformed, TOO_LARGE, "The body is too long.")),
    };
    let query = Sent::query(&parts.uri)?;
    Ok(Knock { state: state.clone(), headers: parts.headers, path, query, body })
}

fn call(
    surface: Surface,
    door: &Door,
    knock: Arc<Knock>,
    Known { holder, store }: Known,
    params: Vec<(String, String)>,
) -> Result<Call, Shown> {
    let body = knock.body.clone()?;
    let own_key = counted::own_key(&knock.headers).map_err(|bad| Shown::field("Idempotency-Key", bad.0))?;
    let meant = format!("{} {} {params:?} {} {}", door.method, door.path, body.meaning(), knock.query.meaning());
    let fingerprint = Sha256::digest(meant).into();
    Ok(Call { surface: surface.name, knock, holder, store, params, body, fingerprint, own_key })
}

async fn run(door: &Door, call: Result<Call, Shown>) -> Result<Answer, Shown> {
    let call = call?;
    if !call.holder.permissions.has(door.needs) {
        let detail = format!("This key may not do that: it lacks “{}”.", door.needs.code());
        return Err(Shown::new(Kind::Forbidden, "not_permitted", detail));
    }
    let busy = |_| Shown::new(Kind::Unavailable, "busy", "It took too long. Please try again.");
    tokio::time::timeout(TIMEOUT, (door.run)(call)).await.map_err(busy)?
}
