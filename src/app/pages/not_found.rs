//! The page for an address at which there is nothing, or nothing for this reader.

use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::domain::error::{Error, Kind};

/// Says so, and where to go on.
pub fn not_found(_: &Here) -> Page {
    let load = async {
        let sentence = "The address may be mistyped, or what was here is not yours to see.";
        Err::<(), _>(Error::new(Kind::NotFound, "not_found", sentence))
    };
    page(Setting { place: None, class: "column" }, load, |()| ())
}
