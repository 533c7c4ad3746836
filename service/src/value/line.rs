//! Text on one line.

use std::marker::PhantomData;

use super::field::{self, Field};
use super::{check_length, text_value};

/// Text on one line, of 1 to `MAX` characters: no line breaks, no control characters, and not blank. It is kept as it
/// was written. Errors name the field `F`, `name` where none is said.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Line<const MAX: usize, F = field::Name> {
    text: String,
    field: PhantomData<F>,
}

/// What somebody or something is called.
pub type Name = Line<200>;
/// The first name of a person.
pub type GivenName = Line<200, field::GivenName>;
/// The last name of a person.
pub type FamilyName = Line<200, field::FamilyName>;
/// A telephone number as people write it.
pub type Phone = Line<64, field::Phone>;

text_value!(Line<MAX, F>);

impl<const MAX: usize, F: Field> Line<MAX, F> {
    fn checked(text: &str) -> Result<Self, String> {
        check_length(text, MAX)?;
        let breaks = |character: char| matches!(character, '\u{2028}' | '\u{2029}');
        if text
            .chars()
            .any(|character| character.is_control() || breaks(character))
        {
            return Err("has a line break or another control character".into());
        }
        Ok(Self {
            text: text.to_owned(),
            field: PhantomData,
        })
    }
}
