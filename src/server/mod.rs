//! The server: native only, the one gated module; everything that has a clock, a network or a disk.

pub mod clock;
pub mod config;
pub mod html;
pub mod state;
pub mod web;
