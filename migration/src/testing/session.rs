//! SQL on the administrator's session, its failures told without what may be secret in it.
use sea_orm_migration::sea_orm::sqlx::{
    AssertSqlSafe, Decode, Error, PgConnection, Postgres, Type, query_scalar, raw_sql,
};

use super::admin::Admin;

impl Admin {
    pub(super) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        run(&mut self.session, sql).await
    }

    pub(super) async fn list(&mut self, sql: &str) -> Result<Vec<String>, String> {
        all(&mut self.session, sql).await
    }

    pub(super) async fn try_lock(&mut self, key: i64) -> Result<bool, String> {
        one(
            &mut self.session,
            &format!("SELECT pg_try_advisory_lock({key})"),
        )
        .await
    }

    pub(super) async fn unlock(&mut self, key: i64) -> Result<(), String> {
        self.execute(&format!("SELECT pg_advisory_unlock({key})"))
            .await
    }
}

/// The advisory lock that stands for sixteen hexadecimal digits.
pub(super) fn key(digits: &str) -> i64 {
    u64::from_str_radix(digits, 16)
        .expect("names are made of hexadecimal digits")
        .cast_signed()
}

fn failed(sql: &str, error: &Error) -> String {
    // The first words alone: what follows can be a password.
    let words: Vec<&str> = sql.split_whitespace().take(3).collect();
    format!("{}: {error}", words.join(" "))
}

/// Runs `sql`, for whose parts the bench vouches: names are made here, of letters, digits and underscores alone.
pub(super) async fn run(session: &mut PgConnection, sql: &str) -> Result<(), String> {
    let done = raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(session)
        .await;
    done.map(drop).map_err(|error| failed(sql, &error))
}

/// The texts that `sql` gives.
pub(super) async fn all(session: &mut PgConnection, sql: &str) -> Result<Vec<String>, String> {
    let found = query_scalar(AssertSqlSafe(sql.to_owned()))
        .persistent(false)
        .fetch_all(session)
        .await;
    found.map_err(|error| failed(sql, &error))
}

/// The one value that `sql` gives.
pub(super) async fn one<T>(session: &mut PgConnection, sql: &str) -> Result<T, String>
where
    T: Send + Unpin,
    for<'r> T: Decode<'r, Postgres> + Type<Postgres>,
{
    query_scalar(AssertSqlSafe(sql.to_owned()))
        .persistent(false)
        .fetch_one(session)
        .await
        .map_err(|error| failed(sql, &error))
}
