//! Cursors: a list is continued after the last row that was seen, never at an offset.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The place of a row in a list that is sorted by one number and, where those are equal, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sorted value: a deadline, a time or an amount.
    pub key: i64,
    /// The row.
    pub id: Uuid,
}

impl Cursor {
    /// For an address: hexadecimal, 48 digits.
    #[must_use]
    pub fn write(self) -> String {
        let mut text = format!("{:016x}", self.key);
        let _ = write!(text, "{}", self.id.simple());
        text
    }

    /// Reads what [`Cursor::write`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() != 48 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let key = u64::from_str_radix(&text[..16], 16).ok()?;
        let id = Uuid::try_parse(&text[16..]).ok()?;
        Some(Self { key: key.cast_signed(), id })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}
