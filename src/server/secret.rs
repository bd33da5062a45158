//! The server's key, and the tokens in mailed links that are derived from it instead of being stored.

use std::{
    fmt,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{domain::id::OrderId, server::clock};

const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 16;
const TOKEN_BYTES: usize = 16 + 1 + MAC_BYTES;

/// What a link is for: one made for one purpose opens nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sets a new password.
    Reset = 1,
    /// Joins a staff.
    Invitation = 2,
    /// Confirms an address and opens the account.
    SignUp = 3,
    /// Pays an order on the sandbox page.
    Pay = 4,
    /// Shows an order to its buyer, and lets the buyer answer.
    Order = 5,
    /// Shows a webhook's new secret to whoever made it, once.
    WebhookSecret = 20,
    /// Shows a delivery to whoever brings it, and lets them say that it was handed over.
    Courier = 6,
}

/// A key that never leaves the process and its file.
#[derive(Clone)]
pub struct Secret([u8; KEY_BYTES]);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret key file {} cannot be read or made", .0.display())]
    File(PathBuf, #[source] io::Error),
    #[error("the secret key file {} must hold exactly 32 bytes", .0.display())]
    Length(PathBuf),
}

impl Secret {
    /// Reads the key from this file; makes both, readable for the owner alone, when the file is missing.
    pub fn open(path: &Path) -> Result<Self, SecretError> {
        let failed = |error| SecretError::File(path.to_owned(), error);
        match std::fs::File::open(path) {
            Ok(file) => {
                let mut key = Vec::with_capacity(KEY_BYTES);
                file.take(KEY_BYTES as u64 + 1).read_to_end(&mut key).map_err(failed)?;
                key.try_into().map(Self).map_err(|_| SecretError::Length(path.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = clock::random();
                write_new(path, &key).map_err(failed)?;
                Ok(Self(key))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key for a test.
    pub const fn from_bytes(key: [u8; KEY_BYTES]) -> Self {
        Self(key)
    }

    /// The token that opens this row for this purpose; the same one each time.
    pub fn sign_link(&self, purpose: Purpose, id: Uuid) -> String {
        let mut token = [0; TOKEN_BYTES];
        token[..16].copy_from_slice(id.as_bytes());
        token[16] = purpose as u8;
        let mac = self.mac(&token[..17]);
        token[17..].copy_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The row that a token opens, if the token was made here for this purpose. Whether the row was used or has expired
    /// is written on the row.
    pub fn open_link(&self, purpose: Purpose, token: &str) -> Option<Uuid> {
        let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let genuine: bool = self.mac(&bytes[..17]).ct_eq(&bytes[17..]).into();
        let id = Uuid::from_slice(&bytes[..16]).ok()?;
        (genuine && bytes[16] == purpose as u8).then_some(id)
    }

    /// The six digits that a buyer tells the courier at the door; they follow from the key and are stored nowhere. `goods` says
    /// of what part of the order; nothing means all of it.
    pub fn handover_code(&self, order: OrderId, goods: &str) -> String {
        let message = [order.0.as_bytes().as_slice(), goods.as_bytes()].concat();
        let bytes = self.whole_mac(b"holdfast handover code 1\0", &message);
        let number = u64::from_be_bytes(bytes[..8].try_into().expect("eight bytes of thirty-two"));
        format!("{:06}", number % 1_000_000)
    }

    /// What is stored of the handover code of a whole order, and what a typed code is compared by: enough to know it again, not
    /// to find it.
    pub fn handover_digest(&self, order: OrderId, code: &str) -> String {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let message = [order.0.as_bytes().as_slice(), digits.as_bytes()].concat();
        let bytes = self.whole_mac(b"holdfast handover digest 1\0", &message);
        bytes[..16].iter().fold(String::with_capacity(32), |text, byte| format!("{text}{byte:02x}"))
    }

    /// The six digits with which a buyer without an account answers once; they follow from the key and stand in no row.
    pub fn answer_code(&self, row: Uuid) -> String {
        let bytes = self.whole_mac(b"holdfast answer code 1\0", row.as_bytes());
        let number = u64::from_be_bytes(bytes[..8].try_into().expect("eight bytes of thirty-two"));
        format!("{:06}", number % 1_000_000)
    }

    /// Whether these digits are the code of this row.
    pub fn is_answer_code(&self, row: Uuid, digits: &str) -> bool {
        self.answer_code(row).as_bytes().ct_eq(digits.as_bytes()).into()
    }

    /// The key with which the sandbox gateway signs its callbacks.
    pub fn sandbox_key(&self) -> [u8; 32] {
        self.whole_mac(b"holdfast sandbox gateway 1\0", b"")
    }

    /// The key that seals secrets at rest, and the name by which a sealed text says that it is this one.
    pub fn sealing_key(&self) -> ([u8; 4], [u8; 32]) {
        let name = self.whole_mac(b"holdfast name of the sealing key 1\0", b"");
        let name = name[..4].try_into().expect("four bytes of thirty-two");
        (name, self.whole_mac(b"holdfast sealing key 1\0", b""))
    }

    /// What a database keeps to know this key again; the key does not follow from it.
    pub fn fingerprint(&self) -> String {
        let bytes = self.whole_mac(b"holdfast fingerprint of the key 1\0", b"");
        bytes[..16].iter().fold(String::with_capacity(32), |text, byte| format!("{text}{byte:02x}"))
    }

    fn whole_mac(&self, purpose: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a MAC takes a key of any length");
        mac.update(purpose);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    fn mac(&self, message: &[u8]) -> [u8; MAC_BYTES] {
        let whole = self.whole_mac(b"holdfast link 1\0", message);
        let mut short = [0; MAC_BYTES];
        short.copy_from_slice(&whole[..MAC_BYTES]);
        short
    }
}

/// Says that there is a key, not which.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn write_new(path: &Path, key: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Secret};
    use uuid::Uuid;

    #[test]
    fn a_link_opens_its_row_for_its_purpose_alone() {
        let secret = Secret::from_bytes([7; 32]);
        let id = Uuid::from_u128(0x1234_5678);
        let token = secret.sign_link(Purpose::Reset, id);
        assert_eq!(secret.open_link(Purpose::Reset, &token), Some(id));
        assert_eq!(secret.open_link(Purpose::Invitation, &token), None);
        assert_eq!(Secret::from_bytes([8; 32]).open_link(Purpose::Reset, &token), None);
        assert_eq!(secret.open_link(Purpose::Reset, &token[1..]), None);
        assert_eq!(secret.open_link(Purpose::Reset, ""), None);
        for place in 0..token.len() - 1 {
            let mut other: Vec<char> = token.chars().collect();
            other[place] = if other[place] == 'A' { 'B' } else { 'A' };
            assert_eq!(secret.open_link(Purpose::Reset, &other.iter().collect::<String>()), None, "at {place}");
        }
    }
}
