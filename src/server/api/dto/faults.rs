//! What is wrong with a body, found field by field and named by JSON pointer.

use crate::domain::{
    error::{Error as Shown, FieldError},
    money::{Bps, MAX_AMOUNT, Minor},
    text::BadText,
};

/// What is wrong with a body, found field by field.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<FieldError>);

impl Faults {
    /// Notes one.
    pub fn note(&mut self, pointer: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: pointer.to_owned(), message: message.into() });
    }

    /// A text that is needed.
    pub fn text<T>(&mut self, pointer: &str, text: &str, parse: fn(&str) -> Result<T, BadText>) -> Option<T> {
        parse(text).map_err(|bad| self.note(pointer, bad.0)).ok()
    }

    /// A text that may be missing.
    pub fn maybe<T>(
        &mut self,
        pointer: &str,
        text: Option<&String>,
        parse: fn(&str) -> Result<T, BadText>,
    ) -> Option<T> {
        text.and_then(|text| self.text(pointer, text, parse))
    }

    /// A rate in hundredths of a percent.
    pub fn rate(&mut self, pointer: &str, bps: u16) -> Option<Bps> {
        let rate = Bps::new(bps);
        if rate.is_none() {
            self.note(pointer, "From 0 to 10000 hundredths of a percent.");
        }
        rate
    }

    /// An amount that an order may be worth.
    pub fn amount(&mut self, pointer: &str, minor: Minor, least: Minor) -> Option<Minor> {
        let fits = (least..=MAX_AMOUNT).contains(&minor);
        if !fits {
            self.note(pointer, format!("From {least} to {MAX_AMOUNT} minor units."));
        }
        fits.then_some(minor)
    }

    /// What was read, unless something was wrong.
    pub fn end<T>(self, read: Option<T>) -> Result<T, Shown> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(Shown::fields(self.0)),
        }
    }
}
