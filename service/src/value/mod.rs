//! Values that can only be made from valid input, in canonical form.
//!
//! What a type accepts the database accepts too; what it refuses never gets there. Each is made by `parse`, `TryFrom`
//! or serde, and its error names the field.

mod change;
mod content;
mod domain_name;
mod email;
pub mod field;
mod key;
mod line;
mod local_part;
mod message_id;
mod metadata;
mod pattern;
mod picture;
mod public_id;
mod search;
mod text;

use chrono::{DateTime, Datelike, FixedOffset, Utc};

use crate::error::{Error, Result};

pub use change::Change;
pub use content::{Body, Content, Html, Subject};
pub use domain_name::DomainName;
pub use email::Email;
pub use field::Field;
pub use key::{RoleKey, Slug, Username};
pub use line::{FamilyName, GivenName, Line, Name, Phone};
pub use local_part::LocalPart;
pub use message_id::MessageId;
pub use metadata::Metadata;
pub use pattern::Pattern;
pub(crate) use pattern::Place;
pub use picture::Picture;
pub use public_id::PublicId;
pub use search::SearchText;
pub use text::Text;

/// What all values that are a text have in common. The type has a field `text` and a function
/// `checked(&str) -> Result<Self, String>`, whose error is the reason of [`Error::Invalid`](crate::Error::Invalid).
macro_rules! text_value {
    ($type:ident of $field:expr) => {
        $crate::value::text_value!(@impl [] $type, $type, $field);
    };
    ($type:ident<MAX, F>) => {
        $crate::value::text_value!(
            @impl [const MAX: usize, F: $crate::value::Field] $type, $type<MAX, F>, F::NAME
        );
    };
    (@impl [$($generics:tt)*] $name:ident, $type:ty, $field:expr) => {
        impl<$($generics)*> $type {
            /// The value as text, in canonical form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl<$($generics)*> std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                Self::checked(text).map_err(|reason| $crate::Error::invalid($field, reason))
            }
        }

        impl<$($generics)*> TryFrom<&str> for $type {
            type Error = $crate::Error;

            fn try_from(text: &str) -> $crate::Result<Self> {
                text.parse()
            }
        }

        impl<$($generics)*> TryFrom<String> for $type {
            type Error = $crate::Error;

            fn try_from(text: String) -> $crate::Result<Self> {
                text.parse()
            }
        }

        impl<$($generics)*> From<$type> for String {
            fn from(value: $type) -> Self {
                value.text
            }
        }

        impl<$($generics)*> AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.text
            }
        }

        impl<$($generics)*> std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl<$($generics)*> std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.text).finish()
            }
        }

        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use text_value;

/// The instant as the database compares it: to the microsecond, in the years that both backends sort alike.
pub(crate) fn instant(field: &str, at: DateTime<Utc>) -> Result<DateTime<FixedOffset>> {
    DateTime::from_timestamp_micros(at.timestamp_micros())
        .filter(|at| (1..=9999).contains(&at.year()))
        .map(|at| at.fixed_offset())
        .ok_or_else(|| Error::invalid(field, "is not in the years 1 to 9999"))
}

/// Nothing is to be seen of it (Unicode's `Default_Ignorable_Code_Point`): texts that differ in it look the same.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// That a text has 1 to `max` characters, as the database counts them, and that something of it is to be seen.
fn check_length(text: &str, max: usize) -> Result<(), String> {
    if text.is_empty() {
        Err("is empty".into())
    } else if text.chars().nth(max).is_some() {
        Err(format!("is longer than {max} characters"))
    } else if text
        .chars()
        .all(|character| character.is_whitespace() || is_invisible(character))
    {
        Err("is blank".into())
    } else {
        Ok(())
    }
}
