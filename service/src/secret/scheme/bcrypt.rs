//! bcrypt, as Supabase, Auth0 and most applications store it.

use std::fmt::{self, Write};

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Reason, equal, phc};

/// The last letter of a salt or a hash has bits to spare, which some set.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// What Django writes before the bcrypt hash of a SHA-256: nothing else begins so, and it is stored so.
pub(super) const PREHASHED: &str = "bcrypt_sha256$";

/// Bytes of a password that bcrypt sees: all who use it cut the rest off.
const LONGEST: usize = 72;

/// A hash `$2b$<cost>$<22 letters of salt><31 letters of hash>`.
pub(in crate::secret) struct BcryptHash {
    /// Whether the password is hashed with SHA-256, in hexadecimal digits, before.
    prehashed: bool,
    variant: &'static str,
    cost: u32,
    salt: [u8; 16],
    output: [u8; 23],
}

impl BcryptHash {
    pub(super) fn read(text: &str) -> Result<Self, Reason> {
        let (prehashed, text) = match text.strip_prefix(PREHASHED) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut fields = text.split('$');
        let (Some(""), Some(variant), Some(cost), Some(rest), None) = (
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
            fields.next(),
        ) else {
            return Err("is malformed");
        };
        let variant = match variant {
            "2a" => "2a",
            "2b" => "2b",
            "2y" => "2y",
            "2x" => return Err("is of the variant 2x of bcrypt, which is faulty"),
            _ => return Err("is of a variant of bcrypt that is not known"),
        };
        if cost.len() != 2 {
            return Err("is malformed");
        }
        let cost = phc::number(cost)?;
        if !(4..=16).contains(&cost) {
            return Err("has a cost that is out of bounds: 4 to 16");
        }
        let (Some(salt), Some(output), 53) = (rest.get(..22), rest.get(22..), rest.len()) else {
            return Err("is malformed");
        };
        Ok(Self {
            prehashed,
            variant,
            cost,
            salt: decode(salt)?,
            output: decode(output)?,
        })
    }

    /// Whether `password` has this hash.
    pub(in crate::secret) fn matches(&self, password: &[u8]) -> bool {
        if self.prehashed {
            self.matches_text(&hexadecimal(&Zeroizing::new(
                Sha256::digest(password).into(),
            )))
        } else {
            self.matches_text(password)
        }
    }

    fn matches_text(&self, text: &[u8]) -> bool {
        // As in C: a NUL ends the text, and goes in where there is room.
        let mut key = Zeroizing::new(Vec::with_capacity(LONGEST));
        key.extend(text.iter().copied().chain([0]).take(LONGEST));
        let output = Zeroizing::new(::bcrypt::bcrypt(self.cost, self.salt, &key));
        // Those who made bcrypt store all but its last byte.
        equal(&output[..self.output.len()], &self.output)
    }
}

fn hexadecimal(bytes: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let digits = b"0123456789abcdef";
    let mut text = Zeroizing::new(Vec::with_capacity(64));
    for byte in bytes {
        text.push(digits[usize::from(byte >> 4)]);
        text.push(digits[usize::from(byte & 15)]);
    }
    text
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], Reason> {
    BASE64
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("has a salt or a hash that is not base64")
}

impl fmt::Display for BcryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prehashed {
            f.write_str(PREHASHED)?;
        }
        write!(f, "${}${:02}", self.variant, self.cost)?;
        f.write_char('$')?;
        f.write_str(&BASE64.encode(self.salt))?;
        f.write_str(&BASE64.encode(self.output))
    }
}
