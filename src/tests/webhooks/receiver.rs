//! A receiver of webhooks that takes them, fails, hangs, redirects, is gone, talks too much, or breaks off.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use tokio::{net::TcpListener, sync::watch};

/// How long requests are waited for before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Came {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Whether it was answered with a success.
    pub taken: bool,
}

impl Came {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("it is JSON")
    }
}

#[derive(Debug, Default)]
struct Inner {
    came: Mutex<Vec<Came>>,
    count: AtomicUsize,
    taken: watch::Sender<usize>,
    works: AtomicBool,
}

/// The receiver; it ends with the test.
#[derive(Debug)]
pub struct Receiver {
    inner: Arc<Inner>,
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Listens on this machine.
    pub async fn open() -> Self {
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(receive).with_state(inner.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { inner, address, task }
    }

    /// Waits until so many requests were answered at `slow`, all in all; gives how many were.
    pub async fn answered(&self, count: usize) -> usize {
        let mut taken = self.inner.taken.subscribe();
        let enough = tokio::time::timeout(PATIENCE, taken.wait_for(|taken| *taken >= count)).await;
        *enough.expect("requests come").expect("the receiver lives")
    }

    /// The address at which it behaves in one way: `ok`, `slow`, `flaky`, `hang`, `redirect`, `gone`, `huge`, `broken`.
    pub fn url(&self, behaviour: &str) -> String {
        format!("http://{}/{behaviour}", self.address)
    }

    /// From now on what was `broken` works.
    pub fn mend(&self) {
        self.inner.works.store(true, Ordering::SeqCst);
    }

    /// Everything that came to this address.
    pub fn came(&self, behaviour: &str) -> Vec<Came> {
        let came = self.inner.came.lock().expect("no test panics while it looks");
        came.iter().filter(|came| came.path == format!("/{behaviour}")).cloned().collect()
    }
}

async fn receive(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let turn = inner.count.fetch_add(1, Ordering::SeqCst);
    let status = match path.as_str() {
        "/ok" | "/slow" | "/huge" | "/hang" => StatusCode::OK,
        // Thirty of a hundred fail, and not always the same ones.
        "/flaky" if (turn * 7 + turn / 10) % 10 < 3 => StatusCode::SERVICE_UNAVAILABLE,
        "/flaky" => StatusCode::NO_CONTENT,
        "/redirect" => StatusCode::TEMPORARY_REDIRECT,
        "/gone" => StatusCode::GONE,
        "/broken" if inner.works.load(Ordering::SeqCst) => StatusCode::OK,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("our headers are ASCII").to_owned()))
        .collect();
    let came = Came {
        path: path.clone(),
        headers,
        body: String::from_utf8(body.to_vec()).expect("our bodies are text"),
        taken: status.is_success() && path != "/hang",
    };
    inner.came.lock().expect("no test panics while it looks").push(came);
    match path.as_str() {
        "/hang" => std::future::pending().await,
        // Long enough for many to be under way when somebody is killed.
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(20)).await;
            inner.taken.send_modify(|taken| *taken += 1);
            status.into_response()
        }
        "/redirect" => (status, [(header::LOCATION, "/ok")]).into_response(),
        // A gigabyte, if somebody read it.
        "/huge" => {
            let piece: Bytes = vec![b'a'; 64 * 1024].into();
            let endless = stream::repeat(piece).take(16 * 1024).map(Ok::<_, std::convert::Infallible>);
            Body::from_stream(endless).into_response()
        }
        _ => (status, "an answer that nobody keeps").into_response(),
    }
}

/// A port at which every connection is broken off once something was said.
pub async fn breaking_port() -> SocketAddr {
    use tokio::io::AsyncReadExt;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut said = [0; 64];
            let _ = connection.read(&mut said).await;
            let _ = connection.set_zero_linger();
        }
    });
    address
}
