//! A line of an export, whatever it was written in.

use serde_json::{Map, Value};

/// One user, as exported: columns by name. In CSV all of them are texts.
#[derive(Debug)]
pub(super) struct Record {
    /// Where it begins, from 1.
    pub(super) line: u64,
    pub(super) columns: Map<String, Value>,
}

/// Why a line cannot be imported. It quotes nothing of the line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Problem {
    pub(super) line: u64,
    /// As the export calls it; empty: the line as a whole.
    pub(super) column: &'static str,
    /// The end of a sentence that begins with the column.
    pub(super) what: String,
}

impl Problem {
    pub(super) fn new(line: u64, column: &'static str, what: impl Into<String>) -> Self {
        Self {
            line,
            column,
            what: what.into(),
        }
    }
}
