//! A whole application with a clock that tests move, on a database of its own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Once},
    time::Duration,
};

use axum::Router;
use holdfast::{
    domain::time::{Moment, Span},
    server::{
        api::limits::Limits,
        clock::{self, Clock, SystemClock, TestClock},
        config::{Config, KEEP_DAYS},
        password::{Cost, Passwords},
        post::{Post, arguments::PostSettings},
        secret::Secret,
        service::{
            Services,
            calls::Noted,
            demo::{self, DemoPeople},
            mail::{self, Mail},
        },
        state::{AppState, Shared},
        storage::{Db, outbox},
        web,
        webhook::{Reach, Sender},
    },
};
use sqlx::Executor;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use uuid::Uuid;

use super::Browser;

/// The variable that names a PostgreSQL server; `scripts/postgres.sh with …` sets it.
const POSTGRES_URL: &str = "HOLDFAST_TEST_POSTGRES_URL";
/// Where every test begins in time: Monday, 23 November 2026, 09:00 UTC.
const BEGIN: Moment = Moment(1_795_424_400_000_000);

/// How long the receiver of a webhook may take in tests.
const PATIENCE: Duration = Duration::from_secs(2);

/// The databases that everything runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Sqlite,
    Postgres,
}

/// An application behind its own public doors.
#[derive(Debug)]
pub struct TestApp {
    pub state: AppState,
    pub clock: Arc<TestClock>,
    pub store: Store,
    router: Router,
    folder: PathBuf,
}

/// Runs a test on SQLite and on PostgreSQL. Without a PostgreSQL server it says so and runs on SQLite alone; the test
/// command always starts one.
pub async fn each_store(test: impl AsyncFn(TestApp)) {
    test(TestApp::on(Store::Sqlite).await).await;
    if std::env::var_os(POSTGRES_URL).is_some() {
        test(TestApp::on(Store::Postgres).await).await;
    } else {
        static SAID: Once = Once::new();
        SAID.call_once(|| eprintln!("{POSTGRES_URL} is not set: tests run on SQLite alone"));
    }
}

impl TestApp {
    /// A new application on an empty database of this kind.
    pub async fn on(store: Store) -> Self {
        // What the program writes into its log is shown with a failed test, when RUST_LOG asks for it.
        let parts: Targets = std::env::var("RUST_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or_default();
        let lines = tracing_subscriber::fmt::layer().with_test_writer();
        let _ = tracing_subscriber::registry().with(lines).with(parts).try_init();
        let name = format!("holdfast_test_{}", clock::new_id(SystemClock.now()).simple());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        let database_url = match store {
            Store::Sqlite => format!("sqlite://{}/holdfast.db", folder.display()),
            Store::Postgres => new_schema(&name).await,
        };
        let config = Config {
            database_url,
            listen: ([127, 0, 0, 1], 3000).into(),
            demo: false,
            sandbox: true,
            site: folder.join("site"),
            public_url: "http://127.0.0.1:3000".to_owned(),
            secret_file: folder.join("secret.key"),
            trusted_proxies: Vec::new(),
            webhook_reach: Reach::Anywhere,
            api_calls_per_minute: 0,
            api_origins: Vec::new(),
            post: PostSettings::default(),
            kept: Span::days(KEEP_DAYS),
        };
        let db = Db::open(&config.database_url).await.expect("the database opens");
        db.migrate().await.expect("the tables can be made");
        let clock = Arc::new(TestClock::at(BEGIN));
        let services = Services {
            db,
            clock: clock.clone(),
            passwords: Passwords::new(Cost::Cheap).expect("passwords can be hashed"),
            secret: Secret::open(&config.secret_file).expect("a key can be made"),
            webhooks: Sender::new(config.webhook_reach, PATIENCE).expect("there is a client"),
            post: Arc::new(Post::into_mailbox(&config.public_url)),
            kept: config.kept,
            sandbox: config.sandbox,
            calls: Noted::default(),
        };
        let state = AppState::new(config, services);
        let router = web::router(&state);
        Self { state, clock, store, router, folder }
    }

    /// The same application with mails that leave by this mail server, which may take so many seconds for one.
    pub fn sending_to(mut self, receiver: &super::Receiver, patience_secs: u64) -> Self {
        let settings = receiver.settings(patience_secs);
        let post = Post::open(&settings, &self.state.config.public_url, true).expect("the post opens");
        self.send_by(post);
        self
    }

    /// Changes what all requests share.
    fn change(&mut self, change: impl FnOnce(&mut Shared)) {
        let mut shared = Shared::clone(&self.state);
        change(&mut shared);
        self.state = shared.into();
        self.router = web::router(&self.state);
    }

    /// Lets mails and text messages leave another way.
    pub fn send_by(&mut self, post: Post) {
        self.change(|shared| shared.services.post = Arc::new(post));
    }

    /// Lets the sandbox pay orders of test keys alone, as on a server that is not for trying out.
    pub fn close_sandbox(&mut self) {
        self.change(|shared| shared.services.sandbox = false);
    }

    /// Lets each key call so often.
    pub fn limit_calls(&mut self, limits: Limits) {
        self.change(|shared| shared.limits = limits);
    }

    /// All layers and routes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A browser that nobody has signed in with yet.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router())
    }

    /// The demo people.
    pub async fn people(&self) -> DemoPeople {
        let people = demo::seed_people(&self.state.services).await.expect("the demo people can be made");
        people.expect("the database was empty")
    }

    /// A browser in which this demo person is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        browser.sign_in(email, demo::PASSWORD).await;
        browser
    }

    /// Lets every worker do all that is due by now, until nothing is left.
    pub async fn settle(&self) {
        use holdfast::server::service::{calls, exports};
        use holdfast::server::{
            gateway,
            outbox::{deadlines, messages, reminders, webhook},
        };
        let services = &self.state.services;
        loop {
            let done = deadlines::step(services).await.expect("the clock works")
                + gateway::worker::step(services).await.expect("payments are looked after")
                + reminders::step(services).await.expect("people are reminded")
                + messages::step(services).await.expect("messages leave")
                + webhook::step(services).await.expect("webhooks leave")
                + exports::step(services).await.expect("exports are written")
                + calls::step(services).await.expect("calls are written down");
            if done == 0 {
                return;
            }
        }
    }

    /// The present instant.
    pub fn clock_now(&self) -> Moment {
        self.clock.now()
    }

    /// Moves the clock.
    pub fn wait(&self, span: Span) {
        self.clock.advance(span);
    }

    /// The mails to this address, the latest first.
    pub async fn mails(&self, to: &str) -> Vec<Mail> {
        let mut reader = self.state.services.db.reader().await.expect("the database answers");
        let newest = (Moment::NEVER, Uuid::max());
        let rows = outbox::list_newest(&mut reader, newest, 1_000).await.expect("the outbox can be read");
        let compose = |row: outbox::MessageRow| {
            mail::compose(&self.state.services.secret, &self.state.config.public_url, &row.kind, &row.payload)
        };
        rows.into_iter().filter(|row| row.to_address == to).filter_map(compose).collect()
    }

    /// The token at the end of the link in the latest mail to this address.
    pub async fn mailed_token(&self, to: &str) -> String {
        let mails = self.mails(to).await;
        let link = mails.first().and_then(|mail| mail.link.clone()).expect("a mail with a link was owed");
        link.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The one column of text that a query gives.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        use holdfast::server::storage::{Conn, On};
        let mut reader = self.state.services.db.reader().await.expect("the database answers");
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match reader.on() {
            On::Sqlite(c) => sqlx::query_scalar(sql).fetch_all(c).await,
            On::Postgres(c) => sqlx::query_scalar(sql).fetch_all(c).await,
        }
        .expect("rows can be read")
    }

    /// Checks the books, and insists that every rule holds.
    pub async fn verified(&self) {
        let findings = holdfast::server::service::verify::verify(&self.state.services.db, &mut |_, _| {}).await;
        let findings = findings.expect("the database answers");
        assert!(findings.are_clean(), "{findings}");
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let mut reader = self.state.services.db.reader().await.expect("the database answers");
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let on = holdfast::server::storage::Conn::on(&mut reader);
        match on {
            holdfast::server::storage::On::Sqlite(c) => sqlx::query_scalar(sql).fetch_one(c).await,
            holdfast::server::storage::On::Postgres(c) => sqlx::query_scalar(sql).fetch_one(c).await,
        }
        .expect("rows can be counted")
    }
}

impl TestApp {
    /// Runs a statement as somebody with the database's own tools would.
    pub async fn execute(&self, statement: &str) -> Result<u64, holdfast::server::storage::Error> {
        use holdfast::server::storage::{Conn, Error, On};
        self.state
            .services
            .db
            .write(statement.to_owned(), |tx, statement| {
                Box::pin(async move {
                    let sql = sqlx::AssertSqlSafe(statement.clone());
                    match tx.on() {
                        On::Sqlite(c) => sqlx::query(sql).execute(c).await.map(|done| done.rows_affected()),
                        On::Postgres(c) => sqlx::query(sql).execute(c).await.map(|done| done.rows_affected()),
                    }
                    .map_err(Error::from)
                })
            })
            .await
    }
}

impl TestApp {
    /// All rows of all tables but these, as text, so that a test can say that nothing was changed.
    pub async fn contents(&self, but: &[&str]) -> BTreeMap<String, String> {
        let mut contents = BTreeMap::new();
        for table in self.texts(self.tables()).await.into_iter().filter(|table| !but.contains(&table.as_str())) {
            let rows = match self.store {
                Store::Postgres => format!("select t::text from {table} t order by 1"),
                Store::Sqlite => {
                    let columns =
                        format!("select 'quote(' || name || ')' from pragma_table_info('{table}') order by cid");
                    let columns = self.texts(&columns).await.join(" || ',' || ");
                    format!("select {columns} from {table} order by 1")
                }
            };
            let rows = self.texts(&rows).await.join("\n");
            contents.insert(table, rows);
        }
        assert!(contents.len() > 10, "the tables were found");
        contents
    }

    const fn tables(&self) -> &'static str {
        match self.store {
            Store::Postgres => {
                "select table_name::text from information_schema.tables where table_schema = current_schema() order by 1"
            }
            Store::Sqlite => {
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1"
            }
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // What cannot be removed lies in the folder for temporary files anyway.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes a schema in the PostgreSQL server and gives the URL that works in it.
async fn new_schema(name: &str) -> String {
    let url = std::env::var(POSTGRES_URL).expect("the URL of a PostgreSQL server is set");
    let pool = sqlx::postgres::PgPool::connect(&url).await.expect("the PostgreSQL server answers");
    pool.execute(sqlx::AssertSqlSafe(format!("create schema {name}"))).await.expect("a schema can be made");
    pool.close().await;
    format!("{url}?options[search_path]={name}")
}
