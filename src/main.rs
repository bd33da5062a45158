//! The command line: reads the arguments, starts the logs, hands over, and turns failure into an exit code.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use holdfast::server::{config, web};
use tracing_subscriber::EnvFilter;

/// Holds a buyer's money in escrow until the goods are accepted.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: config::ServeArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the screen (the default).
    Serve(config::ServeArguments),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    start_logs();
    let command = line.command.unwrap_or(Command::Serve(line.serve));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let outcome = match command {
        Command::Serve(arguments) => runtime.block_on(web::serve(arguments)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Logs go to standard error: readable at a terminal, JSON where `HOLDFAST_LOG_FORMAT=json` asks for it.
fn start_logs() {
    let filter = EnvFilter::try_from_env("HOLDFAST_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,holdfast=info"));
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
