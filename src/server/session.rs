//! The cookie of a signed-in browser: read once a request, looked up only when somebody asks who it is, and renewed.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::OnceCell;

use crate::server::{
    error::Error,
    service::{
        Visit,
        sessions::{self, Token},
    },
    state::AppState,
    storage::sessions::Seen,
    web::cookie,
};

/// How long the browser keeps the cookie: as long as a session can last at most.
const COOKIE_SECONDS: i64 = sessions::ABSOLUTE_LIFETIME.0;

/// The browser behind one request. Clones share what was found out and what is to be sent back.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    token: Option<Token>,
    visit: Visit,
    seen: OnceCell<Option<Seen>>,
    change: Mutex<Option<Change>>,
}

#[derive(Debug)]
enum Change {
    Set(Token),
    Clear,
}

impl Session {
    /// Where the request came from.
    pub fn visit(&self) -> &Visit {
        &self.0.visit
    }

    /// Who is looking, asked of the database at most once a request.
    pub async fn seen(&self, state: &AppState) -> Result<Option<&Seen>, Error> {
        let Some(token) = &self.0.token else { return Ok(None) };
        let seen = self.0.seen.get_or_try_init(|| sessions::recognise(&state.services, token)).await?;
        Ok(seen.as_ref())
    }

    /// Gives the browser this token with the answer.
    pub fn set(&self, token: Token) {
        self.change(Change::Set(token));
    }

    /// Takes the token away from the browser with the answer.
    pub fn clear(&self) {
        self.change(Change::Clear);
    }

    fn change(&self, change: Change) {
        *self.0.change.lock().unwrap_or_else(PoisonError::into_inner) = Some(change);
    }
}

/// Lays a [`Session`] into each request, and what became of it into the answer's cookie.
pub async fn carry(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let name = cookie_name(&state);
    let session = Session(Arc::new(Inner {
        token: cookie(request.headers(), name).and_then(read_token),
        visit: Visit { address: peer(&request).to_string(), device: device(request.headers()) },
        seen: OnceCell::new(),
        change: Mutex::new(None),
    }));
    request.extensions_mut().insert(session.clone());
    let mut answer = next.run(request).await;
    let change = session.0.change.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(change) = change {
        let (value, seconds) = match &change {
            Change::Set(token) => (URL_SAFE_NO_PAD.encode(token.bytes()), COOKIE_SECONDS),
            Change::Clear => (String::new(), 0),
        };
        let secure = if state.config.is_secure() { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let line = HeaderValue::from_str(&line).expect("base64 is visible ASCII");
        answer.headers_mut().append(header::SET_COOKIE, line);
    }
    answer
}

/// Browsers take a `__Host-` cookie only over https; on loopback http there is no such thing.
fn cookie_name(state: &AppState) -> &'static str {
    if state.config.is_secure() { "__Host-holdfast" } else { "holdfast" }
}

fn read_token(text: &str) -> Option<Token> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Token::from_bytes)
}

/// The address at the other end of the connection; a test without a connection counts as this machine.
fn peer(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip().to_canonical())
}

/// The browser in words, from what it says of itself; the first name found counts, for each claims to be the ones after.
fn device(headers: &HeaderMap) -> String {
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let named =
        |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}
