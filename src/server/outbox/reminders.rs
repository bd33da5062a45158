//! Reminders: orders whose turn was not taken at half of a window, or a day before its end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{id::OrderId, time::Moment},
    server::{
        error::Error,
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
    let mut after = (Moment(i64::MIN), OrderId(Uuid::nil()));
    let mut done = 0;
    loop {
        let mut conn = services.db.reader().await?;
        let due = reminders::list_due(&mut conn, services.now(), after, ORDERS_AT_ONCE).await?;
        drop(conn);
        let Some(last) = due.last() else { return Ok(done) };
        after = (Moment(last.remind_at), OrderId(last.id));
        for row in due {
            match service::remind(services, OrderId(row.id)).await {
                Ok(told) => done += told,
                Err(error) => tracing::error!(order = %OrderId(row.id), %error, "nobody can be reminded of an order"),
            }
        }
    }
}

/// Works until the server stops. Reminders lie hours ahead: a commit is no reason to look, but the time is.
pub async fn run(services: Services, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        if let Err(error) = step(&services).await {
            tracing::error!(%error, "reminders cannot be read; trying again");
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
