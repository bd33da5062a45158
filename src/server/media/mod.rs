//! Pictures from outside: what kind they are by their content, how large they are drawn, and their bytes without what the
//! camera wrote beside the picture: where, when and by whose phone it was taken. Nothing is encoded anew.

mod jpeg;
mod png;
#[cfg(test)]
mod tests;
mod webp;

/// The most pixels of a picture: more would only slow down whoever looks at it.
const MOST_PIXELS: u64 = 100_000_000;

/// A kind of picture that browsers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// As cameras make them.
    Jpeg,
    /// As drawn signatures and screens are.
    Png,
    /// As some phones and apps make them.
    Webp,
}

impl MediaType {
    /// The name in a `Content-Type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The end of a file's name, by its media type.
    pub fn extension(name: &str) -> &'static str {
        match name {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            _ => "webp",
        }
    }
}

/// A picture without anything beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its kind.
    pub media_type: MediaType,
    /// How wide it is shown.
    pub width: u32,
    /// How high it is shown.
    pub height: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It begins like none of the kinds that are taken.
    #[error("This is no picture: choose a photo as JPEG, PNG or WebP.")]
    OtherKind,
    /// It begins like a picture and goes on like none.
    #[error("This picture is broken: take or choose another one.")]
    Broken,
    /// It has too many pixels, or none.
    #[error("This picture has too many pixels: take or choose a smaller one.")]
    TooLarge,
}

/// Reads a picture, and leaves out all that is not needed to show it.
///
/// # Errors
/// When it is none, or a broken or far too large one.
pub fn clean(bytes: &[u8]) -> Result<Picture, Unfit> {
    let (media_type, read) = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        (MediaType::Jpeg, jpeg::clean(bytes))
    } else if bytes.starts_with(png::SIGNATURE) {
        (MediaType::Png, png::clean(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
        (MediaType::Webp, webp::clean(bytes))
    } else {
        return Err(Unfit::OtherKind);
    };
    let (bytes, width, height) = read.ok_or(Unfit::Broken)?;
    if !(1..=MOST_PIXELS).contains(&(u64::from(width) * u64::from(height))) {
        return Err(Unfit::TooLarge);
    }
    Ok(Picture { media_type, width, height, bytes })
}

/// Two bytes at a place, the larger one first.
fn big_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// Four bytes at a place, the largest one first.
fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Four bytes at a place, the smallest one first.
fn little_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
