//! The whole ledger in the plain-text format that hledger reads, so that somebody else's program can check our sums.

use std::io::{self, Write};

use uuid::Uuid;

use crate::{
    domain::{
        money::{Currency, Money},
        time::Moment,
    },
    server::{
        clock,
        storage::{
            self, Conn, Db,
            journal::{self, EntryRow, PostingRow},
        },
    },
};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// Why the journal is not whole.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database failed.
    #[error("the ledger cannot be read")]
    Storage(#[from] storage::Error),
    /// The output failed.
    #[error("the journal cannot be written")]
    Write(#[from] io::Error),
}

/// Writes the ledger: its currencies, its accounts, then each posting as a transaction, in the order of their ids, as it is
/// at one instant. Dates are those in UTC.
///
/// # Errors
/// When the database or the output fails; what was written then is not whole.
pub async fn write(db: &Db, out: &mut (dyn Write + Send)) -> Result<(), JournalError> {
    let mut snapshot = db.snapshot().await?;
    let conn: &mut dyn Conn = &mut snapshot;
    writeln!(out, "; The ledger of Holdfast. Debits are positive: what is held or owed stands with a minus.\n")?;
    for code in journal::list_currencies(conn).await? {
        let currency = known(&code, "postings")?;
        let decimals = currency.decimals() as usize;
        writeln!(out, "commodity 1000.{:0<decimals$} {code}", "")?;
    }
    writeln!(out)?;
    let mut after = String::new();
    loop {
        let accounts = journal::list_accounts(conn, &after, PAGE).await?;
        let Some(last) = accounts.last() else { break };
        after.clone_from(last);
        for account in accounts {
            writeln!(out, "account {account}")?;
        }
    }
    write_postings(conn, out).await?;
    Ok(out.flush()?)
}

async fn write_postings(conn: &mut dyn Conn, out: &mut (dyn Write + Send)) -> Result<(), JournalError> {
    let mut after = Uuid::nil();
    loop {
        let postings = journal::list_postings(conn, after, PAGE).await?;
        let Some(last) = postings.last().map(|row| row.id) else { return Ok(()) };
        let entries = journal::list_entries(conn, after, last).await?;
        after = last;
        let mut lots = entries.chunk_by(|a, b| a.posting_id == b.posting_id).peekable();
        for posting in postings {
            let lines = lots.next_if(|lines| lines[0].posting_id == posting.id).unwrap_or_default();
            write_posting(out, &posting, lines)?;
        }
    }
}

fn write_posting(out: &mut (dyn Write + Send), posting: &PostingRow, lines: &[EntryRow]) -> Result<(), JournalError> {
    let (date, time) = clock::utc_date_and_time(Moment(posting.at));
    let order = posting.reference.as_deref().unwrap_or("no order");
    let event = posting.event_seq.map(|seq| format!(", event: {seq}")).unwrap_or_default();
    writeln!(out, "\n{date} {order} {}  ; time: {time}, posting: {}{event}", posting.kind, posting.id.simple())?;
    for line in lines {
        let amount = Money::new(line.amount_minor, known(&line.currency, "entries")?);
        writeln!(out, "    {}  {} {}", line.account, amount.digits(), line.currency)?;
    }
    Ok(())
}

fn known(code: &str, table: &'static str) -> Result<Currency, storage::Error> {
    code.parse().map_err(|_| storage::Error::broken(table, code, "an unknown currency"))
}
