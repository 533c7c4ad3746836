//! What an application keeps about a row beside its columns.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// As compact JSON, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// Of values inside values; the object itself is the first.
const MAX_DEPTH: usize = 32;

/// A JSON object of at most 16 KiB and 32 levels, without NUL in any text: `PostgreSQL` stores none.
///
/// The database keeps what it means, not how it was written: the order of keys can change, and `1e2` can come back as
/// `100`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// The object.
    #[must_use]
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl TryFrom<Map<String, Value>> for Metadata {
    type Error = Error;

    fn try_from(object: Map<String, Value>) -> Result<Self> {
        let deepest = object.iter().try_for_each(|(key, value)| {
            check_text(key)?;
            check(value, 2)
        });
        deepest
            .and_then(|()| match serde_json::to_vec(&object) {
                Ok(json) if json.len() <= MAX_BYTES => Ok(()),
                _ => Err("is larger than 16 KiB"),
            })
            .map_err(|reason| Error::invalid("metadata", reason))?;
        Ok(Self(object))
    }
}

fn check(value: &Value, depth: usize) -> Result<(), &'static str> {
    match value {
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => {
            Err("has more than 32 levels of values inside values")
        }
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(object) => object.iter().try_for_each(|(key, value)| {
            check_text(key)?;
            check(value, depth + 1)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), &'static str> {
    if text.contains('\0') {
        Err("has a NUL in a text")
    } else {
        Ok(())
    }
}

impl TryFrom<Value> for Metadata {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        match value {
            Value::Object(object) => object.try_into(),
            _ => Err(Error::invalid("metadata", "is no JSON object")),
        }
    }
}

impl FromStr for Metadata {
    type Err = Error;

    fn from_str(json: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_str(json).map_err(|_| Error::invalid("metadata", "is no JSON"))?;
        value.try_into()
    }
}

impl From<Metadata> for Value {
    fn from(metadata: Metadata) -> Self {
        Self::Object(metadata.0)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value.try_into().map_err(serde::de::Error::custom)
    }
}
