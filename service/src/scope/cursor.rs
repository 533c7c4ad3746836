//! Cursors: where in a list a page begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Scoped;
use crate::error::{Error, Result};

const FINGERPRINT: usize = 12;
/// Of a cursor as text, in bytes: a name of 200 characters and an id, with room.
const MAX_CURSOR: usize = 4096;

/// A place in a list: opaque text that can be given out and taken back.
///
/// It belongs to the query that made it: another filter, order or tenant refuses it. It holds the sort columns of the
/// last row of a page, which whoever holds the page has seen; it grants nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(String);

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let cursor = Self(text.to_owned());
        cursor.parts().map(|_| cursor)
    }
}

impl TryFrom<String> for Cursor {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of one sort column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "u")]
    Uuid(Uuid),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Instant(i64),
    #[serde(rename = "n")]
    Number(i64),
}

impl Key {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Uuid(Some(id)) => Some(Self::Uuid(id)),
            Value::String(Some(text)) => Some(Self::Text(text)),
            Value::ChronoDateTimeWithTimeZone(Some(instant)) => {
                Some(Self::Instant(instant.timestamp_micros()))
            }
            Value::BigInt(Some(number)) => Some(Self::Number(number)),
            Value::Int(Some(number)) => Some(Self::Number(number.into())),
            _ => None,
        }
    }

    /// The value, if it is of the column's type: a cursor can have been made up.
    fn value_for(self, column: &impl ColumnTrait) -> Option<Value> {
        let definition = column.def();
        match (self, definition.get_column_type()) {
            (Self::Uuid(id), ColumnType::Uuid) => Some(id.into()),
            (Self::Text(text), ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_))
                if !text.contains('\0') =>
            {
                Some(text.into())
            }
            (Self::Instant(micros), ColumnType::TimestampWithTimeZone) => {
                DateTime::from_timestamp_micros(micros)
                    // Both databases can hold these.
                    .filter(|at| (1..=9999).contains(&at.year()))
                    .map(|at| at.fixed_offset().into())
            }
            (Self::Number(number), ColumnType::BigInteger | ColumnType::Integer) => {
                Some(number.into())
            }
            _ => None,
        }
    }
}

/// Tells a list, with its tenant, filters and order, from any other.
pub(super) type Fingerprint = [u8; FINGERPRINT];

/// Tells the text of a list, and the name of its order, from others.
pub(super) type Digested = [u8; 32];

/// Of the query without the order, the size and the place of a page.
pub(super) fn digest(sql: &str, order: &str) -> Digested {
    Sha256::new()
        .chain_update(order)
        .chain_update([0])
        .chain_update(sql)
        .finalize()
        .into()
}

pub(super) fn fingerprint<'v>(
    text: Digested,
    values: impl IntoIterator<Item = &'v Value>,
) -> Fingerprint {
    let mut digest = Sha256::new().chain_update(text);
    for value in values {
        match value {
            Value::Uuid(Some(id)) => digest.update(id),
            value => digest.update(format!("{value:?}")),
        }
        digest.update([0]);
    }
    let mut fingerprint = [0; FINGERPRINT];
    fingerprint.copy_from_slice(&digest.finalize()[..FINGERPRINT]);
    fingerprint
}

impl Cursor {
    /// The place of the row with these values in the columns of the order.
    pub(super) fn at(fingerprint: Fingerprint, values: Vec<Value>) -> Result<Self> {
        let keys = keys(values)?;
        let keys = serde_json::to_vec(&keys)
            .map_err(|_| Error::invalid("order", "has values that no cursor can hold"))?;
        let text = URL_SAFE_NO_PAD.encode([fingerprint.as_slice(), &keys].concat());
        if text.len() > MAX_CURSOR {
            return Err(Error::invalid(
                "order",
                "has values that are too long for a cursor",
            ));
        }
        Ok(Self(text))
    }

    fn parts(&self) -> Result<(Fingerprint, Vec<Key>)> {
        let parts = || {
            if self.0.len() > MAX_CURSOR {
                return None;
            }
            let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
            let (fingerprint, keys) = bytes.split_first_chunk::<FINGERPRINT>()?;
            Some((*fingerprint, serde_json::from_slice(keys).ok()?))
        };
        parts().ok_or_else(|| Error::invalid("cursor", "is none that a page gave out"))
    }

    /// The values of the last row before the page.
    pub(super) fn values<E: Scoped>(
        &self,
        fingerprint: Fingerprint,
        columns: &[E::Column],
    ) -> Result<Vec<Value>> {
        let (made_by, keys) = self.parts()?;
        if made_by != fingerprint || keys.len() != columns.len() {
            return Err(Error::invalid(
                "cursor",
                "is of another list: begin again without it",
            ));
        }
        let values: Option<Vec<_>> = keys
            .into_iter()
            .zip(columns)
            .map(|(key, column)| key.value_for(column))
            .collect();
        values.ok_or_else(|| Error::invalid("cursor", "is none that a page gave out"))
    }
}

fn keys(values: Vec<Value>) -> Result<Vec<Key>> {
    values
        .into_iter()
        .map(|value| {
            Key::of(value)
                .ok_or_else(|| Error::invalid("order", "has a column that no cursor can hold"))
        })
        .collect()
}
