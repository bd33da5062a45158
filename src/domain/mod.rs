//! The heart: what an order is, who may do what, and where each cent goes. Pure and complete.
//!
//! Nothing in here reads a clock, a random number, a file or the network, and nothing in here knows
//! a framework, but for one trait that only the package of `Error` may give it: the same code runs in
//! the server and in the browser. Derives are `serde` only; rows
//! live in `server::storage`, REST shapes in `server::api`.

pub mod access;
pub mod api_key;
pub mod bulk;
pub mod desk;
pub mod error;
pub mod id;
pub mod inbox;
pub mod ledger;
pub mod letter;
pub mod money;
pub mod notice;
pub mod order;
pub mod page;
pub mod partner;
pub mod party;
pub mod payment;
pub mod people;
pub mod preference;
pub mod receiving;
pub mod search;
pub mod sms;
pub mod text;
pub mod time;
pub mod timeline;
pub mod view;
pub mod webhook;
pub mod words;
