//! Short names in ASCII that people type and programs compare.

use super::text_value;

/// A name to sign in with: 2 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, a letter or digit first. Capitals are lower-cased.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Username {
    text: String,
}

text_value!(Username of "username");

impl Username {
    fn checked(text: &str) -> Result<Self, String> {
        check_size(text, 2, 64)?;
        let text = text.to_ascii_lowercase();
        let first = text.starts_with(|first: char| is_word(first));
        if first
            && text
                .chars()
                .all(|character| is_word(character) || matches!(character, '.' | '_' | '-'))
        {
            Ok(Self { text })
        } else {
            Err("takes a-z, 0-9, `.`, `_` and `-`, and begins with a letter or digit".into())
        }
    }
}

/// A name in addresses: 1 to 63 of `a-z` and `0-9` in words with single hyphens between. Capitals are lower-cased.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Slug {
    text: String,
}

text_value!(Slug of "slug");

impl Slug {
    fn checked(text: &str) -> Result<Self, String> {
        check_size(text, 1, 63)?;
        let text = text.to_ascii_lowercase();
        if text
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(is_word))
        {
            Ok(Self { text })
        } else {
            Err("takes words of a-z and 0-9 with single hyphens between".into())
        }
    }
}

/// What code calls a role: 1 to 63 of `a-z`, `0-9`, `_` and `-`, a letter first.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RoleKey {
    text: String,
}

text_value!(RoleKey of "key");

impl RoleKey {
    fn checked(text: &str) -> Result<Self, String> {
        check_size(text, 1, 63)?;
        let first = text.starts_with(|first: char| first.is_ascii_lowercase());
        if first
            && text
                .chars()
                .all(|character| is_word(character) || matches!(character, '_' | '-'))
        {
            Ok(Self {
                text: text.to_owned(),
            })
        } else {
            Err("takes a-z, 0-9, `_` and `-`, and begins with a letter".into())
        }
    }
}

fn is_word(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9')
}

/// In bytes, which are characters in all that is accepted.
fn check_size(text: &str, min: usize, max: usize) -> Result<(), String> {
    if text.is_empty() {
        Err("is empty".into())
    } else if text.len() < min {
        Err(format!("is shorter than {min} characters"))
    } else if text.len() > max {
        Err(format!("is longer than {max} characters"))
    } else {
        Ok(())
    }
}
