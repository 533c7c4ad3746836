//! What a migration says to a database, in words.
use sea_orm_migration::sea_orm::{DbBackend, Statement};

/// What `SchemaManager`'s own questions are called: they are answered by one row, always.
const PROBES: [&str; 3] = ["has_table", "has_column", "has_index"];

/// One thing that a migration says to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A statement that changes something.
    Statement(String),
    /// A question, whose answer may decide what comes next.
    Question(String),
}

impl Said {
    pub(super) fn sql(&self) -> &str {
        match self {
            Self::Statement(sql) | Self::Question(sql) => sql,
        }
    }
}

/// The statement with its values in it.
pub(super) fn text(statement: &Statement) -> String {
    let values = statement.values.as_ref().map(|values| values.0.as_slice());
    let (DbBackend::Sqlite, Some(values)) = (statement.db_backend, values) else {
        return statement.to_string();
    };
    // SeaORM fills in `?` there, and leaves `$1`, which SQLite takes as well.
    if statement.sql.contains('?') {
        return statement.to_string();
    }
    let mut sql = statement.sql.clone();
    for (index, value) in values.iter().enumerate().rev() {
        let value = Statement::from_sql_and_values(DbBackend::Sqlite, "?", [value.clone()]);
        sql = sql.replace(&format!("${}", index + 1), &value.to_string());
    }
    sql
}

/// The column that answers one of `SchemaManager`'s own questions.
pub(super) fn probe(question: &str) -> Option<&'static str> {
    PROBES
        .into_iter()
        .find(|probe| question.contains(&format!("\"{probe}\"")))
}

/// Whether a statement that answers with rows is there for its answer.
pub(super) fn is_question(sql: &str) -> bool {
    let word: String = sql
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    [
        "select", "with", "show", "pragma", "values", "table", "explain",
    ]
    .contains(&word.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_question;

    #[test]
    fn questions_are_told_from_statements() {
        for sql in [
            "SELECT 1",
            " with x as (select 1) select 1",
            "PRAGMA table_info(x)",
        ] {
            assert!(is_question(sql), "{sql}");
        }
        for sql in [
            "INSERT INTO x VALUES (1) RETURNING y",
            "CREATE TABLE selected (x int)",
            "",
        ] {
            assert!(!is_question(sql), "{sql}");
        }
    }
}
