//! Triggers: `updated_at` moves on every update, an append-only table refuses all but inserts.

use sea_orm_migration::sea_orm::DbBackend;

use super::column::SQLITE_NOW;
use super::functions::{REFUSE_CHANGE, TOUCH_UPDATED_AT};
use super::name;
use super::table::Table;

/// A writer that does not set `updated_at` gets it from the database: its clock, or just after the old instant where
/// the clock did not move on.
pub(super) fn touch(table: &Table, backend: DbBackend) -> Vec<String> {
    let (table, trigger) = (table.name, name::trigger(table.name, "updated_at"));
    match backend {
        DbBackend::Sqlite => vec![format!(
            // The second UPDATE ends the recursion, where that is on: it changes `updated_at` itself. SQLite counts
            // in milliseconds and rounds, so "just after" is the next one.
            "CREATE TRIGGER \"{trigger}\" AFTER UPDATE ON \"{table}\" FOR EACH ROW \
             WHEN NEW.\"updated_at\" IS OLD.\"updated_at\" BEGIN \
             UPDATE \"{table}\" SET \"updated_at\" = max({SQLITE_NOW}, \
             replace(strftime('%Y-%m-%dT%H:%M:%f', OLD.\"updated_at\", '+0.001 seconds'), '.000', '') || '+00:00') \
             WHERE rowid = NEW.rowid; END"
        )],
        _ => vec![format!(
            "CREATE TRIGGER \"{trigger}\" BEFORE UPDATE ON \"{table}\" FOR EACH ROW \
             EXECUTE FUNCTION {TOUCH_UPDATED_AT}()"
        )],
    }
}

/// INSERT alone is let through.
pub(super) fn append_only(table: &Table, backend: DbBackend) -> Vec<String> {
    let name = |what| name::trigger(table.name, what);
    match backend {
        DbBackend::Sqlite => {
            let refuse = format!(
                "BEGIN SELECT RAISE(ABORT, '{} is append-only'); END",
                table.name
            );
            let on = |what, event: &str, when: &str| {
                format!(
                    "CREATE TRIGGER \"{}\" BEFORE {event} ON \"{}\" FOR EACH ROW {when} {refuse}",
                    name(what),
                    table.name
                )
            };
            let same_key: Vec<_> = table
                .key
                .iter()
                .map(|column| format!("\"{column}\" = NEW.\"{column}\""))
                .collect();
            // REPLACE deletes the row in its way without firing a DELETE trigger.
            let replace = format!(
                "WHEN EXISTS (SELECT 1 FROM \"{}\" WHERE {})",
                table.name,
                same_key.join(" AND ")
            );
            vec![
                on("refuse_update", "UPDATE", ""),
                on("refuse_delete", "DELETE", ""),
                on("refuse_replace", "INSERT", &replace),
            ]
        }
        _ => vec![
            format!(
                "CREATE TRIGGER \"{}\" BEFORE UPDATE OR DELETE ON \"{}\" FOR EACH ROW \
                 EXECUTE FUNCTION {REFUSE_CHANGE}()",
                name("refuse_change"),
                table.name
            ),
            format!(
                "CREATE TRIGGER \"{}\" BEFORE TRUNCATE ON \"{}\" FOR EACH STATEMENT \
                 EXECUTE FUNCTION {REFUSE_CHANGE}()",
                name("refuse_truncate"),
                table.name
            ),
        ],
    }
}
