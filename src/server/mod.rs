//! The server: native only, the one gated module; everything that has a clock, a network or a disk.

pub mod caller;
pub mod clock;
pub mod command;
pub mod config;
pub mod error;
pub mod gateway;
pub mod guard;
pub mod html;
pub mod outbox;
pub mod page_form;
pub mod password;
pub mod post;
pub mod secret;
pub mod service;
pub mod session;
pub mod state;
pub mod storage;
pub mod web;
