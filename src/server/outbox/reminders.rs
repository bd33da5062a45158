//! Reminders: orders whose turn was not taken at half of a window, or a day before its end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{id::OrderId, time::Moment},
    server::{
        error::{Error, with_causes},
        outbox::resting::Resting,
        service::{Services, reminders as service},
        storage::reminders,
    },
};

/// How many orders are looked up in one go.
const ORDERS_AT_ONCE: i64 = 200;
/// How often there is a look at what was written meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The shortest pause, so that an order that fails does not keep the processor busy.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Owes all reminders that are due by now; the answer is how many parties are reminded.
///
/// # Errors
/// When the database cannot be asked what is due. An order that fails is logged and holds up nobody else.
pub async fn step(services: &Services) -> Result<usize, Error> {
    remind_all(services, &mut Resting::default()).await
}

async fn remind_all(services: &Services, resting: &mut Resting) -> Result<usize, Error> {
    let mut after = (Moment(i64::MIN), OrderId(Uuid::nil()));
    let mut done = 0;
    loop {
        let now = services.now();
        let mut conn = services.db.reader().await?;
        let due = reminders::list_due(&mut conn, now, after, ORDERS_AT_ONCE).await?;
        drop(conn);
        let Some(last) = due.last() else { return Ok(done) };
        after = (Moment(last.remind_at), OrderId(last.id));
        for id in due.into_iter().map(|row| OrderId(row.id)) {
            if resting.rests(id, now) {
                continue;
            }
            match service::remind(services, id).await {
                Ok(told) => {
                    resting.forget(id);
                    done += told;
                }
                Err(error) => {
                    let rest_secs = resting.let_rest(id, now).0;
                    tracing::error!(order = %id, error = with_causes(&error), rest_secs, "nobody can be reminded of an order; others go on");
                }
            }
        }
    }
}

/// Works until the server stops. Reminders lie hours ahead: a commit is no reason to look, but the time is.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut resting = Resting::default();
    while !stopping.is_cancelled() {
        if let Err(error) = remind_all(&services, &mut resting).await {
            tracing::error!(error = with_causes(&error), "reminders cannot be read; trying again");
        }
        let pause = pause(&services).await;
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Until the next reminder, within bounds.
async fn pause(services: &Services) -> Duration {
    let next = async {
        let mut conn = services.db.reader().await?;
        reminders::next_due(&mut conn).await
    };
    let Some(next) = next.await.ok().flatten() else { return LOOK_AGAIN };
    let micros = next.micros_since(services.now());
    Duration::from_micros(micros.try_into().unwrap_or(0)).clamp(SHORTEST_PAUSE, LOOK_AGAIN)
}
