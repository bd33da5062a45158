//! One file a page, named by what the user does there.

mod home;
mod not_found;

pub use home::Home;
pub use not_found::NotFound;
