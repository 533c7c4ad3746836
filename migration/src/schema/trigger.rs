//! Triggers: `updated_at` moves on every update, an append-only table refuses all but inserts.

use sea_orm_migration::sea_orm::DbBackend;

use super::column::SQLITE_NOW;
use super::functions::{KEEP_UNTIL_RETIRED, REFUSE_CHANGE, TOUCH_UPDATED_AT};
use super::name;
use super::table::{Table, Writes};

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

/// What is let through besides INSERT.
pub(super) fn writes(table: &Table, backend: DbBackend) -> Vec<String> {
    match (table.writes, backend) {
        (Writes::Free, _) => Vec::new(),
        (writes, DbBackend::Sqlite) => sqlite(table, writes),
        (writes, _) => postgres(table, writes),
    }
}

/// An event that its chain has retired.
const RETIRED: &str = "EXISTS (SELECT 1 FROM \"audit_chains\" WHERE \"application_id\" = OLD.\"application_id\" \
                       AND \"lane\" = OLD.\"lane\" AND \"first_sequence\" > OLD.\"sequence\")";
/// What a chain's head counts, going back, or its key changed.
const BACKWARDS: &str = "NEW.\"sequence\" < OLD.\"sequence\" OR NEW.\"first_sequence\" < OLD.\"first_sequence\" \
                         OR NEW.\"application_id\" <> OLD.\"application_id\" OR NEW.\"lane\" <> OLD.\"lane\"";

fn sqlite(table: &Table, writes: Writes) -> Vec<String> {
    let refuse = format!(
        "BEGIN SELECT RAISE(ABORT, '{} is append-only'); END",
        table.name
    );
    let on = |what, event: &str, when: &str| {
        format!(
            "CREATE TRIGGER \"{}\" BEFORE {event} ON \"{}\" FOR EACH ROW {when} {refuse}",
            name::trigger(table.name, what),
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
    let mut triggers = Vec::new();
    match writes {
        Writes::Forward => {
            triggers.push(on("refuse_update", "UPDATE", &format!("WHEN {BACKWARDS}")));
        }
        _ => triggers.push(on("refuse_update", "UPDATE", "")),
    }
    match writes {
        Writes::Once => {}
        Writes::UntilRetired => {
            triggers.push(on(
                "refuse_delete",
                "DELETE",
                &format!("WHEN NOT {RETIRED}"),
            ));
        }
        _ => triggers.push(on("refuse_delete", "DELETE", "")),
    }
    triggers.push(on("refuse_replace", "INSERT", &replace));
    triggers
}

fn postgres(table: &Table, writes: Writes) -> Vec<String> {
    let on = |what, events: &str, each: &str, condition: &str, function: &str| {
        format!(
            "CREATE TRIGGER \"{}\" BEFORE {events} ON \"{}\" FOR EACH {each} {condition}EXECUTE FUNCTION {function}()",
            name::trigger(table.name, what),
            table.name
        )
    };
    let mut triggers = match writes {
        Writes::UntilRetired => vec![
            on("refuse_change", "UPDATE", "ROW", "", REFUSE_CHANGE),
            on("refuse_delete", "DELETE", "ROW", "", KEEP_UNTIL_RETIRED),
        ],
        Writes::Once => vec![on("refuse_change", "UPDATE", "ROW", "", REFUSE_CHANGE)],
        Writes::Forward => vec![
            on(
                "refuse_change",
                "UPDATE",
                "ROW",
                &format!("WHEN ({BACKWARDS}) "),
                REFUSE_CHANGE,
            ),
            on("refuse_delete", "DELETE", "ROW", "", REFUSE_CHANGE),
        ],
        _ => vec![on(
            "refuse_change",
            "UPDATE OR DELETE",
            "ROW",
            "",
            REFUSE_CHANGE,
        )],
    };
    triggers.push(on(
        "refuse_truncate",
        "TRUNCATE",
        "STATEMENT",
        "",
        REFUSE_CHANGE,
    ));
    triggers
}
