//! A change to one field.

use sea_orm::{ActiveValue, Value};
use serde::{Deserialize, Deserializer};

/// A change to a field that may be empty: leave it, set it, clear it.
///
/// In JSON a field that is absent is left, `null` clears it, a value sets it; give the field `#[serde(default)]`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Change<T> {
    /// As it is.
    #[default]
    Keep,
    /// This from now on.
    Set(T),
    /// Empty from now on.
    Clear,
}

impl<T> Change<T> {
    /// The same change of something else.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Set(value) => Change::Set(f(value)),
            Self::Clear => Change::Clear,
        }
    }

    pub(crate) fn into_active<U>(self) -> ActiveValue<Option<U>>
    where
        T: Into<U>,
        Option<U>: Into<Value>,
    {
        match self {
            Self::Keep => ActiveValue::NotSet,
            Self::Set(value) => ActiveValue::Set(Some(value.into())),
            Self::Clear => ActiveValue::Set(None),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::deserialize(deserializer)? {
            Some(value) => Self::Set(value),
            None => Self::Clear,
        })
    }
}
