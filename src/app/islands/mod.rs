//! What lives in the browser; each island also draws itself on the server and does its job as plain HTML without scripts.

mod theme_switch;

pub use theme_switch::ThemeSwitch;
