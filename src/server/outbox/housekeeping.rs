//! What is swept away once an hour: sessions and links that have ended, answers to commands that nobody sends again, and what
//! was told long ago, whose words nobody needs any more. Timeline, ledger and audit are never touched.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    domain::time::{Moment, Span},
    server::{
        error::{Error, with_causes},
        service::Services,
        storage::{Tx, answers, calls, exports, idempotency, inbox, links, retention, sessions},
    },
};

/// How often.
const EVERY: Duration = Duration::from_hours(1);
/// How long the answer to a command is kept for whoever sends it again.
const ANSWERS_KEPT: Span = Span::days(30);
/// How many rows of a kind go in one transaction, so that nobody waits long for it.
const ROWS_AT_ONCE: i64 = 500;

/// How long links that are over are kept, so that whoever opens one late is told what became of it. Attempts are counted
/// for less than that.
const LINKS_KEPT: Span = Span::days(30);

/// How long it is kept what programs asked for.
const CALLS_KEPT: Span = Span::days(90);

/// How long it is kept at most what a person was told in the program, even when they never looked; the timelines say it for
/// ever.
const TOLD_KEPT: Span = Span::days(180);

/// What is said of a message that did not arrive, once its text was cleared away.
const NOT_KEPT: &str = "why is not kept any more";

/// Tidies up now and once an hour, until the server stops. What it does is in transactions of their own, so it can be left
/// at any point.
pub async fn run(services: Services, stopping: CancellationToken) {
    let tidying = async {
        loop {
            step(&services).await;
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = stopping.cancelled() => {}
        () = tidying => {}
    }
}

/// Sweeps once; what cannot be swept away now is swept away next time.
pub async fn step(services: &Services) {
    match sweep(services).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "swept away what nobody needs any more"),
        Err(error) => tracing::warn!(error = with_causes(&error), "the house could not be tidied"),
    }
}

async fn sweep(services: &Services) -> Result<u64, Error> {
    let now = services.now();
    let kept_since = now.minus(services.kept);
    let mut swept = 0;
    loop {
        let ended = services.db.write((), move |tx, ()| Box::pin(sweep_some(tx, now))).await?;
        let old = services.db.write((), move |tx, ()| Box::pin(clear_some(tx, kept_since))).await?;
        swept += ended + old;
        if ended + old == 0 {
            return Ok(swept);
        }
    }
}

/// Clears away what was told before this instant.
async fn clear_some(tx: &mut Tx, before: Moment) -> Result<u64, Error> {
    let personal = retention::delete_personal_messages(tx, before, ROWS_AT_ONCE).await?;
    let texts = retention::clear_messages(tx, before, NOT_KEPT, ROWS_AT_ONCE).await?;
    let deliveries = retention::delete_deliveries(tx, before, ROWS_AT_ONCE).await?;
    Ok(personal + texts + deliveries + retention::delete_read_notices(tx, before, ROWS_AT_ONCE).await?)
}

async fn sweep_some(tx: &mut Tx, now: Moment) -> Result<u64, Error> {
    let sessions = sessions::delete_ended(tx, now, ROWS_AT_ONCE).await?;
    let answers = answers::sweep(tx, now.minus(LINKS_KEPT), ROWS_AT_ONCE).await?;
    let told = inbox::delete_before(tx, now.minus(TOLD_KEPT), ROWS_AT_ONCE).await?;
    let asked = calls::delete_before(tx, now.minus(CALLS_KEPT), ROWS_AT_ONCE).await?;
    let files = u64::from(exports::sweep(tx, now).await?);
    let links = links::sweep(tx, now.minus(LINKS_KEPT), ROWS_AT_ONCE).await?;
    let commands = idempotency::delete_before(tx, now.minus(ANSWERS_KEPT), ROWS_AT_ONCE).await?;
    Ok(sessions + answers + told + asked + files + links + commands)
}
