//! What programs asked for with their keys, as whoever runs those is shown it. Calls that read are noted in memory and
//! written down by the lot, commands before they are answered.

use std::sync::{Arc, Mutex, MutexGuard};

use uuid::Uuid;

use crate::{
    domain::{
        api_key::CallView,
        page::{Cursor, Page},
        time::Moment,
    },
    server::{
        error::{Error, with_causes},
        service::{Services, keys::Holder},
        storage::{
            Conn,
            calls::{self as rows, CallRow},
            keys::Whose,
        },
    },
};

pub use rows::NewCall;

/// How many calls the page of the keys shows.
const SHOWN: i64 = 20;
/// The most calls that wait to be written down; where the database is away for long, later ones are lost.
const MOST_WAITING: usize = 50_000;
/// How many calls go into one transaction.
const LOT: usize = 1_000;

/// Calls that wait to be written down; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Noted(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    calls: Mutex<Vec<NewCall>>,
    /// Whoever writes holds this until what they took is committed, so that what waits no longer is there.
    writing: tokio::sync::Mutex<()>,
}

impl Noted {
    /// Notes a call.
    pub fn note(&self, call: NewCall) {
        let mut waiting = self.waiting();
        if waiting.len() < MOST_WAITING {
            waiting.push(call);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<NewCall>> {
        self.0.calls.lock().expect("nobody panics while holding the calls")
    }

    fn waits(&self, id: Uuid) -> bool {
        self.waiting().iter().rev().any(|call| call.id == id)
    }
}

/// Writes down what was noted; gives how many calls that were.
///
/// # Errors
/// When the database refuses: then they wait on.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let _writing = services.calls.0.writing.lock().await;
    write_lot(services).await
}

/// Writes a call down, with those that wait: when this is over, it is committed. Many that come at once share a commit.
pub async fn keep(services: &Services, call: NewCall) {
    let id = call.id;
    services.calls.note(call);
    let _writing = services.calls.0.writing.lock().await;
    while services.calls.waits(id) {
        if let Err(error) = write_lot(services).await {
            // What it changed is changed, and whoever asked is told so.
            tracing::warn!(error = with_causes(&error), "a call of a program could not be written down; it waits");
            return;
        }
    }
}

/// Writes the first lot, for whoever holds the lock. It is forgotten once it is written, so that nothing is lost when
/// whoever waits for it goes away.
async fn write_lot(services: &Services) -> Result<usize, Error> {
    let lot: Vec<NewCall> = services.calls.waiting().iter().take(LOT).cloned().collect();
    let count = lot.len();
    if count > 0 {
        services.db.write(lot, |tx, calls| Box::pin(rows::insert(tx, calls))).await?;
        services.calls.waiting().drain(..count);
    }
    Ok(count)
}

/// The latest calls with keys of a place.
pub(super) async fn latest(conn: &mut dyn Conn, whose: &Whose) -> Result<Vec<CallView>, Error> {
    let newest = Cursor { key: i64::MAX, id: Uuid::max() };
    Ok(rows::list(conn, whose, newest, SHOWN).await?.into_iter().map(view).collect())
}

/// The calls with keys of a program's own place before this one, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    services: &Services,
    holder: &Holder,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<CallView>, Error> {
    let before = after.unwrap_or(Cursor { key: i64::MAX, id: Uuid::max() });
    let mut conn = services.db.reader().await?;
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = rows::list(&mut conn, &holder.whose(), before, wanted).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| Cursor { key: last.at, id: last.id });
    Ok(Page { rows: found.into_iter().map(view).collect(), next })
}

fn view(row: CallRow) -> CallView {
    CallView {
        at: Moment(row.at),
        key: row.name,
        method: row.method,
        route: row.route,
        what: row.what,
        status: row.status,
        code: row.code,
        address: row.address,
        request_id: row.request_id,
    }
}
