//! `holdfast messages`: what waits or was given up, and letting it be tried again.

use std::io::{self, Write};

use clap::Args;

use super::{CommandError, Expects, Place, person::said, with_db, with_services};
use crate::{
    domain::id::MessageId,
    server::{
        service::{
            Services,
            undelivered::{self, BEGIN, Undelivered},
        },
        storage::Db,
    },
};

/// Messages that are listed at once.
const PAGE: i64 = 500;

/// What `messages` needs to know.
#[derive(Args, Clone, Debug)]
pub struct MessagesArguments {
    /// Lists only those that were given up, not those that wait.
    #[arg(long, conflicts_with = "again")]
    dead: bool,
    /// Owes a message again, at once and from the first try on: its id, or `all` for all that were given up. A server that
    /// runs, or the next one, sends it.
    #[arg(long, value_name = "ID")]
    again: Option<Again>,
    #[command(flatten)]
    place: Place,
}

/// Which messages are owed again.
#[derive(Clone, Debug)]
enum Again {
    All,
    One(MessageId),
}

impl std::str::FromStr for Again {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            id => id.parse().map(Self::One).map_err(|_| "this is `all`, or the id of a message such as msg_0193…"),
        }
    }
}

/// Lists messages, or owes them again.
pub async fn run(arguments: MessagesArguments) -> Result<(), CommandError> {
    let Place { database, secret } = &arguments.place;
    match arguments.again {
        None => with_db(database, Expects::Database, async |db| list(db, arguments.dead).await).await?,
        Some(Again::All) => {
            let again = async |services: &Services| undelivered::again_all(services).await.map_err(said);
            match with_services(database, secret, Expects::Database, again).await? {
                0 => println!("No message was given up."),
                1 => println!("One message is owed again."),
                many => println!("{many} messages are owed again."),
            }
        }
        Some(Again::One(id)) => {
            let again = async |services: &Services| undelivered::again(services, id).await.map_err(said);
            with_services(database, secret, Expects::Database, again).await?;
            println!("{id} is owed again.");
        }
    }
    Ok(())
}

async fn list(db: &Db, dead_only: bool) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    let mut place = Some(BEGIN);
    while let Some(after) = place {
        let (messages, next) = undelivered::list(db, after, PAGE).await.map_err(said)?;
        place = next;
        for message in messages.iter().filter(|message| message.is_dead || !dead_only) {
            match writeln!(out, "{}", line(message)) {
                // Whoever reads may stop reading, as `head` does.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
    }
    Ok(())
}

/// Columns between tabs: id, state, kind, way, to whom, tries, when it was owed, why it did not arrive.
fn line(message: &Undelivered) -> String {
    let state = if message.is_dead { "dead" } else { "pending" };
    let at = jiff::Timestamp::from_microsecond(message.at.0).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ");
    let Undelivered { id, kind, channel, to, attempts, reason, .. } = message;
    format!("{id}\t{state}\t{kind}\t{channel}\t{to}\t{attempts} tries\t{at}\t{reason}")
}
