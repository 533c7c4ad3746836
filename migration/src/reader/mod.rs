//! What the reader sees: a view of each table, by the same name and with the same columns, secrets blanked out.
//!
//! `SeaORM` names every column of an entity, so a reader with grants on some of the columns could load none. The views lie in
//! a schema of their own (`aura_reader` for `public`, `<schema>_reader` for another) that comes first in the reader's
//! search path. They show all rows, deleted ones too, and are read with the rights of their owner: `PostgreSQL` 14 knows no
//! others. So they are granted to the reader alone, and never to a role that is to see one tenant's rows.
//!
//! A view is kept in step by what changes its table: [`Table`](crate::schema::Table), [`AddedColumn`](crate::schema::AddedColumn)
//! and [`isolate`](crate::schema::isolate).

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::isolation::{Role, Roles, quote};
use crate::wall::SECRETS;
use crate::wall::place::{self, Place};

/// Makes the views of all tables that the reader may see, or brings them up to date. Returns whether they are there: where
/// they are not, this login may not make the schema.
///
/// # Errors
///
/// What the database refuses; a schema of that name that belongs to somebody else.
pub(crate) async fn show<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let (place, roles) = (Place::of(db).await?, Roles::read(db).await?);
    let comment = "The tables as reports see them: without secrets";
    if !place::ensure(db, &place.reader, comment).await? {
        return Ok(false);
    }
    put_all(db, &place, None).await?;
    open(db, &place, &roles).await?;
    Ok(true)
}

/// Lets the reader in, and nobody else: default privileges would show others every tenant.
async fn open<C: ConnectionTrait>(db: &C, place: &Place, roles: &Roles) -> Result<(), DbErr> {
    let schema = &place.reader;
    place::close(db, schema).await?;
    if let Some(reader) = roles.present(Role::Reader).map(quote::name) {
        db.execute_unprepared(&format!(
            "GRANT USAGE ON SCHEMA {schema} TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}"
        ))
        .await?;
    }
    Ok(())
}

/// Makes the view of one table anew. Does nothing where the reader has no views or sees nothing of the table, and on `SQLite`.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn show_one(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let db = manager.get_connection();
    let place = Place::of(db).await?;
    if !place::exists(db, &place.reader).await? {
        return Ok(());
    }
    put_all(db, &place, Some(table)).await?;
    open(db, &place, &Roles::read(db).await?).await
}

/// Drops the view of a table that is about to lose a column or to go. Does nothing where there is none, and on `SQLite`.
///
/// # Errors
///
/// What the database refuses: somebody has built upon the view.
pub(crate) async fn hide(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let db = manager.get_connection();
    let place = Place::of(db).await?;
    let name = quote::name(table);
    db.execute_unprepared(&format!(
        "DROP VIEW IF EXISTS {}.{name}; DROP POLICY IF EXISTS reader_view ON {name}",
        place.reader
    ))
    .await
    .map(drop)
}

/// Drops the views and their schema.
///
/// # Errors
///
/// What the database refuses: somebody has built upon a view.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let place = Place::of(db).await?;
    place::run_each(
        db,
        "SELECT format('DROP POLICY reader_view ON %s', p.polrelid::regclass) AS statement \
         FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = 'reader_view'",
    )
    .await?;
    if !place::exists(db, &place.reader).await? {
        return Ok(());
    }
    let views = format!(
        "SELECT 'DROP VIEW ' || c.oid::regclass AS statement FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE quote_ident(n.nspname) = {} AND c.relkind = 'v'",
        quote::text(&place.reader)
    );
    place::run_each(db, &views).await?;
    db.execute_unprepared(&format!("DROP SCHEMA {}", place.reader))
        .await
        .map(drop)
}

/// A table, and its columns as the view selects them.
struct Table {
    name: String,
    columns: String,
}

/// The statements that make the view of one table, each with its semicolon.
fn put(place: &Place, table: &Table) -> String {
    let name = quote::name(&table.name);
    let view = format!("{}.{name}", place.reader);
    let select = format!(
        "VIEW {view} WITH (security_barrier) AS SELECT {} FROM {}.{name}",
        table.columns, place.tables
    );
    // In place where the columns are those that there were, and perhaps more: views of others may be built upon it.
    //
    // A view is read with the rights of its owner, but what a policy asks is about who reads: so the policy `owner` does not
    // hold here, and `reader` is for the one role. This one asks whether who reads is of that role; only a view gets as far.
    format!(
        "DO $aura_view$ BEGIN CREATE OR REPLACE {select}; \
         EXCEPTION WHEN invalid_table_definition THEN DROP VIEW {view}; CREATE {select}; END $aura_view$;\n\
         DROP POLICY IF EXISTS reader_view ON {name};\n\
         CREATE POLICY reader_view ON {name} FOR SELECT USING ((SELECT bool_or(pg_has_role(r.oid, 'USAGE')) \
         FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles) \
         WHERE p.polrelid = {}::regclass AND p.polname = 'reader'));\n",
        quote::text(&name)
    )
}

async fn put_all<C: ConnectionTrait>(
    db: &C,
    place: &Place,
    only: Option<&str>,
) -> Result<(), DbErr> {
    let tables = tables(db, only).await?;
    let all: String = tables.iter().map(|table| put(place, table)).collect();
    db.execute_unprepared(&all).await.map(drop)
}

/// The tables that have the floor, or one of them: what has none is none of the reader's.
async fn tables<C: ConnectionTrait>(db: &C, only: Option<&str>) -> Result<Vec<Table>, DbErr> {
    let secrets = SECRETS.map(quote::text).join(", ");
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    // A blank of the column's own type: entities read one there that is not NULL.
    let sql = format!(
        "SELECT c.relname::text AS name, string_agg(CASE WHEN a.attname IN ({secrets}) \
           THEN CASE WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''::' ELSE 'NULL::' END || format_type(a.atttypid, a.atttypmod) || ' AS ' || quote_ident(a.attname) \
           ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS columns \
         FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') {only} \
           AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor') \
         GROUP BY c.relname ORDER BY c.relname"
    );
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .iter()
        .map(|row| {
            Ok(Table {
                name: row.try_get("", "name")?,
                columns: row.try_get("", "columns")?,
            })
        })
        .collect()
}
