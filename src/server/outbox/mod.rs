//! Keeping promises after the commit, without anybody asking: what the clock owes, and keeping the house tidy.

pub mod deadlines;
pub mod housekeeping;
