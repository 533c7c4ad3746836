//! A password as it was entered.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Visitor};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Most bytes that are looked at.
const MAX_RAW: usize = 4096;
/// Most bytes of the form that is hashed.
const MAX_NORMALIZED: usize = 1024;

/// A password as it was entered: any text of up to 1,024 bytes, with spaces and all of Unicode, never cut short.
///
/// What is hashed is its NFKC form, so that it is the same password from every keyboard (NIST SP 800-63B-4 §3.1.1.2). How
/// long a new one must be is for the policy to say, not for this type: one that is too short may be somebody's.
///
/// It has neither `Display` nor `Serialize`, its `Debug` shows nothing, no error quotes it, and its memory is wiped when it
/// goes.
#[derive(Clone)]
pub struct Password {
    normalized: Zeroizing<String>,
    /// As typed, where that differs: hashes made elsewhere were made from it.
    typed: Option<Zeroizing<String>>,
}

impl Password {
    fn checked(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_RAW {
            return Err("is longer than 1024 bytes");
        }
        if text.is_empty() {
            return Err("is empty");
        }
        if text.contains('\0') {
            return Err("contains NUL");
        }
        let length = text.nfkc().map(char::len_utf8).sum();
        if length > MAX_NORMALIZED {
            return Err("is longer than 1024 bytes");
        }
        // Measured first: a text that grows leaves copies of itself behind, which nothing wipes.
        let mut normalized = Zeroizing::new(String::with_capacity(length));
        normalized.extend(text.nfkc());
        let typed = (normalized.as_str() != text).then(|| Zeroizing::new(text.to_owned()));
        Ok(Self { normalized, typed })
    }

    /// The NFKC form: what is hashed here.
    pub(crate) fn normalized(&self) -> &[u8] {
        self.normalized.as_bytes()
    }

    /// What was typed: what is hashed elsewhere.
    pub(crate) fn typed(&self) -> &[u8] {
        self.typed
            .as_ref()
            .map_or(self.normalized(), |typed| typed.as_bytes())
    }

    /// Whether both forms are the same.
    pub(crate) fn is_normal(&self) -> bool {
        self.typed.is_none()
    }

    /// The NFKC form as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.normalized
    }

    /// How many Unicode code points the NFKC form has.
    pub(crate) fn code_points(&self) -> usize {
        self.normalized.chars().count()
    }
}

impl FromStr for Password {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::checked(text).map_err(|reason| Error::invalid("password", reason))
    }
}

impl TryFrom<&str> for Password {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for Password {
    type Error = Error;

    /// Wipes `text`.
    fn try_from(text: String) -> Result<Self> {
        Zeroizing::new(text).parse()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a text, a format that finds a number says which: `any` leaves the refusal to the visitor.
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TextVisitor)
        } else {
            deserializer.deserialize_str(TextVisitor)
        }
    }
}

struct TextVisitor;

/// Refuses what is no text, without saying what it is.
macro_rules! refuse {
    ($($method:ident($type:ty)),* $(,)?) => {
        $(fn $method<E: serde::de::Error>(self, _: $type) -> Result<Password, E> {
            Err(E::custom(Error::invalid("password", "is not a text")))
        })*
    };
}

impl Visitor<'_> for TextVisitor {
    type Value = Password;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a password")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Password, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Password, E> {
        text.try_into().map_err(E::custom)
    }

    refuse! {
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u64(u64),
        visit_u128(u128),
        visit_f64(f64),
        visit_bytes(&[u8]),
    }
}
