//! Messages: what a database said, on one line.
use sea_orm_migration::sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm_migration::sea_orm::{DbErr, SqlxError};

use super::condition::sqlx;

/// The message on one line, with `PostgreSQL`'s detail and hint, without `SeaORM`'s and sqlx's
/// wrappings.
pub(crate) fn describe(error: &DbErr) -> String {
    let message = match sqlx(error) {
        Some(SqlxError::Database(error)) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => [Some(error.message()), error.detail(), error.hint()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
            None => error.message().to_owned(),
        },
        Some(SqlxError::Io(error)) => error.to_string(),
        Some(error) => error.to_string(),
        None => match error {
            DbErr::Custom(message) | DbErr::Migration(message) => message.clone(),
            other => other.to_string(),
        },
    };
    one_line(&message)
}

/// The first of many, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let first = names.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Line breaks and runs of blanks become single blanks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::sea_orm::DbErr;

    use crate::error::Error;

    #[test]
    fn messages_are_one_line() {
        let error = Error::from(DbErr::Custom("first\n  second\r\n\tthird".to_owned()));
        assert_eq!(error.to_string(), "first second third");
    }
}
