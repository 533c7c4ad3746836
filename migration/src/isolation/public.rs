//! What everybody may do in a database unless somebody takes it from them.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::create::attempt;
use super::quote;
use super::roles::query;

/// Takes from everybody the right to make temporary tables in the database and anything in the schema, as far as this login
/// may: under the name of one of ours they would catch the rows of whoever has the connection next.
pub(super) async fn close<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    for statement in open(db).await? {
        attempt(db, &statement).await?;
    }
    Ok(())
}

/// The statements that take what everybody still has.
pub(super) async fn open<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let rows = query(
        db,
        "SELECT has_database_privilege('public', current_database(), 'TEMPORARY') AS temporary, \
         has_schema_privilege('public', current_schema(), 'CREATE') AS make, \
         current_database()::text AS database, current_schema()::text AS schema",
        [],
    )
    .await?;
    let mut statements = Vec::new();
    if let Some(row) = rows.first() {
        let (database, schema): (String, String) =
            (row.try_get("", "database")?, row.try_get("", "schema")?);
        if row.try_get("", "temporary")? {
            statements.push(format!(
                "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
                quote::name(&database)
            ));
        }
        if row.try_get("", "make")? {
            statements.push(format!(
                "REVOKE CREATE ON SCHEMA {} FROM PUBLIC",
                quote::name(&schema)
            ));
        }
    }
    Ok(statements)
}
