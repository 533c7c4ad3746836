//! What messages say.

use std::marker::PhantomData;

use super::field::{self, Field};
use super::text_value;

/// RFC 5322 §2.1.1: of a line.
const MAX_SUBJECT: usize = 998;
const MAX_CONTENT: usize = 1_048_576;

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

/// A text of a message: at most 1,048,576 characters, without NUL, which a database cannot store. It can be empty, and is
/// kept as it was written: what it would do in a browser is for those to prevent who show it. Errors name the field `F`,
/// `body` where none is said.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Content<F = field::Body> {
    text: String,
    field: PhantomData<F>,
}

/// A message as HTML.
pub type Html = Content<field::BodyHtml>;

impl<F> Default for Content<F> {
    fn default() -> Self {
        Self {
            text: String::new(),
            field: PhantomData,
        }
    }
}

impl<F: Field> Content<F> {
    fn checked(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CONTENT && text.chars().nth(MAX_CONTENT).is_some() {
            return Err(format!("is longer than {MAX_CONTENT} characters"));
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
