//! The command line: reads the arguments, starts the logs, hands over, and turns failure into an exit code.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use super::{BenchArguments, CommandError, ImportCommand, KeyCommand, MessagesArguments, PersonCommand, SeedArguments};
use crate::server::{
    command,
    config::{DatabaseArguments, ServeArguments},
    web::{self, ServeError},
};

/// Holds a buyer's money in escrow until the goods are accepted.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the screen (the default).
    Serve(ServeArguments),
    /// Makes the database when it is missing and brings its tables up to date; `serve` does so too.
    Migrate(DatabaseArguments),
    /// Makes plausible orders in every status up, for demos and measurements.
    ///
    /// They are made in the marketplace "Lagos Fair". In an empty database its people get accounts with the known
    /// password of demo mode; in any other the orders have people without accounts.
    Seed(SeedArguments),
    /// Imports orders with their history from elsewhere.
    Import {
        #[command(subcommand)]
        from: ImportCommand,
    },
    /// Checks all that is stored against itself: timelines, rows, ledger, sums, counts, words, messages.
    ///
    /// Prints what was counted and the first breach of each rule, and fails when there is one. It may run beside a server.
    Verify(DatabaseArguments),
    /// Writes the whole ledger to standard output in the format of hledger: `holdfast journal | hledger -f - check --strict`.
    Journal(DatabaseArguments),
    /// Adds people, sets their passwords, lists and erases them.
    User {
        #[command(subcommand)]
        what: PersonCommand,
    },
    /// Lists the mails and text messages that wait or were given up, and lets them be tried again.
    ///
    /// One line each, the oldest first, between tabs: id, `dead` or `pending`, what it says, how it travels, to whom (as
    /// little of the address as is needed), how often it was tried, when it was owed, why it did not arrive. Those about a
    /// marketplace's orders and people its operators see under Settings as well; those about accounts, such as a new
    /// password or a sign-up, are seen here alone. It may run beside a server.
    Messages(MessagesArguments),
    /// Makes keys with which programs act.
    Key {
        #[command(subcommand)]
        what: KeyCommand,
    },
    /// Writes the OpenAPI document of the API to standard output.
    Openapi,
    /// Serves the product beside bare handlers, for `make bench`; on a copy of a database, never on one that is in use.
    #[command(hide = true)]
    Bench(BenchArguments),
}

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Carries out what the arguments of the program say, and gives its exit code.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    start_logs();
    let command = line.command.unwrap_or(Command::Serve(line.serve));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(arguments) => web::serve(arguments).await?,
        Command::Migrate(database) => command::migrate(database).await?,
        Command::Key { what } => command::key(what).await?,
        Command::Openapi => command::openapi()?,
        Command::Bench(arguments) => command::bench(arguments).await?,
        Command::Seed(arguments) => command::seed(arguments).await?,
        Command::Import { from } => command::import(from).await?,
        Command::Verify(database) => command::verify(database).await?,
        Command::Journal(database) => command::journal(database).await?,
        Command::User { what } => command::person(what).await?,
        Command::Messages(arguments) => command::messages(arguments).await?,
    }
    Ok(())
}

/// Logs go to standard error: readable at a terminal, JSON where `HOLDFAST_LOG_FORMAT=json` asks for it.
fn start_logs() {
    let filter = EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| EnvFilter::new("warn,holdfast=info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("HOLDFAST_LOG_FORMAT").is_ok_and(|format| format == "json") {
        logs.json().init();
    } else {
        logs.compact().init();
    }
}

/// Says what went wrong and everything that caused it, one line each.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("holdfast: {error}");
    let mut cause = error.source();
    while let Some(reason) = cause {
        eprintln!("  because: {reason}");
        cause = reason.source();
    }
    ExitCode::FAILURE
}
