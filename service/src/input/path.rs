//! Where in the input something stands: `email`, `roles[1]`, `recipients.to[0]`.

use std::fmt;

/// Of a key, in characters: the input can hold keys of any length.
const MAX_KEY: usize = 64;

/// A place in the input, by the way to it.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) => {
                parent.fmt(f)?;
                if !matches!(parent, Self::Root) {
                    f.write_str(".")?;
                }
                for character in key.chars().take(MAX_KEY) {
                    // A name goes to logs and pages as it is.
                    let shown = if character.is_control() {
                        '?'
                    } else {
                        character
                    };
                    write!(f, "{shown}")?;
                }
                if key.chars().nth(MAX_KEY).is_some() {
                    f.write_str("…")?;
                }
                Ok(())
            }
            Self::Index(parent, index) => {
                parent.fmt(f)?;
                write!(f, "[{index}]")
            }
        }
    }
}

/// The place of the field `name` of what stands at `place`.
pub(super) fn field(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

/// The place of what holds what stands at `place`.
pub(super) fn parent(place: &str) -> &str {
    let end = place.rfind(['.', '[']).unwrap_or_default();
    &place[..end]
}

/// Whether what stands at `inner` is a part of what stands at `outer`.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| !rest.is_empty() && (outer.is_empty() || rest.starts_with(['.', '['])))
}
