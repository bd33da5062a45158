//! The API through its own doors: keys, the whole story of an order, commands sent twice, and what is refused.

mod actions;
mod document;
mod judges;
mod keys;
mod nouns;
mod program;
mod reading;

use self::program::Program;
