//! The words by which an order is found, the same for what is stored and what is typed.

use std::collections::BTreeSet;

use crate::domain::order::Order;

/// With this many words none is added from the items any more.
const MOST_TERMS: usize = 60;
/// The most words of one search.
const MOST_WORDS: usize = 6;
/// The longest word, in characters.
const LONGEST: usize = 40;

/// Lower-case runs of letters and digits; what stands between is left out.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().chars().take(LONGEST).collect())
}

/// A number or address as one word: letters and digits alone.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(LONGEST).collect()
}

/// The words by which this order is found: all of [`names_and_numbers`], and of its items as many as fit, in order.
#[must_use]
pub fn terms(order: &Order, email: &str, phone: &str) -> BTreeSet<String> {
    let mut terms = names_and_numbers(order, email, phone);
    for word in order.items.iter().flat_map(|item| words(&item.title)) {
        if terms.len() >= MOST_TERMS {
            break;
        }
        terms.insert(word);
    }
    terms
}

/// What an order is found by whatever its items are called: reference, the shop's number, names, the buyer's address and
/// phone, tracking numbers.
#[must_use]
pub fn names_and_numbers(order: &Order, email: &str, phone: &str) -> BTreeSet<String> {
    let reference = squeezed(order.reference.as_str());
    let mut terms = BTreeSet::from([reference.trim_start_matches("hf").to_owned(), reference]);
    terms.extend(order.external_ref.as_deref().map(squeezed));
    terms.extend(words(&order.parties.buyer_name));
    terms.extend(words(&order.parties.seller_name));
    terms.extend([squeezed(email), squeezed(phone)]);
    terms.extend(email.split_once('@').map(|(local, _)| squeezed(local)));
    terms.extend(order.deliveries.iter().filter_map(|part| part.tracking.as_ref()).map(|at| squeezed(&at.number)));
    terms.remove("");
    terms
}

/// The words of a search. A number or address typed with dashes, dots or an at sign is also tried as one word.
#[must_use]
pub fn query(typed: &str) -> Vec<String> {
    let parts = typed.split_whitespace().map(squeezed).filter(|word| !word.is_empty());
    parts.take(MOST_WORDS).collect()
}

/// The words of a name that is looked for.
#[must_use]
pub fn names(typed: &str) -> Vec<String> {
    words(typed).take(MOST_WORDS).collect()
}

/// The first text after all that begin with this word.
#[must_use]
pub fn end_of(word: &str) -> String {
    format!("{word}\u{10ffff}")
}
