//! What tests are made of: a whole application on either database, browsers that talk to it, and an inbox to look into.

mod app;
mod browser;
mod receiver;
mod shop;

pub use self::{
    app::{Store, TestApp, each_store},
    browser::{Answer, Browser},
    receiver::Receiver,
    shop::Shop,
};
