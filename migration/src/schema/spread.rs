//! What a table has on Citus in place of what it has elsewhere.

use super::name;
use super::render::{list, references};
use super::table::{Table, Writes};
use crate::citus::{Engine, layout};

/// Puts the table in its place, and then gives it its foreign keys, all of them: with one that leads elsewhere it could not
/// be put there, and what is one rule need not be two.
pub(super) fn put(table: &Table, engine: Engine) -> Vec<String> {
    let mut sql = Vec::new();
    if engine == Engine::Citus {
        let place = layout::place(table.name, leads(table));
        sql.push(layout::put(table.name, place));
    }
    for key in &table.foreign_keys {
        sql.push(format!(
            "ALTER TABLE \"{}\" ADD CONSTRAINT \"{}\" {}",
            table.name,
            name::foreign_key(table.name, &key.columns),
            references(key)
        ));
    }
    sql
}

/// Takes from the table's owner, and so from everybody, what triggers refuse elsewhere. Left to it is the right to lock rows
/// as foreign keys do, for which it takes the right to update a column: of the one that tells where the row lies, which
/// nobody can change.
///
/// What a chain of the audit has retired may go, and no right can tell which events those are: so the right to delete stays.
/// A chain's head may be updated, backwards too.
pub(super) fn writes(table: &Table) -> Vec<String> {
    let refused: &[&str] = match table.writes {
        Writes::Free => return Vec::new(),
        Writes::AppendOnly => &["UPDATE", "DELETE", "TRUNCATE"],
        Writes::UntilRetired | Writes::Once => &["UPDATE", "TRUNCATE"],
        Writes::Forward => &["DELETE", "TRUNCATE"],
    };
    let mut sql = vec![format!(
        "REVOKE {} ON \"{}\" FROM CURRENT_USER",
        refused.join(", "),
        table.name
    )];
    if refused.contains(&"UPDATE") {
        sql.push(format!(
            "GRANT UPDATE ({}) ON \"{}\" TO CURRENT_USER",
            list(&[leads(table)]),
            table.name
        ));
    }
    sql
}

/// The first column of the key.
fn leads(table: &Table) -> &'static str {
    table.key.first().copied().unwrap_or_default()
}
