//! The rules as a package of their own: whoever changes a page does not have them compiled again, and the wall around them is the
//! compiler's. They stay `crate::domain` here and wherever they are used.

#[path = "mod.rs"]
pub mod domain;
