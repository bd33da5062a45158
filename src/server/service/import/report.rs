//! What an import did, and what it met on the way: counted on one page, named order by order in a file.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

/// Something in the source that does not fit, and the rule by which it is imported all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oddity {
    /// A stable code.
    pub code: &'static str,
    /// What is odd, and what is done about it.
    pub rule: &'static str,
}

/// Why an order is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// A stable code.
    pub reason: String,
    /// What exactly.
    pub detail: String,
}

impl Refused {
    /// A refusal with its stable code.
    #[must_use]
    pub fn new(reason: &str, detail: impl Into<String>) -> Self {
        Self { reason: reason.to_owned(), detail: detail.into() }
    }
}

/// What an import came to. Oddities and refusals are those of all orders of the source, also of those that were imported
/// or refused by an earlier run, so that the report of the last run says everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was imported, in a line.
    pub title: String,
    /// The terms and rules that hold for all of it.
    pub rules: Vec<(&'static str, String)>,
    /// Orders in the source.
    pub found: usize,
    /// Of those, imported by this run.
    pub imported: usize,
    /// Of those, there before.
    pub there_before: usize,
    /// Orders that this run made: one for each seller.
    pub orders_made: usize,
    /// The statuses of the orders that this run made.
    pub statuses: BTreeMap<&'static str, usize>,
    /// The orders with each oddity.
    pub oddities: BTreeMap<Oddity, Vec<String>>,
    /// The orders that are refused, by reason, with what exactly.
    pub refusals: BTreeMap<String, Vec<(String, String)>>,
}

impl Report {
    /// Notes an oddity of an order; the same one counts once.
    pub fn note(&mut self, oddity: Oddity, order: &str) {
        let orders = self.oddities.entry(oddity).or_default();
        if orders.last().is_none_or(|last| last != order) {
            orders.push(order.to_owned());
        }
    }

    /// Notes that an order is refused.
    pub fn refuse(&mut self, order: &str, refused: &Refused) {
        self.refusals.entry(refused.reason.clone()).or_default().push((order.to_owned(), refused.detail.clone()));
    }

    /// How many orders are refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refusals.values().map(Vec::len).sum()
    }

    /// Everything, with each order by its number.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut text = format!("{self}\n");
        for (reason, orders) in &self.refusals {
            let _ = writeln!(text, "\n## Refused: {reason} ({})\n", orders.len());
            for (order, detail) in orders {
                let _ = writeln!(text, "- {order}: {detail}");
            }
        }
        for (oddity, orders) in &self.oddities {
            let _ = writeln!(text, "\n## {} ({})\n\n{}\n", oddity.code, orders.len(), oddity.rule);
            for order in orders {
                let _ = writeln!(text, "- {order}");
            }
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}\n", self.title)?;
        writeln!(f, "{:>8} orders in the source", self.found)?;
        writeln!(f, "{:>8} imported now, as {} orders, one for each seller", self.imported, self.orders_made)?;
        for (status, count) in &self.statuses {
            writeln!(f, "         {count:>8} {status}")?;
        }
        writeln!(f, "{:>8} there before", self.there_before)?;
        writeln!(f, "{:>8} refused", self.refused())?;
        for (reason, orders) in &self.refusals {
            writeln!(f, "         {:>8} {reason}", orders.len())?;
        }
        writeln!(f, "\nOddities, each imported by its rule:\n")?;
        for (oddity, orders) in &self.oddities {
            writeln!(f, "{:>8} {}: {}", orders.len(), oddity.code, oddity.rule)?;
        }
        writeln!(f, "\nTerms and rules of all orders:\n")?;
        for (name, rule) in &self.rules {
            writeln!(f, "  {name}: {rule}")?;
        }
        Ok(())
    }
}
