//! Lists as files for programs: asked for, written part by part by whoever has the lease, and fetched when they are whole.
//! Each part is committed with the place that it ends at, so that a restart goes on where the last part ended.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
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
            Services,
            export::{self, Cells, MOST_SHEET_ROWS, Sheet},
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

/// Bytes of one part of a spreadsheet; they are kept as base 64.
const PACKED_BYTES: usize = 384 * 1024;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines with commas.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

impl Format {
    /// The stable code, which is also how such files end.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn of(row: &ExportRow) -> Result<Self, Error> {
        let found = [Self::Csv, Self::Xlsx].into_iter().find(|format| format.code() == row.format);
        Ok(found.ok_or_else(|| storage::Error::broken("exports", row.id, "unknown format"))?)
    }
}

/// An export that is written to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    id: ExportId,
    parts: i64,
    /// What it is written as.
    pub format: Format,
}

/// An export as a program sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportView {
    /// Which.
    pub id: ExportId,
    /// What it is written as.
    pub format: Format,
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

fn view(row: ExportRow) -> Result<ExportView, Error> {
    Ok(ExportView {
        id: ExportId(row.id),
        format: Format::of(&row)?,
        state: row.state,
        rows: row.rows_done,
        error: row.error,
        created_at: Moment(row.created_at),
        finished_at: row.finished_at.map(Moment),
        expires_at: Moment(row.expires_at),
    })
}

fn no_such() -> Error {
    Shown::not_found("export").into()
}

/// Asks for a list as a file.
///
/// # Errors
/// Too many of them in an hour.
pub async fn ask(services: &Services, holder: &Holder, filter: Filter, format: Format) -> Result<ExportView, Error> {
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
                rows::insert(tx, id, *key, (format.code(), filter), (now, now.plus(KEPT))).await?;
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
    view(rows::find(&mut conn, id, holder.key).await?.ok_or_else(no_such)?)
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
    rows::list(&mut conn, holder.key, before, limit).await?.into_iter().map(view).collect()
}

/// An export that can be fetched.
///
/// # Errors
/// 409 while it is being written; not found when it is another's.
pub async fn whole(services: &Services, holder: &Holder, id: ExportId) -> Result<Whole, Error> {
    let mut conn = services.db.reader().await?;
    let row = rows::find(&mut conn, id, holder.key).await?.ok_or_else(no_such)?;
    if row.state != "done" {
        return Err(Shown::new(Kind::Conflict, "not_ready", "It is not written yet: look at its state.").into());
    }
    Ok(Whole { id, parts: row.parts, format: Format::of(&row)? })
}

/// One part of an export, the first being 0; nothing after the last.
///
/// # Errors
/// Not found when it was thrown away meanwhile.
pub async fn part(services: &Services, whole: Whole, no: i64) -> Result<Option<Vec<u8>>, Error> {
    if no >= whole.parts {
        return Ok(None);
    }
    let mut conn = services.db.reader().await?;
    let content = rows::find_part(&mut conn, whole.id, no).await?.ok_or_else(no_such)?;
    let broken = |error| storage::Error::broken("export_parts", whole.id, error);
    Ok(Some(match whole.format {
        Format::Csv => content.into_bytes(),
        Format::Xlsx => STANDARD_NO_PAD.decode(content).map_err(broken)?,
    }))
}

/// Writes one part of the oldest export; gives whether there was anything to do.
///
/// # Errors
/// When the database refuses: then somebody takes it up when the lease ends.
pub async fn step(services: &Services) -> Result<usize, Error> {
    let now = services.now();
    let claimed = services.db.write((), move |tx, ()| Box::pin(rows::claim(tx, now, now.plus(LEASE)))).await?;
    let Some(row) = claimed else { return Ok(0) };
    let all_rows_are_there = row.parts > 0 && row.after.is_empty();
    if all_rows_are_there {
        pack(services, row).await?;
    } else {
        write_part(services, row).await?;
    }
    Ok(1)
}

async fn write_part(services: &Services, row: ExportRow) -> Result<(), Error> {
    let now = services.now();
    let holder = keys::find(services, KeyId(row.key_id)).await?;
    let Some(holder) = holder.filter(|holder| holder.permissions.has(Permission::Read)) else {
        return fail(services, row.id, "The key may not read orders any more.").await;
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
    let format = Format::of(&row)?;
    let zone = &holder.viewer.time_zone;
    let content = match format {
        Format::Csv => String::from_utf8_lossy(&export::lines_of(zone, &page.rows, row.parts == 0)).into_owned(),
        Format::Xlsx => {
            // The headings come first, for whoever packs the sheet does not know the zone.
            let heads = (row.parts == 0).then(|| export::heads(zone));
            let cells: Vec<Cells> =
                heads.into_iter().chain(page.rows.iter().map(|row| export::cells(zone, row))).collect();
            serde_json::to_string(&cells).expect("cells are plain data")
        }
    };
    let count = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    // A spreadsheet has room for so many rows, and says itself that there are more.
    let is_full = format == Format::Xlsx && row.rows_done + count > i64::try_from(MOST_SHEET_ROWS).unwrap_or(i64::MAX);
    let next = page.next.filter(|_| !is_full).map(Cursor::write).unwrap_or_default();
    services
        .db
        .write((row, content, next), move |tx, (row, content, next)| {
            Box::pin(async move {
                // When more is to come, the next look may take it up at once.
                let moved = rows::advance(tx, row, content, count, next, now).await?;
                if moved && next.is_empty() && format == Format::Csv {
                    rows::finish(tx, row.id, "done", "", now).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Makes a spreadsheet of the cells that are there, and puts it in their place.
async fn pack(services: &Services, row: ExportRow) -> Result<(), Error> {
    let mut kept = kept_cells(services, &row, 0).await?;
    let mut sheet = Sheet::begin(&export::take_heads(&mut kept))?;
    let mut no = 0;
    'parts: loop {
        for cells in kept {
            if !sheet.add(cells)? {
                break 'parts;
            }
        }
        no += 1;
        if no >= row.parts {
            break;
        }
        kept = kept_cells(services, &row, no).await?;
    }
    let packed = tokio::task::spawn_blocking(move || sheet.pack()).await??;
    let parts: Vec<String> = packed.chunks(PACKED_BYTES).map(|part| STANDARD_NO_PAD.encode(part)).collect();
    let now = services.now();
    services
        .db
        .write((row, parts), move |tx, (row, parts)| {
            Box::pin(async move { Ok::<_, Error>(rows::replace(tx, row, parts, now).await?) })
        })
        .await
}

/// The cells of one part.
async fn kept_cells(services: &Services, row: &ExportRow, no: i64) -> Result<Vec<Cells>, Error> {
    let mut conn = services.db.reader().await?;
    let content = rows::find_part(&mut conn, ExportId(row.id), no).await?.ok_or_else(no_such)?;
    let broken = |error| storage::Error::broken("export_parts", row.id, error);
    Ok(serde_json::from_str(&content).map_err(broken)?)
}

async fn fail(services: &Services, id: Uuid, error: &'static str) -> Result<(), Error> {
    let now = services.now();
    services
        .db
        .write((), move |tx, ()| {
            Box::pin(async move { Ok::<_, Error>(rows::finish(tx, id, "failed", error, now).await?) })
        })
        .await
}
