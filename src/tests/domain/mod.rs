//! The domain under the name that its own tests know it by, so that the simpler model of an order, which lives beside the
//! rules, judges what is stored as well.

pub use holdfast::domain::{access, id, ledger, money, party, text, time};

pub mod order;
