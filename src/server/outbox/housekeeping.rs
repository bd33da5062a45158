//! What is swept away once an hour: sessions that have ended, answers to commands that nobody sends again.

use crate::{
    domain::time::Span,
    server::{
        error::Error,
        service::Services,
        storage::{idempotency, sessions},
    },
};

/// How often.
pub const EVERY: Span = Span::hours(1);
/// How long the answer to a command is kept for whoever sends it again.
const ANSWERS_KEPT: Span = Span::days(30);
/// How many sessions go in one transaction, so that nobody waits long for it.
const SESSIONS_AT_ONCE: i64 = 500;

/// Sweeps once; what cannot be swept away now is swept away next time.
pub async fn step(services: &Services) {
    match (sweep_sessions(services).await, sweep_answers(services).await) {
        (Ok(0), Ok(0)) => {}
        (Ok(sessions), Ok(answers)) => {
            tracing::info!(sessions, answers, "swept away what nobody needs any more");
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the house could not be tidied");
        }
    }
}

async fn sweep_sessions(services: &Services) -> Result<u64, Error> {
    let now = services.now();
    let mut swept = 0;
    loop {
        let gone = services
            .db
            .write((), move |tx, ()| {
                Box::pin(async move { Ok::<_, Error>(sessions::delete_ended(tx, now, SESSIONS_AT_ONCE).await?) })
            })
            .await?;
        swept += gone;
        if gone < SESSIONS_AT_ONCE.unsigned_abs() {
            return Ok(swept);
        }
    }
}

async fn sweep_answers(services: &Services) -> Result<u64, Error> {
    let before = services.now().minus(ANSWERS_KEPT);
    services
        .db
        .write((), move |tx, ()| Box::pin(async move { Ok::<_, Error>(idempotency::delete_before(tx, before).await?) }))
        .await
}
