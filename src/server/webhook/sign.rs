//! Signatures in the form of Standard Webhooks: HMAC-SHA256 over id, time and body, under a secret of 32 bytes.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::server::clock;

const SECRET_BYTES: usize = 32;
const PREFIX: &str = "whsec_";

/// The secret that an endpoint and we share.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret([u8; SECRET_BYTES]);

impl SigningSecret {
    /// A new one that nobody can guess.
    pub fn new() -> Self {
        Self(clock::random())
    }

    /// From the bytes that were sealed.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }

    /// The bytes, to be sealed.
    pub const fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// As the receiver's library takes it.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// The signature of a message: `v1,` and base 64.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a MAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl Default for SigningSecret {
    fn default() -> Self {
        Self::new()
    }
}

/// Says that there is a secret, not which.
impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::SigningSecret;

    /// The reference value was computed with another program.
    #[test]
    fn a_signature_covers_id_time_and_body() {
        let secret = SigningSecret::from_bytes(b"0123456789abcdef0123456789abcdef").expect("32 bytes");
        assert_eq!(secret.text(), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        let signed = secret.sign("evt_1", 1_700_000_000, "{\"a\":1}");
        assert_eq!(signed, "v1,E91RjL3XwKNvhbIjLEB4Oo053Uu727CszikrY+6s9HE=");
        for (id, at, body) in [
            ("evt_2", 1_700_000_000, "{\"a\":1}"),
            ("evt_1", 1_700_000_001, "{\"a\":1}"),
            ("evt_1", 1_700_000_000, "{\"a\":2}"),
        ] {
            assert_ne!(secret.sign(id, at, body), signed);
        }
        assert_eq!(SigningSecret::from_bytes(b"short"), None);
    }
}
