//! Peppers: keys of password hashes that are kept outside the database.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// With padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key that goes into password hashes and is kept outside the database, with an id that tells which one a hash was
/// made with. Written `id:key`: 1 to 8 ASCII letters or digits, and 32 to 64 bytes in base64 (`openssl rand -base64 32`).
///
/// Its `Debug` shows the id alone.
#[derive(Clone)]
pub struct Pepper {
    id: String,
    key: Zeroizing<Vec<u8>>,
}

impl Pepper {
    /// The pepper `id`, of 1 to 8 ASCII letters or digits, with a key of 32 to 64 random bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for any other id or key. It does not quote the key.
    pub fn new(id: impl Into<String>, key: Vec<u8>) -> Result<Self> {
        let key = Zeroizing::new(key);
        let id = id.into();
        if !is_id(&id) {
            return Err(refused(
                "has an id that is not 1 to 8 ASCII letters or digits",
            ));
        }
        if !(32..=64).contains(&key.len()) {
            return Err(refused("has a key that is not 32 to 64 bytes"));
        }
        Ok(Self { id, key })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }
}

/// Whether a hash can name a pepper so.
pub(super) fn is_id(id: &str) -> bool {
    (1..=8).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn refused(reason: impl Into<String>) -> Error {
    Error::Config {
        setting: "PASSWORD_PEPPER",
        reason: reason.into(),
    }
}

impl FromStr for Pepper {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (id, key) = text
            .trim()
            .split_once(':')
            .ok_or_else(|| refused("is not `id:key`"))?;
        // The URL-safe letters are taken for the standard ones.
        let key: Zeroizing<Vec<u8>> = Zeroizing::new(
            key.bytes()
                .map(|byte| match byte {
                    b'-' => b'+',
                    b'_' => b'/',
                    other => other,
                })
                .collect(),
        );
        let key = BASE64
            .decode(&key)
            .map_err(|_| refused("has a key that is not base64"))?;
        Self::new(id, key)
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}:…)", self.id)
    }
}

/// The one in use and those before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peppers {
    pub(crate) current: Option<Pepper>,
    pub(crate) former: Vec<Pepper>,
}

impl Peppers {
    /// Refuses two with one id: a hash names its pepper by it.
    pub(crate) fn check(&self) -> Result<()> {
        let mut ids: Vec<_> = self.iter().map(Pepper::id).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(refused(format!(
                "has the id `{}`, which another pepper has",
                pair[0]
            ))),
            None => Ok(()),
        }
    }

    /// The pepper of this id; `None` where it is not known.
    pub(super) fn find(&self, id: &str) -> Option<&Pepper> {
        self.iter().find(|pepper| pepper.id == id)
    }

    fn iter(&self) -> impl Iterator<Item = &Pepper> {
        self.current.iter().chain(&self.former)
    }
}
