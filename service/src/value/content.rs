//! What messages say.

use std::marker::PhantomData;

use super::field::{self, Field};
use super::text_value;

/// RFC 5322 §2.1.1: of a line.
const MAX_SUBJECT: usize = 998;

/// The subject line of a message: at most 998 characters, unfolded (RFC 5322 §2.2.3) and decoded; no line breaks, no
/// control characters. It can be empty.
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subject {
    text: String,
}

text_value!(Subject of "subject");

impl Subject {
    fn checked(text: &str) -> Result<Self, String> {
        if text.chars().nth(MAX_SUBJECT).is_some() {
            return Err(format!("is longer than {MAX_SUBJECT} characters"));
        }
        if text.contains(|character: char| character.is_control()) {
            return Err("has a line break or another control character".into());
        }
        Ok(Self {
            text: text.to_owned(),
        })
    }
}

/// A text of a message: at most `MAX` characters, without NUL, which a database cannot store. It can be empty, and is kept
/// as it was written: what it would do in a browser is for those to prevent who show it. Errors name the field `F`, `body`
/// where none is said.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Content<const MAX: usize, F = field::Body> {
    text: String,
    field: PhantomData<F>,
}

/// A message as plain text.
pub type Body = Content<1_048_576>;
/// A message as HTML.
pub type Html = Content<1_048_576, field::BodyHtml>;

text_value!(Content<MAX, F>);

impl<const MAX: usize, F> Default for Content<MAX, F> {
    fn default() -> Self {
        Self {
            text: String::new(),
            field: PhantomData,
        }
    }
}

impl<const MAX: usize, F: Field> Content<MAX, F> {
    fn checked(text: &str) -> Result<Self, String> {
        // No text has more characters than bytes.
        if text.len() > MAX && text.chars().nth(MAX).is_some() {
            return Err(format!("is longer than {MAX} characters"));
        }
        if text.contains('\0') {
            return Err("has a NUL character".into());
        }
        Ok(Self {
            text: text.to_owned(),
            field: PhantomData,
        })
    }
}
