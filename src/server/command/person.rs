//! `holdfast user`: people are added, get passwords and are listed by whoever runs the server.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::{Command, Stdio},
};

use clap::Subcommand;
use tokio::sync::oneshot;

use super::{CommandError, Expects, Place, with_db, with_services};
use crate::{
    domain::{
        access::Role,
        error::Error as Shown,
        money::Currency,
        text::{DisplayName, Email},
    },
    server::{
        error::Error,
        serve::told_to_stop,
        service::{
            Services,
            console::{self, Joins, NewPerson},
            erasure,
        },
        storage::Db,
    },
};

/// People that are listed at once.
const PAGE: i64 = 500;

/// What is done with people.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Adds somebody who can sign in at once; the password is asked for, or read from standard input.
    Add {
        /// The e-mail address.
        email: String,
        /// The name that others see.
        #[arg(long)]
        name: String,
        /// The marketplace whose staff the person joins; an administrator founds it when there is none of this name.
        #[arg(long)]
        marketplace: Option<String>,
        /// The currency of a marketplace that is founded.
        #[arg(long, default_value = "NGN")]
        currency: String,
        /// The seller in that marketplace whose staff the person joins; an owner adds it when there is none of this name.
        #[arg(long, requires = "marketplace")]
        seller: Option<String>,
        /// The role there: admin (the default), finance, `dispute_manager` or support; with --seller: owner (the
        /// default), shipping or `read_only`.
        #[arg(long)]
        role: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Sets somebody's password and signs them out everywhere; it is asked for, or read from standard input.
    Password {
        /// The e-mail address.
        email: String,
        #[command(flatten)]
        place: Place,
    },
    /// Erases a person who asks for it; this cannot be undone.
    ///
    /// Name, e-mail address, phone number and password give way to a pseudonym. Where their orders went, who else might take
    /// them, photos and signatures of these orders and those that they brought, addresses and texts of what they were told,
    /// their sessions, roles, settings and notices are deleted, and their orders are not found by address or number any more.
    ///
    /// What stays: timelines and ledger, which prove where the money went and can be checked by `holdfast verify` as before.
    /// In them stands the name under which the person bought or acted, and what they wrote into notes and reasons: each event
    /// is chained to the next by its hash, and others had money at stake. The audit keeps who did what, by id. Refused while
    /// one of their orders is not over. What SQLite deletes it writes over; PostgreSQL does so when it
    /// vacuums. Backups keep what they hold until they are deleted.
    Erase {
        /// The e-mail address.
        email: String,
        /// Says that you know that this cannot be undone.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Lists who there is, by address.
    List {
        #[command(flatten)]
        place: Place,
    },
}

/// Carries out what is asked for.
pub(super) async fn run(command: PersonCommand) -> Result<(), CommandError> {
    match command {
        PersonCommand::Add { email, name, marketplace, currency, seller, role, place } => {
            let email = Email::parse(&email).map_err(wrong("the address"))?;
            let name = DisplayName::parse(&name).map_err(wrong("--name"))?;
            let joins = match marketplace {
                None => None,
                Some(marketplace) => Some(Joins {
                    marketplace: DisplayName::parse(&marketplace).map_err(wrong("--marketplace"))?,
                    currency: currency.parse::<Currency>().map_err(wrong("--currency"))?,
                    role: role_at(seller.is_some(), role.as_deref())?,
                    seller: seller.as_deref().map(DisplayName::parse).transpose().map_err(wrong("--seller"))?,
                }),
            };
            let person = NewPerson { email: email.clone(), name, joins };
            with_services(&place.database, &place.secret, Expects::Nothing, async |services| {
                console::add(services, person, ask_password().await?).await.map_err(said)
            })
            .await?;
            println!("{email} can sign in now.");
        }
        PersonCommand::Password { email, place } => {
            let email = Email::parse(&email).map_err(wrong("the address"))?;
            with_services(&place.database, &place.secret, Expects::Database, async |services| {
                console::set_password(services, &email, ask_password().await?).await.map_err(said)
            })
            .await?;
            println!("{email} has a new password and is signed out everywhere.");
        }
        PersonCommand::Erase { email, yes, place } => erase(&email, yes, &place).await?,
        PersonCommand::List { place } => with_db(&place.database, Expects::Database, list).await?,
    }
    Ok(())
}

async fn erase(email: &str, yes: bool, place: &Place) -> Result<(), CommandError> {
    let email = Email::parse(email).map_err(wrong("the address"))?;
    if !yes {
        let message =
            "erasing cannot be undone, so it must be said; `holdfast user erase --help` tells what goes and what stays";
        return Err(CommandError::Field { field: "--yes", message: message.to_owned() });
    }
    let erase = async |services: &Services| erasure::erase(services, &email).await.map_err(said);
    let erased = with_services(&place.database, &place.secret, Expects::Database, erase).await?;
    println!("{email} was erased, and is {} from now on.", erased.user);
    println!("Of {} orders the timelines stay; {} pictures were deleted.", erased.orders, erased.files);
    Ok(())
}

async fn list(db: &Db) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    let mut after = String::new();
    loop {
        let people = console::list(db, &after, PAGE).await.map_err(said)?;
        let Some(last) = people.last() else { return Ok(()) };
        after.clone_from(&last.email);
        for person in people {
            let account = if person.has_account == 1 { "account" } else { "no account" };
            let line = writeln!(out, "{}\t{}\t{account}\t{} roles", person.email, person.name, person.roles);
            match line {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                line => line?,
            }
        }
    }
}

fn wrong<E: std::fmt::Display>(field: &'static str) -> impl Fn(E) -> CommandError {
    move |error| CommandError::Field { field, message: error.to_string() }
}

/// The role that is named; else the first of those that there are at a seller or a marketplace.
fn role_at(seller: bool, code: Option<&str>) -> Result<Role, CommandError> {
    let (known, message): (&[Role], _) = if seller {
        (&[Role::Owner, Role::Shipping, Role::ReadOnly], "one of owner, shipping and read_only")
    } else {
        let known = &[Role::Admin, Role::Finance, Role::DisputeManager, Role::Support];
        (
            known,
            "one of admin, finance, dispute_manager and support; of a seller, with --seller: owner, shipping, read_only",
        )
    };
    let Some(code) = code else { return Ok(known[0]) };
    Role::from_code(code)
        .filter(|role| known.contains(role))
        .ok_or_else(|| CommandError::Field { field: "--role", message: message.to_owned() })
}

/// What was refused is said in its own words.
pub(super) fn said(error: Error) -> CommandError {
    match error {
        Error::Refused(shown) => shown.into(),
        Error::Storage(ref cause) if cause.constraint().is_some() => Shown::from(error).into(),
        error => error.into(),
    }
}

/// Asks for a password: unseen at a terminal, else the first line of standard input.
async fn ask_password() -> Result<String, CommandError> {
    let terminal = io::stdin().is_terminal();
    if terminal {
        write!(io::stderr(), "Password (12 characters or more): ")?;
        show_typing(false);
    }
    // On a thread that nobody waits for: whoever presses Ctrl-C gets a terminal back that shows what is typed.
    let (sender, typed) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // Where nobody waits any more, nobody needs it.
        let _ = sender.send(read.map(|_| line));
    });
    let line = tokio::select! {
        line = typed => Some(line.expect("the thread sends what it read")),
        () = told_to_stop() => None,
    };
    if terminal {
        show_typing(true);
        writeln!(io::stderr())?;
    }
    let line = line.ok_or(CommandError::Interrupted)??;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Tells the terminal whether to show what is typed; one that cannot be told shows it.
fn show_typing(shown: bool) {
    let _ = Command::new("stty").arg(if shown { "echo" } else { "-echo" }).stdin(Stdio::inherit()).status();
}
