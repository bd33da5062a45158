//! Lists as files for programs: asked for, written part by part by whoever has the lease, and fetched when they are whole.
//! Each part is committed with the place that it ends at, so that a restart goes on where the last part ended.

use uuid::Uuid;

use crate::{
    domain::{
        access::Permission,
        api_key::{Mode, TEST_CHANNEL},
        desk::{Filter, Sort},
        error::{Error as Shown, Kind},
        id::{ExportId, KeyId},
        page::Cursor,
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        service::{
            Services, export,
            keys::{self, Holder},
            orders, throttle,
        },
        storage::{self, exports as rows, exports::ExportRow, list},
    },
};

/// Rows of one part.
const PART_ROWS: usize = 1_000;
/// For how long one worker has an export to itself.
const LEASE: Span = Span(60);
/// How long an export is kept.
const KEPT: Span = Span::days(7);

/// An export as a program sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportView {
    /// Which.
    pub id: ExportId,
    /// `pending`, `done` or `failed`.
    pub state: String,
    /// How many rows are there.
    pub rows: i64,
    /// Why it failed.
    pub error: String,
    /// When it was asked for.
    pub created_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// Until when it is kept.
    pub expires_at: Moment,
}

fn view(row: ExportRow) -> ExportView {
    ExportView {
        id: ExportId(row.id),
        state: row.state,
        rows: row.rows_done,
        error: row.error,
        created_at: Moment(row.created_at),
        finished_at: row.finished_at.map(Moment),
        expires_at: Moment(row.expires_at),
    }
}

fn no_such() -> Error {
    Shown::not_found("export").into()
}

/// Asks for a list as a file.
///
/// # Errors
/// Too many of them in an hour.
pub async fn ask(services: &Services, holder: &Holder, filter: Filter) -> Result<ExportView, Error> {
    let now = services.now();
    // Orders move while they are read; the instant at which they were placed does not, so none is lost or told twice.
    let sort = if filter.sort == Sort::Oldest { Sort::Oldest } else { Sort::Newest };
    let filter = serde_json::to_string(&Filter { sort, ..filter }).expect("filters are plain data");
    let id = ExportId(clock::new_id(now));
    let input = (holder.key, filter);
    services
        .db
        .write(input, move |tx, (key, filter)| {
            Box::pin(async move {
                throttle::count(tx, &throttle::EXPORTS, &key.to_string(), now).await?;
                rows::insert(tx, id, *key, filter, now, now.plus(KEPT)).await?;
                Ok::<_, Error>(())
            })
        })
        .await?;
    find(services, holder, id).await
}

/// One export of this key.
///
/// # Errors
/// Not found when it is another's.
pub async fn find(services: &Services, holder: &Holder, id: ExportId) -> Result<ExportView, Error> {
    let mut conn = services.db.reader().await?;
    Ok(view(rows::find(&mut conn, id, holder.key).await?.ok_or_else(no_such)?))
}

/// The exports of this key before this one, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_of(
    services: &Services,
    holder: &Holder,
    before: Option<ExportId>,
    limit: i64,
) -> Result<Vec<ExportView>, Error> {
    let mut conn = services.db.reader().await?;
    let before = before.map_or(Uuid::max(), |id| id.0);
    Ok(rows::list(&mut conn, holder.key, before, limit).await?.into_iter().map(view).collect())
}

/// One part of an export that is whole; nothing after the last.
///
/// # Errors
/// 409 while it is being written; not found when it is another's.
pub async fn part(services: &Services, holder: &Holder, id: ExportId, no: i64) -> Result<Option<String>, Error> {
    let mut conn = services.db.reader().await?;
    let row = rows::find(&mut conn, id, holder.key).await?.ok_or_else(no_such)?;
    if row.state != "done" {
        return Err(Shown::new(Kind::Conflict, "not_ready", "It is not written yet: look at its state.").into());
    }
    Ok(rows::find_part(&mut conn, id, no).await?)
}

/// Writes one part of the oldest export; gives whether there was anything to do.
///
/// # Errors
/// When the database refuses: then somebody takes it up when the lease ends.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let now = services.now();
    let claimed = services.db.write((), move |tx, ()| Box::pin(rows::claim(tx, now, now.plus(LEASE)))).await?;
    let Some(row) = claimed else { return Ok(0) };
    write_part(services, row).await?;
    Ok(1)
}

async fn write_part(services: &Services, row: ExportRow) -> Result<(), Error> {
    let now = services.now();
    let holder = keys::find(services, KeyId(row.key_id)).await?;
    let Some(holder) = holder.filter(|holder| holder.permissions.has(Permission::Read)) else {
        return finish(services, row.id, "failed", "The key may not read orders any more.").await;
    };
    let broken = |error| storage::Error::broken("exports", row.id, error);
    let mut filter: Filter = serde_json::from_str(&row.filter).map_err(broken)?;
    if holder.mode == Mode::Test {
        TEST_CHANNEL.clone_into(&mut filter.channel);
    }
    let after = Cursor::read(&row.after);
    let mut conn = services.db.reader().await?;
    let owner = orders::owner(&holder.viewer);
    let page = list::list(&mut conn, owner, &filter, after, PART_ROWS, Moment(row.created_at)).await?;
    drop(conn);
    let lines = export::lines_of(&holder.viewer.time_zone, &page.rows, row.parts == 0);
    let content = String::from_utf8_lossy(&lines).into_owned();
    let count = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    let (id, next) = (row.id, page.next);
    let after = next.map(Cursor::write).unwrap_or_default();
    // When more is to come, the next look may take it up at once.
    let moved = services
        .db
        .write((row, content, after), move |tx, (row, content, after)| {
            Box::pin(rows::advance(tx, row, content, count, after, now))
        })
        .await?;
    if moved && next.is_none() { finish(services, id, "done", "").await } else { Ok(()) }
}

async fn finish(services: &Services, id: Uuid, state: &'static str, error: &'static str) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write((), move |tx, ()| {
            Box::pin(async move { Ok::<_, Error>(rows::finish(tx, id, state, error, now).await?) })
        })
        .await
}
