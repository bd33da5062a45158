//! Messages on their way to people: spread to persons, claimed by lease, sent without any transaction open, and marked.
//!
//! Any number of processes may work on one database. A message that was sent and not marked before its process died is
//! sent once more, under the same id; none is lost.

use std::{collections::VecDeque, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{
        notice::Channel,
        time::{Moment, Span},
    },
    server::{
        error::{Error, with_causes},
        outbox::{Woken, rest},
        service::{
            Services,
            sending::{self, Outcome, What},
            spreading,
        },
        storage::{mailbox, mailbox::LetterRow, messages, outbox::SPREAD},
    },
};

/// How long a claim lasts: longer than one message may take, so that nobody else sends it meanwhile.
const LEASE: Span = Span(90);
/// What is left of a claim when the last of its messages is begun: longer than sending one may take.
const LEAST_LEFT: Span = Span(30);
/// How many messages are claimed in one go.
const CLAIMED_AT_ONCE: i64 = 200;
/// How many are on their way at once.
const ON_THE_WAY: usize = 32;
/// How many outcomes are written down in one transaction.
const MARKED_AT_ONCE: usize = 16;
/// While messages are on their way, how often there is a look for new ones.
const LOOK_MEANWHILE: Duration = Duration::from_millis(500);
/// How often there is a look at what was written meanwhile by another process.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The shortest pause, so that a message that cannot be marked does not keep the processor busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Does all that is due by now: spreads and sends; the answer is how many messages that were.
///
/// # Errors
/// When the database refuses. A message that fails is put off and holds up nobody else.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let stopping = CancellationToken::new();
    let mut done = spread(services).await?;
    let (mails, texts) =
        tokio::join!(drain(services, Channel::Email, &stopping), drain(services, Channel::Sms, &stopping));
    done += mails? + texts?;
    Ok(done)
}

/// Works until the server stops: each queue by itself, so that a server that hangs holds up only its own.
pub async fn run(services: Services, stopping: CancellationToken) {
    tokio::join!(
        queue(&services, SPREAD, &stopping),
        queue(&services, Channel::Email.code(), &stopping),
        queue(&services, Channel::Sms.code(), &stopping),
    );
}

async fn queue(services: &Services, name: &'static str, stopping: &CancellationToken) {
    let mut commits = services.db.commits();
    let mut woken = Woken::Rested;
    while woken != Woken::Stopping {
        commits.mark_unchanged();
        let done = match Channel::from_code(name) {
            None => spread(services).await,
            Some(channel) => drain(services, channel, stopping).await,
        };
        if let Err(error) = done {
            tracing::error!(queue = name, error = with_causes(&error), "messages cannot be sent now; trying again");
            tokio::time::sleep(SHORTEST_PAUSE).await;
        }
        woken = pause(services, name, &mut commits, stopping).await;
    }
}

/// Rests until the next message is due, something was committed here, or it is time to look what others did.
async fn pause(
    services: &Services,
    name: &str,
    commits: &mut watch::Receiver<u64>,
    stopping: &CancellationToken,
) -> Woken {
    let next = async {
        let mut conn = services.db.reader().await?;
        messages::next_due(&mut conn, name).await
    };
    let next = next.await.ok().flatten();
    let closed = Channel::from_code(name).is_some_and(|channel| sending::is_closed(services, channel));
    let wait = match next {
        Some(at) if !closed => Duration::from_micros(at.micros_since(services.now()).try_into().unwrap_or(0)),
        _ => LOOK_AGAIN,
    };
    rest(commits, wait.clamp(SHORTEST_PAUSE, LOOK_AGAIN), stopping).await
}

async fn spread(services: &Services) -> Result<usize, Error> {
    let mut done = 0;
    while is_due(services, SPREAD).await? {
        match spreading::spread_some(services).await? {
            0 => break,
            some => done += some,
        }
    }
    Ok(done)
}

/// Whether anything is due, asked without the one connection that writes.
async fn is_due(services: &Services, queue: &str) -> Result<bool, Error> {
    let mut conn = services.db.reader().await?;
    let next = messages::next_due(&mut conn, queue).await?;
    Ok(next.is_some_and(|at| at <= services.now()))
}

/// Sends all that is due by one channel. Many are on their way at once; one that takes long holds up nobody but itself.
async fn drain(services: &Services, channel: Channel, stopping: &CancellationToken) -> Result<usize, Error> {
    if sending::is_closed(services, channel) {
        return Ok(0);
    }
    let mut lane = Lane { services, queue: channel.code(), waiting: VecDeque::new(), ended: Vec::new(), done: 0 };
    let mut on_the_way: JoinSet<Outcome> = JoinSet::new();
    let mut look = true;
    loop {
        // A server that stops takes nothing more on.
        look &= !stopping.is_cancelled();
        if look && lane.waiting.is_empty() {
            lane.claim().await?;
            look = !lane.waiting.is_empty();
        }
        while on_the_way.len() < ON_THE_WAY
            && let Some((row, lease)) = lane.waiting.pop_front()
        {
            if stopping.is_cancelled() || lease.minus(LEAST_LEFT) < services.now() {
                // Somebody else sends it, or this process later.
                lane.ended.push(Outcome { id: row.id, lease, what: What::NotTried(services.now()) });
                continue;
            }
            let services = services.clone();
            on_the_way.spawn(async move { sending::send(&services, row, lease).await });
        }
        if on_the_way.is_empty() {
            lane.mark().await?;
            if lane.waiting.is_empty() && !look {
                return Ok(lane.done);
            }
            continue;
        }
        match tokio::time::timeout(LOOK_MEANWHILE, on_the_way.join_next()).await {
            Ok(Some(Ok(outcome))) => lane.ended.push(outcome),
            // A message whose task broke off is tried again when its claim ends.
            Ok(Some(Err(error))) => tracing::error!(error = with_causes(&error), "a message could not be sent"),
            Ok(None) => {}
            Err(_) => {
                lane.mark().await?;
                look = true;
            }
        }
        if lane.ended.len() >= MARKED_AT_ONCE {
            lane.mark().await?;
        }
    }
}

/// Messages of one channel, claimed and ended.
struct Lane<'a> {
    services: &'a Services,
    queue: &'static str,
    waiting: VecDeque<(LetterRow, Moment)>,
    ended: Vec<Outcome>,
    done: usize,
}

impl Lane<'_> {
    /// Claims some of the messages that are due.
    async fn claim(&mut self) -> Result<(), Error> {
        if !is_due(self.services, self.queue).await? {
            return Ok(());
        }
        let (queue, now) = (self.queue, self.services.now());
        let lease = now.plus(LEASE);
        let claim = self.services.db.write((), move |tx, ()| {
            Box::pin(async move { Ok::<_, Error>(messages::claim(tx, queue, now, lease, CLAIMED_AT_ONCE).await?) })
        });
        let ids: Vec<Uuid> = claim.await?;
        let mut conn = self.services.db.reader().await?;
        let rows = mailbox::list(&mut conn, &ids).await?;
        self.waiting.extend(rows.into_iter().map(|row| (row, lease)));
        Ok(())
    }

    /// Writes down what came of the messages that ended.
    async fn mark(&mut self) -> Result<(), Error> {
        if self.ended.is_empty() {
            return Ok(());
        }
        let ended = std::mem::take(&mut self.ended);
        self.done += ended.iter().filter(|outcome| !matches!(outcome.what, What::NotTried(_))).count();
        sending::mark(self.services, ended).await
    }
}
