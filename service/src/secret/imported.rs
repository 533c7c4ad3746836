//! Password hashes that were made elsewhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::scheme::{Digest, MAX_TEXT, Pbkdf2Hash, Reason, ScryptHash, Stored, decode, number};
use crate::error::{Error, Result};

/// A password hash that another system made, fit to be stored. Its owner signs in with the same password; the hash is
/// replaced then.
///
/// It is read from what the other system stores:
///
/// - bcrypt: `$2a$10$…`, `$2b$…`, `$2y$…` (Supabase, Auth0), cost 4 to 16;
/// - PHC strings of scrypt (`$scrypt$ln=…,r=…,p=…$…`), of PBKDF2 with SHA-1, SHA-256 or SHA-512
///   (`$pbkdf2-sha256$i=…,l=…$…`) and of Argon2 (`$argon2id$v=19$m=…,t=…,p=…$…`), up to 256 MiB of memory, 16 passes,
///   p of 16 and 5,000,000 iterations;
/// - Django: `pbkdf2_sha256$…`, `pbkdf2_sha1$…`, `scrypt$…`, `argon2$…`, `bcrypt$…`, `bcrypt_sha256$…`.
///
/// Salts have 1 to 256 bytes, hashes 16 to 64, the text up to 1,024. What costs more would stall the server at each sign-in.
///
/// Its `Debug` shows nothing, and no error quotes it.
#[derive(Clone)]
pub struct ImportedHash(String);

impl ImportedHash {
    fn checked(text: &str) -> Result<Self, Reason> {
        if text.len() > MAX_TEXT {
            return Err("is longer than 1024 bytes");
        }
        let stored = match text.split_once('$') {
            Some(("pbkdf2_sha256", rest)) => django_pbkdf2(Digest::Sha256, rest)?,
            Some(("pbkdf2_sha1", rest)) => django_pbkdf2(Digest::Sha1, rest)?,
            Some(("scrypt", rest)) => django_scrypt(rest)?,
            // The scheme, then the hash as others write it; its first `$` is the one that parts them in `argon2$argon2id$…`.
            Some(("argon2", _)) => Stored::read(&text["argon2".len()..])?,
            Some(("bcrypt", rest)) => Stored::read(rest)?,
            _ => Stored::read(text)?,
        };
        if let Stored::Argon2(hash) = &stored {
            hash.check_import()?;
        }
        let text = stored.to_string();
        if text.len() > MAX_TEXT {
            return Err("is longer than 1024 bytes");
        }
        Ok(Self(text))
    }
}

/// `<iterations>$<salt>$<base64 of the hash>`; the bytes of the salt are its letters.
fn django_pbkdf2(digest: Digest, rest: &str) -> Result<Stored, Reason> {
    let fields: Vec<_> = rest.split('$').collect();
    let [iterations, salt, output] = fields[..] else {
        return Err("is malformed");
    };
    Pbkdf2Hash::new(digest, number(iterations)?, salt.into(), decode(output)?).map(Stored::Pbkdf2)
}

/// `<N>$<salt>$<r>$<p>$<base64 of the hash>`; the bytes of the salt are its letters.
fn django_scrypt(rest: &str) -> Result<Stored, Reason> {
    let fields: Vec<_> = rest.split('$').collect();
    let [n, salt, r, p, output] = fields[..] else {
        return Err("is malformed");
    };
    let n = number(n)?;
    if !n.is_power_of_two() {
        return Err("has an N that is no power of two");
    }
    ScryptHash::new(
        n.ilog2(),
        number(r)?,
        number(p)?,
        salt.into(),
        decode(output)?,
    )
    .map(Stored::Scrypt)
}

impl FromStr for ImportedHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::checked(text).map_err(|reason| Error::invalid("password_hash", reason))
    }
}

impl TryFrom<&str> for ImportedHash {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for ImportedHash {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<ImportedHash> for String {
    fn from(hash: ImportedHash) -> Self {
        hash.0
    }
}

impl fmt::Debug for ImportedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportedHash(…)")
    }
}

impl<'de> Deserialize<'de> for ImportedHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
