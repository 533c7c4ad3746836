//! The checksum of a migration: of all that it says to an empty database of its backend.
//!
//! Not of what it said on the day it ran: a migration may ask the database (whether a role is there, how the database is
//! called) and go on as that answers, and the same program must come to the same checksum everywhere. One that asks nothing
//! ran exactly what the checksum is of.
use std::fmt::Write as _;

use sea_orm_migration::MigrationTrait;
use sea_orm_migration::sea_orm::DbBackend;
use sha2::{Digest as _, Sha256};

use super::recorder;
use super::said::Said;

/// SHA-256 as 64 hexadecimal digits.
pub(super) async fn of(migration: &dyn MigrationTrait, backend: DbBackend) -> String {
    // Where it cannot go on without an answer, the checksum is of what it said before.
    let recording = recorder::record(migration, backend).await;
    digest(&recording.said)
}

pub(super) fn digest(said: &[Said]) -> String {
    let mut hash = Sha256::new();
    for said in said {
        let sql = said.sql();
        // With its length, so that two statements are never taken for one.
        hash.update(u64::try_from(sql.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(sql.as_bytes());
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Said, digest};

    #[test]
    fn it_depends_on_every_statement_and_where_it_ends() {
        let of = |texts: &[&str]| {
            let said: Vec<_> = texts
                .iter()
                .map(|text| Said::Statement((*text).to_owned()))
                .collect();
            digest(&said)
        };
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_eq!(of(&[]).len(), 64);
        for other in [&["ab"][..], &["b", "a"], &["a"], &["a", "b", ""]] {
            assert_ne!(of(&["a", "b"]), of(other), "{other:?}");
        }
    }
}
