//! What programs asked for with their keys: noted in memory, written down by the lot, shown to whoever runs the keys.

use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::{
    domain::{
        api_key::CallView,
        page::{Cursor, Page},
        time::Moment,
    },
    server::{
        error::Error,
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
pub struct Noted(Arc<Mutex<Vec<NewCall>>>);

impl Noted {
    /// Notes a call.
    pub fn note(&self, call: NewCall) {
        let mut waiting = self.0.lock().expect("nobody panics while holding the calls");
        if waiting.len() < MOST_WAITING {
            waiting.push(call);
        }
    }

    fn take(&self) -> Vec<NewCall> {
        let mut waiting = self.0.lock().expect("nobody panics while holding the calls");
        let count = waiting.len().min(LOT);
        waiting.drain(..count).collect()
    }

    fn give_back(&self, calls: Vec<NewCall>) {
        let mut waiting = self.0.lock().expect("nobody panics while holding the calls");
        waiting.splice(0..0, calls);
    }
}

/// Writes down what was noted; gives how many calls that were.
///
/// # Errors
/// When the database refuses: then they wait on.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let calls = services.calls.take();
    if calls.is_empty() {
        return Ok(0);
    }
    let count = calls.len();
    let written = services.db.write(calls.clone(), |tx, calls| Box::pin(rows::insert(tx, calls))).await;
    match written {
        Ok(()) => Ok(count),
        Err(error) => {
            services.calls.give_back(calls);
            Err(error.into())
        }
    }
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
