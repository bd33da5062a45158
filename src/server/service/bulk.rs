//! One thing done to many orders: each by itself, on the one path, and what came of it is kept for whoever asks again.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        access::Viewer,
        bulk::{ALL_FITTING, ALL_SHOWN, Carried, Line, MOST_AT_ONCE, SHOWN, TICK, VERBS, read_shown},
        desk::Row,
        error::{Error as Shown, Kind},
        id::{OrderId, Reference},
        order::action::{Action, Proof, Selection, Verb},
        page::Page,
        text::Reason,
        time::Moment,
    },
    server::{
        error::Error,
        service::{
            Services, desk,
            orders::{self, Caller, Command},
        },
        storage::{
            self, Conn, Tx,
            idempotency::{self, CommandKey},
            list,
        },
    },
};

/// What was typed and ticked.
#[derive(Debug, Clone)]
pub struct Ticked {
    /// The verb's code.
    pub verb: String,
    /// The page's own key.
    pub key: String,
    /// The other fields: the ticks, the address of the list, and those of the verb.
    pub fields: BTreeMap<String, String>,
}

/// Carries the command out, order by order; what the rules refuse of one does not hold back the others. Sent again under
/// the same key, it does to no order anything that was done to it before.
///
/// # Errors
/// When nothing is ticked, a field is wrong, or the verb is none of those that go for many.
pub async fn carry_out(services: &Services, viewer: Viewer, ticked: Ticked) -> Result<(), Error> {
    let verb = Verb::from_code(&ticked.verb).filter(|verb| VERBS.contains(verb));
    let verb = verb.ok_or_else(|| Shown::field("verb", "There is no such action for many orders."))?;
    if ticked.key.is_empty() {
        return Err(Shown::new(Kind::Malformed, "key_missing", "Please load the page again.").into());
    }
    let action = action(verb, &ticked.fields)?;
    let mut conn = services.db.reader().await?;
    if find(&mut conn, &viewer, &ticked.key).await?.is_some() {
        return Ok(());
    }
    let wanted = wanted(services, &mut conn, &viewer, &ticked.fields).await?;
    drop(conn);
    if wanted.rows.is_empty() && wanted.missing.is_empty() {
        return Err(Shown::field(ALL_SHOWN, "Tick the orders first.").into());
    }
    let mut lines = Vec::with_capacity(wanted.rows.len() + wanted.missing.len());
    for (row, seen) in &wanted.rows {
        let command = Command {
            order: OrderId(row.cursor.id),
            action: action.clone(),
            expected_version: *seen,
            key: Some(format!("{} {}", row.reference, ticked.key)),
        };
        lines.push(line(row, &viewer, orders::perform(services, Caller::on_screen(viewer.clone()), command).await)?);
    }
    lines.extend(wanted.missing.into_iter().map(|reference| Line {
        reference,
        about: String::new(),
        status: None,
        refused: Shown::not_found("order").message,
    }));
    keep(services, viewer, ticked.key, Carried { verb, lines, more: wanted.more }).await
}

/// What came of one order. Only an answer may stand in the list; what is ours to mend ends the command, which may be sent again.
fn line(row: &Row, viewer: &Viewer, performed: Result<orders::Performed, Error>) -> Result<Line, Error> {
    let about = format!("{} · {}", row.other_party(viewer.party()), row.title);
    let reference = row.reference.clone();
    match performed {
        Ok(done) => Ok(Line { reference, about, status: Some(done.status), refused: String::new() }),
        Err(Error::Refused(shown)) => Ok(Line { reference, about, status: None, refused: shown.message }),
        Err(error) => Err(error),
    }
}

fn action(verb: Verb, fields: &BTreeMap<String, String>) -> Result<Action, Shown> {
    let typed = fields.get("reason").map_or("", |text| text.trim());
    let parts = Selection::default();
    Ok(match verb {
        Verb::Dispatch => Action::Dispatch { parts, carrier: None, tracking: None },
        Verb::Deliver => Action::Deliver { parts, proof: Proof::default() },
        _ => {
            let reason = Reason::parse(typed).map_err(|bad| Shown::field("reason", bad.0))?;
            Action::Cancel { delivery: None, reason }
        }
    })
}

/// The orders that are meant.
struct Wanted {
    /// Those that are the reader's, with the version that they have seen of each they ticked.
    rows: Vec<(Row, Option<u32>)>,
    /// Those that are not.
    missing: Vec<Reference>,
    /// Whether more fitted the filter than one command takes.
    more: bool,
}

async fn wanted(
    services: &Services,
    conn: &mut dyn Conn,
    viewer: &Viewer,
    fields: &BTreeMap<String, String>,
) -> Result<Wanted, Error> {
    let owner = orders::owner(viewer);
    if fields.contains_key(ALL_FITTING) {
        let filter = desk::shown(conn, viewer, fields).await?;
        let Page { rows, next } = list::list(conn, owner, &filter, None, MOST_AT_ONCE, services.now()).await?;
        let rows = rows.into_iter().map(|row| (row, None)).collect();
        return Ok(Wanted { rows, missing: Vec::new(), more: next.is_some() });
    }
    let ticked = ticks(fields);
    let (ticked, beyond) = ticked.split_at(ticked.len().min(MOST_AT_ONCE));
    let references: Vec<Reference> = ticked.iter().map(|(reference, _)| reference.clone()).collect();
    let found = list::list_of(conn, owner, &references).await?;
    let theirs: BTreeSet<&Reference> = found.iter().map(|row| &row.reference).collect();
    let missing = references.iter().filter(|reference| !theirs.contains(reference)).cloned().collect();
    let seen =
        |row: &Row| ticked.iter().find(|(reference, _)| *reference == row.reference).map(|(_, version)| *version);
    let rows = found.iter().map(|row| (row.clone(), seen(row))).collect();
    Ok(Wanted { rows, missing, more: !beyond.is_empty() })
}

/// The orders that a form ticks one by one, or as all that its page shows, with the versions that were seen; each once.
#[must_use]
pub fn ticks(fields: &BTreeMap<String, String>) -> Vec<(Reference, u32)> {
    let shown = fields.get(SHOWN).filter(|_| fields.contains_key(ALL_SHOWN)).map(|text| read_shown(text));
    let one =
        |(name, version): (&String, &String)| Some((name.strip_prefix(TICK)?.parse().ok()?, version.parse().ok()?));
    let mut ticked: Vec<(Reference, u32)> = shown.unwrap_or_default();
    ticked.extend(fields.iter().filter_map(one));
    ticked.sort();
    ticked.dedup_by(|later, earlier| later.0 == earlier.0);
    ticked
}

fn key_of(viewer: &Viewer, key: &str) -> CommandKey {
    CommandKey { caller: viewer.user.to_string(), operation: "bulk".to_owned(), key: key.to_owned() }
}

/// What is kept with the answer, so that nobody reads it under another hat than they wore.
fn fingerprint(viewer: &Viewer) -> [u8; 32] {
    let hat = viewer.hat.as_ref().map(crate::domain::access::Membership::key).unwrap_or_default();
    Sha256::digest(hat).into()
}

async fn keep(services: &Services, viewer: Viewer, key: String, carried: Carried) -> Result<(), Error> {
    let now = services.now();
    let command = key_of(&viewer, &key);
    let answer = serde_json::to_string(&carried).expect("answers are plain data");
    services
        .db
        .write((command, fingerprint(&viewer), answer), move |tx, (command, fingerprint, answer)| {
            Box::pin(keep_in(tx, command, fingerprint, answer, now))
        })
        .await
}

/// The same form sent twice at once does everything once and is answered by whoever comes first.
async fn keep_in(
    tx: &mut Tx,
    command: &CommandKey,
    fingerprint: &[u8],
    answer: &str,
    now: Moment,
) -> Result<(), Error> {
    if idempotency::find(tx, command).await?.is_none() {
        idempotency::insert(tx, command, fingerprint, answer, now).await?;
    }
    Ok(())
}

/// What came of the command under this key, while it is known.
pub(super) async fn find(conn: &mut dyn Conn, viewer: &Viewer, key: &str) -> Result<Option<Carried>, Error> {
    let Some(answered) = idempotency::find(conn, &key_of(viewer, key)).await? else { return Ok(None) };
    if answered.fingerprint != fingerprint(viewer) {
        return Ok(None);
    }
    let read = serde_json::from_str(&answered.answer);
    Ok(Some(read.map_err(|error| storage::Error::broken("idempotency", "answer", error))?))
}
