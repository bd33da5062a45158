//! What the items of a form come to while they are typed: in a browser after each key, and on the server when a form is drawn
//! again. Each row is read as the form itself reads it; the sum only says, what is sold is decided when the form is sent.

use crate::domain::money::{Currency, MAX_AMOUNT, Minor, MoneyError, parse_minor, with_sign, written};
use crate::domain::order::ItemKind;
use crate::domain::order::place::MAX_QUANTITY;

/// The kinds of an item, with the code that forms send; an `adjustment` is of either sign.
pub const KINDS: [(&str, ItemKind); 6] = [
    ("", ItemKind::Goods),
    ("goods", ItemKind::Goods),
    ("shipping", ItemKind::Shipping),
    ("rebate", ItemKind::Adjustment),
    ("extra", ItemKind::Adjustment),
    ("adjustment", ItemKind::Adjustment),
];

/// Why a price cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPrice {
    /// It is no amount.
    Money(MoneyError),
    /// An extra that would be taken off.
    TakenOff,
}

/// A price in minor units. That of a rebate is taken off whether or not a minus is typed, that of an extra is added.
///
/// # Errors
/// [`BadPrice`].
pub fn price(kind: &str, typed: &str, decimals: u32) -> Result<Minor, BadPrice> {
    let typed = typed.trim();
    let taken_off = kind == "rebate" || typed.starts_with('-');
    if kind == "extra" && taken_off {
        return Err(BadPrice::TakenOff);
    }
    let size = if taken_off { typed.trim_start_matches('-') } else { typed };
    let minor = parse_minor(size, decimals).map_err(BadPrice::Money)?;
    Ok(if taken_off { -minor } else { minor })
}

/// How many: one, when nothing is said.
#[must_use]
pub fn quantity(typed: &str) -> Option<u32> {
    match typed.trim() {
        "" => Some(1),
        typed => typed.parse().ok(),
    }
}

/// A row as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedRow {
    /// The code of its kind.
    pub kind: String,
    /// How many.
    pub quantity: String,
    /// The price of one.
    pub price: String,
}

/// How the sum is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningTotal {
    /// How many decimals the currency has.
    pub decimals: u32,
    /// Its sign.
    pub sign: String,
}

impl RunningTotal {
    /// In this currency.
    #[must_use]
    pub fn of(currency: Currency) -> Self {
        Self { decimals: currency.decimals(), sign: currency.sign() }
    }

    /// "Goods ₦ 25,000.00, shipping ₦ 1,500.00, rebate ₦ 500.00. Total ₦ 26,000.00." Rows without a price do not count yet.
    /// Nothing while one of the others cannot be read, or while the sum is none that an order may have.
    #[must_use]
    pub fn sentence(&self, rows: &[TypedRow]) -> Option<String> {
        let mut sums = [("goods", 0), ("shipping", 0), ("extra", 0), ("rebate", 0)];
        for row in rows.iter().filter(|row| !row.price.trim().is_empty()) {
            let (label, cost) = self.cost(row)?;
            let (_, sum) = sums.iter_mut().find(|(name, _)| *name == label)?;
            *sum = Minor::checked_add(*sum, cost)?;
        }
        let total = sums.iter().try_fold(0, |total: Minor, (_, sum)| total.checked_add(*sum))?;
        if total <= 0 || total > MAX_AMOUNT {
            return None;
        }
        let total = self.money(total);
        let parts: Vec<String> = sums
            .iter()
            .filter(|(_, sum)| *sum != 0)
            .map(|(label, sum)| format!("{label} {}", self.money(sum.abs())))
            .collect();
        // What is of one kind alone is its own sum.
        if parts.len() < 2 { Some(format!("Total {total}.")) } else { Some(sentence(&parts.join(", "), &total)) }
    }

    /// What a row costs, and among what it counts.
    fn cost(&self, row: &TypedRow) -> Option<(&'static str, Minor)> {
        let (_, kind) = KINDS.iter().find(|(code, _)| *code == row.kind)?;
        let unit = price(&row.kind, &row.price, self.decimals).ok()?;
        let label = match kind {
            ItemKind::Goods => "goods",
            ItemKind::Shipping => "shipping",
            ItemKind::Adjustment if unit < 0 => "rebate",
            ItemKind::Adjustment => "extra",
        };
        let quantity = quantity(&row.quantity).filter(|quantity| (1..=MAX_QUANTITY).contains(quantity))?;
        let refused = unit < 0 && *kind != ItemKind::Adjustment;
        unit.checked_mul(i64::from(quantity)).filter(|_| !refused).map(|cost| (label, cost))
    }

    fn money(&self, minor: Minor) -> String {
        with_sign(&self.sign, &written(minor, self.decimals, ","))
    }
}

/// Parts and their sum; the parts begin with a small letter.
fn sentence(parts: &str, total: &str) -> String {
    let (first, rest) = parts.split_at(1);
    format!("{}{rest}. Total {total}.", first.to_ascii_uppercase())
}
