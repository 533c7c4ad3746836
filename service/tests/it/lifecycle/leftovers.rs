//! Looking for traces in every column of every table.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::Db;

use crate::access::digest::columns;
use crate::emails::documents::out_of_step;

/// Every value of every column as text, with `table.column` before it.
pub(super) async fn dump(db: &Db) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (table, columns) in columns(db).await {
        for column in columns {
            let text = match db.backend() {
                // Bytes too, as the text that they may be.
                DbBackend::Sqlite => format!("CAST({column} AS TEXT) || ' ' || quote({column})"),
                _ => format!(
                    "CASE WHEN pg_typeof({column})::text = 'bytea' THEN encode({column}::text::bytea, 'escape') ELSE {column}::text END"
                ),
            };
            let sql = format!("SELECT {text} FROM {table} WHERE {column} IS NOT NULL");
            let rows = db
                .query_all_raw(Statement::from_string(db.backend(), sql))
                .await;
            for row in rows.expect("the rows") {
                let text: String = match row.try_get_by_index(0) {
                    Ok(text) => text,
                    // Bytes that are no text, on SQLite.
                    Err(_) => continue,
                };
                all.push((format!("{table}.{column}"), text));
            }
        }
    }
    // Several nodes answer in any order.
    all.sort_unstable();
    all
}

/// Where each trace is found, in capitals or not; and what is searched for words without being an email that is there.
pub(super) async fn found(db: &Db, traces: &[&str]) -> Vec<String> {
    let mut found = out_of_step(db).await;
    for (place, text) in dump(db).await {
        let text = text.to_lowercase();
        for trace in traces {
            if has(&text, &trace.to_lowercase()) {
                found.push(format!("{trace} in {place}: {text}"));
            }
        }
    }
    found
}

/// By itself: `zephyrina` is another.
fn has(text: &str, trace: &str) -> bool {
    text.match_indices(trace).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + trace.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
