//! An index: unique or not, of all rows or of those in one state.

use super::name;

/// An index of a [`Table`](super::Table).
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) columns: Vec<&'static str>,
    pub(super) unique: bool,
    /// The state whose rows it covers, as its name says it, and as a condition; `None`: all rows.
    pub(super) only: Option<(&'static str, &'static str)>,
}

impl Index {
    pub(super) fn name(&self, table: &str) -> String {
        if self.unique {
            name::unique(table, &self.columns, self.only.map(|(state, _)| state))
        } else {
            name::index(table, &self.columns)
        }
    }

    /// Whether a look-up by `columns` is served for every row.
    pub(super) fn serves(&self, columns: &[&str]) -> bool {
        self.only.is_none() && self.columns.starts_with(columns)
    }

    pub(super) fn create(&self, table: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let only = self
            .only
            .map(|(_, condition)| format!(" WHERE {condition}"))
            .unwrap_or_default();
        format!(
            "CREATE {unique}INDEX \"{}\" ON \"{table}\" ({}){only}",
            self.name(table),
            super::render::list(&self.columns)
        )
    }
}
