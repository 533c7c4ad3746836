//! Text of several lines.

use std::marker::PhantomData;

use super::field::{self, Field};
use super::{check_length, text_value};

/// Text of 1 to `MAX` characters that can have several lines: line breaks and tabs, no other control characters, and not
/// blank. It is kept as it was written. Errors name the field `F`, `description` where none is said.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Text<const MAX: usize, F = field::Description> {
    text: String,
    field: PhantomData<F>,
}

text_value!(Text<MAX, F>);

impl<const MAX: usize, F: Field> Text<MAX, F> {
    fn checked(text: &str) -> Result<Self, String> {
        check_length(text, MAX)?;
        let layout = |character: char| matches!(character, '\n' | '\r' | '\t');
        if text
            .chars()
            .any(|character| character.is_control() && !layout(character))
        {
            return Err("has a control character other than line breaks and tabs".into());
        }
        Ok(Self {
            text: text.to_owned(),
            field: PhantomData,
        })
    }
}
