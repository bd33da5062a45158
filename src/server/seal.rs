//! Secrets that must be read again are stored sealed: AES-256-GCM under a key that follows from the server's own, bound
//! to the row that they stand in.
//!
//! A sealed text is one byte for the form, four for the key, twelve that are used once, and the cipher text with its tag.
//! The key's name stands in front so that a server may come to know several keys: new ones seal, old ones still open.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::server::{clock, secret::Secret};

/// The only form so far.
const FORM: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed under a key that this server does not have: the key file is another one.
    #[error(
        "a stored secret was sealed under another key: the secret key file is not the one that belongs to this database"
    )]
    UnknownKey,
    /// It was changed, cut off, or belongs to another row.
    #[error("a stored secret does not open: it was changed or stands in the wrong row")]
    Broken,
}

/// The key and its name.
fn key_of(secret: &Secret) -> ([u8; KEY_ID_BYTES], LessSafeKey) {
    let (id, bytes) = secret.sealing_key();
    let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("a MAC of 32 bytes is a key of 32 bytes");
    (id, LessSafeKey::new(key))
}

/// Seals a text for this place (table, column and row): it opens there and nowhere else.
pub fn seal(secret: &Secret, place: &str, plain: &[u8]) -> Vec<u8> {
    let (id, key) = key_of(secret);
    let nonce: [u8; NONCE_LEN] = clock::random();
    let mut text = plain.to_vec();
    let nonce_once = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce_once, Aad::from(place.as_bytes()), &mut text)
        .expect("a secret is far shorter than what the cipher takes");
    [[FORM].as_slice(), &id, &nonce, &text].concat()
}

/// Opens what was sealed for this place.
pub fn open(secret: &Secret, place: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (id, key) = key_of(secret);
    let (head, text) = sealed.split_at_checked(HEAD_BYTES).ok_or(SealError::Broken)?;
    if head[0] != FORM {
        return Err(SealError::Broken);
    }
    if head[1..=KEY_ID_BYTES] != id {
        return Err(SealError::UnknownKey);
    }
    let nonce = Nonce::try_assume_unique_for_key(&head[1 + KEY_ID_BYTES..]).map_err(|_| SealError::Broken)?;
    let mut text = text.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(place.as_bytes()), &mut text).map_err(|_| SealError::Broken)?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::{SealError, open, seal};
    use crate::server::secret::Secret;

    #[test]
    fn what_is_sealed_opens_in_its_place_alone_and_under_its_key_alone() {
        let secret = Secret::from_bytes([7; 32]);
        let sealed = seal(&secret, "webhook_secrets sealed 1", b"whsec");
        assert_eq!(open(&secret, "webhook_secrets sealed 1", &sealed).as_deref(), Ok(b"whsec".as_slice()));
        assert_eq!(open(&secret, "webhook_secrets sealed 2", &sealed), Err(SealError::Broken));
        let other = Secret::from_bytes([8; 32]);
        assert_eq!(open(&other, "webhook_secrets sealed 1", &sealed), Err(SealError::UnknownKey));
        assert!(!sealed.windows(5).any(|bytes| bytes == b"whsec"), "it cannot be read as it stands");
        assert_ne!(sealed, seal(&secret, "webhook_secrets sealed 1", b"whsec"), "each time another one");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&secret, "webhook_secrets sealed 1", &changed).is_err(), "byte {at} was changed");
            assert!(open(&secret, "webhook_secrets sealed 1", &sealed[..at]).is_err(), "cut off at {at}");
        }
    }

    #[test]
    fn the_empty_text_can_be_sealed_too() {
        let secret = Secret::from_bytes([7; 32]);
        assert_eq!(open(&secret, "here", &seal(&secret, "here", b"")).as_deref(), Ok(b"".as_slice()));
    }
}
