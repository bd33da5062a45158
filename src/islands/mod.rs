//! What lives in the browser; each island also draws itself on the server and does its job as plain HTML without scripts.

mod alive;
mod clocks;
mod folds;
mod keys;
mod live;
mod previews;
mod theme_switch;
mod ticks;

pub use alive::Alive;
pub use live::NOT_DONE;
pub use theme_switch::ThemeSwitch;
