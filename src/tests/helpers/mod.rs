//! What tests are made of: a whole application on either database, browsers that talk to it, and an inbox to look into.

mod app;
mod authority;
mod browser;
mod cast;
mod eavesdropper;
mod picture;
mod proof;
mod receiver;
mod room;
mod server;
mod shop;
mod walker;

pub use self::{
    app::{Store, TestApp, each_store},
    authority::{Authority, Until},
    browser::{Answer, Browser},
    cast::{Cast, plain},
    eavesdropper::{Eavesdropper, Meddling},
    picture::photo,
    proof::{Dice, count, is_no_failure},
    receiver::Receiver,
    room::Room,
    server::{Caller, House, Server, kill, may_trace},
    shop::Shop,
    walker::{Cut, Walker},
};
