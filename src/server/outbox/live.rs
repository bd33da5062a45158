//! Open pages are told what changed: a watcher in each process reads which orders did, and hands that to the connections
//! whose list they stand in.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::sync::{Notify, broadcast, broadcast::error::RecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{
        desk::Owner,
        id::{OrderId, UserId},
        time::{Moment, Span},
    },
    server::{
        error::{Error, with_causes},
        outbox::{GATHER, Woken, rest_until_commit},
        service::{
            Services,
            live::{LATEST, Notice},
        },
        storage::live,
    },
};

/// How many connections one person may have open.
pub const MOST_OF_ONE_PERSON: usize = 40;
/// How many a process serves.
const MOST_CONNECTIONS: usize = 5_000;
/// How many changes wait for a slow connection; with one more it is told to read its page anew instead.
const MOST_WAITING: usize = 64;
/// How often there is a look though nobody said that there is something new.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long there is none while the database does not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How far each look goes back: commands that run at once are not committed in the order of their times.
const OVERLAP: Span = Span(2);
/// How often a look goes back as far as a command can take at all.
const FAR_LOOK_EVERY: Span = Span(5);
/// How many changes are read at once, and in one look.
const ROWS_AT_ONCE: i64 = 500;
const MOST_LOTS: usize = 10;

/// What a connection hears.
#[derive(Debug, Clone)]
pub enum Word {
    /// An order of its owner changed.
    Changed(Arc<Notice>),
    /// More happened than can be told: read the page anew.
    Reload,
}

/// Where connections are told. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: Mutex<Open>,
    hinted: Notify,
}

/// The connections that are open, by whose orders they follow.
#[derive(Debug, Default)]
struct Open {
    channels: HashMap<Owner, broadcast::Sender<Word>>,
    of_person: HashMap<UserId, usize>,
    all: usize,
}

/// There are too many connections already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Of this person.
    #[error("this person has too many pages open")]
    Person,
    /// Of this process.
    #[error("too many pages are open")]
    Process,
}

impl Hub {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing that could panic runs while it is held.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the orders of one owner, until it is dropped.
    ///
    /// # Errors
    /// When too many do already.
    pub fn subscribe(&self, owner: Owner, person: UserId) -> Result<Subscription, Full> {
        let mut open = self.open();
        if open.all >= MOST_CONNECTIONS {
            return Err(Full::Process);
        }
        let of_person = open.of_person.entry(person).or_default();
        if *of_person >= MOST_OF_ONE_PERSON {
            return Err(Full::Person);
        }
        *of_person += 1;
        open.all += 1;
        let channel = open.channels.entry(owner).or_insert_with(|| broadcast::Sender::new(MOST_WAITING));
        Ok(Subscription { receiver: channel.subscribe(), hub: self.clone(), owner, person })
    }

    /// How many connections are open.
    pub fn count(&self) -> usize {
        self.open().all
    }

    /// Tells those whose orders this one is among.
    fn tell(&self, notice: &Arc<Notice>) {
        let open = self.open();
        for channel in notice.owners().filter_map(|owner| open.channels.get(&owner)) {
            // It fails when nobody listens, which is nobody's loss.
            let _ = channel.send(Word::Changed(Arc::clone(notice)));
        }
    }

    fn tell_all_to_reload(&self) {
        for channel in self.open().channels.values() {
            let _ = channel.send(Word::Reload);
        }
    }
}

/// One connection's ear.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<Word>,
    hub: Hub,
    owner: Owner,
    person: UserId,
}

impl Subscription {
    /// The next word. Whoever was too slow to hear all of them hears one word in their place.
    pub async fn next(&mut self) -> Word {
        match self.receiver.recv().await {
            Ok(word) => word,
            Err(RecvError::Lagged(_)) => {
                self.receiver = self.receiver.resubscribe();
                Word::Reload
            }
            // The sender lives as long as somebody listens.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut open = self.hub.open();
        open.all -= 1;
        if let Some(of_person) = open.of_person.get_mut(&self.person) {
            *of_person -= 1;
            if *of_person == 0 {
                open.of_person.remove(&self.person);
            }
        }
        let last = open.channels.get(&self.owner).is_some_and(|channel| channel.receiver_count() <= 1);
        if last {
            open.channels.remove(&self.owner);
        }
    }
}

/// Watches until the server stops.
pub async fn run(services: Services, hub: Hub, stopping: CancellationToken) {
    let listening = tokio::spawn(listen(services.clone(), hub.clone(), stopping.clone()).boxed());
    let mut commits = services.db.commits();
    let mut watcher = Watcher::new(services.clone(), hub.clone());
    let mut woken = Woken::Rested;
    while woken != Woken::Stopping {
        commits.mark_unchanged();
        let pause = match watcher.step().await {
            Ok(found) => {
                // A process without open pages does not look, and passes on that something was committed.
                if woken == Woken::Committed && (found > 0 || hub.count() == 0) {
                    hint(&services).await;
                }
                LOOK_AGAIN
            }
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "it cannot be read which orders changed; trying again");
                AFTER_FAILURE
            }
        };
        // People wait for what is told here, so commits gather after a look and not before it.
        tokio::time::sleep(GATHER).await;
        woken = tokio::select! {
            woken = rest_until_commit(&mut commits, pause, &stopping) => woken,
            () = hub.0.hinted.notified() => Woken::Rested,
        };
    }
    listening.abort();
}

/// Passes a hint on to the other processes; without it they look a little later.
async fn hint(services: &Services) {
    if let Err(error) = services.db.hint().await {
        tracing::debug!(error = with_causes(&error), "other processes could not be hinted");
    }
}

/// Takes hints of other processes and wakes the watcher; where a database is one process's alone there are none.
async fn listen(services: Services, hub: Hub, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let heard = async {
            let Some(mut hints) = services.db.hints().await? else { return Ok(()) };
            loop {
                hints.next().await?;
                hub.0.hinted.notify_one();
            }
        };
        let heard: Result<(), crate::server::storage::Error> = heard.await;
        match heard {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "hints of other processes cannot be heard; trying again");
            }
        }
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

/// Finds out which orders changed since it last looked.
#[derive(Debug)]
pub struct Watcher {
    services: Services,
    hub: Hub,
    /// The latest change that was seen.
    seen_until: Moment,
    /// The changes of the last minute, which looks go back over.
    seen: HashMap<OrderId, (u32, Moment)>,
    looked_far_at: Moment,
}

impl Watcher {
    /// One that has seen nothing, and watches from now on.
    #[must_use]
    pub fn new(services: Services, hub: Hub) -> Self {
        let now = services.now();
        Self { services, hub, seen_until: now, seen: HashMap::new(), looked_far_at: now }
    }

    /// Looks once and tells the open pages; the answer is how many changes it found. While no page is open it does not look:
    /// a page that opens asks by itself what happened since it was drawn.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn step(&mut self) -> Result<usize, Error> {
        let now = self.services.now();
        if self.hub.count() == 0 {
            self.seen_until = now;
            self.seen.clear();
            return Ok(0);
        }
        let far = now.micros_since(self.looked_far_at) >= FAR_LOOK_EVERY.0 * 1_000_000;
        // The clock of another process may be ahead: what it writes must not make this one skip what others write.
        let from = self.seen_until.min(now).minus(if far { LATEST } else { OVERLAP });
        let found = self.look(from).await?;
        if far {
            self.looked_far_at = now;
            let oldest = from.minus(LATEST);
            self.seen.retain(|_, (_, at)| *at > oldest);
        }
        Ok(found)
    }

    async fn look(&mut self, from: Moment) -> Result<usize, Error> {
        let mut after = (from, Uuid::nil());
        let mut found = 0;
        let mut reader = self.services.db.reader().await?;
        for _ in 0..MOST_LOTS {
            let rows = live::list_changed(&mut reader, after, ROWS_AT_ONCE).await?;
            let full = i64::try_from(rows.len()).is_ok_and(|count| count == ROWS_AT_ONCE);
            for row in rows {
                let notice = Notice::of(row)?;
                after = notice.place();
                self.seen_until = self.seen_until.max(notice.at);
                if self.seen.get(&notice.order).is_some_and(|(version, _)| *version >= notice.version) {
                    continue;
                }
                self.seen.insert(notice.order, (notice.version, notice.at));
                found += 1;
                self.hub.tell(&Arc::new(notice));
            }
            if !full {
                return Ok(found);
            }
        }
        // So much at once is an import or a measurement: everybody reads anew what they look at.
        self.hub.tell_all_to_reload();
        self.seen_until = self.services.now();
        Ok(found)
    }
}
