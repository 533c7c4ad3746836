//! Tables: columns of text with two spaces between, without lines and without tabs, the same on a terminal and in a pipe.

use unicode_width::UnicodeWidthStr as _;

use crate::output::Output;

/// Select Graphic Rendition, ECMA-48 §8.3.117.
pub(crate) const BOLD: &str = "1";

/// A table that is written a part at a time.
pub(crate) struct Table {
    heads: Vec<&'static str>,
    widths: Vec<usize>,
    begun: bool,
}

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            widths: heads.iter().map(|head| head.len()).collect(),
            begun: false,
        }
    }

    /// The rows as lines, the heads before the first of them. A column that was narrower so far grows.
    pub(crate) fn part(&mut self, rows: Vec<Vec<String>>, output: Output) -> String {
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.iter().map(|cell| clean(cell)).collect())
            .collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            let heads: Vec<_> = self.heads.iter().map(|head| head.to_uppercase()).collect();
            let heads = self.line(&heads);
            text.push_str(&output.paint(&heads, BOLD));
            text.push('\n');
        }
        for row in &rows {
            text.push_str(&self.line(row));
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&self.widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(
                ' ',
                width.saturating_sub(cell.width()) + 2,
            ));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The text with a sign in the place of what a terminal would obey, or what would turn the line around: a name or a
/// browser's name for itself is whatever somebody sent.
pub(crate) fn clean(text: &str) -> String {
    let obeyed = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(obeyed, "\u{fffd}")
}

/// `1 member`, `2 members`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, several: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Output = Output {
        json: false,
        style: false,
    };

    #[test]
    fn columns_stand_below_each_other_whatever_letters_are_in_them() {
        let mut table = Table::new(&["id", "name"]);
        let rows = [["猫猫", "x"], ["a", "Ünal"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
        assert_eq!(table.part(rows, PLAIN), "ID    NAME\n猫猫  x\na     Ünal\n");
        let more = vec![vec!["b".to_owned(), String::new()]];
        assert_eq!(table.part(more, PLAIN), "b\n");
    }

    #[test]
    fn nothing_in_a_cell_reaches_the_terminal_as_a_command() {
        assert_eq!(
            clean("a\x1b[2Jb\u{202e}c\td"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
    }
}
