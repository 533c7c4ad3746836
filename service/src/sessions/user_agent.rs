//! The program that a session is opened with, as it calls itself.

use crate::value::is_invisible;

/// What the column holds, in characters.
const MAX: usize = 512;

/// The program that a session is opened with, as it calls itself: on one line, at most 512 characters. It is there to be
/// shown ("Firefox on Linux"), and proves nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserAgent(String);

impl UserAgent {
    /// From the header of a request, which can hold anything: what breaks a line, turns the text round or cannot be seen
    /// becomes a space, what is beyond 512 characters is cut off. `None` where nothing is left to be seen.
    #[must_use]
    pub fn from_header(header: impl AsRef<[u8]>) -> Option<Self> {
        // Four bytes are the most that a character takes; the spaces around are none of them.
        let header = header.as_ref().trim_ascii();
        let header = String::from_utf8_lossy(header.get(..4 * MAX).unwrap_or(header));
        let text: String = header
            .chars()
            .map(|character| if is_shown(character) { character } else { ' ' })
            .collect();
        let text: String = text.trim().chars().take(MAX).collect();
        let text = text.trim_end();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<UserAgent> for String {
    fn from(agent: UserAgent) -> Self {
        agent.0
    }
}

fn is_shown(character: char) -> bool {
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    !(breaks || character.is_control() || is_invisible(character))
}
