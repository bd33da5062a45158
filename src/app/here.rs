//! The address of the page that is being drawn.

use crate::domain::order::action::Verb;
use crate::domain::view::Part;

/// What an address says beyond which page it is: the parts of its path that have names, and its query; and what of the page is
/// asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    parameters: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
    part: Part,
}

impl Here {
    /// An address with these parts, decoded.
    pub const fn new(parameters: Vec<(&'static str, String)>, query: Vec<(String, String)>) -> Self {
        Self { parameters, query, part: Part::Whole }
    }

    /// The same address, of which no more than this is asked for.
    #[must_use]
    pub fn of(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// What is asked for; a page that knows no parts need not look.
    pub const fn part(&self) -> Part {
        self.part
    }

    /// A part of the path by its name in the site map; empty where the page's path has no such part.
    pub fn parameter(&self, name: &str) -> String {
        let found = self.parameters.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The verb that a form of this page has just carried out.
    pub fn done(&self) -> Option<Verb> {
        self.query("done").and_then(Verb::from_code)
    }

    /// What the query says under a name; the last counts when it says it more than once.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The parts of `path` that have names in `pattern`, such as `/orders/{reference}`, as they stand there; nothing when it is another
/// page's.
pub fn match_path<'path>(pattern: &'static str, path: &'path str) -> Option<Vec<(&'static str, &'path str)>> {
    let mut parameters = Vec::new();
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if part.is_empty() => return None,
            Some(name) => parameters.push((name, part)),
            None if wanted == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_that_of_one_page() {
        let order = "/orders/{reference}";
        assert_eq!(match_path(order, "/orders/HF-1"), Some(vec![("reference", "HF-1")]));
        assert_eq!(match_path("/a/{x}/{y}", "/a/1/2"), Some(vec![("x", "1"), ("y", "2")]));
        assert_eq!(match_path("/orders", "/orders"), Some(vec![]));
        for other in ["/orders", "/orders/", "/orders/HF-1/", "/orders/HF-1/courier", "/order/HF-1", "orders/HF-1", ""]
        {
            assert_eq!(match_path(order, other), None, "{other}");
        }
    }

    #[test]
    fn the_last_of_a_name_counts_and_what_is_not_there_is_nothing() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let here = Here::new(vec![("token", "t".to_owned())], vec![pair("q", "1"), pair("q", "2")]);
        assert_eq!((here.query("q"), here.query("tab")), (Some("2"), None));
        assert_eq!((here.parameter("token").as_str(), here.parameter("other").as_str()), ("t", ""));
    }
}
