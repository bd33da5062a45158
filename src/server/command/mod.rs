//! The subcommands beside `serve`: what each takes, and how it hands over to the service that does it.

use std::{
    io::{self, BufWriter, Write as _},
    path::PathBuf,
    sync::Arc,
};

use clap::{Args, Subcommand};

use crate::{
    domain::{error::Error as Shown, time::Span},
    server::{
        api,
        clock::{Clock, SystemClock},
        config::{ConfigError, DatabaseArguments, KEEP_DAYS},
        error::Error,
        password::{Cost, Passwords},
        post::Post,
        service::{
            Services,
            calls::Noted,
            demo,
            fingerprint::{self, FingerprintError},
            import::{self, ImportError, olist},
            journal::{self, JournalError},
            seed::{self, Wish},
            verify,
        },
        storage::{self, Db},
        webhook::{
            Reach, Sender,
            send::{PATIENCE, SenderError},
        },
    },
};

mod bench;
mod gauge;
mod key;
mod line;
mod messages;
mod person;

pub use bench::{BenchArguments, run as bench};
pub use key::KeyCommand;
pub use line::main;
pub use messages::{MessagesArguments, run as messages};
pub use person::PersonCommand;

/// What `seed` needs to know.
#[derive(Args, Clone, Debug)]
pub struct SeedArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// How many orders to make.
    #[arg(long, default_value_t = 60)]
    orders: usize,
    /// Over how many days before now they were placed; those of the last days are still under way.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3_650))]
    days: i64,
    /// The same number makes the same orders again, but for their ids and references.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    secret: SecretArguments,
}

/// The key that the server signs with.
#[derive(Args, Clone, Debug)]
pub struct SecretArguments {
    /// The file with the server's key, 32 bytes; made for a database that was never used with one.
    #[arg(long, env = "HOLDFAST_SECRET_FILE", default_value = "data/secret.key")]
    secret_file: PathBuf,
}

/// What is needed for looking after people and what they are told.
#[derive(Args, Clone, Debug)]
pub struct Place {
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    secret: SecretArguments,
}

/// Where orders are imported from.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Imports the CSV files of the Olist data set with their whole history.
    ///
    /// Each order is played through the real actions at its real times, one order for each seller. What does not fit is
    /// imported by a stated rule or refused with its reason; the report counts and names each. It may be killed and run
    /// again: what is there is left alone.
    Olist {
        /// The folder with orders.csv, `order_items.csv` and the other files.
        folder: PathBuf,
        /// The marketplace to import into; made, in Brazilian reais, when there is none of this name.
        #[arg(long, default_value = "Olist")]
        marketplace: String,
        /// A file for the whole report, with every odd or refused order by its number.
        #[arg(long)]
        report: Option<PathBuf>,
        #[command(flatten)]
        database: DatabaseArguments,
    },
}

/// Why a subcommand did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the database cannot be opened")]
    Database(#[from] storage::Error),
    #[error(transparent)]
    Secret(#[from] FingerprintError),
    #[error(transparent)]
    Webhooks(#[from] SenderError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the report cannot be written to {}", .0.display())]
    Report(PathBuf, #[source] io::Error),
    #[error(transparent)]
    Refused(#[from] Shown),
    #[error("{field}: {message}")]
    Field { field: &'static str, message: String },
    #[error("the terminal cannot be read or written")]
    Terminal(#[from] io::Error),
    #[error("stopped at the password: nothing was changed")]
    Interrupted,
    #[error("it cannot be done")]
    Failed(#[from] Error),
    #[error("what is stored is not as it must be: see above")]
    Unsound,
}

/// What a command expects of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    /// Nothing: it is made when it is missing, and its tables are brought up to date.
    Nothing,
    /// That it is there with the tables of this program, so that a slip in its address is noticed.
    Database,
}

/// Opens the database, lets something work with it, and closes it, however that ended: what was committed lies in the one
/// file then.
async fn with_db<T>(
    database: &DatabaseArguments,
    expects: Expects,
    work: impl AsyncFnOnce(&Db) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    database.check()?;
    let db = match expects {
        Expects::Nothing => Db::open_in_bulk(&database.database_url).await?,
        Expects::Database => Db::open_existing(&database.database_url).await?,
    };
    let worked = async {
        if expects == Expects::Nothing {
            db.migrate().await?;
        }
        work(&db).await
    };
    let worked = worked.await;
    db.close().await;
    worked
}

/// The same with all that use cases work with.
async fn with_services<T>(
    database: &DatabaseArguments,
    secret: &SecretArguments,
    expects: Expects,
    work: impl AsyncFnOnce(&Services) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    with_db(database, expects, async |db| {
        let secret = fingerprint::open_secret(db, &secret.secret_file).await?;
        let passwords = Passwords::new(Cost::Full)?;
        let webhooks = Sender::new(Reach::Public, PATIENCE)?;
        let post = Arc::new(Post::closed());
        let (db, clock, kept) = (db.clone(), Arc::new(SystemClock), Span::days(KEEP_DAYS));
        let (sandbox, calls) = (false, Noted::default());
        work(&Services { db, clock, passwords, secret, webhooks, post, kept, sandbox, calls }).await
    })
    .await
}

/// Brings the tables up to date and does nothing else.
pub async fn migrate(database: DatabaseArguments) -> Result<(), CommandError> {
    let version = with_db(&database, Expects::Nothing, async |db| Ok(db.version().await?)).await?;
    println!("The tables are up to date ({version}).");
    Ok(())
}

/// Makes orders up.
pub async fn seed(arguments: SeedArguments) -> Result<(), CommandError> {
    let wish = Wish { orders: arguments.orders, days: arguments.days, seed: arguments.seed, quiet: true };
    let mut gauge = gauge::Gauge::start("orders");
    let (made, with_accounts) =
        with_services(&arguments.database, &arguments.secret, Expects::Nothing, async |services| {
            let with_accounts = seed::is_empty(services).await?;
            Ok((seed::seed(services, wish, &mut |progress| gauge.show(progress)).await?, with_accounts))
        })
        .await?;
    println!("{made} orders were made in {}.", gauge.elapsed());
    if with_accounts {
        println!("{}", demo::Accounts);
        println!("Everybody knows it: the database is not served on any but a loopback address.");
    }
    Ok(())
}

/// Imports orders.
pub async fn import(command: ImportCommand) -> Result<(), CommandError> {
    let ImportCommand::Olist { folder, marketplace, report: file, database } = command;
    let mut gauge = gauge::Gauge::start("orders");
    let now = SystemClock.now();
    let report = with_db(&database, Expects::Nothing, async |db| {
        let mut progress = |progress: import::Progress| gauge.show(progress);
        Ok(olist::import(db, &folder, &marketplace, now, &mut progress).await?)
    })
    .await?;
    println!("{report}");
    println!("All this took {}.", gauge.elapsed());
    if let Some(file) = file {
        std::fs::write(&file, report.in_full()).map_err(|error| CommandError::Report(file.clone(), error))?;
        println!("Every odd or refused order is named in {}.", file.display());
    }
    println!("To look at them, make yourself an account:");
    println!("  holdfast user add you@example.com --name You --marketplace {marketplace:?} --role admin");
    Ok(())
}

/// Checks everything that is stored.
pub async fn verify(database: DatabaseArguments) -> Result<(), CommandError> {
    let mut gauge = gauge::Gauge::start("orders");
    let findings = with_db(&database, Expects::Database, async |db| {
        let mut progress = |done, of| {
            let _ = gauge.show(import::Progress { done, of });
        };
        Ok(verify::verify(db, &mut progress).await?)
    })
    .await?;
    print!("{findings}");
    println!("Checked in {}.", gauge.elapsed());
    if findings.are_clean() { Ok(()) } else { Err(CommandError::Unsound) }
}

/// Writes the ledger to standard output.
pub async fn journal(database: DatabaseArguments) -> Result<(), CommandError> {
    with_db(&database, Expects::Database, async |db| {
        let mut out = BufWriter::new(io::stdout());
        match journal::write(db, &mut out).await {
            // Whoever reads may stop reading, as `head` does.
            Err(JournalError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => {
                written?;
                Ok(out.flush()?)
            }
        }
    })
    .await
}

/// Makes keys of programs.
pub async fn key(command: KeyCommand) -> Result<(), CommandError> {
    key::run(command).await
}

/// Writes the OpenAPI document to standard output.
pub fn openapi() -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(api::openapi::document()).map_err(io::Error::from)?;
    match writeln!(io::stdout(), "{text}") {
        // Whoever reads may stop reading, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Adds people, sets passwords, lists who there is.
pub async fn person(command: PersonCommand) -> Result<(), CommandError> {
    person::run(command).await
}
