//! The parts of README.md that follow from the schema.

use std::{fs, ops::Range, path::Path};

const BEGIN: &str = "<!-- er-diagram:begin -->";
const END: &str = "<!-- er-diagram:end -->";

/// The text of README.md.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Where in README.md the ER diagram stands: what is between two marks.
///
/// # Errors
///
/// A message that shows the marks.
pub(crate) fn diagram(readme: &str) -> Result<Range<usize>, String> {
    let find = || {
        let begin = readme.find(BEGIN)? + BEGIN.len();
        let length = readme[begin..].find(END)?;
        Some(begin..begin + length)
    };
    find().ok_or_else(|| format!("README.md has no place for the ER diagram:\n\n{BEGIN}\n{END}\n"))
}

/// The diagram as Markdown shows it, on lines of its own.
pub(crate) fn fenced(diagram: &str) -> String {
    format!("\n```mermaid\n{diagram}```\n")
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
