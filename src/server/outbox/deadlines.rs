//! The clock at work: what silence brings is carried out when its time has come, on the same path as every other change.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{
        id::OrderId,
        order::action::{Action, Verb},
        time::Moment,
    },
    server::{
        error::{Error, with_causes},
        outbox::resting::Resting,
        service::{
            Services,
            orders::{self, Caller, Command},
        },
        storage::{self, deadlines},
    },
};

/// How many orders are looked up in one go.
const ORDERS_AT_ONCE: i64 = 200;
/// How many lapses one order may have in one go: more than it has deliveries, so that only a mistake gets there.
const MOST_LAPSES: usize = 200;
/// How often there is a look at what was written meanwhile, by this process or another one.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The shortest pause, so that an order that fails does not keep the processor busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Carries out all that the clock owes by now; the answer is how many lapses that were.
///
/// # Errors
/// When the database cannot be asked what is due. An order that fails is logged and holds up nobody else.
pub async fn step(services: &Services) -> Result<usize, Error> {
    Worker::new(services.clone()).step().await
}

/// Works until the server stops.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut worker = Worker::new(services);
    while !stopping.is_cancelled() {
        if let Err(error) = worker.step().await {
            tracing::error!(error = with_causes(&error), "the clock cannot read what is due; trying again");
        }
        let pause = worker.pause().await;
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What came of one look at one order.
enum Lapsed {
    /// This verb was carried out.
    Done,
    /// Nothing is due any more: it was done, or somebody was first.
    NothingDue,
    /// The rules refuse what they say is due: a mistake of ours.
    Refused(String),
}

/// Any number of them may work on one database: each lapse is decided again under the order's lock.
#[derive(Debug)]
pub struct Worker {
    services: Services,
    resting: Resting,
}

impl Worker {
    /// One that knows of no failures.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services, resting: Resting::default() }
    }

    /// Carries out all that is due by now, except for orders that failed a short while ago.
    ///
    /// # Errors
    /// When the database cannot be asked what is due.
    pub async fn step(&mut self) -> Result<usize, Error> {
        let mut after = (Moment(i64::MIN), OrderId(Uuid::nil()));
        let mut done = 0;
        loop {
            let now = self.services.now();
            let mut conn = self.services.db.reader().await?;
            let due = deadlines::list_due(&mut conn, now, after, ORDERS_AT_ONCE).await?;
            drop(conn);
            let Some(last) = due.last() else { return Ok(done) };
            after = (Moment(last.deadline_at), OrderId(last.id));
            for row in due {
                let id = OrderId(row.id);
                if !self.resting.rests(id, now) {
                    done += self.lapse_all(id).await;
                }
            }
        }
    }

    /// Carries out whatever is due of one order; when that fails, the order rests.
    async fn lapse_all(&mut self, id: OrderId) -> usize {
        for done in 0..MOST_LAPSES {
            let failure = match lapse(&self.services, id).await {
                Ok(Lapsed::Done) => continue,
                Ok(Lapsed::NothingDue) => {
                    self.resting.forget(id);
                    return done;
                }
                Ok(Lapsed::Refused(code)) => format!("the rules refuse what is due: {code}"),
                Err(error) => error.to_string(),
            };
            self.rest(id, &failure);
            return done;
        }
        self.rest(id, "something is due again and again");
        MOST_LAPSES
    }

    fn rest(&mut self, id: OrderId, failure: &str) {
        let span = self.resting.let_rest(id, self.services.now());
        tracing::error!(order = %id, failure, rest_secs = span.0, "a deadline of an order failed; others go on");
    }

    /// Until the next deadline, within bounds.
    async fn pause(&self) -> Duration {
        let next = async {
            let mut conn = self.services.db.reader().await?;
            deadlines::next_due(&mut conn).await
        };
        let Some(next) = next.await.ok().flatten() else { return LOOK_AGAIN };
        let micros = next.micros_since(self.services.now());
        Duration::from_micros(micros.try_into().unwrap_or(0)).clamp(SHORTEST_PAUSE, LOOK_AGAIN)
    }
}

/// Carries out the next thing that is due of one order. It is read before, and decided again inside the transaction.
async fn lapse(services: &Services, id: OrderId) -> Result<Lapsed, Error> {
    let Some(verb) = due(services, id).await? else { return Ok(Lapsed::NothingDue) };
    let command = Command { order: id, action: Action::Lapse { verb }, expected_version: None, key: None };
    match orders::perform(services, Caller::Clock, command).await {
        Ok(_) => Ok(Lapsed::Done),
        Err(Error::Refused(refusal)) => match due(services, id).await? {
            Some(still) if still == verb => Ok(Lapsed::Refused(refusal.code)),
            // Somebody was first, and what is due now is something else.
            Some(_) => Ok(Lapsed::Done),
            None => Ok(Lapsed::NothingDue),
        },
        Err(error) => Err(error),
    }
}

async fn due(services: &Services, id: OrderId) -> Result<Option<Verb>, Error> {
    let mut conn = services.db.reader().await?;
    let order = storage::orders::find(&mut conn, id).await?;
    Ok(order.and_then(|order| order.due(services.now())))
}
