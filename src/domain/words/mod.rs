//! What people are told, in their own language: files of keys and texts, read once, with names in braces filled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// A language in which mails and text messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// Portuguese.
    Pt,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::Fr, Self::Pt];

    /// The stable code, which is the language's ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::Pt => "pt",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The one that is wanted most of those that we have, from what a browser says (`Accept-Language`).
    #[must_use]
    pub fn wanted(said: &str) -> Option<Self> {
        let wants = said.split(',').filter_map(|wish| {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            // Between 0 and 1 with at most three digits, so that they compare as they are written.
            let weight = weight.trim().strip_prefix("q=")?.trim_end_matches(['0', '.']);
            let language = Self::from_code(tag.trim().split('-').next()?.to_ascii_lowercase().as_str())?;
            (!weight.is_empty()).then_some((language, weight))
        });
        // The first of equals, in the order in which they were said.
        wants.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }

    /// Its name in itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.text("language")
    }

    /// The text under a key as it stands in the file; a key that is in no file stands for itself.
    #[must_use]
    pub fn text(self, key: &'static str) -> &'static str {
        self.find(key).or_else(|| Self::En.find(key)).unwrap_or(key)
    }

    /// The text under a key, when this language has it.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static str> {
        BOOKS[self as usize].get(key).copied()
    }

    /// The text under a key with its names filled in.
    #[must_use]
    pub fn say(self, key: &str, values: &Values<'_>) -> String {
        let text = self.find(key).or_else(|| Self::En.find(key)).unwrap_or_default();
        fill(text, values)
    }

    /// An instant in words, from its parts in the reader's time zone.
    #[must_use]
    pub fn date(self, local: LocalTime) -> String {
        let nth = |key, at: usize| self.text(key).split(' ').nth(at).unwrap_or_default().to_owned();
        let values = [
            ("weekday", nth("weekdays", usize::from(local.weekday))),
            ("day", local.day.to_string()),
            ("month", nth("months", usize::from(local.month).saturating_sub(1))),
            ("year", local.year.to_string()),
            ("time", format!("{:02}:{:02}", local.hour, local.minute)),
        ];
        self.say("date", &values)
    }
}

/// Names and what stands for them.
pub type Values<'a> = [(&'a str, String)];

/// An instant as a clock and a calendar on the wall show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: i16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// From 0 for Monday.
    pub weekday: u8,
    /// From 0.
    pub hour: u8,
    /// From 0.
    pub minute: u8,
}

static BOOKS: LazyLock<[BTreeMap<&'static str, &'static str>; 3]> =
    LazyLock::new(|| [include_str!("en.txt"), include_str!("fr.txt"), include_str!("pt.txt")].map(read));

/// The keys and texts of a file, one a line; lines that begin with `#` are remarks.
fn read(file: &'static str) -> BTreeMap<&'static str, &'static str> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = ")).collect()
}

/// Fills each name in braces in, once: what is filled in is not looked at again, whatever somebody typed there.
fn fill(text: &str, values: &Values<'_>) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        } else {
            filled.push('{');
            filled.push_str(name);
            filled.push('}');
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}
