//! Names of `PostgreSQL` schemas.
use std::fmt;

use crate::error::Error;
use crate::isolation::quote;
use crate::wall::place::SUFFIXES;

/// A name that `PostgreSQL` takes as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SchemaName(String);

impl SchemaName {
    /// The longest identifier, in bytes; `PostgreSQL` silently cuts off what is beyond.
    const MAX_BYTES: usize = 63;

    pub(super) fn new(name: &str) -> Result<Self, Error> {
        let reason = if name.is_empty() {
            "it is empty"
        } else if name.len() > Self::MAX_BYTES {
            "it is longer than 63 bytes"
        } else if name.contains(char::is_control) {
            "it contains a control character"
        } else if name.starts_with("pg_") || name == "information_schema" {
            "PostgreSQL keeps that name for itself"
        } else if name == "$user" {
            "PostgreSQL reads it as the name of the login, also in quotes"
        } else if name.contains(['{', '}']) || name.contains("$aura") {
            // Scripts have such words for what is filled in, and around what they quote.
            "names with braces or `$aura` would be misread by the migrations"
        } else if SUFFIXES
            .iter()
            .any(|suffix| name.strip_prefix("aura_") == Some(suffix))
        {
            "it is for what stands beside the tables in `public`"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Error::SchemaInvalid {
            name: name.escape_debug().collect(),
            reason,
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SchemaName {
    /// Quoted, for SQL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote::name(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::SchemaName;

    #[test]
    fn any_name_that_postgresql_takes_is_quoted_and_no_other_is_taken() {
        for (name, quoted) in [
            ("app", r#""app""#),
            (r#"My "app", $user"#, r#""My ""app"", $user""#),
            ("schön", r#""schön""#),
        ] {
            let name = SchemaName::new(name).map(|name| name.to_string());
            assert_eq!(name.ok().as_deref(), Some(quoted));
        }
        for name in [
            "",
            "a\0b",
            "pg_temp",
            "information_schema",
            &"ä".repeat(32),
            "a{tables}b",
            "x$aura_sql$",
            "$user",
            "aura_wall",
            "aura_reader",
            "aura_search",
        ] {
            assert!(SchemaName::new(name).is_err(), "{name:?}");
        }
    }
}
