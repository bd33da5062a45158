//! `holdfast key`: keys of programs are made by whoever runs the server.

use std::io::{self, Write};

use clap::{Args, Subcommand, builder::PossibleValuesParser};

use super::{CommandError, Expects, SecretArguments, person::said, with_services};
use crate::{
    domain::{access::Permission, error::Error as Shown, text::Email},
    server::{
        config::DatabaseArguments,
        error::Error,
        service::{
            Services,
            keys::{self, Typed},
        },
    },
};

/// A key that is wanted.
#[derive(Args, Clone, Debug)]
pub struct AddKey {
    /// The address of the person for whom it acts: it may never more than they may.
    email: String,
    /// What it is called; orders say so of what it does.
    #[arg(long)]
    name: String,
    /// The marketplace or seller that it acts for; the first one that the person administers when it is not named.
    #[arg(long)]
    place: Option<String>,
    /// It acts for what the person bought.
    #[arg(long, conflicts_with = "place")]
    purchases: bool,
    /// It is for the sandbox alone.
    #[arg(long)]
    test: bool,
    /// What it may, separated by commas; by default all that it can.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(Permission::ALL.map(Permission::code)))]
    may: Vec<String>,
    /// After how many days it ends by itself.
    #[arg(long)]
    days: Option<u16>,
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    secret: SecretArguments,
}

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Makes a key and writes it to standard output, this once.
    Add(AddKey),
}

/// Carries out what is asked for.
pub(super) async fn run(command: KeyCommand) -> Result<(), CommandError> {
    let KeyCommand::Add(wanted) = command;
    let email = Email::parse(&wanted.email)
        .map_err(|error| CommandError::Field { field: "the address", message: error.to_string() })?;
    let made = with_services(&wanted.database, &wanted.secret, Expects::Database, async |services| {
        issue(services, &email, &wanted).await.map_err(said)
    })
    .await?;
    // It is shown this once, so that it matters whether it could be.
    Ok(writeln!(io::stdout(), "{made}")?)
}

async fn issue(services: &Services, email: &Email, wanted: &AddKey) -> Result<String, Error> {
    let place = if wanted.purchases { Some("") } else { wanted.place.as_deref() };
    let typed = |permissions: Vec<String>| Typed {
        name: wanted.name.clone(),
        mode: if wanted.test { "test" } else { "live" }.to_owned(),
        permissions,
        days: wanted.days.map(|days| days.to_string()).unwrap_or_default(),
    };
    if !wanted.may.is_empty() {
        return Ok(keys::issue(services, email.as_str(), place, &typed(wanted.may.clone())).await?.text);
    }
    let most = keys::most(services, email.as_str(), place).await?;
    let all = most.into_iter().map(|permission: Permission| permission.code().to_owned()).collect();
    let made = keys::issue(services, email.as_str(), place, &typed(all)).await;
    made.map(|made| made.text).map_err(|error| Error::from(Shown::from(error)))
}
