//! What a role may do: `resource.action`, either part `*` for any.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const ANY: &str = "*";

/// `resource.action` (`clients.read`); `*` stands for any, in either part (`clients.*`) or for both (`*`).
///
/// Parts are lower-case ASCII letters, digits and `_`, a letter first; at most 128 characters in all.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Permission(String);

impl Permission {
    /// The permission as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once('.').unwrap_or((ANY, ANY))
    }

    /// Whoever has this may do all that `other` allows.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let covers = |mine: &str, other: &str| mine == ANY || mine == other;
        let ((resource, action), (other_resource, other_action)) = (self.parts(), other.parts());
        covers(resource, other_resource) && covers(action, other_action)
    }
}

impl FromStr for Permission {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let part = |part: &str| {
            part == ANY
                || (part.starts_with(|first: char| first.is_ascii_lowercase())
                    && part
                        .bytes()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')))
        };
        let valid = text.len() <= 128
            && (text == ANY
                || text
                    .split_once('.')
                    .is_some_and(|(resource, action)| part(resource) && part(action)));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "permission",
                "is no `resource.action`: lower-case letters, digits and _, or * for any",
            ))
        }
    }
}

impl TryFrom<String> for Permission {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> Self {
        permission.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that somebody may do.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Everything, as an owner has it.
    #[must_use]
    pub fn all() -> Self {
        Self(BTreeSet::from([Permission(ANY.to_owned())]))
    }

    /// Whether `needed` (`clients.write`) is among what is allowed. What is no permission is not.
    #[must_use]
    pub fn allow(&self, needed: &str) -> bool {
        needed
            .parse()
            .is_ok_and(|needed: Permission| self.0.iter().any(|mine| mine.covers(&needed)))
    }

    /// Whoever has these may do all that `others` allow.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others
            .0
            .iter()
            .all(|other| self.0.iter().any(|mine| mine.covers(other)))
    }

    /// Each permission, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(of: &[&str]) -> Permissions {
        of.iter().map(|text| text.parse().expect("valid")).collect()
    }

    #[test]
    fn a_star_stands_for_any_part_and_never_the_other_way_round() {
        for (mine, needed, allowed) in [
            ("*", "clients.write", true),
            ("*.*", "clients.write", true),
            ("clients.*", "clients.write", true),
            ("*.write", "clients.write", true),
            ("clients.write", "clients.*", false),
            ("clients.*", "*", false),
            ("clients.read", "clients.write", false),
            ("client.read", "clients.read", false),
            ("clients.*", "clients", false),
        ] {
            assert_eq!(
                permissions(&[mine]).allow(needed),
                allowed,
                "{mine} {needed}"
            );
        }
    }

    #[test]
    fn a_set_covers_another_when_it_covers_each_of_its_permissions() {
        let admin = permissions(&["clients.*", "roles.*"]);
        assert!(admin.cover(&permissions(&["clients.read", "roles.*"])));
        assert!(!admin.cover(&permissions(&["clients.read", "*"])));
        assert!(admin.cover(&Permissions::default()));
    }

    #[test]
    fn malformed_permissions_are_refused() {
        for text in [
            "",
            ".",
            "clients.",
            ".read",
            "Clients.read",
            "a.b.c",
            "clients.re ad",
            "**",
            "1a.b",
        ] {
            assert!(text.parse::<Permission>().is_err(), "{text:?}");
        }
        assert!("a".repeat(200).parse::<Permission>().is_err());
    }
}
