//! The client that sends webhooks: to allowed addresses alone, without following redirects, within a time, and without
//! caring for what the answer says beside its status.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, Method, header::HeaderValue, redirect::Policy};
use tokio::time::Instant;

use super::{
    Request,
    target::{GuardedNames, Reach, TargetError},
};
use crate::server::error::with_causes;

/// How long a receiver may take, from the look-up of its name to the last byte that is read.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How long it may take to connect.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that its connection can be used again when it is short.
const ANSWER_BYTES: usize = 4 * 1024;
/// How many idle connections to one host are kept.
const IDLE_CONNECTIONS: usize = 16;

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The HTTP status; 0 when none came.
    pub status: u16,
    /// Why it is no success, as a stable code of `domain::webhook::error_words`; empty when it is one.
    pub error: &'static str,
    /// How long it took.
    pub took_ms: i64,
}

impl Sent {
    /// Whether the receiver took it.
    pub const fn is_success(&self) -> bool {
        self.error.is_empty()
    }
}

/// Sends webhooks; cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    reach: Reach,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("there is no way to send webhooks")]
pub struct SenderError(#[from] reqwest::Error);

impl Sender {
    /// A client that reaches this far and waits this long.
    pub fn new(reach: Reach, patience: Duration) -> Result<Self, SenderError> {
        // The first call counts; whoever was first chose the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = builder(reach, patience).build().or_else(|error| {
            // The program runs on a machine that knows no certificate authorities; only what is sent over TLS fails there.
            let error = with_causes(&error);
            tracing::warn!(error, "webhooks over https will fail: install the system's certificates (ca-certificates)");
            builder(reach, patience).tls_certs_only(Vec::new()).build()
        })?;
        Ok(Self { client, reach })
    }

    /// How far it reaches.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Posts a request and says what came of it.
    pub async fn post(&self, url: &str, request: &Request) -> Sent {
        let begun = Instant::now();
        let (status, error) = match self.try_post(url, request).await {
            Ok(status) => (status, verdict(status)),
            Err(error) => (0, error),
        };
        let took_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Sent { status, error, took_ms }
    }

    async fn try_post(&self, url: &str, request: &Request) -> Result<u16, &'static str> {
        // An address in the URL itself is connected to without being looked up, so it is judged here each time.
        let url = self.reach.target(url).map_err(|error| match error {
            TargetError::Forbidden => "forbidden_address",
            _ => "bad_address",
        })?;
        let mut posted = self.client.request(Method::POST, url).body(request.body.clone());
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| "unsendable")?;
            posted = posted.header(name.as_str(), value);
        }
        let mut answer = posted.send().await.map_err(|error| why(&error))?;
        let status = answer.status().as_u16();
        let mut read = 0;
        while read < ANSWER_BYTES {
            match answer.chunk().await {
                Ok(Some(chunk)) => read += chunk.len(),
                // The status was said; what follows does not matter.
                Ok(None) | Err(_) => break,
            }
        }
        Ok(status)
    }
}

/// Only a 2xx is a success.
const fn verdict(status: u16) -> &'static str {
    match status {
        200..=299 => "",
        300..=399 => "redirect",
        410 => "gone",
        _ => "status",
    }
}

fn builder(reach: Reach, patience: Duration) -> ClientBuilder {
    Client::builder()
        .dns_resolver(Arc::new(GuardedNames(reach)))
        .redirect(Policy::none())
        // A proxy would look names up by itself.
        .no_proxy()
        .https_only(reach == Reach::Public)
        .timeout(patience)
        .connect_timeout(CONNECT_PATIENCE.min(patience))
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
}

fn why(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(reason) = cause {
        if reason.downcast_ref::<TargetError>() == Some(&TargetError::Forbidden) {
            return "forbidden_address";
        }
        cause = reason.source();
    }
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "broke_off"
    }
}
