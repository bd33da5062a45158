//! Reads the fields of a form one by one, and remembers which were read and what is wrong with each.

use std::str::FromStr;

use super::Fields;
use crate::domain::error::{Error, FieldError};
use crate::domain::money::{Bps, Currency, Minor, Money, MoneyError};
use crate::domain::order::action::{HowMuch, Selection};
use crate::domain::text::BadText;
use crate::domain::time::Span;

/// Reads fields, remembers which were read and what is wrong with each.
pub(super) struct Reader<'a> {
    pub(super) fields: &'a Fields,
    pub(super) read: Vec<String>,
    pub(super) wrong: Vec<FieldError>,
    pub(super) currency: Currency,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(fields: &'a Fields, currency: Currency) -> Self {
        Self { fields, read: Vec::new(), wrong: Vec::new(), currency }
    }

    pub(super) fn raw(&mut self, name: &str) -> &'a str {
        self.read.push(name.to_owned());
        self.fields.get(name).map_or("", |text| text.trim())
    }

    pub(super) fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.wrong.push(FieldError { field: name.to_owned(), message: message.into() });
    }

    /// A text that is needed.
    pub(super) fn text<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, BadText>) -> Option<T> {
        let raw = self.raw(name);
        parse(raw).map_err(|bad| self.fault(name, bad.0)).ok()
    }

    /// A text that may stay empty.
    pub(super) fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, BadText>) -> Option<T> {
        if self.raw(name).is_empty() { None } else { self.text(name, parse) }
    }

    /// One of some codes.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let raw = self.raw(name);
        let found = choices.iter().find(|(code, _)| *code == raw).map(|(_, value)| *value);
        if found.is_none() {
            self.fault(name, "Choose one of these.");
        }
        found
    }

    /// One of some codes, when one is chosen.
    pub(super) fn maybe_choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        if self.raw(name).is_empty() { None } else { self.choice(name, choices) }
    }

    pub(super) fn amount(&mut self, name: &str) -> Option<Minor> {
        let raw = self.raw(name);
        if raw.is_empty() {
            self.fault(name, "How much?");
            return None;
        }
        Money::parse(raw, self.currency).map_err(|bad| self.fault(name, sentence(bad))).map(|money| money.minor).ok()
    }

    /// An amount, when one is typed.
    pub(super) fn maybe_amount(&mut self, name: &str) -> Option<Minor> {
        if self.raw(name).is_empty() { None } else { self.amount(name) }
    }

    pub(super) fn number<T: FromStr>(&mut self, name: &str, message: &str) -> Option<T> {
        let raw = self.raw(name);
        raw.parse().map_err(|_| self.fault(name, message)).ok()
    }

    /// A percentage, when one is typed.
    pub(super) fn maybe_percent(&mut self, name: &str) -> Option<Bps> {
        let raw = self.raw(name);
        if raw.is_empty() {
            return None;
        }
        let rate = Bps::parse_percent(raw);
        if rate.is_none() {
            self.fault(name, "A percentage from 0 to 100, with at most two decimals.");
        }
        rate
    }

    /// A window, when one is typed: as [`Span::typed`] writes it, days (`3`, `0.5`), hours (`36h`) or seconds (`90s`).
    pub(super) fn maybe_span(&mut self, name: &str) -> Option<Span> {
        let raw = self.raw(name);
        if raw.is_empty() {
            return None;
        }
        let span = Span::read(raw);
        if span.is_none() {
            self.fault(name, "A number of days like 3 or 0.5, or of hours like 36h.");
        }
        span
    }

    pub(super) fn delivery(&mut self) -> Option<u16> {
        if self.raw("delivery").is_empty() { None } else { self.number("delivery", "Which delivery?") }
    }

    /// The pieces that were chosen: `item.3` is how many of item 3. Without any such field, all.
    pub(super) fn pieces(&mut self) -> Vec<(u16, u32)> {
        let named: Vec<String> = self.fields.keys().filter(|name| name.starts_with("item.")).cloned().collect();
        let mut pieces = Vec::new();
        for name in &named {
            let no = name.strip_prefix("item.").and_then(|no| no.parse().ok());
            let raw = self.raw(name);
            let count = if raw.is_empty() { Some(0) } else { raw.parse().ok() };
            match (no, count) {
                (Some(_), Some(0)) => {}
                (Some(no), Some(count)) => pieces.push((no, count)),
                _ => self.fault(name, "A whole number of pieces."),
            }
        }
        if !named.is_empty() && pieces.is_empty() && self.wrong.is_empty() {
            self.fault("items", "Choose at least one piece.");
        }
        pieces
    }

    pub(super) fn selection(&mut self) -> Selection {
        Selection { delivery: self.delivery(), items: self.pieces() }
    }

    pub(super) fn how_much(&mut self) -> Option<HowMuch> {
        if self.raw("amount").is_empty() && self.fields.keys().any(|name| name.starts_with("item.")) {
            return Some(HowMuch::Items(self.pieces()));
        }
        self.read.extend(self.fields.keys().filter(|name| name.starts_with("item.")).cloned());
        self.amount("amount").map(HowMuch::Amount)
    }

    /// What was read, unless something is wrong or a field came that nobody asked for.
    pub(super) fn finish<T>(mut self, read: Option<T>) -> Result<T, Error> {
        let stray: Vec<&String> = self.fields.keys().filter(|name| !self.read.contains(name)).collect();
        for name in stray {
            self.wrong.push(FieldError { field: name.clone(), message: "This field is not known here.".to_owned() });
        }
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            _ => Err(Error::fields(self.wrong)),
        }
    }
}

pub(super) fn sentence(error: MoneyError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
