//! What is asked of a connection, and what it answers.

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value};

/// One statement, and what is wanted of it.
#[derive(Clone, Copy)]
pub(in crate::db) enum Ask<'a> {
    Execute(&'a Statement),
    /// Text as it is, of one statement or several, without parameters.
    Unprepared(&'a str),
    One(&'a Statement),
    All(&'a Statement),
}

pub(in crate::db) enum Answer {
    Done(ExecResult),
    One(Option<QueryResult>),
    All(Vec<QueryResult>),
}

impl Ask<'_> {
    pub(in crate::db) fn sql(&self) -> &str {
        match self {
            Self::Execute(statement) | Self::One(statement) | Self::All(statement) => {
                &statement.sql
            }
            Self::Unprepared(sql) => sql,
        }
    }

    /// The first word of the statement, out of a closed list: it is shown, and SQL may hold what people entered.
    pub(in crate::db) fn operation(&self) -> &'static str {
        operation(self.sql())
    }

    /// Whether it may be sent once more after a server that was shutting down has said that it did nothing of it. Text
    /// of several statements may have been done in part.
    pub(super) fn may_be_sent_again(&self) -> bool {
        !matches!(self, Self::Unprepared(_)) && is_plain(self.operation())
    }

    /// Whether the session may be another one afterwards: settings, temporary tables, a transaction left open. Of what a
    /// function does nothing is known.
    pub(in crate::db) fn leaves_traces(&self) -> bool {
        let several = matches!(self, Self::Unprepared(sql) if sql.trim_end().trim_end_matches(';').contains(';'));
        let harmless = match self.operation() {
            "set" => sets_locally(self.sql()),
            "begin" | "savepoint" | "create" | "alter" | "drop" | "pragma" | "other" => false,
            _ => true,
        };
        several || !harmless
    }

    /// The error as `SeaORM` names it.
    pub(super) fn failed(&self, error: SqlxError) -> DbErr {
        match self {
            Self::Execute(_) | Self::Unprepared(_) => exec(error),
            Self::One(_) | Self::All(_) => query(error),
        }
    }
}

impl Answer {
    /// Rows read or changed.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Done(done) => done.rows_affected(),
            Self::One(row) => u64::from(row.is_some()),
            Self::All(rows) => rows.len() as u64,
        }
    }
}

pub(in crate::db) fn exec(error: SqlxError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

pub(in crate::db) fn query(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

pub(in crate::db) fn operation(sql: &str) -> &'static str {
    // The longest of them.
    let mut word = [0; "savepoint".len()];
    let letters = sql.trim_start().bytes().take_while(u8::is_ascii_alphabetic);
    let mut length = 0;
    for letter in letters {
        let Some(place) = word.get_mut(length) else {
            return "other";
        };
        *place = letter.to_ascii_lowercase();
        length += 1;
    }
    match &word[..length] {
        b"select" => "select",
        b"insert" => "insert",
        b"update" => "update",
        b"delete" => "delete",
        b"with" => "with",
        b"begin" | b"start" => "begin",
        b"commit" => "commit",
        b"rollback" => "rollback",
        b"savepoint" => "savepoint",
        b"release" => "release",
        b"set" => "set",
        b"end" | b"abort" => "transaction",
        b"explain" => "explain",
        b"show" => "show",
        b"values" => "values",
        b"create" => "create",
        b"alter" => "alter",
        b"drop" => "drop",
        b"truncate" => "truncate",
        b"vacuum" => "vacuum",
        b"pragma" => "pragma",
        _ => "other",
    }
}

fn sets_locally(sql: &str) -> bool {
    let second = sql.split_ascii_whitespace().nth(1);
    second.is_some_and(|word| word.eq_ignore_ascii_case("local"))
}

fn is_plain(operation: &str) -> bool {
    matches!(operation, "select" | "insert" | "update" | "delete")
}

/// Refuses the one value that the binder panics at: a number that no column can hold.
pub(super) fn check(statement: &Statement) -> Result<(), SqlxError> {
    let too_large = |value: &Value| matches!(value, Value::BigUnsigned(Some(number)) if i64::try_from(*number).is_err());
    match &statement.values {
        Some(values) if values.0.iter().any(too_large) => Err(SqlxError::Encode(
            "a number is beyond what the database can hold".into(),
        )),
        _ => Ok(()),
    }
}
