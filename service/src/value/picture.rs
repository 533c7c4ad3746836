//! Where a portrait is.

use super::text_value;

const MAX: usize = 2048;

/// The URL of a portrait: `https://…`, `http://…` or `data:image/…`, at most 2,048 characters, no spaces.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Picture {
    text: String,
}

text_value!(Picture of "picture");

impl Picture {
    fn checked(text: &str) -> Result<Self, String> {
        super::check_length(text, MAX)?;
        if text
            .chars()
            .any(|character| character.is_control() || character.is_whitespace())
        {
            return Err("has a space or a control character".into());
        }
        // Nothing that a browser would run: `javascript:`, `data:text/html`.
        let known = ["https://", "http://", "data:image/"]
            .iter()
            .filter_map(|start| {
                let (head, rest) = text.split_at_checked(start.len())?;
                head.eq_ignore_ascii_case(start).then_some(rest)
            })
            .any(|rest| rest.starts_with(|first: char| first == '[' || first.is_alphanumeric()));
        if known {
            Ok(Self {
                text: text.to_owned(),
            })
        } else {
            Err("is no URL of a picture: it takes https://…, http://… or data:image/…".into())
        }
    }
}
