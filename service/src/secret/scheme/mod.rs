//! Hashes as they are stored: what they were made with, and how a password is held against them.

mod argon2;
mod bcrypt;
mod pbkdf2;
mod phc;
mod scrypt;

use std::fmt;

use subtle::ConstantTimeEq;

pub(super) use argon2::Argon2Hash;
#[cfg(test)]
pub(super) use argon2::COMPUTED;
pub(super) use bcrypt::BcryptHash;
pub(super) use pbkdf2::{Digest, Pbkdf2Hash};
pub(super) use phc::{decode, number};
pub(super) use scrypt::ScryptHash;

/// Longest text of a hash.
pub(super) const MAX_TEXT: usize = 1024;

/// What is wrong with a hash, as the end of a sentence that begins with its field. It quotes nothing of the hash.
pub(super) type Reason = &'static str;

/// There is no memory for this hash now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OutOfMemory;

/// A hash that was read, whose cost is within bounds.
pub(super) enum Stored {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
    Scrypt(ScryptHash),
}

impl Stored {
    /// Reads the text of a hash, as [`Display`](fmt::Display) writes it.
    pub(super) fn read(text: &str) -> Result<Self, Reason> {
        if text.len() > MAX_TEXT {
            return Err("is longer than 1024 bytes");
        }
        let scheme = text.split('$').nth(1).unwrap_or_default();
        if text.starts_with(bcrypt::PREHASHED) || scheme.starts_with('2') {
            return BcryptHash::read(text).map(Self::Bcrypt);
        }
        if scheme.starts_with("argon2") {
            Argon2Hash::read(text).map(Self::Argon2)
        } else if scheme.starts_with("pbkdf2") {
            Pbkdf2Hash::read(text).map(Self::Pbkdf2)
        } else if scheme == "scrypt" {
            ScryptHash::read(text).map(Self::Scrypt)
        } else {
            Err("is of a scheme that is not supported: bcrypt, scrypt, PBKDF2 and Argon2 are")
        }
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2(hash) => hash.fmt(f),
            Self::Bcrypt(hash) => hash.fmt(f),
            Self::Pbkdf2(hash) => hash.fmt(f),
            Self::Scrypt(hash) => hash.fmt(f),
        }
    }
}

/// Whether what was computed is what is stored; takes as long whatever the difference.
fn equal(computed: &[u8], stored: &[u8]) -> bool {
    computed.ct_eq(stored).into()
}

/// Salt and output as the schemes share them. What is shorter hides too little, what is longer costs too much.
fn check_lengths(salt: &[u8], output: &[u8]) -> Result<(), Reason> {
    if !(1..=256).contains(&salt.len()) {
        Err("has a salt that is not 1 to 256 bytes")
    } else if !(16..=64).contains(&output.len()) {
        Err("has a hash that is not 16 to 64 bytes")
    } else {
        Ok(())
    }
}
