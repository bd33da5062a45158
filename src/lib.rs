#![doc = include_str!("ARCHITECTURE.md")]
#![recursion_limit = "512"]

pub use holdfast_domain::domain;

pub mod rpc;

pub mod format;

pub mod islands;

#[cfg(feature = "ssr")]
pub mod app;

#[cfg(feature = "ssr")]
pub mod server;
