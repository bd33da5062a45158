//! One order after the other against its events: timeline, row, postings, words and messages.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use uuid::Uuid;

use super::{
    BALANCES, CHAIN, ESCROW, Findings, HELD, LOOSE, MESSAGES, NUMBERS, POSTINGS, STATE, STUCK, SUMS, TEXTS, TIMES,
    Totals, WORDS, payments, webhooks,
};
use crate::{
    domain::{
        id::OrderId,
        ledger::{self, Account, Posting},
        notice,
        order::{Order, event::Event, status::Turn},
        search,
        time::Moment,
        timeline::{ActorStamp, GENESIS, Hash, Stored},
    },
    server::storage::{
        verify::{AttemptRow, BalanceRow, CallbackRow, EventRow, LineRow, MessageRow, OrderRow, TermRow},
        webhooks::deliveries::{OwedRow, WantingRow},
    },
};

/// An order with more words than this may have lost some of its items' to those of its buyer's address.
const SURELY_KEPT: usize = 55;

/// All rows of a range of orders.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub orders: Vec<OrderRow>,
    pub events: Vec<EventRow>,
    pub lines: Vec<LineRow>,
    pub words: Vec<TermRow>,
    pub messages: Vec<MessageRow>,
    pub escrow: Vec<BalanceRow>,
    pub told: Vec<CallbackRow>,
    pub attempts: Vec<AttemptRow>,
    pub deliveries: Vec<OwedRow>,
    pub endpoints: Arc<Vec<WantingRow>>,
}

/// Whether a running sum is kept for an account of this name.
pub(super) fn keeps_balance(account: &str) -> bool {
    account.starts_with("liabilities:") || account.starts_with("test:liabilities:")
}

/// Checks a range of orders.
pub(super) fn check(books: Books, mut findings: Findings, mut totals: Totals) -> (Findings, Totals) {
    findings.count("orders", books.orders.len());
    findings.count("events", books.events.len());
    findings.count("ledger lines", books.lines.len());
    findings.count("search words", books.words.len());
    findings.count("messages", books.messages.len());
    findings.count("running sums", books.escrow.len());
    findings.count("tellings of payments", books.told.len());
    findings.count("attempts to pay", books.attempts.len());
    findings.count("webhook deliveries", books.deliveries.len());
    let mut timelines = by_order(books.events, |row| row.order_id);
    let mut lines = by_order(books.lines, |row| row.order_id.unwrap_or_default());
    let mut words = by_order(books.words, |row| row.order_id);
    let mut messages = by_order(books.messages, |row| row.order_id);
    // Of an order that is not here, somebody was told to look at it.
    let mut told = by_order(books.told, |row| row.order_id);
    let mut attempts = by_order(books.attempts, |row| row.order_id);
    let mut deliveries = by_order(books.deliveries, |row| row.order_id);
    let mut escrow: HashMap<String, Vec<BalanceRow>> = HashMap::new();
    for row in books.escrow {
        escrow.entry(row.account.clone()).or_default().push(row);
    }
    for row in &books.orders {
        let id = OrderId(row.id);
        let own = OwnRows {
            timeline: timelines.remove(&row.id).unwrap_or_default(),
            lines: lines.remove(&row.id).unwrap_or_default(),
            words: words.remove(&row.id).unwrap_or_default(),
            messages: messages.remove(&row.id).unwrap_or_default(),
            escrow: escrow.remove(&Account::Escrow(id).to_string()).unwrap_or_default(),
        };
        let owed = deliveries.remove(&row.id).unwrap_or_default();
        webhooks::check(&mut findings, row, &own.timeline, &owed, &books.endpoints);
        let (told, attempts) = (told.remove(&row.id), attempts.remove(&row.id));
        payments::check(&mut findings, id, &own.timeline, &told.unwrap_or_default(), &attempts.unwrap_or_default());
        Check { id, findings: &mut findings }.order(row, &own, &mut totals);
    }
    for (what, order) in timelines
        .keys()
        .map(|order| ("an event", order))
        .chain(lines.keys().map(|order| ("a posting", order)))
        .chain(words.keys().map(|order| ("a search word", order)))
        .chain(messages.keys().map(|order| ("a message", order)))
        .chain(deliveries.keys().map(|order| ("a webhook's delivery", order)))
    {
        findings.breach(LOOSE, || format!("{what} of {}, which is not there", OrderId(*order)));
    }
    for account in escrow.keys() {
        findings.breach(LOOSE, || format!("a running sum of {account}, whose order is not there"));
    }
    (findings, totals)
}

fn by_order<T>(rows: Vec<T>, order: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut grouped: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in rows {
        grouped.entry(order(&row)).or_default().push(row);
    }
    grouped
}

struct OwnRows {
    timeline: Vec<EventRow>,
    lines: Vec<LineRow>,
    words: Vec<TermRow>,
    messages: Vec<MessageRow>,
    escrow: Vec<BalanceRow>,
}

/// What the events of an order make, as folding them shows it.
struct Made {
    order: Order,
    postings: Vec<(i64, Moment, Posting)>,
    messages: Vec<String>,
}

struct Check<'a> {
    id: OrderId,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn order(&mut self, row: &OrderRow, own: &OwnRows, totals: &mut Totals) {
        let id = self.id;
        let Some(made) = self.timeline(&own.timeline) else {
            return self.findings.breach(STATE, || format!("{id}: its timeline cannot be folded"));
        };
        let order = &made.order;
        if let Some(column) = row.first_difference(order) {
            self.findings.breach(STATE, || format!("{id}: {column}"));
        }
        if !order.is_over() && order.turn() == Turn::NOBODY && order.deadline_at() == Moment::NEVER {
            self.findings.breach(STUCK, || format!("{id}: {}", order.status().code()));
        }
        self.postings(&made, &own.lines, totals);
        self.held(order, &own.lines, &own.escrow);
        self.words(order, &own.words);
        self.messages(made.messages, &own.messages);
        let (status, turn) = (order.status().code(), i64::from(order.turn().bits()));
        let parties = &order.parties;
        let provider = order.provider.as_ref().map(|provider| provider.id.0);
        let owners = [Some(parties.marketplace.0), Some(parties.seller.0), Some(parties.buyer.0), provider];
        for owner in owners.into_iter().flatten() {
            *totals.counts.entry((owner, status.to_owned(), turn)).or_default() += 1;
        }
    }

    /// Reads and folds the timeline; nothing when it does not begin with the placing or cannot be read.
    fn timeline(&mut self, rows: &[EventRow]) -> Option<Made> {
        let id = self.id;
        let mut hash: Hash = GENESIS;
        let mut last = Moment(i64::MIN);
        let mut made: Option<Made> = None;
        let mut expected = 1;
        for row in rows {
            let (seq, at) = (row.seq, Moment(row.at));
            if expected != seq {
                self.findings.breach(NUMBERS, || format!("{id}: {seq} stands where {expected} should"));
            }
            expected = seq + 1;
            if at < last {
                self.findings.breach(TIMES, || format!("{id}, event {seq}"));
            }
            last = at;
            let stored = Stored { actor: row.actor.clone(), body: row.body.clone() };
            hash = stored.chain(&hash, id, u32::try_from(seq).unwrap_or_default(), at);
            if hash.as_slice() != row.hash {
                self.findings.breach(CHAIN, || format!("{id}, event {seq}"));
                // Each break is told once, not again at every event after it.
                hash = row.hash.as_slice().try_into().unwrap_or(hash);
            }
            let read = serde_json::from_str::<Event>(&row.body)
                .and_then(|event| serde_json::from_str::<ActorStamp>(&row.actor).map(|actor| (event, actor)));
            let (event, actor) = match read {
                Ok(read) => read,
                Err(error) => {
                    self.findings.breach(TEXTS, || format!("{id}, event {seq}: {error}"));
                    return None;
                }
            };
            if event.code() != row.kind {
                self.findings.breach(TEXTS, || format!("{id}, event {seq}: filed under {}", row.kind));
            }
            let now = fold(made, seq, at, &event, &actor)?;
            made = Some(now);
        }
        made
    }

    fn postings(&mut self, made: &Made, lines: &[LineRow], totals: &mut Totals) {
        let id = self.id;
        let order = &made.order;
        let mut stored = lines.chunk_by(|a, b| a.posting_id == b.posting_id);
        for (seq, at, posting) in &made.postings {
            let Some(found) = stored.next() else {
                self.findings.breach(POSTINGS, || format!("{id}: the posting of event {seq} is missing"));
                break;
            };
            let head = &found[0];
            let same = head.event_seq == Some(*seq)
                && head.at == at.0
                && head.kind == posting.kind
                && head.marketplace_id == order.parties.marketplace.0
                && head.currency == order.currency.code()
                && found.len() == posting.entries.len()
                && found.iter().zip(&posting.entries).all(|(line, entry)| {
                    line.amount_minor == Some(entry.amount_minor)
                        && line.account.as_deref() == Some(entry.account.to_string().as_str())
                });
            if !same {
                let wrong = head.event_seq.unwrap_or_default();
                self.findings
                    .breach(POSTINGS, || format!("{id}: event {seq} makes another posting than that of event {wrong}"));
            }
        }
        if let Some(more) = stored.next() {
            let seq = more[0].event_seq.unwrap_or_default();
            self.findings.breach(POSTINGS, || format!("{id}: no event makes the posting of event {seq}"));
        }
        for posting in lines.chunk_by(|a, b| a.posting_id == b.posting_id) {
            check_posting(posting, self.findings, &mut totals.balances);
        }
    }

    /// Follows the escrow account through the order's history.
    fn held(&mut self, order: &Order, lines: &[LineRow], escrow: &[BalanceRow]) {
        let id = self.id;
        let account = Account::Escrow(id).to_string();
        let moved = || lines.iter().filter(|line| line.account.as_deref() == Some(&account));
        let (mut held, mut paid, mut gone) = (0_i64, 0_i64, 0_i64);
        for line in moved() {
            let amount = line.amount_minor.unwrap_or_default();
            held = held.saturating_sub(amount);
            if amount < 0 {
                paid = paid.saturating_sub(amount);
            } else {
                gone = gone.saturating_add(amount);
            }
            if held < 0 {
                self.findings
                    .breach(ESCROW, || format!("{id}: {held} after event {}", line.event_seq.unwrap_or_default()));
            }
        }
        let agree = held == order.held_minor() && paid == order.paid_minor && gone == order.gone.total();
        if !agree || (order.is_over() && held != 0) {
            self.findings.breach(HELD, || {
                let (row_held, row_paid, row_gone) = (order.held_minor(), order.paid_minor, order.gone.total());
                format!("{id}: ledger {paid} = {held} + {gone}, order {row_paid} = {row_held} + {row_gone}")
            });
        }
        let stored: i64 = escrow.iter().map(|row| row.balance_minor).sum();
        if stored != -held || (escrow.is_empty() && moved().next().is_some()) {
            self.findings.breach(BALANCES, || format!("{account}: the lines sum to {}, the row says {stored}", -held));
        }
    }

    fn words(&mut self, order: &Order, stored: &[TermRow]) {
        let id = self.id;
        let mut wanted = search::terms(order, "", "");
        if wanted.len() > SURELY_KEPT {
            wanted = search::names_and_numbers(order, "", "");
        }
        let marketplace = order.parties.marketplace.0;
        let known: HashSet<&str> =
            stored.iter().filter(|row| row.marketplace_id == marketplace).map(|row| row.term.as_str()).collect();
        if let Some(missing) = wanted.iter().find(|word| !known.contains(word.as_str())) {
            self.findings.breach(WORDS, || format!("{id} is not found by {missing:?}"));
        }
        if let Some(row) = stored.iter().find(|row| row.marketplace_id != marketplace) {
            self.findings.breach(WORDS, || format!("{id} is found by {:?} in another marketplace", row.term));
        }
    }

    fn messages(&mut self, mut owed: Vec<String>, stored: &[MessageRow]) {
        let id = self.id;
        self.persons(stored);
        // What the clock owes beside the events, and what was made of messages to parties, is no event's.
        let to_parties = stored.iter().filter(|row| row.parent_id.is_none() && row.kind != notice::REMINDER);
        for row in to_parties {
            let to = serde_json::from_str::<serde_json::Value>(&row.payload).ok();
            let to = to.as_ref().and_then(|payload| payload.get("to")?.as_str()).unwrap_or_default();
            let found = message_key(row.event_seq, &row.kind, &row.channel, to);
            match owed.iter().position(|key| *key == found) {
                Some(at) => {
                    owed.swap_remove(at);
                }
                None => self.findings.breach(MESSAGES, || format!("{id}: nobody is owed “{found}”")),
            }
        }
        if let Some(missing) = owed.first() {
            self.findings.breach(MESSAGES, || format!("{id}: “{missing}” is missing"));
        }
    }

    /// A message to a party that was spread has its persons, and each message to a person was made of one that was.
    fn persons(&mut self, stored: &[MessageRow]) {
        let id = self.id;
        let spread = |row: &&MessageRow| row.parent_id.is_none() && row.state == "spread";
        let parents: HashMap<Uuid, &MessageRow> = stored.iter().filter(spread).map(|row| (row.id, row)).collect();
        let persons = stored.iter().filter_map(|row| Some((row.parent_id?, row)));
        let mut reached: HashSet<Uuid> = HashSet::new();
        for (parent, person) in persons {
            let fits =
                parents.get(&parent).is_some_and(|of| (of.event_seq, &of.kind) == (person.event_seq, &person.kind));
            if fits {
                reached.insert(parent);
            } else {
                self.findings.breach(MESSAGES, || format!("{id}: message {} was made of none", person.id));
            }
        }
        if let Some(lost) = parents.keys().filter(|parent| !reached.contains(*parent)).min() {
            self.findings.breach(MESSAGES, || format!("{id}: message {lost} was spread to nobody"));
        }
    }
}

/// One more event folded in, with what it makes.
fn fold(before: Option<Made>, seq: i64, at: Moment, event: &Event, by: &ActorStamp) -> Option<Made> {
    let mut made = match (before, event) {
        (Some(mut made), event) => {
            made.order.apply(event, at);
            made
        }
        (None, Event::Placed(placed)) => {
            Made { order: Order::placed(placed, at), postings: Vec::new(), messages: Vec::new() }
        }
        (None, _) => return None,
    };
    made.postings.extend(ledger::postings(&made.order, event).into_iter().map(|posting| (seq, at, posting)));
    let messages = notice::messages(&made.order, by, event);
    made.messages.extend(
        messages.iter().map(|message| message_key(seq, message.kind, message.channel.code(), message.to.code())),
    );
    Some(made)
}

fn message_key(seq: i64, kind: &str, channel: &str, to: &str) -> String {
    format!("{kind} by {channel} to {to} for event {seq}")
}

/// The lines of one posting sum to zero in one currency; they count in the running sums.
pub(super) fn check_posting(lines: &[LineRow], findings: &mut Findings, balances: &mut HashMap<(String, String), i64>) {
    let head = &lines[0];
    let sum: i64 = lines.iter().filter_map(|line| line.amount_minor).sum();
    let one_currency = lines.iter().all(|line| line.line_currency.as_ref() == Some(&head.currency));
    if sum != 0 || !one_currency || lines.len() < 2 {
        let order = head.order_id.map_or_else(|| "no order".to_owned(), |id| OrderId(id).to_string());
        findings.breach(SUMS, || {
            format!("{order}, posting {}: {sum} {} over {} lines", head.posting_id, head.currency, lines.len())
        });
    }
    for line in lines {
        let (Some(account), Some(currency), Some(amount)) = (&line.account, &line.line_currency, line.amount_minor)
        else {
            continue;
        };
        // The escrow accounts are checked order by order: there are as many as orders.
        if keeps_balance(account) && !account.starts_with("liabilities:escrow:") {
            *balances.entry((account.clone(), currency.clone())).or_default() += amount;
        }
    }
}
