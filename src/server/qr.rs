//! Texts as codes for cameras, drawn as one path so that a page needs no picture from elsewhere.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

use crate::domain::receiving::Qr;

/// The white squares around a code, without which cameras do not find it.
const MARGIN: usize = 4;

/// The code of a short text; nothing for one that is too long.
pub fn of(text: &str) -> Option<Qr> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y];
        let mut x = 0;
        while x < code.size {
            let run = row[x..code.size].iter().take_while(|square| square.value()).count();
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN);
            }
            x += run + 1;
        }
    }
    let size = u32::try_from(code.size + 2 * MARGIN).ok()?;
    Some(Qr { size, path })
}
