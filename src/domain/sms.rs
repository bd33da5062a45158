//! How long a text message is: GSM 7-bit where its alphabet suffices (3GPP TS 23.038), UCS-2 otherwise, in segments.

#[cfg(test)]
mod tests;

/// The basic alphabet: one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension: an escape before each, so two septets.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The most segments that a message of ours may have.
pub const MOST_SEGMENTS: usize = 4;

/// How the letters of a message are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Septets of the GSM alphabet.
    Gsm7,
    /// 16-bit units.
    Ucs2,
}

/// How long a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// How it is packed.
    pub encoding: Encoding,
    /// Septets or 16-bit units.
    pub units: usize,
    /// How many messages it is on the wire, and in the bill.
    pub segments: usize,
}

/// The septets of a letter; nothing when the GSM alphabet lacks it.
fn septets(letter: char) -> Option<usize> {
    if BASIC.contains(letter) { Some(1) } else { EXTENDED.contains(letter).then_some(2) }
}

/// Measures a message. Neither an escaped letter nor a surrogate pair is torn apart between two segments.
#[must_use]
pub fn length(text: &str) -> Length {
    let gsm: Option<Vec<usize>> = text.chars().map(septets).collect();
    match gsm {
        Some(widths) => packed(Encoding::Gsm7, &widths, 160, 153),
        None => packed(Encoding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

fn packed(encoding: Encoding, widths: &[usize], alone: usize, joined: usize) -> Length {
    let units = widths.iter().sum();
    let segments = if units <= alone {
        1
    } else {
        let mut segments = 1;
        let mut filled = 0;
        for width in widths {
            if filled + width > joined {
                segments += 1;
                filled = 0;
            }
            filled += width;
        }
        segments
    };
    Length { encoding, units, segments }
}

/// The text with typographic signs replaced by those of the GSM alphabet, where that changes no meaning: one curly
/// apostrophe would more than double the price of a message.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '’' | '‘' => plain.push('\''),
            '“' | '”' | '«' | '»' => plain.push('"'),
            '–' | '—' | '·' => plain.push('-'),
            '\u{a0}' | '\u{202f}' | '\t' => plain.push(' '),
            '…' => plain.push_str("..."),
            other => plain.push(other),
        }
    }
    plain
}

/// The text, its `middle` cut short where all of it would have too many segments: what stands at the ends is what counts.
#[must_use]
pub fn fitted(before: &str, middle: &str, after: &str) -> String {
    let mut kept: Vec<char> = middle.chars().collect();
    loop {
        let middle: String = kept.iter().collect();
        let whole = plain(&format!("{before}{middle}{after}"));
        if kept.is_empty() || length(&whole).segments <= MOST_SEGMENTS {
            return whole;
        }
        kept.truncate(kept.len().saturating_sub(8));
    }
}
