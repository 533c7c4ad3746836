//! The schemas beside the one with the tables: what must not lie where callers look for tables.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::isolation::quote;

/// The schema that is migrated and the two beside it, each name quoted for SQL.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// With the tables.
    pub(crate) tables: String,
    /// With the key and the functions of the wall: `aura_wall` for `public`.
    pub(crate) wall: String,
    /// With the reader's views: `aura_reader` for `public`.
    pub(crate) reader: String,
}

/// `<schema>_wall`; `aura_wall` for `public`. A name that would be too long, or that of another schema's, is made of the hash.
///
/// `{suffix}` is `wall` or `reader`. The service finds the schema by the same rule.
const NAME: &str = "CASE WHEN current_schema() = 'public' THEN 'aura_{suffix}' \
     WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 \
     THEN 'aura_' || md5(current_schema()) || '_{suffix}' \
     ELSE current_schema() || '_{suffix}' END";

impl Place {
    /// Where `db` works.
    pub(crate) async fn of<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        let sql = format!(
            "SELECT quote_ident(current_schema()) AS tables, quote_ident({}) AS wall, quote_ident({}) AS reader",
            name("wall"),
            name("reader")
        );
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?
            .ok_or_else(|| DbErr::RecordNotFound("the current schema".to_owned()))?;
        Ok(Self {
            tables: row.try_get("", "tables")?,
            wall: row.try_get("", "wall")?,
            reader: row.try_get("", "reader")?,
        })
    }
}

/// SQL for the name of the schema beside the current one, not quoted.
pub(crate) fn name(suffix: &str) -> String {
    NAME.replace("{suffix}", suffix)
}

/// Makes a schema of ours unless it is there, and says whether it is there now: not everybody may make one.
///
/// # Errors
///
/// A schema of that name that belongs to somebody else: it could hold functions that are not ours.
pub(crate) async fn ensure<C: ConnectionTrait>(
    db: &C,
    schema: &str,
    comment: &str,
) -> Result<bool, DbErr> {
    let sql = format!(
        "SELECT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {}) \
         AS ours, has_database_privilege(current_database(), 'CREATE') AS may",
        quote::text(schema)
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(schema.to_owned()))?;
    let ours: Option<bool> = row.try_get("", "ours")?;
    match ours {
        Some(true) => {}
        Some(false) => {
            return Err(DbErr::Custom(format!(
                "the schema {schema} belongs to somebody else: rename it, or give it to this login"
            )));
        }
        None if row.try_get("", "may")? => {
            db.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
                .await?;
        }
        None => return Ok(false),
    }
    db.execute_unprepared(&format!("COMMENT ON SCHEMA {schema} IS '{comment}'"))
        .await?;
    Ok(true)
}

/// Whether there is such a schema.
pub(crate) async fn exists<C: ConnectionTrait>(db: &C, schema: &str) -> Result<bool, DbErr> {
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {}",
        quote::text(schema)
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.is_some())
}

/// Takes every right on a schema and on what is in it from everybody but the owners: default privileges, of whoever set
/// them, hand out more than anybody remembers.
pub(crate) async fn close<C: ConnectionTrait>(db: &C, schema: &str) -> Result<(), DbErr> {
    let sql = format!(
        "WITH s AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {}),
         granted AS (
           SELECT 'SCHEMA ' || quote_ident(nspname) AS object, nspowner AS owner, (aclexplode(nspacl)).grantee FROM s
           UNION
           SELECT 'TABLE ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname), c.relowner, (aclexplode(c.relacl)).grantee
           FROM pg_catalog.pg_class AS c JOIN s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
           UNION
           SELECT 'FUNCTION ' || quote_ident(s.nspname) || '.' || quote_ident(p.proname)
             || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
             (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee
           FROM pg_catalog.pg_proc AS p JOIN s ON s.oid = p.pronamespace
         )
         SELECT 'REVOKE ALL ON ' || object || ' FROM '
           || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS statement
         FROM granted WHERE grantee <> owner",
        quote::text(schema)
    );
    run_each(db, &sql).await
}

/// Runs the statements that `sql` answers with, in its column `statement`.
pub(crate) async fn run_each<C: ConnectionTrait>(db: &C, sql: &str) -> Result<(), DbErr> {
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let statements: Result<Vec<String>, _> = rows
        .iter()
        .map(|row| row.try_get("", "statement"))
        .collect();
    let statements = statements?;
    if statements.is_empty() {
        return Ok(());
    }
    db.execute_unprepared(&statements.join(";\n"))
        .await
        .map(drop)
}
