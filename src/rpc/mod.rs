//! Server functions, typed and thin: each names its path, calls the server once inside its body, and nothing more.

pub mod session;
pub mod theme;
