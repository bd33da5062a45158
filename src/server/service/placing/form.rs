//! A new order as it is typed into its form.

use super::{Typed, language};
use crate::domain::{
    error::{Error as Shown, FieldError},
    money::Currency,
    order::{
        form::{self, Fields},
        refusal::Refusal,
        terms::Terms,
    },
    receiving::Recipient,
    text::{DisplayName, Email, Label, Phone},
};

/// What was typed into the form for a new order.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// The seller, when the one who places it works for the marketplace; empty for the seller's own staff.
    pub seller: String,
    /// The buyer's e-mail address.
    pub buyer_email: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// The buyer's phone number, or nothing.
    pub buyer_phone: String,
    /// The code of the language in which the buyer is written to until they choose one, or nothing.
    pub buyer_language: String,
    /// The shop's own number, or nothing.
    pub external_ref: String,
    /// Where it goes, or nothing.
    pub address: String,
    /// What whoever brings it should know, or nothing.
    pub delivery_note: String,
    /// Items and terms, as their forms name them.
    pub fields: Fields,
    /// Each item is a milestone of a project.
    pub milestones: bool,
    /// The caller's own key.
    pub key: String,
}

impl NewOrder {
    /// Takes apart what a form sent; what is missing counts as empty.
    #[must_use]
    pub fn typed(key: String, mut fields: Fields) -> Self {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        Self {
            seller: take("seller"),
            buyer_email: take("buyer_email"),
            buyer_name: take("buyer_name"),
            buyer_phone: take("buyer_phone"),
            buyer_language: take("buyer_language"),
            external_ref: take("external_ref"),
            address: take("address"),
            delivery_note: take("delivery_note"),
            milestones: take("milestones") == "on",
            fields,
            key,
        }
    }

    /// What tells one wish from another under the same key.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        use sha2::{Digest, Sha256};
        let text = format!(
            "{:?}",
            (
                &self.seller,
                &self.buyer_email,
                &self.buyer_name,
                (&self.buyer_phone, &self.buyer_language),
                &self.external_ref,
                (&self.address, &self.delivery_note),
                &self.fields,
                self.milestones
            )
        );
        Sha256::digest(text).into()
    }
}

pub(super) fn read(new: &NewOrder, base: &Terms, currency: Currency, sets_fees: bool) -> Result<Typed, Shown> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut fault = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let email = Email::parse(&new.buyer_email).map_err(|bad| fault("buyer_email", bad.0)).ok();
    let name = DisplayName::parse(&new.buyer_name).map_err(|bad| fault("buyer_name", bad.0)).ok();
    let phone = (!new.buyer_phone.trim().is_empty()).then(|| Phone::parse(&new.buyer_phone));
    let phone = phone.transpose().map_err(|bad| fault("buyer_phone", bad.0)).ok().flatten();
    let language = language(&new.buyer_language).map_err(|bad| fault("buyer_language", bad)).ok();
    let external_ref = (!new.external_ref.trim().is_empty()).then(|| Label::parse(&new.external_ref));
    let external_ref = external_ref.transpose().map_err(|bad| fault("external_ref", bad.0)).ok().flatten();
    let items = form::parse_items(&new.fields, currency).map_err(|error| wrong.extend(error.fields)).ok();
    let terms = form::parse_terms(&new.fields, base, currency).map_err(|error| wrong.extend(error.fields)).ok();
    let other_charge = terms.as_ref().and_then(|terms| terms.other_charge(base));
    if let Some(field) = other_charge.filter(|_| !sets_fees) {
        return Err(Refusal::FeesAreTheMarketplaces { field }.into());
    }
    let mut recipient = recipient(new).map_err(|error| wrong.extend(error.fields)).unwrap_or_default();
    // Somebody whom the house knows keeps the number that they gave themselves; this one is for this order.
    recipient.phone = phone.as_ref().map(ToString::to_string).unwrap_or_default();
    match (email, name, language, items, terms) {
        (Some(email), Some(name), Some(language), Some(items), Some(terms)) if wrong.is_empty() => {
            Ok(Typed { currency, email, name, phone, language, external_ref, recipient, items, terms })
        }
        _ => Err(Shown::fields(wrong)),
    }
}

/// Where it goes, when anything was said: to the buyer.
fn recipient(new: &NewOrder) -> Result<Recipient, Shown> {
    let said = [("address", &new.address), ("note", &new.delivery_note)];
    let said = said.map(|(name, text)| (name.to_owned(), text.clone()));
    Recipient::typed(&Fields::from(said)).map_err(|mut error| {
        for wrong in error.fields.iter_mut().filter(|wrong| wrong.field == "note") {
            "delivery_note".clone_into(&mut wrong.field);
        }
        error
    })
}
