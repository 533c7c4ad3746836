//! What a failed migration leaves behind.
use std::fmt;

/// In what state a migration that failed leaves the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// As it was before that migration.
    Undone,
    /// With whatever the migration did before it failed: it runs outside a transaction.
    Left,
    /// As before or with all of it: the connection broke while it was being committed.
    Unknown,
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undone => "the database is as it was before it",
            Self::Left => "it runs outside a transaction, so check what it left behind",
            Self::Unknown => "whether it was committed is unknown, so look at the status",
        })
    }
}
