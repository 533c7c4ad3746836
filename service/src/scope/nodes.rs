//! Where the rows of a table lie when the database is spread over several machines by Citus, and what follows from it.
//!
//! What no application owns lies on every node, where rows of every application refer to it. Citus has one lock for the whole
//! of such a table where a statement asks for a lock on one of its rows: to take it for each row that is made under an
//! application would be to stop everybody who makes one. So nobody asks for it there. The foreign key of the row that was made
//! locks what it refers to all the same, as a row; after that it is looked at once more, and whoever deletes it waits.

use super::Scope;
use crate::db::Db;

/// What no application owns, and is found by its key on one node.
const APART: [&str; 4] = [
    "sessions",
    "sign_in_throttles",
    "user_passwords",
    "verification_tokens",
];

/// An application's own, and on every node: a verified name has one owner in the whole database.
const SHARED: &str = "domains";

/// Whether Citus has the rows of the table on every node; `owned`: an application owns them.
pub(crate) fn is_everywhere(table: &str, owned: bool) -> bool {
    table == SHARED || !(owned || APART.contains(&table))
}

/// Whether a statement may lock rows of the table that are to stay as they are, and not to be changed.
pub(super) fn may_be_kept(db: &Db, table: &str, owned: bool) -> bool {
    !(db.is_on_citus() && is_everywhere(table, owned))
}

/// Whether the rows that the scope sees in the table lie on several nodes: no statement may lock those.
pub(super) fn is_spread(scope: &impl Scope, table: &str, owned: bool) -> bool {
    scope.db().is_on_citus()
        && !is_everywhere(table, owned)
        && !(owned && scope.application_id().is_some())
}

#[cfg(test)]
mod tests {
    use migration::citus::layout::{Place, TABLES};

    use super::{SHARED, is_everywhere};

    #[test]
    fn each_table_lies_where_the_migrations_put_it() {
        for (table, place) in TABLES {
            let owned = place == Place::Together || table == SHARED;
            let everywhere = place == Place::Everywhere;
            assert_eq!(is_everywhere(table, owned), everywhere, "{table}");
        }
    }
}
