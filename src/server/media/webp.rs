//! WebP (RFC 9649): chunks in a RIFF container. Kept are those that say what is seen.

use super::little_u32;

const HEAD_BYTES: usize = 12;
/// The chunks that say what is seen: pictures with their transparency and colour profile, and moving ones.
const KEPT: [&[u8]; 7] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// The flags of an extended file that say that EXIF and XMP follow.
const HAS_METADATA: u8 = 0x08 | 0x04;

/// The picture's bytes, width and height; nothing when it is broken.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, u32, u32)> {
    let whole = usize::try_from(little_u32(bytes, 4)?).ok()?.checked_add(8)?;
    let bytes = bytes.get(..whole)?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut size = None;
    let mut at = HEAD_BYTES;
    while at < bytes.len() {
        let kind = bytes.get(at..at + 4)?;
        let length = usize::try_from(little_u32(bytes, at + 4)?).ok()?;
        let end = at.checked_add(8)?.checked_add(length)?;
        let content = bytes.get(at + 8..end)?;
        if KEPT.contains(&kind) {
            let flags = kept.len() + 8;
            kept.extend(bytes.get(at..end)?);
            kept.extend(std::iter::repeat_n(0, length % 2));
            if kind == b"VP8X" {
                *kept.get_mut(flags)? &= !HAS_METADATA;
            }
        }
        size = size.or(dimensions(kind, content));
        at = end + length % 2;
    }
    let length = u32::try_from(kept.len() - 8).ok()?;
    kept.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    let (width, height) = size?;
    Some((kept, width, height))
}

/// How large the picture is, from the first chunk that says so.
fn dimensions(kind: &[u8], content: &[u8]) -> Option<(u32, u32)> {
    let three = |at: usize| {
        let bytes = content.get(at..at + 3)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) + 1)
    };
    match kind {
        b"VP8X" => Some((three(4)?, three(7)?)),
        b"VP8L" if content.first() == Some(&0x2f) => {
            let bits = little_u32(content, 1)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if content.get(3..6) == Some([0x9d, 0x01, 0x2a].as_slice()) => {
            let bits = little_u32(content, 6)?;
            Some((bits & 0x3fff, (bits >> 16) & 0x3fff))
        }
        _ => None,
    }
}
