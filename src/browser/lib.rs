//! What a browser loads: the islands of the library, as a file of their own. It is a package of its own because only a leaf may be
//! such a file; what others stand on is compiled with them side by side, and kept apart from that of another clone.

#[cfg(target_family = "wasm")]
pub use holdfast::hydrate;
