//! A part of a text, to look for.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// In characters: no address is longer.
const MAX: usize = 254;

/// Which texts are meant: those that contain a text, begin with it, end with it or are it, in capitals or not.
///
/// Nothing in the text has a meaning of its own: `%`, `_`, `*` and `\` are characters like others. As JSON:
/// `{ "contains": "sales" }`, `{ "starts_with": … }`, `{ "ends_with": … }`, `{ "is": … }`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Pattern {
    place: Place,
    text: String,
}

/// Where the text stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Anywhere,
    Start,
    End,
    Whole,
}

/// As JSON has it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    Is(String),
}

impl Pattern {
    /// Texts with this somewhere in them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where it is empty, longer than 254 characters, or has a control character.
    pub fn contains(text: impl AsRef<str>) -> Result<Self> {
        Self::new(Place::Anywhere, text.as_ref())
    }

    /// Texts that begin with this.
    ///
    /// # Errors
    ///
    /// As [`contains`](Self::contains).
    pub fn starts_with(text: impl AsRef<str>) -> Result<Self> {
        Self::new(Place::Start, text.as_ref())
    }

    /// Texts that end with this.
    ///
    /// # Errors
    ///
    /// As [`contains`](Self::contains).
    pub fn ends_with(text: impl AsRef<str>) -> Result<Self> {
        Self::new(Place::End, text.as_ref())
    }

    /// This text.
    ///
    /// # Errors
    ///
    /// As [`contains`](Self::contains).
    pub fn is(text: impl AsRef<str>) -> Result<Self> {
        Self::new(Place::Whole, text.as_ref())
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// In lower case, in Unicode's form NFC.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn new(place: Place, text: &str) -> Result<Self> {
        let refused = |reason: &str| Err(Error::invalid("pattern", reason));
        if text.is_empty() {
            return refused("is empty");
        }
        if text.chars().nth(MAX).is_some() {
            return refused("is longer than 254 characters");
        }
        if text.chars().any(char::is_control) {
            return refused("has a control character");
        }
        Ok(Self {
            place,
            text: text.to_lowercase().nfc().collect(),
        })
    }
}

impl TryFrom<Written> for Pattern {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::Contains(text) => Self::contains(text),
            Written::StartsWith(text) => Self::starts_with(text),
            Written::EndsWith(text) => Self::ends_with(text),
            Written::Is(text) => Self::is(text),
        }
    }
}

impl From<Pattern> for Written {
    fn from(pattern: Pattern) -> Self {
        match pattern.place {
            Place::Anywhere => Self::Contains(pattern.text),
            Place::Start => Self::StartsWith(pattern.text),
            Place::End => Self::EndsWith(pattern.text),
            Place::Whole => Self::Is(pattern.text),
        }
    }
}
