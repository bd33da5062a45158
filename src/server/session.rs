//! The cookie of a signed-in browser: read once a request, looked up only when somebody asks who it is, and renewed.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use tokio::sync::OnceCell;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store,
};

use crate::domain::words::Language;
use crate::server::{
    error::Error,
    page_form,
    service::{
        Services, Visit,
        sessions::{self, Token},
    },
    state::AppState,
    storage::{self, sessions::Seen},
};

/// The token of a session that was begun during this request; the layer sends it to the browser.
const BEGUN: &str = "begun";

/// The browser behind one request. Clones share what was found out and what is to be sent back.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: tower_sessions::Session,
    state: AppState,
    visit: Visit,
    seen: OnceCell<Option<Seen>>,
}

impl Session {
    /// Where the request came from.
    pub fn visit(&self) -> &Visit {
        &self.0.visit
    }

    /// Who is looking, asked of the database at most once a request.
    pub async fn seen(&self) -> Result<Option<&Seen>, Error> {
        Ok(self.0.seen.get_or_try_init(|| self.look()).await?.as_ref())
    }

    /// Asks without the session layer, which would have it written down as JSON and read back.
    async fn look(&self) -> Result<Option<Seen>, Error> {
        let Some(id) = self.0.kept.id() else { return Ok(None) };
        let seen = sessions::recognise(&self.0.state.services, &token(&id)).await?;
        if seen.is_none() {
            // The layer finds that out for itself, and takes the cookie away.
            self.0.kept.get_value(BEGUN).await?;
        }
        Ok(seen)
    }

    /// Who is looking, asked anew: an answer that goes on for long must know when the session has ended or has other rights.
    pub async fn look_again(&self, services: &Services) -> Result<Option<Seen>, Error> {
        match self.0.kept.id() {
            Some(id) => sessions::look(services, &token(&id)).await,
            None => Ok(None),
        }
    }

    /// Gives the browser this token with the answer, in place of the one that it had.
    pub async fn set(&self, token: Token) -> Result<(), Error> {
        if self.0.kept.id().is_some() {
            self.0.kept.cycle_id().await?;
        }
        self.0.kept.insert(BEGUN, token.bytes()).await?;
        Ok(())
    }

    /// Takes the token away from the browser with the answer.
    pub async fn clear(&self) -> Result<(), Error> {
        Ok(self.0.kept.flush().await?)
    }
}

/// Where the session layer finds sessions. It begins none itself: use cases do, in the transaction that proves who it is,
/// and hand the token on. So a request that is still under way never revives a session that was signed out.
#[derive(Clone, Debug)]
pub struct Store(AppState);

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let begun = record.data.remove(BEGUN).and_then(|token| serde_json::from_value(token).ok());
        let token = begun.map(Token::from_bytes).ok_or_else(|| failed("no session was begun"))?;
        record.id = Id(i128::from_le_bytes(*token.bytes()));
        Ok(())
    }

    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(seen) = sessions::recognise(&self.0.services, &token(id)).await.map_err(failed)? else {
            return Ok(None);
        };
        let expiry_date = OffsetDateTime::from_unix_timestamp(seen.expires_at.0 / 1_000_000).map_err(failed)?;
        Ok(Some(Record { id: *id, data: HashMap::new(), expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sessions::forget(&self.0.services, &token(id)).await.map_err(failed)
    }
}

fn token(id: &Id) -> Token {
    Token::from_bytes(id.0.to_le_bytes())
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> session_store::Error {
    session_store::Error::Backend(error.into().to_string())
}

/// Reads the cookie of each request and writes it when the session changed.
pub fn layer(state: &AppState) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(state.clone()))
        .with_name(cookie_name(state))
        .with_secure(state.config.is_secure())
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::seconds(sessions::ABSOLUTE_LIFETIME.0)))
}

/// Lays a [`Session`] into each request, inside [`layer`], and has forms answered that are posted to pages.
pub async fn carry(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let kept = request.extensions().get::<tower_sessions::Session>().cloned();
    let session = Session(Arc::new(Inner {
        kept: kept.expect("the session layer lies around this one"),
        visit: visit(&state, &request),
        state: state.clone(),
        seen: OnceCell::new(),
    }));
    request.extensions_mut().insert(session);
    if request.method().is_safe() {
        storage::with_one_reader(next.run(request)).await
    } else {
        page_form::answer(state, request, next).await
    }
}

/// Where a request comes from.
pub fn visit(state: &AppState, request: &Request) -> Visit {
    let address = address(state, request);
    let wanted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok());
    let language = wanted.and_then(Language::wanted).unwrap_or_default();
    Visit { address: address.to_string(), device: device(request.headers()), language }
}

/// From which address a request comes.
pub fn address(state: &AppState, request: &Request) -> IpAddr {
    caller_address(peer(request), request.headers(), &state.config.trusted_proxies)
}

/// Browsers take a `__Host-` cookie only over https; on loopback http there is no such thing.
fn cookie_name(state: &AppState) -> &'static str {
    if state.config.is_secure() { "__Host-holdfast" } else { "holdfast" }
}

/// The address at the other end of the connection; a test without a connection counts as this machine.
fn peer(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip().to_canonical())
}

/// Who calls: the other end of the connection, unless that is a proxy of ours. What a proxy adds to `X-Forwarded-For` stands
/// at its end; whatever stands before the last address that is no proxy was written by the caller and counts for nothing.
fn caller_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let lines = headers.get_all("x-forwarded-for").iter().rev().filter_map(|line| line.to_str().ok());
    let hops = lines.flat_map(|line| line.rsplit(',')).map_while(|hop| hop.trim().parse::<IpAddr>().ok());
    let mut caller = peer;
    for hop in hops {
        if !proxies.contains(&caller) {
            break;
        }
        caller = hop.to_canonical();
    }
    caller
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::HeaderMap;

    use super::caller_address;

    #[test]
    fn only_our_own_proxies_say_who_calls() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let check = |peer: &str, forwarded: &[&str], proxies: &[&str], caller: &str| {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append("x-forwarded-for", line.parse().expect("a header"));
            }
            let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| address(proxy)).collect();
            assert_eq!(caller_address(address(peer), &headers, &proxies), address(caller), "{peer} {forwarded:?}");
        };
        check("192.0.2.1", &[], &[], "192.0.2.1");
        check("192.0.2.1", &["198.51.100.7"], &[], "192.0.2.1");
        check("192.0.2.1", &["198.51.100.7"], &["10.0.0.1"], "192.0.2.1");
        check("10.0.0.1", &["198.51.100.7"], &["10.0.0.1"], "198.51.100.7");
        check("10.0.0.1", &["6.6.6.6, 198.51.100.7"], &["10.0.0.1"], "198.51.100.7");
        check("10.0.0.1", &["6.6.6.6", "198.51.100.7, 10.0.0.2"], &["10.0.0.1", "10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["nonsense"], &["10.0.0.1"], "10.0.0.1");
        check("10.0.0.1", &[], &["10.0.0.1"], "10.0.0.1");
    }
}
