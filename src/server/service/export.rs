//! The list as a file: exactly what the address shows, or the ticked rows alone, read in key-set pages.

use std::{collections::BTreeMap, fmt};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::{
    domain::{
        access::{Permission, Viewer},
        bulk::{ALL_FITTING, MOST_AT_ONCE},
        desk::{Filter, Row, Sort},
        error::Error as Shown,
        id::Reference,
        money::Currency,
        page::{Cursor, Page},
        party::Party,
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::{Services, bulk, desk, orders, throttle},
        storage::list,
    },
};

/// Rows of one page.
const PAGE_ROWS: usize = 1_000;
/// The most rows of a spreadsheet; a CSV file has as many as there are.
pub const MOST_SHEET_ROWS: usize = 100_000;

/// What stands above each column.
const HEADS: [&str; 14] = [
    "Reference",
    "Shop’s number",
    "Placed",
    "Status",
    "Turn",
    "To do",
    "Due",
    "Buyer",
    "Seller",
    "For",
    "Amount",
    "Currency",
    "Channel",
    "Last change",
];
/// The columns whose cells are instants.
const TIMES: [&str; 3] = ["Placed", "Due", "Last change"];
/// The column whose cells are numbers.
const NUMBER: &str = "Amount";
/// The column that says in what those are.
const CURRENCY: &str = "Currency";

/// Which orders.
#[derive(Debug)]
enum Which {
    /// All that fit, on whichever page they are.
    Fitting(Box<Filter>),
    /// These, as far as they are the reader's.
    These(Vec<Reference>),
}

/// A file that is being written.
#[derive(Debug)]
pub struct Export {
    services: Services,
    viewer: Viewer,
    which: Which,
    begun: Moment,
    after: Option<Cursor>,
    over: bool,
}

impl Export {
    /// Finds out what an address asks for: `row.…` and `all` name rows, everything else is as for the list.
    ///
    /// # Errors
    /// Not found for whoever may not read orders; too many of them in an hour.
    pub async fn begin(services: &Services, viewer: Viewer, query: &BTreeMap<String, String>) -> Result<Self, Error> {
        if !viewer.permissions().has(Permission::Read) {
            return Err(Shown::not_found("page").into());
        }
        let begun = services.now();
        let person = viewer.user.to_string();
        let count = services.db.write(person, move |tx, person| {
            Box::pin(async move { throttle::count(tx, &throttle::EXPORTS, person, begun).await })
        });
        count.await?;
        let ticked = bulk::ticks(query);
        let which = if ticked.is_empty() || query.contains_key(ALL_FITTING) {
            let mut conn = services.db.reader().await?;
            let filter = desk::shown(&mut conn, &viewer, query).await?;
            // Orders move while they are read; the instant at which they were placed does not, so none is lost or told twice.
            let sort = if filter.sort == Sort::Oldest { Sort::Oldest } else { Sort::Newest };
            Which::Fitting(Box::new(Filter { sort, ..filter }))
        } else {
            Which::These(ticked.into_iter().map(|(reference, _)| reference).take(MOST_AT_ONCE).collect())
        };
        Ok(Self { services: services.clone(), viewer, which, begun, after: None, over: false })
    }

    /// What the file is called, without its ending.
    #[must_use]
    pub fn name(&self) -> String {
        let minute = clock::local_minute(self.begun, &self.viewer.time_zone);
        format!("orders-{}", minute.split(' ').next().unwrap_or_default())
    }

    /// The next rows; nothing when all were given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        if self.over {
            return Ok(None);
        }
        let owner = orders::owner(&self.viewer);
        let mut conn = self.services.db.reader().await?;
        let page = match &self.which {
            Which::These(references) => Page { rows: list::list_of(&mut conn, owner, references).await?, next: None },
            Which::Fitting(filter) => list::list(&mut conn, owner, filter, self.after, PAGE_ROWS, self.begun).await?,
        };
        self.after = page.next;
        self.over = page.next.is_none();
        Ok(Some(page.rows))
    }

    /// Rows as lines of a CSV file; the first ones below their headings.
    #[must_use]
    pub fn lines(&self, rows: &[Row], first: bool) -> Vec<u8> {
        lines_of(&self.viewer.time_zone, rows, first)
    }
}

/// What a row says, cell by cell.
pub type Cells = [String; HEADS.len()];

/// What stands above the columns. Instants are written as spreadsheets read them, which know no zone: it stands here.
#[must_use]
pub fn heads(time_zone: &str) -> Cells {
    let zone = clock::known_zone(time_zone);
    HEADS.map(|head| if TIMES.contains(&head) { format!("{head} ({zone})") } else { head.to_owned() })
}

/// Takes the headings off rows that begin with them, as no order does. Rows that were kept before headings were have none, and
/// get those that name no zone.
#[must_use]
pub fn take_heads(rows: &mut Vec<Cells>) -> Cells {
    if rows.first().is_some_and(|row| row[0] == HEADS[0]) { rows.remove(0) } else { HEADS.map(str::to_owned) }
}

/// A row cell by cell, with instants in this time zone.
#[must_use]
pub fn cells(time_zone: &str, row: &Row) -> Cells {
    let minute = |at: Moment| clock::local_minute(at, time_zone);
    let turn: Vec<&str> = row.turn.parties().map(Party::word).collect();
    [
        row.reference.to_string(),
        row.external_ref.clone().unwrap_or_default(),
        minute(row.placed_at),
        row.status.label().to_owned(),
        turn.join(", "),
        row.task.clone(),
        row.due_at.filter(|_| !row.status.is_over()).map(minute).unwrap_or_default(),
        row.buyer.clone(),
        row.seller.clone(),
        row.title.clone(),
        row.total.digits(),
        row.total.currency.code().to_owned(),
        row.channel.clone(),
        minute(row.updated_at),
    ]
}

/// Rows as lines of a CSV file, with instants in this time zone; the first ones below their headings.
#[must_use]
pub fn lines_of(time_zone: &str, rows: &[Row], first: bool) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if first {
        writer.write_record(heads(time_zone)).expect("memory takes what is written");
    }
    for row in rows {
        writer.write_record(cells(time_zone, row).map(defused)).expect("memory takes what is written");
    }
    writer.into_inner().expect("memory takes what is written")
}

/// A cell that no spreadsheet takes for a formula: what would begin one stands behind an apostrophe.
fn defused(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// The whole export as a spreadsheet of at most [`MOST_SHEET_ROWS`] rows; when there are more, the last line says so.
///
/// # Errors
/// When the database does not answer, or the sheet cannot be put together.
pub async fn spreadsheet(mut export: Export) -> Result<Vec<u8>, Error> {
    let mut sheet = Sheet::begin(&heads(&export.viewer.time_zone))?;
    while let Some(rows) = export.next().await? {
        for row in &rows {
            if !sheet.add(cells(&export.viewer.time_zone, row))? {
                export.over = true;
                break;
            }
        }
    }
    Ok(tokio::task::spawn_blocking(move || sheet.pack()).await??)
}

/// A spreadsheet that grows row by row.
pub struct Sheet {
    workbook: Workbook,
    written: usize,
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} rows)", self.written)
    }
}

impl Sheet {
    /// One with these headings alone.
    ///
    /// # Errors
    /// When it cannot be put together; so say all of these.
    pub fn begin(heads: &Cells) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        head(workbook.add_worksheet_with_constant_memory()?, heads)?;
        Ok(Self { workbook, written: 0 })
    }

    /// Adds a row; `false` when there is room for no more, which the last line then says.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn add(&mut self, cells: Cells) -> Result<bool, XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        let at = sheet_row(self.written);
        self.written += 1;
        if self.written > MOST_SHEET_ROWS {
            let note =
                format!("Only the first {MOST_SHEET_ROWS} orders are here: narrow the list, or take the CSV file.");
            sheet.write(sheet_row(MOST_SHEET_ROWS), 0, note)?;
            return Ok(false);
        }
        write_row(sheet, at, cells)?;
        Ok(true)
    }

    /// The file; this takes a while.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn pack(mut self) -> Result<Vec<u8>, XlsxError> {
        self.workbook.save_to_buffer()
    }
}

/// Below the headings.
fn sheet_row(written: usize) -> u32 {
    u32::try_from(written).map_or(u32::MAX, |written| written + 1)
}

fn head(sheet: &mut Worksheet, heads: &Cells) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name("Orders")?.set_freeze_panes(1, 0)?;
    for (column, (name, head)) in (0..).zip(HEADS.into_iter().zip(heads)) {
        let width = match name {
            "For" => 40,
            "Currency" => 9,
            _ if TIMES.contains(&name) => 30,
            _ => 18,
        };
        sheet.set_column_width(column, width)?.write_string_with_format(0, column, head, &bold)?;
    }
    Ok(())
}

/// Texts stand in a sheet as texts, whatever they begin with.
fn write_row(sheet: &mut Worksheet, at: u32, cells: Cells) -> Result<(), XlsxError> {
    let currency =
        HEADS.iter().zip(&cells).find(|(head, _)| **head == CURRENCY).and_then(|(_, code)| code.parse().ok());
    let decimals = currency.map_or(0, Currency::decimals);
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let places = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals as usize)) };
    let amount = Format::new().set_num_format(format!("#,##0{places}"));
    for (column, (head, cell)) in (0..).zip(HEADS.into_iter().zip(cells)) {
        let instant = ExcelDateTime::parse_from_str(&cell).ok().filter(|_| TIMES.contains(&head));
        let number = cell.parse::<f64>().ok().filter(|_| head == NUMBER);
        match (instant, number) {
            (Some(instant), _) => sheet.write_datetime_with_format(at, column, &instant, &time)?,
            (None, Some(number)) => sheet.write_number_with_format(at, column, number, &amount)?,
            (None, None) => sheet.write_string(at, column, cell)?,
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Cells, HEADS, defused, heads, take_heads};

    #[test]
    fn the_columns_of_instants_name_their_zone() {
        let said = heads("Africa/Lagos");
        assert_eq!([&said[0], &said[2], &said[6]], ["Reference", "Placed (Africa/Lagos)", "Due (Africa/Lagos)"]);
        assert_eq!(said[HEADS.len() - 1], "Last change (Africa/Lagos)");
        assert_eq!(heads("Nowhere/Land")[2], "Placed (UTC)", "it names the zone in which they are written");
    }

    #[test]
    fn rows_of_an_older_file_have_no_headings() {
        let order: Cells = HEADS.map(|_| "HF-1".to_owned());
        let mut kept = vec![heads("Africa/Lagos"), order.clone()];
        assert_eq!(take_heads(&mut kept), heads("Africa/Lagos"));
        assert_eq!((take_heads(&mut kept)[2].as_str(), kept), ("Placed", vec![order]));
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"] {
            assert_eq!(defused(hostile.to_owned()), format!("'{hostile}"));
        }
        for plain in ["", "Ada", "1-2", "a=b", "'x"] {
            assert_eq!(defused(plain.to_owned()), plain);
        }
    }
}
