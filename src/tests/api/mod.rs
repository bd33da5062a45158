//! The API through its own doors: keys, the whole story of an order, commands sent twice, and what is refused.

mod abuse;
mod actions;
mod document;
mod judges;
mod keys;
mod nouns;
mod program;
mod reading;

pub use self::program::{Program, Told};
