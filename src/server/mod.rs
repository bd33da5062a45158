//! The server: native only, the one gated module; everything that has a clock, a network or a disk.

pub mod caller;
pub mod clock;
pub mod command;
pub mod config;
pub mod error;
pub mod export;
pub mod files;
pub mod gateway;
pub mod guard;
pub mod html;
pub mod live;
pub mod media;
pub mod outbox;
pub mod page_form;
pub mod password;
pub mod qr;
pub mod seal;
pub mod secret;
pub mod service;
pub mod session;
pub mod shown;
pub mod state;
pub mod storage;
pub mod upload;
pub mod web;
pub mod webhook;
