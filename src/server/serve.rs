//! How the server starts and stops: what it refuses to begin with, what works beside the requests, and how both end.

use std::{
    fmt,
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use crate::server::{
    config::{Config, ConfigError, ServeArguments},
    gateway, listen,
    outbox::{self, calls, checking, deadlines, exports, housekeeping, messages, reminders, webhook},
    service::{demo, seed, sending},
    state::{AppState, OpenError},
    web,
};

/// How long open requests may go on after the server was told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take then until the database is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the demo people and orders cannot be made")]
    Demo(#[source] crate::server::error::Error),
    #[error("it cannot be found out whether the database holds demo accounts")]
    DemoAccounts(#[source] crate::server::error::Error),
    #[error(
        "the database holds accounts whose password everybody knows, such as {known}, and is not served on {listen}: name \
         another database with --database-url, or give each of them a password with `holdfast user password`"
    )]
    KnownPassword { known: &'static str, listen: SocketAddr },
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
}

/// Serves until it is told to stop, then lets open requests end and closes the database.
pub async fn serve(arguments: ServeArguments) -> Result<(), ServeError> {
    let config = Config::new(arguments)?;
    let state = AppState::open(config).await?;
    let served = serve_open(&state).await;
    // The last connection that closes brings what was committed from SQLite's log into its file.
    let closed = tokio::time::timeout(CLOSE_TIMEOUT, state.services.db.close()).await;
    if closed.is_err() {
        tracing::warn!("some work did not end in time: the database was left as after a crash, which loses nothing");
    }
    served
}

async fn serve_open(state: &AppState) -> Result<(), ServeError> {
    let listen = state.config.listen;
    if !state.config.site.join(state.assets.style.trim_start_matches('/')).is_file() {
        let site = state.config.site.display();
        tracing::warn!(
            "the site folder {site} was not built with this program: pages are without styles; run `make build`"
        );
    }
    if state.config.demo {
        seed::fill_when_empty(&state.services).await.map_err(ServeError::Demo)?;
    } else if !listen.ip().is_loopback() {
        let known = demo::find_known_password(&state.services).await.map_err(ServeError::DemoAccounts)?;
        if let Some(known) = known {
            return Err(ServeError::KnownPassword { known, listen });
        }
    }
    let listener = TcpListener::bind(listen).await.map_err(|error| ServeError::Listen(listen, error))?;
    let address = listener.local_addr().map_err(|error| ServeError::Listen(listen, error))?;
    // Whoever reads that it listens may tell it to stop at once.
    stop_when_told(state);
    say(format_args!("Holdfast listens on http://{address}"));
    if state.config.demo {
        say(demo::Accounts);
    }
    sending::say_what_is_closed(&state.services).await;
    run(state, listener).await;
    Ok(())
}

/// Hears from now on when the server is told to stop.
fn stop_when_told(state: &AppState) {
    let (told, stopping) = (told_to_stop(), state.stopping.clone());
    let stop = async move {
        told.await;
        // First of all: whatever else goes wrong, it stops.
        stopping.cancel();
        tracing::info!("stopping: open requests may end");
    };
    tokio::spawn(stop.boxed());
}

/// Answers requests and works beside them until the server is told to stop.
async fn run(state: &AppState, listener: TcpListener) {
    let stopping = state.stopping.clone();
    let mut workers = start_workers(state);
    let server = async {
        listen::serve(listener, web::router(state), stopping.clone()).await;
        while workers.join_next().await.is_some() {}
    };
    let patience = async {
        stopping.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        () = server => {}
        () = patience => {}
    }
}

/// Tells on standard output what is good to know; a server whose output nobody reads any more goes on.
fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Starts what works without anybody asking; it ends when the server is told to stop.
fn start_workers(state: &AppState) -> JoinSet<()> {
    // In boxes, as whatever is started here and there without an answer: the runtime is compiled for each type of task.
    let mut workers = JoinSet::new();
    workers.spawn(deadlines::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(housekeeping::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(checking::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(outbox::live::run(state.services.clone(), state.live.clone(), state.stopping.clone()).boxed());
    workers.spawn(messages::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(reminders::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(gateway::worker::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(webhook::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(exports::run(state.services.clone(), state.stopping.clone()).boxed());
    workers.spawn(calls::run(state.services.clone(), state.stopping.clone()).boxed());
    workers
}

/// Ends at Ctrl-C or SIGTERM. Both are listened for from the call on, not only once somebody waits.
pub fn told_to_stop() -> impl Future<Output = ()> + Send {
    let listen = |kind| signal(kind).expect("a process may listen for signals");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
