//! Identities: one newtype a noun, and the order's public reference that can be read over the phone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(test)]
mod tests;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What stands before the underscore when this identity is written for machines.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = UnknownId;

            fn from_str(text: &str) -> Result<Self, UnknownId> {
                let bare = text.strip_prefix(concat!($prefix, "_")).ok_or(UnknownId)?;
                Uuid::try_parse(bare).map(Self).map_err(|_| UnknownId)
            }
        }
    )*};
}

ids! {
    /// An order.
    OrderId "ord";
    /// A person who can sign in, or who was named as a buyer and has not yet.
    UserId "usr";
    /// The operator's shop of shops; nothing leaks between two of them.
    MarketplaceId "mkt";
    /// A shop in a marketplace.
    SellerId "sel";
    /// A courier or another service provider.
    ProviderId "prv";
    /// One balanced movement of money in the ledger.
    PostingId "pst";
    /// A message that is owed to somebody.
    MessageId "msg";
    /// An invitation to join the staff of a marketplace or a seller.
    InvitationId "inv";
    /// A view of the list that a reader keeps under a name.
    ViewId "viw";
    /// An address that is told of what happens to orders.
    EndpointId "whk";
    /// A key with which a program acts.
    KeyId "key";
    /// A list that is written as a file.
    ExportId "exp";
    /// A photo or a signature that belongs to an order.
    FileId "fil";
}

/// The text is not an identity of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known id")]
pub struct UnknownId;

/// Crockford's base 32: no I, L, O or U, so that nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An order's public number: `HF-7K3MR-92QXC`, nine random symbols and one check symbol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

impl Reference {
    /// The reference that belongs to these random bits; the lowest 45 of them count.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        let mut symbols: Vec<u8> = (0..9).map(|place| ((bits >> (place * 5)) & 31) as u8).collect();
        symbols.push(check_symbol(&symbols));
        let text: String = symbols.iter().map(|&value| char::from(ALPHABET[value as usize])).collect();
        Self(format!("HF-{}-{}", &text[..5], &text[5..]))
    }

    /// The random bits as a number, for programs that know orders by number only; [`Self::from_bits`] reads it back.
    #[must_use]
    pub fn number(&self) -> u64 {
        let symbols = self.0.bytes().skip(3).filter(|byte| *byte != b'-').take(9);
        let value = |byte| ALPHABET.iter().position(|known| *known == byte).unwrap_or_default() as u64;
        symbols.enumerate().fold(0, |bits, (place, byte)| bits | (value(byte) << (place * 5)))
    }

    /// The reference as it is written and stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Luhn's rule over base 32: finds each single wrong symbol and nearly all swapped neighbours.
fn check_symbol(symbols: &[u8]) -> u8 {
    let sum: u32 = symbols
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &value)| {
            let weighted = u32::from(value) * if place % 2 == 0 { 2 } else { 1 };
            weighted / 32 + weighted % 32
        })
        .sum();
    u8::try_from((32 - sum % 32) % 32).expect("a remainder of 32 fits a byte")
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reference {
    type Err = UnknownId;

    /// Reads what people type: any case, with or without dashes, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, UnknownId> {
        let upper = text.trim().to_ascii_uppercase().replace(['-', ' '], "");
        // H and F are symbols too: they are a prefix only where more than ten symbols stand.
        let bare = upper.strip_prefix("HF").filter(|_| upper.len() > 10).unwrap_or(&upper);
        let symbols = bare
            .bytes()
            .map(|byte| match byte {
                b'O' => Some(0),
                b'I' | b'L' => Some(1),
                _ => ALPHABET.iter().position(|&known| known == byte).and_then(|at| u8::try_from(at).ok()),
            })
            .collect::<Option<Vec<u8>>>()
            .ok_or(UnknownId)?;
        if symbols.len() != 10 || check_symbol(&symbols[..9]) != symbols[9] {
            return Err(UnknownId);
        }
        let bits =
            symbols[..9].iter().enumerate().fold(0, |bits, (place, &value)| bits | (u64::from(value) << (place * 5)));
        Ok(Self::from_bits(bits))
    }
}

impl TryFrom<String> for Reference {
    type Error = UnknownId;

    fn try_from(text: String) -> Result<Self, UnknownId> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}
