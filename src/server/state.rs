//! What every request shares.

use std::{path::Path, str::FromStr, sync::Arc};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio_util::sync::CancellationToken;

use crate::{
    app::document::Assets,
    server::{
        clock::{Clock, SystemClock},
        config::Config,
    },
};

/// Cheap to clone: every field is a handle.
#[derive(Clone, Debug)]
pub struct AppState {
    /// What was set from outside.
    pub config: Arc<Config>,
    /// The names of the built files.
    pub assets: Arc<Assets>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the server was told to stop: workers and live connections end then.
    pub stopping: CancellationToken,
    database: SqlitePool,
}

const SELECT_VERSION: &str = "select sqlite_version()";

impl AppState {
    /// Opens the database and reads the names of the built assets.
    pub async fn open(config: Config) -> Result<Self, sqlx::Error> {
        let path = config.database_url.trim_start_matches("sqlite:").trim_start_matches("//");
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        }
        let options = SqliteConnectOptions::from_str(&config.database_url)?.create_if_missing(true);
        let database = SqlitePool::connect_with(options).await?;
        let assets = Arc::new(built_assets(&config.site));
        Ok(Self {
            config: Arc::new(config),
            assets,
            clock: Arc::new(SystemClock),
            stopping: CancellationToken::new(),
            database,
        })
    }

    /// The name and version of the database that answers.
    pub async fn database_version(&self) -> Result<String, sqlx::Error> {
        let version: String = sqlx::query_scalar(SELECT_VERSION).fetch_one(&self.database).await?;
        Ok(format!("SQLite {version}"))
    }
}

/// The names of the built files: `hash.txt` beside the program or the site folder holds their hashes; without it they bear none.
fn built_assets(site: &Path) -> Assets {
    let beside_program =
        std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("hash.txt")));
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
