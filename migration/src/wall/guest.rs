//! What the guest may do with each table: the rows of the signed tenant, without secrets, and nothing that gives access.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::place::{Place, run_each};
use crate::isolation::{Role, Roles, quote};

/// Columns that nobody but the service reads, in whatever table they are.
pub(crate) const SECRETS: [&str; 3] = ["secret_hash", "password_hash", "challenge"];

/// What may be done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// To read these columns of the rows that the condition names; `{signed}` is the tenant.
    Columns(&'static str, &'static str),
    /// To read.
    Read,
    /// To read, to add, and to change what is not part of the key. Not to delete: that is a mark, and whoever may DELETE may
    /// also lock the whole table away from everybody.
    Write,
    /// Nothing.
    Nothing,
}

/// The access to a table: of one that is not of this crate, as to clients.
fn access(table: &str) -> Access {
    match table {
        "applications" => Access::Columns(
            "id, public_id, slug, name, description, created_at, updated_at, deleted_at, deletion_id",
            "id = {signed}",
        ),
        // As an array, which is read once and served by the index of the key.
        "users" => Access::Columns(
            "id, name, given_name, family_name, picture, deleted_at",
            "id = ANY (ARRAY(SELECT m.user_id FROM application_memberships AS m WHERE m.application_id = {signed}))",
        ),
        // Whoever could write here could let somebody in, or take a domain that is not proved.
        "application_memberships"
        | "membership_roles"
        | "roles"
        | "role_permissions"
        | "invitations"
        | "invitation_roles"
        | "domains"
        | "audit_events"
        | "audit_details"
        | "audit_chains" => Access::Read,
        "user_passwords" | "verification_tokens" | "sessions" | "sign_in_throttles" => {
            Access::Nothing
        }
        _ => Access::Write,
    }
}

/// A table as the catalog has it, its lists fit for SQL.
struct Table {
    name: String,
    /// All columns without a secret.
    readable: String,
    /// Whether that is all of them.
    whole: bool,
    /// All columns that are neither secret nor part of the key; none where there are no such columns.
    changeable: Option<String>,
}

/// Puts policies and grants for the guest on every table that has row-level security of ours, or on one of them.
pub(super) async fn apply<C: ConnectionTrait>(
    db: &C,
    place: &Place,
    roles: &Roles,
    only: Option<&str>,
) -> Result<(), DbErr> {
    let Some(guest) = roles.present(Role::Guest).map(quote::name) else {
        return Ok(());
    };
    let tables = tables(db, only).await?;
    let all: String = tables
        .iter()
        .map(|table| put(place, &guest, table))
        .collect();
    db.execute_unprepared(&all).await.map(drop)
}

/// The statements for one table, each with its semicolon.
fn put(place: &Place, guest: &str, table: &Table) -> String {
    let name = quote::name(&table.name);
    let access = access(&table.name);
    let signed = format!("(SELECT {}.signed())", place.wall);
    let rows = match access {
        Access::Columns(_, rows) => rows.replace("{signed}", &signed),
        Access::Read | Access::Write => format!("application_id = {signed}"),
        // Whatever is granted by mistake, and whatever role the login gets besides.
        Access::Nothing => "false".to_owned(),
    };
    let grant = rights(access, table)
        .map(|rights| format!("GRANT {rights} ON {name} TO {guest};\n"))
        .unwrap_or_default();
    // REVOKE takes what was granted on columns too.
    format!(
        "DROP POLICY IF EXISTS guest ON {name};\n\
         DROP POLICY IF EXISTS guest_tenant ON {name};\n\
         CREATE POLICY guest ON {name} TO {guest} USING (true) WITH CHECK (true);\n\
         CREATE POLICY guest_tenant ON {name} AS RESTRICTIVE TO {guest} USING ({rows}) WITH CHECK ({rows});\n\
         REVOKE ALL ON {name} FROM {guest};\n{grant}"
    )
}

fn rights(access: Access, table: &Table) -> Option<String> {
    let columns = if table.whole {
        String::new()
    } else {
        format!(" ({})", table.readable)
    };
    match access {
        Access::Nothing => None,
        Access::Columns(columns, _) => Some(format!("SELECT ({columns})")),
        Access::Read => Some(format!("SELECT{columns}")),
        Access::Write => Some(match &table.changeable {
            Some(changeable) => {
                format!("SELECT{columns}, INSERT{columns}, UPDATE ({changeable})")
            }
            None => format!("SELECT{columns}, INSERT{columns}"),
        }),
    }
}

/// Takes the guest's policies and grants from every table of the schema.
pub(super) async fn remove<C: ConnectionTrait>(db: &C, roles: &Roles) -> Result<(), DbErr> {
    if let Some(guest) = roles.present(Role::Guest).map(quote::name) {
        let all: Vec<_> = tables(db, None)
            .await?
            .iter()
            .map(|table| format!("REVOKE ALL ON {} FROM {guest}", quote::name(&table.name)))
            .collect();
        db.execute_unprepared(&all.join("; ")).await?;
    }
    run_each(
        db,
        "SELECT format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass) AS statement \
         FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname IN ('guest', 'guest_tenant')",
    )
    .await
}

/// The tables that have the floor, or one of them: those that a tenant transaction may use.
async fn tables<C: ConnectionTrait>(db: &C, only: Option<&str>) -> Result<Vec<Table>, DbErr> {
    let secrets = SECRETS.map(quote::text).join(", ");
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    // A table that only its owner may use, such as one behind a function, is none of the guest's.
    let sql = format!(
        "SELECT c.relname::text AS name, \
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname NOT IN ({secrets})) AS readable, \
           bool_and(a.attname NOT IN ({secrets})) AS whole, \
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) \
             FILTER (WHERE a.attname NOT IN ({secrets}, 'application_id') AND NOT coalesce(a.attnum = ANY (k.conkey), false)) \
             AS changeable \
         FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p' \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relrowsecurity {only} \
           AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor') \
           AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname IN ('service', 'runtime')) \
         GROUP BY c.relname ORDER BY c.relname"
    );
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .iter()
        .map(table)
        .collect()
}

fn table(row: &QueryResult) -> Result<Table, DbErr> {
    Ok(Table {
        name: row.try_get("", "name")?,
        readable: row.try_get("", "readable")?,
        whole: row.try_get("", "whole")?,
        changeable: row.try_get("", "changeable")?,
    })
}
