//! The API through its own doors: keys, the whole story of an order, commands sent twice, and what is refused.

mod abuse;
mod actions;
mod document;
mod exports;
mod judges;
mod keys;
mod matrix;
mod nouns;
mod paying;
mod people;
mod program;
mod reading;
mod receiving;
mod terms;

pub use self::program::{Program, Told};
