//! What has to be done about payments without anybody asking: the sandbox makes its calls, and attempts that never
//! reached their gateway come to an end.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Answer, find, sandbox::Sandbox};
use crate::{
    domain::{
        id::OrderId,
        payment::Decline,
        time::{Moment, Span},
    },
    server::{
        error::{Error, with_causes},
        outbox::{Woken, rest},
        service::Services,
        service::payments,
        storage::sandbox,
    },
};

/// After how long without a word a gateway is asked whether it knows of an attempt: longer than any request to it takes.
const SILENCE: Span = Span(2 * 60);
/// How many attempts are looked at in one go.
const ATTEMPTS_AT_ONCE: i64 = 100;
/// How often there is a look at what other processes left to do.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The shortest pause, so that a call that is not heard does not keep the processor busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// Does all that is due; the answer is how much that was.
///
/// # Errors
/// When the database refuses.
pub async fn step(services: &Services) -> Result<usize, Error> {
    Ok(Sandbox::new(services.clone()).call().await? + ask_again(services).await?)
}

/// Looks after attempts that are unknown for long: one that its gateway has never heard of has taken nothing. One that the
/// gateway knows stays unknown until it tells what it did; it is never made again.
async fn ask_again(services: &Services) -> Result<usize, Error> {
    let since = services.now().minus(SILENCE);
    let mut after = (Moment(i64::MIN), Uuid::nil());
    let mut ended = 0;
    loop {
        let attempts = payments::list_unknown(services, since, after, ATTEMPTS_AT_ONCE).await?;
        let Some(last) = attempts.last() else { return Ok(ended) };
        after = (Moment(last.created_at), last.id);
        for attempt in attempts {
            let Some(gateway) = find(services, &attempt.gateway) else { continue };
            let why = match gateway.find_charge(attempt.id).await? {
                None => Decline::NotAsked,
                Some(Answer::Declined(why)) => why,
                Some(Answer::Taken | Answer::Unknown) => continue,
            };
            payments::decline(services, OrderId(attempt.order_id), attempt.id, why).await?;
            ended += 1;
        }
    }
}

/// Steps until the server stops: the sandbox's calls after each commit, all of it once in a while.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut commits = services.db.commits();
    let (mut woken, mut looked) = (Woken::Rested, None::<Instant>);
    while woken != Woken::Stopping {
        commits.mark_unchanged();
        // On a busy server no rest is ever undisturbed.
        let done = if woken == Woken::Committed && looked.is_some_and(|at| at.elapsed() < LOOK_AGAIN) {
            Sandbox::new(services.clone()).call().await
        } else {
            looked = Some(Instant::now());
            step(&services).await
        };
        if let Err(error) = done {
            tracing::error!(error = with_causes(&error), "payments could not be looked after; trying again");
            tokio::time::sleep(SHORTEST_PAUSE).await;
        }
        woken = rest(&mut commits, pause(&services).await, &stopping).await;
    }
}

/// Until the next call is due, within bounds.
async fn pause(services: &Services) -> Duration {
    let next = async {
        let mut conn = services.db.reader().await?;
        sandbox::next_due(&mut conn).await
    };
    let next = next.await.ok().flatten();
    let micros = next.map_or(0, |at| at.micros_since(services.now()));
    let wait = if next.is_some() { Duration::from_micros(micros.try_into().unwrap_or(0)) } else { LOOK_AGAIN };
    wait.clamp(SHORTEST_PAUSE, LOOK_AGAIN)
}
