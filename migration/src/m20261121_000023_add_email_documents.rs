//! The words of emails become rows of their own, which a search reaches whatever row-level security says of emails.
//!
//! `@@` is not leakproof: under a policy that looks at the row, no index on `emails` serves it. So the words stand in a
//! table in a schema of its own (`aura_search` beside `public`, `<schema>_search` beside any other), which nobody is
//! granted anything on, and `search_emails` reads it as its owner. A schema of its own, because the generator takes every
//! table of the schema for an entity, and knows no `tsvector`. Where the login may make none, and nobody has made it one,
//! the table stands beside the others.
//!
//! On Citus there are none, since no trigger would keep them, and the index goes all the same: row-level security keeps it
//! from every search. A search there reads the application's emails, as on `SQLite`.

mod sql;

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::citus::Engine;
use crate::schema::SearchIndex;
use sql::{CLOSE, DROP, EXPECTED, FILL, GATE, KEEP, SCHEMA, SEARCH, TABLE};

/// Makes `email_documents` and `search_emails`, on `PostgreSQL` alone.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        before().drop(manager).await?;
        if Engine::of(db).await?.is_citus() {
            return Ok(());
        }
        for part in [SCHEMA, TABLE, GATE, KEEP, EXPECTED, SEARCH, CLOSE, FILL] {
            db.execute_unprepared(&script(part)).await?;
        }
        db.execute_unprepared(GRANT.trim_end()).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager.get_connection()).await?;
        before().create(manager).await
    }
}

/// Lets the service and the runtime role search.
pub(crate) const GRANT: &str = include_str!("m20261121_000023_add_email_documents/grant.sql");

/// Drops what there is of all this. Does nothing on `SQLite` and on Citus.
pub(crate) async fn drop_all<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres && !Engine::of(db).await?.is_citus() {
        db.execute_unprepared(&script(DROP)).await?;
    }
    Ok(())
}

/// What stood in its place; and how a document is made of an email, which is still so.
fn before() -> SearchIndex {
    SearchIndex::new("emails", &["subject", "body"])
}

/// A part as one statement that finds out itself what the schemas are called: the same text whatever the database.
///
/// A name that would be too long, or that of another schema's, is made of the hash. Another's schema of that name is not
/// trusted.
fn script(part: &str) -> String {
    // The names last: what stands in one is not looked through.
    // `$$` can be in the name of a schema, which comes into the bodies of functions.
    let part = part
        .replace("{document}", &before().document())
        .replace("$$", "$aura_part$");
    format!(
        "\
DO $migration$
DECLARE
  script text := $script${part}$script$;
  names record;
  path text;
BEGIN
  WITH beside AS (SELECT CASE
      WHEN current_schema() = 'public' THEN 'aura_search'
      WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56
      THEN 'aura_' || md5(current_schema()) || '_search'
      ELSE current_schema() || '_search' END AS name),
    beside_it AS (SELECT b.name, n.nspowner IS NOT NULL AS there, pg_has_role(n.nspowner, 'USAGE') AS ours
      FROM beside b LEFT JOIN pg_namespace n ON n.nspname = b.name)
  SELECT quote_ident(current_schema()) AS schema, quote_ident(CASE
      WHEN to_regclass(quote_ident(current_schema()) || '.email_documents') IS NOT NULL THEN current_schema()
      WHEN ours OR NOT there AND has_database_privilege(current_database(), 'CREATE') THEN name
      ELSE current_schema() END) AS search INTO STRICT names FROM beside_it;
  path := 'pg_catalog, ' || names.search || ', pg_temp';
  script := replace(script, $name$'{{path}}'$name$, quote_literal(path));
  script := replace(script, '{{path}}', path);
  script := replace(script, $name$'{{search}}'$name$, quote_literal(names.search));
  script := replace(script, $name$'{{emails}}'$name$, quote_literal(names.schema || '.emails'));
  script := replace(script, $name$'{{table}}'$name$, quote_literal(names.search || '.email_documents'));
  script := replace(script, $name$'{{here}}'$name$, quote_literal(names.schema));
  script := replace(script, '{{search}}', names.search);
  script := replace(script, '{{schema}}', names.schema);
  EXECUTE script;
END $migration$"
    )
}
