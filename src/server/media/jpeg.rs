//! JPEG (ITU T.81): segments behind markers. Kept are those that decoding needs, the colour profile, and which side is up.

use super::{big_u16, big_u32, little_u32};

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];
/// The JFIF segment as the standard has it, without the small picture that it may hold.
const JFIF_BYTES: usize = 14;

/// The picture's bytes, width and height; nothing when it is broken.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, u32, u32)> {
    let mut kept = START.to_vec();
    let mut size = None;
    let mut upright = 1;
    let mut scanned = false;
    let mut at = START.len();
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        if marker == END[1] {
            // What follows the end is another picture or a film: phones hide both there.
            kept.extend(END);
            break;
        }
        let length = usize::from(big_u16(bytes, after)?);
        let end = after.checked_add(length).filter(|_| length >= 2)?;
        let content = bytes.get(after + 2..end)?;
        match marker {
            0xe1 => upright = orientation(content).unwrap_or(upright),
            _ if is_kept(marker, content) => keep(&mut kept, marker, content)?,
            _ => {}
        }
        if is_frame(marker) {
            size = Some((u32::from(big_u16(content, 3)?), u32::from(big_u16(content, 1)?)));
        }
        at = end;
        if marker == 0xda {
            scanned = true;
            let data_end = scan_end(bytes, end)?;
            kept.extend(bytes.get(end..data_end)?);
            at = data_end;
        }
    }
    let (width, height) = size.filter(|_| scanned)?;
    if upright == 1 {
        return Some((kept, width, height));
    }
    kept.splice(START.len()..START.len(), orientation_segment(upright));
    // From the fifth on, the sides change places.
    if upright >= 5 { Some((kept, height, width)) } else { Some((kept, width, height)) }
}

/// The next marker and the place after it; any number of fill bytes may stand before it.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    if *bytes.get(at)? != 0xff {
        return None;
    }
    while *bytes.get(at)? == 0xff {
        at += 1;
    }
    let marker = *bytes.get(at)?;
    // A marker that bears no segment has no place between segments.
    (!matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8)).then_some((marker, at + 1))
}

/// Where the coded data of a scan ends: before the first marker that is none of its own, and what fills up before that.
fn scan_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let filled = at + bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        let mark = filled + bytes.get(filled..)?.iter().position(|byte| *byte != 0xff)?;
        if !matches!(bytes.get(mark)?, 0x00 | 0xd0..=0xd7) {
            return Some(filled);
        }
        at = mark + 1;
    }
}

/// Whether a marker begins a frame, which says how large the picture is.
const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Of the segments of applications: JFIF, the colour profile, and how colours are coded. No comments.
fn is_kept(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xe0 => content.starts_with(b"JFIF\0") && content.len() >= JFIF_BYTES,
        0xe2 => content.starts_with(b"ICC_PROFILE\0"),
        0xee => content.starts_with(b"Adobe"),
        0xe1..=0xfe => false,
        _ => true,
    }
}

fn keep(kept: &mut Vec<u8>, marker: u8, content: &[u8]) -> Option<()> {
    let jfif = marker == 0xe0;
    let content = if jfif { content.get(..JFIF_BYTES)? } else { content };
    kept.extend([0xff, marker]);
    kept.extend(u16::try_from(content.len() + 2).ok()?.to_be_bytes());
    kept.extend(content);
    if jfif {
        // The small picture inside was left out, so it has no width and no height.
        let last = kept.len();
        kept.get_mut(last - 2..)?.fill(0);
    }
    Some(())
}

/// Which side is up, from 1 to 8, as EXIF says it.
fn orientation(content: &[u8]) -> Option<u8> {
    let tiff = content.strip_prefix(b"Exif\0\0")?;
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let long = |at| if big { big_u32(tiff, at) } else { little_u32(tiff, at) };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    let mut places = (0..entries).map(|entry| directory + 2 + entry * 12);
    let place = places.find(|place| short(*place) == Some(0x0112))?;
    u8::try_from(short(place + 8)?).ok().filter(|side| (1..=8).contains(side))
}

/// An EXIF segment that says which side is up, and nothing else.
fn orientation_segment(side: u8) -> [u8; 36] {
    let mut segment = *b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    segment[29] = side;
    segment
}
