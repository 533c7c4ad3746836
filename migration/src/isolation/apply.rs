//! Putting row-level security on tables, and taking it off.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::roles::{Roles, query};
use super::{adoption, script, search};
use crate::error::Error;
use crate::wall;

/// Makes the roles that are missing, as far as this login may, and gives every table of the current schema that has the
/// floor the policies and grants that it lacks, an application's own tables among them: for roles that came after the tables.
/// For `PostgreSQL`; belongs into a transaction.
///
/// A role that has any right on a table keeps exactly those: what somebody took from it on purpose is not given back.
///
/// # Errors
///
/// Roles that are there with members that nobody here made members, as long as the tables know none and no prefix was said;
/// what the database refuses.
pub async fn apply<C: ConnectionTrait>(db: &C) -> Result<Roles, DbErr> {
    adoption::settle(db).await?;
    let strangers = adoption::strangers(db).await?;
    if !strangers.is_empty() {
        let refused = Error::RolesTaken {
            roles: adoption::listed(&strangers),
            prefix: adoption::prefix(&strangers).unwrap_or_default().to_owned(),
        };
        return Err(DbErr::Migration(refused.to_string()));
    }
    let tables = floored(db).await?;
    let tables: Vec<_> = tables.iter().map(String::as_str).collect();
    db.execute_unprepared(&script::make()).await?;
    if !tables.is_empty() {
        db.execute_unprepared(&script::put(&tables)).await?;
    }
    wall::again(db).await?;
    search::grant_search(db).await?;
    Roles::read(db).await
}

/// Makes the roles and puts policies and grants on `tables`.
pub(crate) async fn put_all<C: ConnectionTrait>(db: &C, tables: &[&str]) -> Result<(), DbErr> {
    db.execute_unprepared(&script::make()).await?;
    db.execute_unprepared(&script::put(tables)).await.map(drop)
}

/// Takes from `tables` what [`put_all`] gave them.
pub(crate) async fn lift_all<C: ConnectionTrait>(db: &C, tables: &[&str]) -> Result<(), DbErr> {
    db.execute_unprepared(&script::lift(tables)).await.map(drop)
}

/// Whether the migration that isolates has been applied to the current schema.
///
/// # Errors
///
/// What the database refuses.
pub async fn is_applied<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let tables = floored(db).await?;
    Ok(tables.iter().any(|table| table == "users"))
}

/// The tables of the schema that have the floor. The documents of emails have one of their own, and no role has rights on
/// them.
async fn floored<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    query(
        db,
        "SELECT c.relname::text AS name FROM pg_catalog.pg_policy AS p \
         JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = 'floor' \
         AND c.relname <> 'email_documents' ORDER BY c.relname",
        [],
    )
    .await?
    .iter()
    .map(|row| row.try_get("", "name"))
    .collect()
}
