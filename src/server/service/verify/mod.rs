//! Checks all that is stored against itself: timelines, rows, ledger, running sums, counts, words and messages.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use uuid::Uuid;

use self::order::Books;
use crate::server::{
    error::Error,
    storage::{
        Conn, Db, parts,
        verify::{self as rows, OrderRow, Range},
        webhooks::deliveries,
    },
};

mod order;
mod payments;
mod webhooks;

/// Orders that are read and checked at once.
const BATCH: i64 = 200;
/// Rows of sums and counts that are read at once.
const PAGE: i64 = 2_000;

/// What must hold, by a stable code, with the sentence that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The code.
    pub code: &'static str,
    /// The sentence.
    pub sentence: &'static str,
}

macro_rules! rules {
    ($($name:ident = $code:literal, $sentence:literal;)*) => {
        $(#[doc = $sentence] pub const $name: Rule = Rule { code: $code, sentence: $sentence };)*
        /// All of them.
        pub const RULES: &[Rule] = &[$($name,)*];
    };
}

rules! {
    NUMBERS = "timeline_numbers", "A timeline is numbered from 1 to the order's version without a gap.";
    TEXTS = "timeline_texts", "Each event can be read, and its type is the one it is filed under.";
    CHAIN = "timeline_chain", "Each event's hash covers it and the one before.";
    TIMES = "timeline_times", "The times of a timeline never fall.";
    STATE = "order_row", "Folding the timeline gives the stored row, to the byte.";
    STUCK = "order_stuck", "An order that is not over has a turn or a deadline.";
    SUMS = "posting_sum", "The lines of a posting sum to zero in its one currency.";
    POSTINGS = "postings", "The postings of an order are those that its events make.";
    ESCROW = "escrow_below_zero", "Escrow is never below zero, at no point of an order's history.";
    HELD = "paid_held_gone", "What was paid is what is held and what has gone; nothing is held when the order is over.";
    PAYMENTS = "payments", "What gateways told of payments stands on the timelines: held, sent back or charged back, once.";
    BALANCES = "running_sums", "Each running sum is the sum of its account's lines.";
    COUNTS = "order_counts", "The counts on the tabs are those of the orders.";
    WORDS = "search_words", "Each order is found by its words.";
    MESSAGES = "messages", "Each event has the messages that it owes, spread to persons once each, and there are no others.";
    WEBHOOKS = "webhooks", "Each event has the deliveries that it owes to webhooks, and there are no others.";
    FILE = "database_file", "The database's file and its indexes are whole.";
    PARTS = "tables_and_triggers", "The tables of this version are there, and the triggers that keep them from being changed.";
    LOOSE = "loose_rows", "Each event, posting, line, word, sum and message belongs to something that is there.";
}

/// A breach of a rule: how often, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// How often.
    pub count: usize,
    /// Where first, and what is wrong there.
    pub first: String,
}

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many rows of each kind were looked at.
    pub counted: BTreeMap<&'static str, usize>,
    /// The breaches.
    pub breaches: BTreeMap<Rule, Breach>,
}

impl Findings {
    /// Whether all is as it must be.
    #[must_use]
    pub fn are_clean(&self) -> bool {
        self.breaches.is_empty()
    }

    fn count(&mut self, what: &'static str, rows: usize) {
        *self.counted.entry(what).or_default() += rows;
    }

    fn breach(&mut self, rule: Rule, what: impl FnOnce() -> String) {
        self.breaches
            .entry(rule)
            .and_modify(|breach| breach.count += 1)
            .or_insert_with(|| Breach { count: 1, first: what() });
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, rows) in &self.counted {
            writeln!(f, "{rows:>10} {what}")?;
        }
        for rule in RULES {
            match self.breaches.get(rule) {
                None => writeln!(f, "        ok {}", rule.sentence)?,
                Some(Breach { count, first }) => {
                    writeln!(f, "    BROKEN {} ({}: {count} times; first: {first})", rule.sentence, rule.code)?;
                }
            }
        }
        Ok(())
    }
}

/// Sums over all orders, to be compared with what is stored of them.
#[derive(Debug, Default)]
struct Totals {
    balances: HashMap<(String, String), i64>,
    counts: HashMap<(Uuid, String, i64), i64>,
}

/// Checks everything, all of it as it is at one instant. `progress` is told how many orders are done, of how many.
///
/// # Errors
/// When the database does not answer; what is wrong in it is a finding, not an error.
pub async fn verify(db: &Db, progress: &mut (dyn FnMut(usize, usize) + Send)) -> Result<Findings, Error> {
    let mut snapshot = db.snapshot().await?;
    let conn: &mut dyn Conn = &mut snapshot;
    let of = usize::try_from(rows::count_orders(conn).await?).unwrap_or_default();
    let mut findings = Findings::default();
    let mut totals = Totals::default();
    let endpoints = Arc::new(webhooks::endpoints(conn).await?);
    findings.count("webhooks", endpoints.len());
    let mut after = Uuid::nil();
    let mut next = rows::list_orders(conn, after, BATCH).await?;
    loop {
        let orders = std::mem::take(&mut next);
        let last = orders.last().map(|row| row.id);
        let range = Range { after, until: last.unwrap_or(Uuid::max()) };
        let books = Books { endpoints: endpoints.clone(), ..read(conn, range, orders).await? };
        // While one thread checks these orders, the next are read.
        let check = tokio::task::spawn_blocking(move || order::check(books, findings, totals));
        if let Some(last) = last {
            after = last;
            next = rows::list_orders(conn, after, BATCH).await?;
        }
        (findings, totals) = check.await?;
        progress(findings.counted.get("orders").copied().unwrap_or_default(), of);
        if last.is_none() {
            break;
        }
    }
    check_other_postings(conn, &mut findings, &mut totals).await?;
    check_balances(conn, &mut findings, totals.balances).await?;
    check_counts(conn, &mut findings, totals.counts).await?;
    if let Some(fault) = rows::find_fault_of_file(conn).await? {
        findings.breach(FILE, || fault);
    }
    if let Some(missing) = parts::find_missing(conn).await? {
        findings.breach(PARTS, || missing);
    }
    if let Some(dangling) = rows::find_dangling_row(conn).await? {
        findings.breach(LOOSE, || dangling);
    }
    let loose = rows::count_loose_entries(conn).await?;
    if loose > 0 {
        findings.breach(LOOSE, || format!("{loose} ledger lines belong to no posting"));
    }
    Ok(findings)
}

async fn read(conn: &mut dyn Conn, range: Range, orders: Vec<OrderRow>) -> Result<Books, Error> {
    Ok(Books {
        orders,
        events: rows::list_events(conn, range).await?,
        lines: rows::list_lines(conn, range).await?,
        words: rows::list_terms(conn, range).await?,
        messages: rows::list_messages(conn, range).await?,
        escrow: rows::list_escrow(conn, range).await?,
        told: rows::list_callbacks(conn, range).await?,
        attempts: rows::list_attempts(conn, range).await?,
        deliveries: deliveries::list_owed(conn, range).await?,
        endpoints: Arc::default(),
    })
}

/// Postings that belong to no order: their lines sum to zero and count in the running sums.
async fn check_other_postings(conn: &mut dyn Conn, findings: &mut Findings, totals: &mut Totals) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let lines = rows::list_lines_without_order(conn, after, PAGE).await?;
        let Some(last) = lines.last() else { return Ok(()) };
        after = last.posting_id;
        for posting in lines.chunk_by(|a, b| a.posting_id == b.posting_id) {
            order::check_posting(posting, findings, &mut totals.balances);
        }
    }
}

async fn check_balances(
    conn: &mut dyn Conn,
    findings: &mut Findings,
    mut summed: HashMap<(String, String), i64>,
) -> Result<(), Error> {
    let mut after = (String::new(), String::new());
    loop {
        let page = rows::list_balances(conn, (&after.0, &after.1), PAGE).await?;
        findings.count("running sums", page.len());
        let Some(last) = page.last() else { break };
        after = (last.account.clone(), last.currency.clone());
        for row in page {
            let key = (row.account, row.currency);
            let sum = summed.remove(&key).unwrap_or_default();
            if sum != row.balance_minor {
                let (account, currency) = key;
                findings.breach(BALANCES, || {
                    format!("{account}: the lines sum to {sum}, the row says {} {currency}", row.balance_minor)
                });
            }
        }
    }
    let mut missing: Vec<_> =
        summed.into_iter().filter(|((account, _), sum)| *sum != 0 && order::keeps_balance(account)).collect();
    missing.sort();
    for ((account, currency), sum) in missing {
        findings.breach(BALANCES, || format!("{account}: the lines sum to {sum} {currency}, and there is no row"));
    }
    Ok(())
}

async fn check_counts(
    conn: &mut dyn Conn,
    findings: &mut Findings,
    mut counted: HashMap<(Uuid, String, i64), i64>,
) -> Result<(), Error> {
    let mut after = (Uuid::nil(), String::new(), i64::MIN);
    loop {
        let page = rows::list_counts(conn, (after.0, &after.1, after.2), PAGE).await?;
        findings.count("counts", page.len());
        let Some(last) = page.last() else { break };
        after = (last.owner_id, last.status.clone(), last.turn);
        for row in page {
            let key = (row.owner_id, row.status, row.turn);
            let count = counted.remove(&key).unwrap_or_default();
            if count != row.orders {
                let (owner, status, turn) = key;
                findings.breach(COUNTS, || {
                    format!("{owner}: {count} orders are {status} with turn {turn}, the count says {}", row.orders)
                });
            }
        }
    }
    let mut missing: Vec<_> = counted.into_iter().collect();
    missing.sort();
    for ((owner, status, turn), count) in missing {
        findings
            .breach(COUNTS, || format!("{owner}: {count} orders are {status} with turn {turn}, and there is no count"));
    }
    Ok(())
}
