//! The command line: reads the arguments, starts the logs, hands over, and turns failure into an exit code.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{BenchArguments, CommandError, ImportCommand, KeyCommand, MessagesArguments, PersonCommand, SeedArguments};
use crate::server::{
    command,
    config::{DatabaseArguments, ServeArguments},
    error::causes,
    serve::{self, ServeError},
};

/// Holds a buyer's money in escrow until the goods are accepted.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArguments,
    #[command(flatten)]
    logs: LogArguments,
}

/// What is written to standard error about what the program does; every subcommand takes it.
#[derive(Args, Clone, Debug)]
struct LogArguments {
    /// What is logged: a level (off, error, warn, info, debug, trace), and `part=level` for what differs from it, separated
    /// by commas.
    #[arg(long, global = true, env = "HOLDFAST_LOG", default_value = "warn,holdfast=info", value_parser = log_filter)]
    log: Targets,
    /// How: `text` to be read by people, or `json`, an object each line.
    #[arg(long, global = true, env = "HOLDFAST_LOG_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    log_format: String,
}

/// Insists on levels that there are: a lone word would be taken for the name of a part, and silence everything else.
fn log_filter(text: &str) -> Result<Targets, String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let odd = text.split(',').map(str::trim).find(|one| !one.contains('=') && !levels.contains(one));
    if let Some(odd) = odd {
        return Err(format!(
            "{odd:?} is no level; levels are {}, and a part has one as in sqlx=debug",
            levels.join(", ")
        ));
    }
    text.parse().map_err(|error: tracing_subscriber::filter::ParseError| error.to_string())
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
    /// Checks all that is stored against itself: timelines, rows, ledger, payments, sums, counts, words, messages.
    ///
    /// Prints what was counted and the first breach of each rule, and fails when there is one. It may run beside a server,
    /// and on a copy that was brought back from a backup. It checks as well that the tables and triggers of this version are
    /// there and, of SQLite, that the file is whole and every row's references lead somewhere.
    ///
    /// What it does not cover: what stands nowhere else and follows from nothing, such as accounts, roles, keys, settings,
    /// addresses and the audit; the bytes of photos and signatures; whether a gateway told all that it knows, for which its
    /// own books are to be compared with these; and whether the secret file is the right one, which `serve` finds out.
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
    let line = read_line();
    start_logs(line.logs);
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

/// Reads the arguments and the environment. A variable that is set to nothing counts as one that is not set: that is how
/// files of settings leave a line empty.
fn read_line() -> CommandLine {
    let line = without_empty_variables(CommandLine::command());
    let read = CommandLine::from_arg_matches(&line.get_matches());
    read.unwrap_or_else(|error| error.format(&mut CommandLine::command()).exit())
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| {
        let value = argument.get_env().and_then(std::env::var_os);
        if value.is_some_and(|value| value.is_empty()) { argument.env(Resettable::Reset) } else { argument }
    });
    command.mut_subcommands(without_empty_variables)
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments).await?,
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

/// Logs go to standard error: readable at a terminal, JSON where it is asked for.
fn start_logs(wanted: LogArguments) {
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        // It would tell of a line that cannot be written where that line cannot be written, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let lines = if wanted.log_format == "json" { lines.json().boxed() } else { lines.compact().boxed() };
    tracing_subscriber::registry().with(lines).with(wanted.log).init();
}

/// Says what went wrong and everything that caused it, one line each; that nobody can be told changes nothing.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut out = std::io::stderr().lock();
    for (at, words) in causes(error).into_iter().enumerate() {
        let _ = writeln!(out, "{}: {words}", if at == 0 { "holdfast" } else { "  because" });
    }
    ExitCode::FAILURE
}
