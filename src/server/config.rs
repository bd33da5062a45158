//! What can be set from outside, by flag or environment, and what of it is refused at the start.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::Args;

use crate::domain::time::Span;
use crate::server::post::{
    PostError,
    arguments::{PostArguments, PostSettings},
};
use crate::server::webhook::Reach;

/// Where the orders are kept; every subcommand takes it.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArguments {
    /// The database: `sqlite://PATH` (made when missing) or `postgres://…`
    #[arg(long, env = "HOLDFAST_DATABASE_URL", default_value = "sqlite://data/holdfast.db", hide_env_values = true)]
    pub database_url: String,
}

impl DatabaseArguments {
    /// Refuses a URL of a database of another kind, and one that would not last.
    pub fn check(&self) -> Result<(), ConfigError> {
        let url = self.database_url.as_str();
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
            let path = path.strip_prefix("//").unwrap_or(path);
            let in_memory = path.is_empty() || path == ":memory:" || options.contains("mode=memory");
            return if in_memory { Err(ConfigError::NoFile) } else { Ok(()) };
        }
        if ["postgres:", "postgresql:"].iter().any(|kind| url.starts_with(kind)) {
            return Ok(());
        }
        Err(ConfigError::UnknownDatabase)
    }
}

/// How many days it is kept what was told, unless something else is set.
pub const KEEP_DAYS: i64 = 90;

/// What the server needs to know.
#[derive(Args, Clone, Debug)]
pub struct ServeArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The address to listen on; `localhost` is this machine alone.
    #[arg(long, env = "HOLDFAST_LISTEN", default_value = "127.0.0.1:3000", value_parser = address)]
    pub listen: SocketAddr,
    /// Makes demo people and orders in an empty database and opens a local mailbox; on loopback addresses only.
    #[arg(
        long,
        env = "HOLDFAST_DEMO",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub demo: bool,
    /// Lets the sandbox's test cards pay real orders: for trying out. By default in demo mode alone; orders of test keys are
    /// always paid in the sandbox.
    #[arg(
        long,
        env = "HOLDFAST_SANDBOX",
        num_args = 0..=1,
        default_missing_value = "true",
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub sandbox: Option<bool>,
    /// The folder with the built assets; by default `site` beside the program, else `target/site`.
    #[arg(long, env = "HOLDFAST_SITE")]
    pub site: Option<PathBuf>,
    /// The address under which people reach the server, for the links in mails; by default http:// and the one it listens on.
    #[arg(long, env = "HOLDFAST_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The file with the key that signs links and seals secrets, 32 bytes; made for a new database. Back it up with the database.
    #[arg(long, env = "HOLDFAST_SECRET_FILE", default_value = "data/secret.key")]
    pub secret_file: PathBuf,
    /// The addresses of the reverse proxies in front, separated by commas: from them alone, X-Forwarded-For says who calls.
    #[arg(long, env = "HOLDFAST_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpAddr>,
    /// Lets webhooks lead to private addresses and over http: for trying them out with a receiver on this machine.
    #[arg(
        long,
        env = "HOLDFAST_WEBHOOK_ALLOW_PRIVATE",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub webhook_allow_private: bool,
    /// For how many days it is kept what was told: deliveries of webhooks, addresses and texts of mails and text messages,
    /// notices that were read. Timelines, ledger and audit are kept for ever.
    #[arg(long, env = "HOLDFAST_KEEP_DAYS", default_value_t = KEEP_DAYS, value_parser = clap::value_parser!(i64).range(7..=36_500))]
    pub keep_days: i64,
    /// How often a key may call the API in a minute; 0 for as often as it likes.
    #[arg(long, env = "HOLDFAST_API_CALLS_PER_MINUTE", default_value_t = 600)]
    pub api_calls_per_minute: u32,
    /// The sites whose pages may call the API from a browser, separated by commas: <https://shop.example.com>.
    #[arg(long, env = "HOLDFAST_API_ORIGINS", value_delimiter = ',')]
    pub api_origins: Vec<String>,
    #[command(flatten)]
    pub post: PostArguments,
}

/// Arguments that were read and make sense together.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the orders are kept.
    pub database_url: String,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Whether demo people, demo orders and the local mailbox exist.
    pub demo: bool,
    /// Whether the sandbox's test cards pay real orders.
    pub sandbox: bool,
    /// The folder with the built assets.
    pub site: PathBuf,
    /// The address under which people reach the server, without a slash at its end.
    pub public_url: String,
    /// The file with the key that signs links and seals secrets.
    pub secret_file: PathBuf,
    /// The reverse proxies whose word about the caller's address counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// How far webhooks may reach.
    pub webhook_reach: Reach,
    /// How often a key may call the API in a minute; 0 for as often as it likes.
    pub api_calls_per_minute: u32,
    /// The sites whose pages may call the API from a browser.
    pub api_origins: Vec<String>,
    /// How mails and text messages leave.
    pub post: PostSettings,
    /// How long it is kept what was told.
    pub kept: Span,
}

/// What is wrong with the arguments.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("demo mode has known passwords and is refused on {0}: listen on a loopback address such as 127.0.0.1:3000")]
    DemoInPublic(SocketAddr),
    #[error("the database URL must begin with sqlite:// or postgres://")]
    UnknownDatabase,
    #[error("the database URL must name a file, such as sqlite://data/holdfast.db: what is kept in memory is lost")]
    NoFile,
    #[error(
        "there is no site folder at {}: build it with `make build`, or name it with --site",
        .0.display()
    )]
    NoSite(PathBuf),
    #[error("the public URL must look like https://orders.example.com, without a path")]
    PublicUrl,
    #[error("a site whose pages may call the API must look like https://shop.example.com, not {0}")]
    ApiOrigin(String),
    #[error(transparent)]
    Post(#[from] PostError),
}

impl Config {
    /// Checks the arguments against each other and against what is on disk.
    pub fn new(arguments: ServeArguments) -> Result<Self, ConfigError> {
        if arguments.demo && !arguments.listen.ip().is_loopback() {
            return Err(ConfigError::DemoInPublic(arguments.listen));
        }
        arguments.database.check()?;
        let database_url = arguments.database.database_url;
        let site = arguments.site.unwrap_or_else(default_site);
        if !site.is_dir() {
            return Err(ConfigError::NoSite(site));
        }
        let listen = arguments.listen;
        let public_url = arguments.public_url.unwrap_or_else(|| format!("http://{listen}"));
        let public_url = public_url.trim_end_matches('/').to_owned();
        if !is_origin(&public_url) {
            return Err(ConfigError::PublicUrl);
        }
        if let Some(odd) = arguments.api_origins.iter().find(|origin| origin.ends_with('/') || !is_origin(origin)) {
            return Err(ConfigError::ApiOrigin(odd.clone()));
        }
        let post = PostSettings::new(arguments.post)?;
        let (demo, secret_file) = (arguments.demo, arguments.secret_file);
        let trusted_proxies = arguments.trusted_proxies.iter().map(IpAddr::to_canonical).collect();
        let webhook_reach = if arguments.webhook_allow_private { Reach::Anywhere } else { Reach::Public };
        let kept = Span::days(arguments.keep_days);
        Ok(Self {
            database_url,
            listen,
            demo,
            sandbox: arguments.sandbox.unwrap_or(demo),
            site,
            public_url,
            secret_file,
            trusted_proxies,
            webhook_reach,
            api_calls_per_minute: arguments.api_calls_per_minute,
            api_origins: arguments.api_origins,
            post,
            kept,
        })
    }

    /// Whether people reach the server over TLS, so that cookies may ask for it.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Reads an address to listen on.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let local = port.map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    local
        .or_else(|| text.parse().ok())
        .ok_or("an IP address and a port are needed, such as 127.0.0.1:3000 or 0.0.0.0:3000")
}

/// Whether this is a scheme, a host and perhaps a port, and nothing else.
fn is_origin(url: &str) -> bool {
    let uri = url.parse::<axum::http::Uri>().ok();
    let fits = |uri: &axum::http::Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some()
            && uri.path() == "/"
            && uri.query().is_none()
    };
    uri.as_ref().is_some_and(fits)
}

/// A `site` folder beside the program or one above it (as in `target/site`), else `target/site` in the working folder.
fn default_site() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("site"))
        .find(|site| site.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}
