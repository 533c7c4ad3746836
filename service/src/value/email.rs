//! E-mail addresses.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{domain_name, text_value};

/// RFC 5321 §4.5.3.1: bytes before the `@`, and of the whole.
const MAX_LOCAL: usize = 64;
const MAX: usize = 254;
/// In bytes: what is longer has more characters than an address has bytes, and is refused before it costs anything.
const MAX_INPUT: usize = 4 * MAX;

/// An e-mail address in the one form that is stored: lower case, the domain in ASCII.
///
/// What comes before the `@` is a dot-atom (RFC 5321 §4.1.2), letters and digits of other scripts included (RFC 6531).
/// It is lower-cased and put in Unicode's form NFC. Letters that are another way to write others (full-width ones,
/// ligatures: what NFKC would change) are refused, and so are quotes, spaces and IP addresses as domains. Which
/// mailbox an address names is thus decided here once, and nothing is ever sent to another spelling of it.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Email {
    text: String,
}

text_value!(Email of "email");

impl Email {
    /// What comes before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.text.split_once('@').map_or("", |(local, _)| local)
    }

    /// The domain, in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.split_once('@').map_or("", |(_, domain)| domain)
    }

    fn checked(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".into());
        }
        if text.len() > MAX_INPUT || text.chars().nth(MAX).is_some() {
            return Err(too_long());
        }
        let (local, domain) = text.split_once('@').ok_or("has no @")?;
        let text = format!("{}@{}", local_part(local)?, domain_name::to_ascii(domain)?);
        if text.len() > MAX {
            return Err(too_long());
        }
        Ok(Self { text })
    }
}

fn too_long() -> String {
    format!("is longer than {MAX} bytes")
}

pub(super) fn local_part(text: &str) -> Result<String, String> {
    let local: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfc()
            .collect::<String>()
            .to_lowercase()
            .nfc()
            .collect()
    };
    if local.is_empty() {
        return Err("has nothing before the @".into());
    }
    if local.len() > MAX_LOCAL {
        return Err(format!("has more than {MAX_LOCAL} bytes before the @"));
    }
    if local.split('.').any(str::is_empty) {
        return Err("has a dot at the start, at the end or after a dot before the @".into());
    }
    if !local
        .chars()
        .all(|character| character == '.' || is_atom(character))
    {
        return Err("has a character before the @ that no address has".into());
    }
    if !local.is_ascii() && !local.nfkc().eq(local.chars()) {
        return Err("has a letter before the @ that is another way to write others".into());
    }
    Ok(local)
}

/// RFC 5321's `atext`; beyond ASCII letters, digits and the marks on them.
fn is_atom(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
    } else {
        (character.is_alphanumeric() || is_combining_mark(character))
            && !super::is_invisible(character)
    }
}
