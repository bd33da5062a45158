//! Webhooks on their way. Each endpoint has a lane of its own, so that a receiver who hangs holds nobody else up; what a
//! lane claimed and did not bring back, because its process died, is due again when its lease ends.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::id::EndpointId,
    server::{
        error::{Error, with_causes},
        outbox::{Woken, rest},
        service::{
            Services,
            webhooks::sending::{self, Claimed, Done, Job},
        },
        webhook::{Keys, Sent},
    },
};

/// How many requests to one endpoint are open at once.
const OPEN_AT_ONCE: usize = 16;
/// How many lanes there are at once; an endpoint that waits for one gets it after at most one round of another's.
const LANES: usize = 256;
/// How many endpoints are looked up at once.
const ENDPOINTS_AT_ONCE: i64 = 256;
/// How long what came back may gather before it is written down: many that come at once cost one commit.
const GATHER: Duration = Duration::from_millis(20);
/// How often there is a look at what became due, or was left by another process.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long an endpoint rests whose deliveries could not be read or written down.
const REST: Duration = Duration::from_secs(30);

/// Sends all that is due by now; the answer is how many attempts that took.
///
/// # Errors
/// When the database refuses.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let mut sent = 0;
    loop {
        let mut lanes = JoinSet::new();
        for endpoint in due(services).await? {
            lanes.spawn(lane(services.clone(), endpoint));
        }
        if lanes.is_empty() {
            return Ok(sent);
        }
        while let Some(done) = lanes.join_next().await {
            sent += done??;
        }
    }
}

/// Sends until the server stops. What is open then is tried again later, by whoever claims it.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut commits = services.db.commits();
    let mut lanes = Lanes::default();
    let mut woken = Woken::Rested;
    while woken != Woken::Stopping {
        commits.mark_unchanged();
        match due(&services).await {
            Ok(endpoints) => lanes.open(&services, endpoints),
            Err(error) => {
                tracing::error!(error = with_causes(&error), "what is due of webhooks cannot be read; trying again");
            }
        }
        woken = tokio::select! {
            woken = rest(&mut commits, LOOK_AGAIN, &stopping) => woken,
            () = lanes.one_ends() => Woken::Committed,
        };
    }
}

/// The endpoints that have something due.
async fn due(services: &Services) -> Result<Vec<EndpointId>, Error> {
    let mut after = Uuid::nil();
    let mut endpoints = Vec::new();
    loop {
        let page = sending::list_due(services, after, ENDPOINTS_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(endpoints) };
        after = last.0;
        endpoints.extend(page);
    }
}

/// The lanes of this process.
#[derive(Debug, Default)]
struct Lanes {
    open: JoinSet<(EndpointId, Result<usize, Error>)>,
    taken: HashSet<EndpointId>,
    resting: HashMap<EndpointId, Instant>,
}

impl Lanes {
    /// Opens a lane for each endpoint that has none and does not rest.
    fn open(&mut self, services: &Services, endpoints: Vec<EndpointId>) {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        for endpoint in endpoints {
            if self.taken.len() >= LANES {
                return;
            }
            if !self.resting.contains_key(&endpoint) && self.taken.insert(endpoint) {
                let services = services.clone();
                self.open.spawn(async move { (endpoint, lane(services, endpoint).await) });
            }
        }
    }

    /// Waits until a lane has ended; for ever when there is none.
    async fn one_ends(&mut self) {
        match self.open.join_next().await {
            None => std::future::pending().await,
            Some(Ok((endpoint, Ok(_)))) => {
                self.taken.remove(&endpoint);
            }
            Some(Ok((endpoint, Err(error)))) => {
                self.taken.remove(&endpoint);
                self.resting.insert(endpoint, Instant::now() + REST);
                let error = with_causes(&error);
                tracing::error!(%endpoint, error, "a webhook's deliveries failed on our side; it rests, others go on");
            }
            Some(Err(error)) => {
                tracing::error!(error = with_causes(&error), "a lane of webhooks broke off");
                // Which one is not told: whichever it was may open again.
                self.taken.clear();
            }
        }
    }
}

/// Sends one claim's worth to one endpoint.
async fn lane(services: Services, endpoint: EndpointId) -> Result<usize, Error> {
    let Some(claimed) = sending::claim(&services, endpoint).await? else { return Ok(0) };
    let Claimed { endpoint: row, keys, jobs } = claimed;
    let count = jobs.len();
    let places = Arc::new(Semaphore::new(OPEN_AT_ONCE));
    let (url, keys): (Arc<str>, _) = (row.url.into(), Arc::new(keys));
    let mut open = JoinSet::new();
    for job in jobs {
        let (services, places, url, keys) = (services.clone(), places.clone(), url.clone(), keys.clone());
        open.spawn(async move {
            let _place = places.acquire_owned().await;
            send(&services, &url, &keys, job).await
        });
    }
    while let Some(first) = open.join_next().await {
        let mut done = vec![first?];
        while let Ok(Some(next)) = timeout(GATHER, open.join_next()).await {
            done.push(next?);
        }
        sending::record(&services, endpoint, done).await?;
    }
    Ok(count)
}

async fn send(services: &Services, url: &str, keys: &Keys, job: Job) -> Done {
    let at = services.now();
    let sent = match job.request(keys, at) {
        Some(request) => services.webhooks.post(url, &request).await,
        None => Sent { status: 0, error: "unsendable", took_ms: 0 },
    };
    Done { job, at, sent }
}
