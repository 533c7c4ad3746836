//! A schema as text, one fact a line, in an order that does not depend on how it came about; and the difference of two.

use std::fmt::{self, Write as _};

use similar::TextDiff;

use super::{Catalog, Named, Table};

impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in &self.tables {
            table.write(f, name)?;
        }
        for (name, definition) in &self.others {
            writeln!(f, "{name}")?;
            for line in definition.lines() {
                writeln!(f, "{}", format!("  {line}").trim_end())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Table {
    fn write(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        writeln!(f, "table {name}{}", comment(self.comment.as_deref()))?;
        for option in &self.options {
            writeln!(f, "  {option}")?;
        }
        for column in &self.columns {
            write!(f, "  column {} {}", column.name, column.kind)?;
            write!(f, "{}", if column.nullable { "" } else { " not null" })?;
            if let Some(default) = &column.default {
                write!(f, " default {default}")?;
            }
            if let Some(special) = &column.special {
                write!(f, " {special}")?;
            }
            writeln!(f, "{}", comment(column.comment.as_deref()))?;
        }
        let key = &self.primary_key;
        writeln!(f, "  primary key {} ({})", key.name, key.columns.join(", "))?;
        for key in &self.foreign_keys {
            writeln!(f, "  foreign key {}: {}", key.name, key.definition)?;
        }
        for index in &self.indexes {
            writeln!(f, "  index {}: {}", index.name, index.definition)?;
        }
        let kinds: [(&str, &[Named]); 5] = [
            ("check", &self.checks),
            ("constraint", &self.constraints),
            ("trigger", &self.triggers),
            ("policy", &self.policies),
            ("grant", &self.grants),
        ];
        for (kind, all) in kinds {
            for named in all {
                writeln!(f, "  {kind} {}: {}", named.name, named.definition)?;
            }
        }
        writeln!(f)
    }
}

fn comment(comment: Option<&str>) -> String {
    comment
        .map(|text| format!("  -- {text}"))
        .unwrap_or_default()
}

/// The lines that differ, each marked by `-` (only in the first) or `+` (only in the second), with what is around them;
/// empty if none does.
pub(crate) fn difference(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    if diff.ratio() < 1.0 {
        write!(text, "{}", diff.unified_diff().context_radius(2)).unwrap();
    }
    text
}
