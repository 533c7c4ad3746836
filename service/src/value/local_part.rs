//! What stands before the `@` of an address of one's own.

use super::{email, text_value};

/// Stored in place of a local part: all that no other mailbox of the domain catches.
const CATCH_ALL: &str = "*";

/// What comes before the `@` of a mailbox: one name, or all that no other mailbox of the domain has.
///
/// A name is checked and put in canonical form by the rules of [`Email`](super::Email). Text never means all: `*` is
/// refused wherever it is parsed, also by serde, so that no form field makes a catch-all; [`LocalPart::catch_all`] says
/// it.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LocalPart {
    text: String,
}

text_value!(LocalPart of "local_part");

impl LocalPart {
    /// All that no other mailbox of the domain has. It is shown as `*`.
    #[must_use]
    pub fn catch_all() -> Self {
        Self {
            text: CATCH_ALL.to_owned(),
        }
    }

    /// Whether it is [all](Self::catch_all).
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        self.text == CATCH_ALL
    }

    fn checked(text: &str) -> Result<Self, String> {
        if text == CATCH_ALL {
            return Err(
                "is `*`, which no text can stand for: a catch-all is asked for as such".into(),
            );
        }
        let text = email::local_part(text)?;
        Ok(Self { text })
    }
}
