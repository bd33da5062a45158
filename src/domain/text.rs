//! Texts from outside, parsed once: what has one of these types is known to be well formed.

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Why a text was refused, in words for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadText(pub String);

fn bad<T>(message: impl Into<String>) -> Result<T, BadText> {
    Err(BadText(message.into()))
}

/// Characters that change how other text is shown or read, and are of no use in a name.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// The bytes that pairs of hexadecimal digits mean.
#[must_use]
pub fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?)).collect()
}

/// One line of text, trimmed, of `least..=most` characters, without control characters.
///
/// # Errors
/// Says what is wrong with it.
pub fn line(text: &str, least: usize, most: usize) -> Result<String, BadText> {
    let trimmed = text.trim();
    let length = trimmed.chars().count();
    if trimmed.chars().any(is_trick) {
        return bad("Only letters, digits and signs on one line, please.");
    }
    if length < least {
        return if length == 0 { bad("This is needed.") } else { bad(format!("At least {least} characters, please.")) };
    }
    if length > most { bad(format!("At most {most} characters, please.")) } else { Ok(trimmed.to_owned()) }
}

/// Some paragraphs, trimmed, of `least..=most` characters; line breaks are kept as `\n`.
///
/// # Errors
/// Says what is wrong with it.
pub fn paragraphs(text: &str, least: usize, most: usize) -> Result<String, BadText> {
    let clean: String =
        text.replace("\r\n", "\n").chars().filter(|&c| c == '\n' || c == '\t' || !is_trick(c)).collect();
    let trimmed = clean.trim();
    let length = trimmed.chars().count();
    if length < least {
        return if length == 0 { bad("This is needed.") } else { bad(format!("At least {least} characters, please.")) };
    }
    if length > most { bad(format!("At most {most} characters, please.")) } else { Ok(trimmed.to_owned()) }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $parse:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses what was typed.
            ///
            /// # Errors
            /// Says what is wrong with it, in words for whoever typed it.
            pub fn parse(text: &str) -> Result<Self, BadText> {
                let parse: fn(&str) -> Result<String, BadText> = $parse;
                parse(text).map(Self)
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadText;

            fn try_from(text: String) -> Result<Self, BadText> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )*};
}

texts! {
    /// An e-mail address in lower case: one `@`, a dot in the domain, no spaces, at most 254 characters.
    Email = |text| {
        let text = line(&text.to_lowercase(), 1, 254)?;
        let well_formed = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && local.len() <= 64 && domain.contains('.') && !domain.contains("..")
                && !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-'])
                && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
                && local.chars().all(|c| !c.is_whitespace() && !matches!(c, '@' | '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '\\'))
        });
        if well_formed { Ok(text) } else { bad("This is not an e-mail address: it looks like name@example.com.") }
    };
    /// A phone number in E.164: a plus sign and 7 to 15 digits; spaces, dots, dashes and brackets are taken out.
    Phone = |text| {
        let bare: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect();
        let bare = bare.strip_prefix("00").map_or(bare.clone(), |rest| format!("+{rest}"));
        let well_formed = bare.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
        });
        if well_formed { Ok(bare) } else { bad("Write the number with its country: +234 803 123 4567.") }
    };
    /// The name of a person, shop or marketplace: 1 to 100 characters on one line.
    DisplayName = |text| {
        let name = line(text, 1, 100)?;
        let small = name.to_lowercase();
        // Names stand in mails to people who may know nobody here.
        if small.contains("://") || small.contains("www.") { bad("A name, please, and no link.") } else { Ok(name) }
    };
    /// What an item is: 1 to 200 characters on one line.
    ItemTitle = |text| line(text, 1, 200);
    /// A short code or number of somebody else's: order number, carrier, tracking number; 1 to 100 characters.
    Label = |text| line(text, 1, 100);
    /// Why something is done: 3 to 2,000 characters.
    Reason = |text| paragraphs(text, 3, 2_000);
    /// A remark on the timeline: 1 to 4,000 characters.
    Note = |text| paragraphs(text, 1, 4_000);
}
