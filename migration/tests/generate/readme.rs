//! The parts of README.md that follow from the schema.

use std::{fs, ops::Range, path::Path};

const BEGIN: &str = "<!-- er-diagram:begin -->";
const END: &str = "<!-- er-diagram:end -->";
const FENCE: &str = "```mermaid\n";

/// The text of README.md.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Where in README.md the ER diagram stands: the inside of a fence between two marks.
///
/// # Errors
///
/// A message that shows how it has to look.
pub(crate) fn diagram(readme: &str) -> Result<Range<usize>, String> {
    let find = || {
        let begin = readme.find(BEGIN)? + BEGIN.len();
        let end = begin + readme[begin..].find(END)?;
        let start = begin + readme[begin..end].find(FENCE)? + FENCE.len();
        let length = if readme[start..end].starts_with("```") {
            0
        } else {
            readme[start..end].find("\n```")? + 1
        };
        Some(start..start + length)
    };
    find().ok_or_else(|| {
        format!("README.md has no place for the ER diagram:\n\n{BEGIN}\n{FENCE}```\n{END}\n")
    })
}

/// Puts `diagram` in the place of what is shown, and says so.
pub(crate) fn write_diagram(
    path: &Path,
    readme: &str,
    shown: &Range<usize>,
    diagram: &str,
) -> String {
    if &readme[shown.clone()] == diagram {
        return format!("{} was up to date", path.display());
    }
    let mut text = readme.to_owned();
    text.replace_range(shown.clone(), diagram);
    fs::write(path, text).unwrap();
    format!("wrote the ER diagram into {}", path.display())
}

/// The text with single spaces between words, continued lines joined.
pub(crate) fn one_line(text: &str) -> String {
    text.replace("\\\n", " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
