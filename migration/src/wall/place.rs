//! The schemas beside the one with the tables: what must not lie where callers look for tables.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::isolation::quote;

/// The schema that is migrated and those beside it, each name quoted for SQL.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// With the tables.
    pub(crate) tables: String,
    /// With the key and the functions of the wall: `aura_wall` for `public`.
    pub(crate) wall: String,
    /// With the reader's views: `aura_reader` for `public`.
    pub(crate) reader: String,
    /// With the documents that searches of mail read: `aura_search` for `public`.
    pub(crate) search: String,
}

/// What the schemas beside one are called after.
pub(crate) const SUFFIXES: [&str; 3] = ["wall", "reader", "search"];

/// `<schema>_wall`; `aura_wall` for `public`. A name that would be too long, or that of another schema's, is made of the hash.
///
/// `{suffix}` is one of [`SUFFIXES`]. The service finds the schema by the same rule.
const NAME: &str = "CASE WHEN current_schema() = 'public' THEN 'aura_{suffix}' \
     WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 \
     THEN 'aura_' || md5(current_schema()) || '_{suffix}' \
     ELSE current_schema() || '_{suffix}' END";

impl Place {
    /// Where `db` works.
    pub(crate) async fn of<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        let sql = format!(
            "SELECT quote_ident(current_schema()) AS tables, quote_ident({}) AS wall, quote_ident({}) AS reader, \
             quote_ident({}) AS search",
            name("wall"),
            name("reader"),
            name("search")
        );
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?
            .ok_or_else(|| DbErr::RecordNotFound("the current schema".to_owned()))?;
        Ok(Self {
            tables: row.try_get("", "tables")?,
            wall: row.try_get("", "wall")?,
            reader: row.try_get("", "reader")?,
            search: row.try_get("", "search")?,
        })
    }
}

/// SQL for the name of the schema beside the current one, not quoted.
pub(crate) fn name(suffix: &str) -> String {
    NAME.replace("{suffix}", suffix)
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
