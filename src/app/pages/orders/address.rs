//! The address of the screen: everything that can be seen is in it, and every link on the screen is this one with a change.

use std::collections::BTreeMap;

use crate::app::here::Here;
use crate::app::paths;
use crate::domain::desk::SHOWING;
use crate::domain::order::action::Verb;

/// The parameters that say where in the list the reader is and how they look at an order, in the order in which they are
/// written; those that say what is shown, [`SHOWING`], stand before them.
const PLACE: [&str; 3] = ["rows", "after", "timeline"];
/// The parameter that asks what came of a command to many orders; no link carries it on.
const CARRIED: &str = "carried";
/// The parameters that narrow the list and can be taken away, with the words for each.
pub const NARROWING: [(&str, &str); 11] = [
    ("q", "Search"),
    ("status", "Status"),
    ("party", "Party"),
    ("seller", "Seller"),
    ("provider", "Courier"),
    ("channel", "Channel"),
    ("min", "At least"),
    ("max", "At most"),
    ("from", "From"),
    ("to", "To"),
    ("overdue", "Overdue"),
];

fn known() -> impl Iterator<Item = &'static str> {
    SHOWING.into_iter().chain(PLACE)
}

/// The order that is open, and the parameters that have a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The reference in the path.
    pub open: Option<String>,
    /// The key of a command to many orders, when the page is to say what came of it.
    pub carried: Option<String>,
    /// The verb that was just carried out; no link carries it on.
    pub done: Option<Verb>,
    parameters: BTreeMap<String, String>,
}

impl Address {
    /// Reads the parameters that mean something here.
    pub fn read(here: &Here) -> Self {
        let open = Some(here.parameter("reference")).filter(|reference| !reference.is_empty());
        let known = known().filter_map(|name| Some((name.to_owned(), here.query(name)?.trim().to_owned())));
        let parameters = known.filter(|(_, value)| !value.is_empty()).collect();
        let carried = here.query(CARRIED).filter(|key| !key.is_empty() && open.is_none()).map(str::to_owned);
        Self { open, carried, done: here.done(), parameters }
    }

    /// The parameters, for the server.
    pub fn query(&self) -> BTreeMap<String, String> {
        let carried = self.carried.clone().map(|key| (CARRIED.to_owned(), key));
        self.parameters.clone().into_iter().chain(carried).collect()
    }

    /// What of it says what the list shows.
    pub fn showing(&self) -> Vec<(&'static str, String)> {
        SHOWING.into_iter().filter_map(|name| Some((name, self.parameters.get(name)?.clone()))).collect()
    }

    /// What a parameter says, or nothing.
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Whether anything but the tab narrows the list.
    pub fn is_narrowed(&self) -> bool {
        NARROWING.iter().any(|(name, _)| !self.get(name).is_empty())
    }

    /// The path without parameters.
    pub fn path(&self) -> String {
        self.open.as_ref().map_or_else(paths::orders, |open| format!("/orders/{}", paths::encode(open)))
    }

    /// This address with one parameter changed, or taken away when the value is empty; the list begins anew.
    pub fn with(&self, name: &str, value: &str) -> String {
        self.path() + &self.tail(&[(name, value), ("after", "")])
    }

    /// This address with some parameters taken away.
    pub fn without(&self, names: &[&str]) -> String {
        let changes: Vec<(&str, &str)> = names.iter().map(|name| (*name, "")).collect();
        self.path() + &self.tail(&changes)
    }

    /// This address with another timeline; the list stays where it is.
    pub fn with_timeline(&self, value: &str) -> String {
        self.path() + &self.tail(&[("timeline", value)])
    }

    /// The list at the same place without an order.
    pub fn list(&self) -> String {
        paths::orders() + &self.tail(&[("timeline", "")])
    }

    /// The question mark and all that follows it, with some changes; nothing when there is nothing.
    pub fn tail(&self, changes: &[(&str, &str)]) -> String {
        let all = known().map(|name| {
            let new = changes.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
            (name, new.unwrap_or_else(|| self.get(name)))
        });
        paths::with_query("", &all.filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(open: Option<&str>, query: &[(&str, &str)]) -> Address {
        let parameters = open.map(|open| ("reference", open.to_owned())).into_iter().collect();
        let query = query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Address::read(&Here::new(parameters, query))
    }

    #[test]
    fn links_keep_what_the_address_says_and_begin_the_list_anew_where_it_changes() {
        let here = address(Some("HF-1"), &[("tab", "open"), ("q", "a b"), ("after", "9"), ("other", "x")]);
        assert_eq!(here.with("sort", "newest"), "/orders/HF-1?tab=open&q=a%20b&sort=newest");
        assert_eq!(here.without(&["q", "after"]), "/orders/HF-1?tab=open");
        assert_eq!(here.with_timeline("oldest"), "/orders/HF-1?tab=open&q=a%20b&after=9&timeline=oldest");
        assert_eq!(here.list(), "/orders?tab=open&q=a%20b&after=9");
        let answered = address(None, &[("tab", "open"), ("carried", "k")]);
        assert_eq!(answered.carried.as_deref(), Some("k"));
        assert_eq!(answered.with("sort", "newest"), "/orders?tab=open&sort=newest", "an answer is told once");
        assert_eq!(address(None, &[]).with("tab", "all"), "/orders?tab=all");
    }
}
