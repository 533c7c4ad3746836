//! What is kept of a secret.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a secret of 256 random bits: enough for a secret that cannot be guessed (passwords are hashed otherwise).
///
/// Its `Debug` shows nothing.
#[derive(Clone)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    pub(super) fn of(secret: &[u8; 32]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether this is what is stored; takes as long whatever the difference.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.0.as_slice().ct_eq(stored).into()
    }
}

impl From<SecretHash> for Vec<u8> {
    fn from(hash: SecretHash) -> Self {
        hash.0.to_vec()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}
