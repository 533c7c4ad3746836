//! For roles, tables and owners that changed after the migrations ran.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::place::{self, Place};
use crate::citus::Engine;
use crate::isolation::{Role, Roles, query, quote};
use crate::{reader, supabase};

/// Does again what those of the migrations do that have been applied: the wall, the reader's views, what Supabase's clients
/// may see. Runs inside a transaction.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn again<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let mut scripts = Vec::new();
    if Engine::of(db).await?.is_citus() {
        if applied(db, "show_to_reader").await? {
            db.execute_unprepared(&reader::show_on_citus(None)).await?;
        }
        return Ok(());
    }
    if applied(db, "raise_wall").await? {
        scripts.extend(super::raise());
    }
    if applied(db, "show_to_reader").await? {
        scripts.push(reader::show(None));
    }
    if applied(db, "share_with_supabase").await? {
        scripts.push(supabase::share());
    }
    for script in scripts {
        db.execute_unprepared(&script).await?;
    }
    Ok(())
}

/// What the owner of the schema or an administrator has to run, without semicolons: a schema that this login may not make,
/// something of ours that did not go along when the tables changed hands, a reader's login that does not find the views.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn missing<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let (place, roles) = (Place::of(db).await?, Roles::read(db).await?);
    let mut statements = Vec::new();
    let on_citus = Engine::of(db).await?.is_citus();
    for (migration, schema) in [
        ("raise_wall", &place.wall),
        ("show_to_reader", &place.reader),
    ] {
        // No wall stands there.
        if (on_citus && migration == "raise_wall") || !applied(db, migration).await? {
            continue;
        }
        if place::exists(db, schema).await? {
            statements.extend(list(db, &ownership(schema)).await?);
        } else {
            statements.extend(list(db, &creation(schema)).await?);
        }
    }
    if applied(db, "add_email_documents").await? {
        // Where none could be made, what would be in it stands beside the tables.
        statements.extend(list(db, &ownership(&place.search)).await?);
        statements.extend(list(db, &search_ownership()).await?);
    }
    if let Some(reader) = roles.present(Role::Reader)
        && place::exists(db, &place.reader).await?
    {
        statements.extend(list(db, &search_path(&place, reader)).await?);
    }
    Ok(statements)
}

/// To the owner of the tables.
fn creation(schema: &str) -> String {
    format!(
        "SELECT 'CREATE SCHEMA ' || {} || ' AUTHORIZATION ' || quote_ident(pg_get_userbyid(c.relowner)) AS statement {USERS}",
        quote::text(schema)
    )
}

const USERS: &str = "FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relname = 'users'";

fn ownership(schema: &str) -> String {
    format!(
        "WITH owner AS (SELECT c.relowner AS oid {USERS}),
         s AS (SELECT n.oid, n.nspname, n.nspowner FROM pg_catalog.pg_namespace AS n WHERE quote_ident(n.nspname) = {}),
         object AS (
           SELECT 'SCHEMA ' || quote_ident(nspname) AS name, nspowner AS owner FROM s
           UNION ALL
           SELECT CASE c.relkind WHEN 'v' THEN 'VIEW ' ELSE 'TABLE ' END || quote_ident(s.nspname) || '.' || quote_ident(c.relname),
             c.relowner FROM pg_catalog.pg_class AS c JOIN s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
           UNION ALL
           SELECT 'FUNCTION ' || quote_ident(s.nspname) || '.' || quote_ident(p.proname)
             || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner
           FROM pg_catalog.pg_proc AS p JOIN s ON s.oid = p.pronamespace
         )
         SELECT 'ALTER ' || o.name || ' OWNER TO ' || quote_ident(pg_get_userbyid(w.oid)) AS statement
         FROM object AS o, owner AS w WHERE o.owner <> w.oid ORDER BY o.name DESC",
        quote::text(schema)
    )
}

/// Of what searches mail and stands beside the tables: it runs with the rights of its owner.
fn search_ownership() -> String {
    format!(
        "SELECT format('ALTER %s OWNER TO %I', o.name, pg_get_userbyid(w.owner)) AS statement
         FROM (SELECT c.relowner AS owner, c.relnamespace AS place {USERS}) AS w CROSS JOIN LATERAL (
           SELECT 'TABLE ' || c.oid::regclass AS name, c.relowner AS owner FROM pg_catalog.pg_class AS c
           WHERE c.relnamespace = w.place AND c.relname = 'email_documents' AND c.relkind = 'r'
           UNION ALL
           SELECT 'FUNCTION ' || p.oid::regprocedure, p.proowner FROM pg_catalog.pg_proc AS p
           WHERE p.pronamespace = w.place
             AND p.proname IN ('search_emails', 'expected', 'keep_email_document', 'is_open', 'email_document')
         ) AS o WHERE o.owner <> w.owner ORDER BY o.name DESC"
    )
}

/// Settings of a role are not inherited by its members: each login needs its own. Since 16 whoever makes a role is a member
/// of it, without its rights.
fn search_path(place: &Place, reader: &str) -> String {
    format!(
        "SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = ', m.rolname, current_database()) || {path} AS statement \
         FROM pg_catalog.pg_auth_members AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid \
         JOIN pg_catalog.pg_roles AS m ON m.oid = a.member \
         WHERE r.rolname = {} AND m.rolcanlogin AND pg_has_role(m.oid, r.oid, 'USAGE') AND NOT EXISTS (\
           SELECT FROM pg_catalog.pg_db_role_setting AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase \
           WHERE s.setrole = m.oid AND d.datname = current_database() \
             AND 'search_path=' || {path} = ANY (s.setconfig)) ORDER BY 1",
        quote::text(reader),
        path = quote::text(&format!("{}, {}", place.reader, place.tables)),
    )
}

/// Whether the migration with this name is in the record.
async fn applied<C: ConnectionTrait>(db: &C, name: &str) -> Result<bool, DbErr> {
    let record = "SELECT to_regclass(quote_ident(current_schema()) || '.seaql_migrations') IS NOT NULL AS found";
    let found = query(db, record, []).await?;
    let Some(row) = found.first() else {
        return Ok(false);
    };
    if !row.try_get("", "found")? {
        return Ok(false);
    }
    let applied = format!("SELECT 1 FROM seaql_migrations WHERE version LIKE '%\\_{name}'");
    Ok(!query(db, &applied, []).await?.is_empty())
}

async fn list<C: ConnectionTrait>(db: &C, sql: &str) -> Result<Vec<String>, DbErr> {
    query(db, sql, [])
        .await?
        .iter()
        .map(|row| row.try_get("", "statement"))
        .collect()
}
