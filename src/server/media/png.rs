//! PNG (RFC 2083 and its extensions): chunks. Kept are those that say what is seen.

use super::big_u32;

/// How each PNG begins.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The chunks that say what is seen: picture, palette, transparency, colours, measure, and moving pictures.
const KEPT: [&[u8]; 15] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
];
/// Length, type and checksum around the content of a chunk.
const AROUND_BYTES: usize = 12;

/// The picture's bytes, width and height; nothing when it is broken.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, u32, u32)> {
    let mut kept = SIGNATURE.to_vec();
    let mut at = SIGNATURE.len();
    let head = bytes.get(at..at + 16).filter(|head| head.get(4..8) == Some(b"IHDR".as_slice()))?;
    let size = (big_u32(head, 8)?, big_u32(bytes, at + 12)?);
    let mut has_data = false;
    loop {
        let length = usize::try_from(big_u32(bytes, at)?).ok()?;
        let end = at.checked_add(length)?.checked_add(AROUND_BYTES)?;
        let chunk = bytes.get(at..end)?;
        let kind = chunk.get(4..8)?;
        if KEPT.contains(&kind) {
            kept.extend(chunk);
        }
        has_data |= kind == b"IDAT";
        if kind == b"IEND" {
            return has_data.then_some((kept, size.0, size.1));
        }
        at = end;
    }
}
