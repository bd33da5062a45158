//! The order process, with the part of its own tests that is shared.

pub use holdfast::domain::order::{
    AssignedProvider, Item, ItemKind, Line, Order, Outcome, Parties, RejectCode, Remedy, Share, ShareBearer, action,
    charge, decide, event, place, refusal, status, terms,
};

mod tests;
