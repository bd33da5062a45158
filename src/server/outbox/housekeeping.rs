//! What is swept away once an hour: sessions and links that have ended, answers to commands that nobody sends again.

use crate::{
    domain::time::{Moment, Span},
    server::{
        error::Error,
        service::Services,
        storage::{Tx, answers, calls, exports, idempotency, inbox, links, sessions},
    },
};

/// How often.
pub const EVERY: Span = Span::hours(1);
/// How long the answer to a command is kept for whoever sends it again.
const ANSWERS_KEPT: Span = Span::days(30);
/// How many rows of a kind go in one transaction, so that nobody waits long for it.
const ROWS_AT_ONCE: i64 = 500;

/// How long links that are over are kept, so that whoever opens one late is told what became of it. Attempts are counted
/// for less than that.
const LINKS_KEPT: Span = Span::days(30);

/// How long it is kept what programs asked for.
const CALLS_KEPT: Span = Span::days(90);

/// How long it is kept what a person was told in the program; the timelines say it for ever.
const TOLD_KEPT: Span = Span::days(180);

/// Sweeps once; what cannot be swept away now is swept away next time.
pub async fn step(services: &Services) {
    match (sweep(services).await, sweep_answers(services).await) {
        (Ok(0), Ok(0)) => {}
        (Ok(rows), Ok(answers)) => {
            tracing::info!(rows, answers, "swept away what nobody needs any more");
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the house could not be tidied");
        }
    }
}

async fn sweep(services: &Services) -> Result<u64, Error> {
    let now = services.now();
    let mut swept = 0;
    loop {
        let gone = services.db.write((), move |tx, ()| Box::pin(sweep_some(tx, now))).await?;
        swept += gone;
        if gone == 0 {
            return Ok(swept);
        }
    }
}

async fn sweep_some(tx: &mut Tx, now: Moment) -> Result<u64, Error> {
    let sessions = sessions::delete_ended(tx, now, ROWS_AT_ONCE).await?;
    let answers = answers::sweep(tx, now.minus(LINKS_KEPT), ROWS_AT_ONCE).await?;
    let told = inbox::delete_before(tx, now.minus(TOLD_KEPT), ROWS_AT_ONCE).await?;
    let asked = calls::delete_before(tx, now.minus(CALLS_KEPT), ROWS_AT_ONCE).await?;
    let files = u64::from(exports::sweep(tx, now).await?);
    Ok(sessions + answers + told + asked + files + links::sweep(tx, now.minus(LINKS_KEPT), ROWS_AT_ONCE).await?)
}

async fn sweep_answers(services: &Services) -> Result<u64, Error> {
    let before = services.now().minus(ANSWERS_KEPT);
    services
        .db
        .write((), move |tx, ()| Box::pin(async move { Ok::<_, Error>(idempotency::delete_before(tx, before).await?) }))
        .await
}
