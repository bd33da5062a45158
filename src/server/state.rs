//! What every request shares.

use std::{ops::Deref, path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    app::document::Assets,
    server::{
        api::limits::Limits,
        clock::SystemClock,
        config::Config,
        error::Error,
        outbox::live::Hub,
        password::{Cost, Passwords},
        post::{Post, PostError},
        secret::Secret,
        service::{
            Services,
            calls::Noted,
            fingerprint::{self, FingerprintError},
        },
        storage::{self, Db},
        upload::Room,
        webhook::{
            Sender,
            send::{PATIENCE, SenderError},
        },
    },
};

/// A handle on what is shared: each layer and each page takes one of its own with every request.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What is shared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// What was set from outside.
    pub config: Arc<Config>,
    /// The names of the built files.
    pub assets: Arc<Assets>,
    /// The database, the time, and whatever else use cases work with.
    pub services: Services,
    /// Where open pages are told what changed.
    pub live: Hub,
    /// How often programs may call.
    pub limits: Limits,
    /// The memory that files on their way in may take.
    pub room: Room,
    /// Cancelled when the server was told to stop: workers and live connections end then.
    pub stopping: CancellationToken,
}

/// Why the server has nothing to work with.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database cannot be opened")]
    Database(#[from] storage::Error),
    #[error(transparent)]
    Secret(#[from] FingerprintError),
    #[error(transparent)]
    Webhooks(#[from] SenderError),
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("passwords cannot be hashed")]
    Passwords(#[source] Error),
}

impl AppState {
    /// Opens the database, brings its tables up to date, and reads the secret key and the names of the built assets.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        // The passwords of demo mode are known to everybody: nothing is gained by making them slow to guess.
        let cost = if config.demo { Cost::Cheap } else { Cost::Full };
        let passwords = Passwords::new(cost).map_err(OpenError::Passwords)?;
        let webhooks = Sender::new(config.webhook_reach, PATIENCE)?;
        let post = Arc::new(Post::open(&config.post, &config.public_url, config.demo)?);
        let (db, secret) = Self::open_database(&config).await?;
        let (clock, kept, calls) = (Arc::new(SystemClock), config.kept, Noted::default());
        let sandbox = config.sandbox;
        if sandbox && !config.demo {
            tracing::warn!(
                "the sandbox is on: whoever knows its test cards pays real orders with them, and no money comes in"
            );
        }
        let services = Services { db, clock, passwords, secret, webhooks, post, kept, sandbox, calls };
        Ok(Self::new(config, services))
    }

    /// The database with its tables up to date, and the key that belongs to it.
    async fn open_database(config: &Config) -> Result<(Db, Secret), OpenError> {
        let db = Db::open(&config.database_url).await?;
        let opened = async {
            db.migrate().await?;
            Ok(fingerprint::open_secret(&db, &config.secret_file).await?)
        };
        match opened.await {
            Ok(secret) => Ok((db, secret)),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }

    /// A server that works with these services; tests bring their own clock.
    pub fn new(config: Config, services: Services) -> Self {
        let assets = Arc::new(built_assets(&config.site));
        let limits = Limits::new(config.api_calls_per_minute);
        let (config, live, stopping) = (Arc::new(config), Hub::default(), CancellationToken::new());
        Shared { config, assets, services, live, limits, room: Room::default(), stopping }.into()
    }
}

impl From<Shared> for AppState {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

/// The names of the built files: `hash.txt` beside the program or the site folder holds their hashes; without it they bear none.
fn built_assets(site: &Path) -> Assets {
    let beside_program = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("hash.txt")));
    let hashes = [beside_program, Some(site.join("hash.txt"))]
        .into_iter()
        .flatten()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default();
    let named = |kind: &str| {
        let hash = hashes.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':'));
        let hash = hash.map(|hash| format!(".{}", hash.trim())).unwrap_or_default();
        format!("/pkg/{}{hash}.{kind}", env!("LEPTOS_OUTPUT_NAME"))
    };
    Assets { script: named("js"), wasm: named("wasm"), style: named("css") }
}
