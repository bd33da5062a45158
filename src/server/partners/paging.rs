//! Where a list goes on: a cursor that holds its last place and all by which the list was narrowed, so that it is sent alone.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::body::Sent;
use crate::domain::{error::Error as Shown, page::Cursor};

/// The parameter with the cursor.
const CURSOR: &str = "page_cursor";

/// What a list is narrowed by, and after which place it goes on: as it is said, or as the cursor has it.
pub fn continued(said: &Sent) -> Result<(Sent, Option<Cursor>), Shown> {
    let Some(text) = said.maybe(CURSOR)? else { return Ok((said.clone(), None)) };
    let wrong = || Shown::field(CURSOR, "Use the `next` of a page as it is.");
    let Sent::Members(members) = said else { return Err(wrong()) };
    if let Some((stray, _)) = members.iter().find(|(name, _)| name != CURSOR) {
        return Err(Shown::field(stray, "The cursor says all of it: send page_cursor alone."));
    }
    let bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|_| wrong())?;
    let (after, pairs): (String, Vec<(String, String)>) = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let members = pairs.into_iter().map(|(name, value)| (name, Sent::Text(value))).collect();
    Ok((Sent::Members(members), Some(Cursor::read(&after).ok_or_else(wrong)?)))
}

/// The cursor behind the last place of a page; so many that fit are still to be left out there, which `skip` says by name.
pub fn cursor(said: &Sent, place: Cursor, (name, skip): (&str, usize)) -> String {
    let Sent::Members(members) = said else { return String::new() };
    let kept = members.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(name)).map(|(known, _)| {
        let values: Vec<String> = said.list(known).iter().filter_map(Sent::text).collect();
        (known.clone(), values.join(","))
    });
    let mut pairs: Vec<(String, String)> = kept.collect();
    if skip > 0 {
        pairs.push((name.to_owned(), skip.to_string()));
    }
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(place.write(), pairs)).expect("pairs are plain data"))
}
