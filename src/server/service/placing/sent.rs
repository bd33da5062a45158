//! A new order as a program sends it: typed already but for its texts, which are read here with the faults of all of them.

use sha2::{Digest, Sha256};

use super::{Typed, language};
use crate::domain::{
    error::{Error as Shown, FieldError},
    money::Currency,
    order::{Item, form::Fields, refusal::Refusal, terms::Terms, terms_change::TermsChange},
    receiving::Recipient,
    text::{DisplayName, Email, Label, Phone},
};

/// What a program sends. Faults are named by JSON pointer.
#[derive(Debug, Clone, Default)]
pub struct SentOrder {
    /// The seller's id, for a marketplace's key; empty for a seller's own.
    pub seller: String,
    /// The buyer's e-mail address.
    pub buyer_email: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// The buyer's phone number.
    pub buyer_phone: Option<String>,
    /// The code of the language in which the buyer is written to until they choose one; empty for English.
    pub buyer_language: String,
    /// The shop's own number.
    pub external_ref: Option<String>,
    /// The currency that the program reckons in; the marketplace's when it does not say.
    pub currency: Option<String>,
    /// Where it goes.
    pub address: Option<String>,
    /// What whoever brings it should know.
    pub delivery_note: Option<String>,
    /// What is sold.
    pub items: Vec<Item>,
    /// What is agreed instead of the usual.
    pub terms: TermsChange,
    /// Each item is a milestone of a project.
    pub milestones: bool,
    /// The caller's own key.
    pub key: String,
}

impl SentOrder {
    /// What tells one wish from another under the same key.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(format!("{:?}", Self { key: String::new(), ..self.clone() })).into()
    }

    pub(super) fn read(&self, base: &Terms, currency: Currency, sets_fees: bool) -> Result<Typed, Shown> {
        let mut wrong: Vec<FieldError> = Vec::new();
        let mut fault = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
        let email = Email::parse(&self.buyer_email).map_err(|bad| fault("/buyer/email", bad.0)).ok();
        let name = DisplayName::parse(&self.buyer_name).map_err(|bad| fault("/buyer/name", bad.0)).ok();
        let phone = self.buyer_phone.as_deref().map(Phone::parse).transpose();
        let phone = phone.map_err(|bad| fault("/buyer/phone", bad.0)).ok().flatten();
        let language = language(&self.buyer_language).map_err(|bad| fault("/buyer/language", bad)).ok();
        let external_ref = self.external_ref.as_deref().map(Label::parse).transpose();
        let external_ref = external_ref.map_err(|bad| fault("/external_ref", bad.0)).ok().flatten();
        if self.currency.as_ref().is_some_and(|wanted| wanted != currency.code()) {
            fault("/currency", format!("This marketplace trades in {}.", currency.code()));
        }
        let said = [("address", &self.address), ("note", &self.delivery_note)];
        let said: Fields = said.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))).collect();
        let recipient = Recipient::typed(&said).map_err(|error| {
            for bad in error.fields {
                let field = if bad.field == "note" { "delivery_note" } else { "address" };
                fault(&format!("/{field}"), bad.message);
            }
        });
        let terms = self.terms.over(base);
        match (email, name, language, recipient) {
            (Some(email), Some(name), Some(language), Ok(mut recipient)) if wrong.is_empty() => {
                if let Some(field) = terms.other_charge(base).filter(|_| !sets_fees) {
                    return Err(Refusal::FeesAreTheMarketplaces { field }.into());
                }
                // Somebody whom the house knows keeps the number that they gave themselves; this one is for this order.
                recipient.phone = phone.as_ref().map(ToString::to_string).unwrap_or_default();
                let items = self.items.clone();
                Ok(Typed { currency, email, name, phone, language, external_ref, recipient, items, terms })
            }
            _ => Err(Shown::fields(wrong)),
        }
    }
}
