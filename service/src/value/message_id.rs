//! The ids that messages bear.

use super::text_value;

/// RFC 5322 §2.1.1: of a line.
const MAX: usize = 998;

/// What the header `Message-ID` of a message says (RFC 5322 §3.6.4), without its angle brackets: at most 998 bytes, no
/// space, no control character.
///
/// It is kept as it was written otherwise, capitals included: programs that compare ids compare bytes.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageId {
    text: String,
}

text_value!(MessageId of "message_id");

impl MessageId {
    fn checked(text: &str) -> Result<Self, String> {
        let text = text.trim_matches([' ', '\t']);
        let inside = text
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'));
        let text = inside.unwrap_or(text);
        if text.is_empty() {
            return Err("is empty".into());
        }
        if text.len() > MAX {
            return Err(format!("is longer than {MAX} bytes"));
        }
        let no_id = |character: char| {
            character.is_control() || character.is_whitespace() || matches!(character, '<' | '>')
        };
        if text.contains(no_id) {
            return Err("has a space, an angle bracket or a control character inside".into());
        }
        Ok(Self {
            text: text.to_owned(),
        })
    }
}
