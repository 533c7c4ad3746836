//! What stops reading, in plain words.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::nearest::nearest;

/// Of a reason, in characters: types of others can say anything.
const MAX_REASON: usize = 300;

/// Why a value was not accepted.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where; `None`: not known as yet.
    pub(super) place: Option<String>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// The value is wrong.
    Wrong(String),
    /// The object at the place lacks the field.
    Missing(&'static str),
    /// What stands in for a value that is not there was refused.
    StandIn,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            place: None,
            what: What::Wrong(reason.into()),
        }
    }

    /// The same fault, at this place where none was known.
    pub(super) fn at(mut self, place: impl Display) -> Self {
        self.place.get_or_insert_with(|| place.to_string());
        self
    }

    pub(super) fn stand_in(place: impl Display) -> Self {
        Self {
            place: Some(place.to_string()),
            what: What::StandIn,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Wrong(reason) => f.write_str(reason),
            What::Missing(field) => write!(f, "{field} is missing"),
            What::StandIn => f.write_str("is not known"),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// The types of this crate leave out their field where the other form of `Display` is asked for: the place names it.
    fn custom<T: Display>(message: T) -> Self {
        let message = format!("{message:#}");
        let shown = message.chars().take(MAX_REASON).map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        });
        Self::new(shown.collect::<String>())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("is {}, not {expected}", kind(&unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match unexpected {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => {
                Self::new("is a number out of range")
            }
            _ => Self::new(format!("is not {expected}")),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("has {length} items, not {expected}"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("is none of {}", names(known)))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(match nearest(field, known) {
            Some(nearest) => format!("is not known: did you mean `{nearest}`?"),
            None if known.is_empty() => "is not known".into(),
            None => format!("is not known: there are {}", names(known)),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            place: None,
            what: What::Missing(field),
        }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new("stands there twice")
    }
}

/// What a value is, without the value.
fn kind(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a text",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

fn names(known: &[&str]) -> String {
    let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
