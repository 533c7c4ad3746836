//! PBKDF2 (RFC 8018).

use std::fmt;

use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::{Reason, check_lengths, equal, phc};

/// What it hashes with.
#[derive(Clone, Copy)]
pub(in crate::secret) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// A hash `$pbkdf2-<digest>$i=<iterations>,l=<bytes>$<salt>$<hash>`.
pub(in crate::secret) struct Pbkdf2Hash {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Pbkdf2Hash {
    pub(in crate::secret) fn new(
        digest: Digest,
        iterations: u32,
        salt: Vec<u8>,
        output: Vec<u8>,
    ) -> Result<Self, Reason> {
        check_lengths(&salt, &output)?;
        if !(1..=5_000_000).contains(&iterations) {
            return Err("has a cost that is out of bounds: 1 to 5000000 iterations");
        }
        Ok(Self {
            digest,
            iterations,
            salt,
            output,
        })
    }

    pub(super) fn read(text: &str) -> Result<Self, Reason> {
        let mut parts = phc::Parts::read(text)?;
        let digest = match parts.scheme {
            "pbkdf2-sha1" => Digest::Sha1,
            "pbkdf2-sha256" => Digest::Sha256,
            "pbkdf2-sha512" => Digest::Sha512,
            _ => return Err("is PBKDF2 with a digest that is not SHA-1, SHA-256 or SHA-512"),
        };
        let iterations = parts.number("i")?.ok_or("lacks a parameter")?;
        let length = parts.number("l")?;
        if parts.version.is_some() {
            return Err("is malformed");
        }
        let (salt, output) = parts.finish()?;
        if length.is_some_and(|length| usize::try_from(length) != Ok(output.len())) {
            return Err("has a hash that is not as long as it says");
        }
        Self::new(digest, iterations, salt, output)
    }

    /// Whether `password` has this hash.
    pub(in crate::secret) fn matches(&self, password: &[u8]) -> bool {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        let derive = match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>,
            Digest::Sha256 => pbkdf2_hmac::<Sha256>,
            Digest::Sha512 => pbkdf2_hmac::<Sha512>,
        };
        derive(password, &self.salt, self.iterations, &mut output);
        equal(&output, &self.output)
    }
}

impl fmt::Display for Pbkdf2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = match self.digest {
            Digest::Sha1 => "sha1",
            Digest::Sha256 => "sha256",
            Digest::Sha512 => "sha512",
        };
        write!(
            f,
            "$pbkdf2-{digest}$i={},l={}",
            self.iterations,
            self.output.len()
        )?;
        phc::write_end(f, &self.salt, &self.output)
    }
}
