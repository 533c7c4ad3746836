//! Whether the schema to work in is there, and open to this login.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
};

use crate::error::Error;

/// Whether a schema of that name is there.
///
/// # Errors
///
/// [`Error::PermissionDenied`] where it is, but not for this login: what is in it would look as if it were not there.
pub(super) async fn look(db: &DatabaseConnection, schema: &str) -> Result<bool, Error> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT has_schema_privilege(oid, 'USAGE') AS open FROM pg_catalog.pg_namespace WHERE nspname = $1",
        [schema.into()],
    );
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(false);
    };
    if row.try_get("", "open")? {
        return Ok(true);
    }
    let what = format!("permission denied for schema {}", schema.escape_debug());
    Err(Error::PermissionDenied {
        source: DbErr::Custom(what.clone()),
        what,
    })
}

/// Why a connection has no current schema: none of those on its search path is there, or open to this login.
pub(crate) async fn none_current<C: ConnectionTrait>(db: &C) -> Result<Error, DbErr> {
    let sql = "SELECT current_setting('search_path') AS path";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let path: Option<String> = row.map(|row| row.try_get("", "path")).transpose()?;
    let path = path.unwrap_or_default();
    // One name, quoted: as `connect` sets it.
    let name = path
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .map_or_else(|| path.clone(), |name| name.replace("\"\"", "\""));
    Ok(Error::SchemaMissing { name })
}
