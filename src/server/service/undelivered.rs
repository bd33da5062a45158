//! Messages that wait or were given up, as whoever runs the server looks after them: those of no marketplace as well.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{error::Error as Shown, id::MessageId, party::Party, time::Moment},
    server::{
        error::Error,
        service::{Services, Visit, answers::masked, audit},
        storage::{
            Db, Tx,
            undelivered::{self, OpenRow},
        },
    },
};

/// How many are owed again in one transaction.
const AT_ONCE: i64 = 200;

/// A message that waits, or was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Which.
    pub id: MessageId,
    /// What it says, as a stable code.
    pub kind: String,
    /// Whether it was given up; else it waits.
    pub is_dead: bool,
    /// `email` or `sms`.
    pub channel: String,
    /// To whom: an address of which little is shown, or the party that it is to be spread to.
    pub to: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it did not arrive; empty when it was not tried.
    pub reason: String,
    /// When it was owed.
    pub at: Moment,
}

/// Where a list goes on.
pub type Place = (Moment, Uuid);

/// Where a list begins.
pub const BEGIN: Place = (Moment(i64::MIN), Uuid::nil());

/// The messages that wait or were given up after this place, the oldest first, and where the list goes on.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &Db, after: Place, limit: i64) -> Result<(Vec<Undelivered>, Option<Place>), Error> {
    let mut conn = db.reader().await?;
    let rows = undelivered::list(&mut conn, after, limit).await?;
    let next = rows.last().map(|row| (Moment(row.created_at), row.id));
    Ok((rows.into_iter().map(shown).collect(), next))
}

fn shown(row: OpenRow) -> Undelivered {
    let to = if row.to_address.is_empty() {
        Party::from_code(&row.party).map_or("…", Party::word).to_owned()
    } else {
        masked(&row.to_address)
    };
    Undelivered {
        id: MessageId(row.id),
        is_dead: row.state == "dead",
        kind: row.kind,
        channel: row.channel,
        to,
        attempts: row.attempts,
        reason: row.last_error,
        at: Moment(row.created_at),
    }
}

/// Owes one message again, at once and from the first try on.
///
/// # Errors
/// Not found when it arrived, is on its way at this moment, or was never there.
pub async fn again(services: &Services, id: MessageId) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write((), move |tx, ()| {
            Box::pin(async move {
                if owe_again(tx, id, now).await? {
                    Ok(())
                } else {
                    Err(Shown::not_found("message that can be sent").into())
                }
            })
        })
        .await
}

/// Owes again all that was given up until now; gives how many those were.
///
/// # Errors
/// When the database refuses; what was owed again until then stays so.
pub async fn again_all(services: &Services) -> Result<usize, Error> {
    let now = services.now();
    let mut done = 0;
    loop {
        let some = services.db.write((), move |tx, ()| Box::pin(again_some(tx, now))).await?;
        done += some;
        if some == 0 {
            return Ok(done);
        }
    }
}

async fn again_some(tx: &mut Tx, now: Moment) -> Result<usize, Error> {
    let mut done = 0;
    for id in undelivered::list_dead(tx, now, AT_ONCE).await? {
        done += usize::from(owe_again(tx, id, now).await?);
    }
    Ok(done)
}

async fn owe_again(tx: &mut Tx, id: MessageId, now: Moment) -> Result<bool, Error> {
    let Some(marketplace) = undelivered::again(tx, id, now).await? else { return Ok(false) };
    let detail = json!({ "message": id.0 });
    audit(tx, &Visit::default(), "message_sent_again_at_console", (None, marketplace), detail, now).await?;
    Ok(true)
}
