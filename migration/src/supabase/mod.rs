//! Supabase: its API speaks to the database as the roles `anon` and `authenticated`, which its default privileges give
//! everything, TRUNCATE too.
//!
//! Where these roles are, they lose every right on the tables and functions of the schema, and `authenticated` gets what a
//! member of an application may see of it through the API: live rows, without secrets, to read. Who it is comes from the
//! claims of the request's token (`request.jwt.claims`, `sub`): the id of a row in `auth.users` is that of ours in `users`.
//! `anon` gets nothing. `service_role` keeps what it has in the schema, past every policy: it is Supabase's administrator.
//!
//! An application's own table loses the rights that the default privileges gave ([`isolate`](crate::schema::isolate)); what
//! its clients may see of it, it says itself.

mod functions;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::isolation::quote;
use crate::wall::place::{self, Place};

/// What a member may see of a table.
struct Share {
    table: &'static str,
    /// `None`: all columns.
    columns: Option<&'static str>,
    /// The live rows of `{own}`, the array of the member's applications, or `{people}`, that of their fellow members.
    rows: &'static str,
}

/// What is shared: not the audit and not invitations, which are for admins; not what holds secrets.
const SHARED: [Share; 12] = [
    Share {
        table: "applications",
        columns: Some("id, public_id, slug, name, description, created_at, updated_at"),
        rows: "id = ANY ({own}) AND deleted_at IS NULL",
    },
    Share {
        table: "users",
        columns: Some("id, name, given_name, family_name, picture"),
        rows: "id = ANY ({people}) AND deleted_at IS NULL",
    },
    live("application_memberships", None),
    live("roles", None),
    Share {
        table: "role_permissions",
        columns: None,
        rows: "application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM roles AS r \
               WHERE r.application_id = role_permissions.application_id AND r.id = role_permissions.role_id)",
    },
    Share {
        table: "membership_roles",
        columns: None,
        rows: "application_id = ANY ({own}) \
               AND EXISTS (SELECT 1 FROM application_memberships AS m \
               WHERE m.application_id = membership_roles.application_id AND m.user_id = membership_roles.user_id) \
               AND EXISTS (SELECT 1 FROM roles AS r \
               WHERE r.application_id = membership_roles.application_id AND r.id = membership_roles.role_id)",
    },
    live("clients", None),
    Share {
        table: "client_users",
        columns: None,
        rows: "application_id = ANY ({own}) \
               AND EXISTS (SELECT 1 FROM clients AS c \
               WHERE c.application_id = client_users.application_id AND c.id = client_users.client_id) \
               AND EXISTS (SELECT 1 FROM application_memberships AS m \
               WHERE m.application_id = client_users.application_id AND m.user_id = client_users.user_id)",
    },
    live(
        "domains",
        Some(
            "application_id, id, name, created_by, verified_at, created_at, updated_at, deleted_at, deletion_id",
        ),
    ),
    live("mailboxes", None),
    live("emails", None),
    Share {
        table: "email_recipients",
        columns: None,
        rows: "application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM emails AS e \
               WHERE e.application_id = email_recipients.application_id AND e.id = email_recipients.email_id)",
    },
];

/// The live rows of the member's applications.
const fn live(table: &'static str, columns: Option<&'static str>) -> Share {
    Share {
        table,
        columns,
        rows: "application_id = ANY ({own}) AND deleted_at IS NULL",
    }
}

/// Takes from the API's roles what default privileges gave them, and shares with members what is theirs to see. Does
/// nothing where there are no such roles.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn apply<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let place = Place::of(db).await?;
    revoke(db, None).await?;
    // The functions are beside those of the wall, where nobody may make or call any.
    if !is_there(db, "authenticated").await? || !place::exists(db, &place.wall).await? {
        return Ok(());
    }
    db.execute_unprepared(&functions::statements(&place.wall, &place.tables))
        .await?;
    let names = functions::names(&place.wall);
    db.execute_unprepared(&format!("REVOKE ALL ON FUNCTION {names} FROM PUBLIC"))
        .await?;
    for role in ["anon", "service_role", "authenticated"] {
        if is_there(db, role).await? {
            db.execute_unprepared(&format!("REVOKE ALL ON FUNCTION {names} FROM {role}"))
                .await?;
        }
    }
    let wall = &place.wall;
    // No USAGE on the schema: only the policies call them.
    db.execute_unprepared(&format!(
        "GRANT EXECUTE ON FUNCTION {wall}.claimed_people(), {wall}.claimed_applications() TO authenticated; \
         GRANT USAGE ON SCHEMA {} TO authenticated",
        place.tables
    ))
    .await?;
    for share in SHARED {
        let table = share.table;
        let columns = share
            .columns
            .map(|columns| format!(" ({columns})"))
            .unwrap_or_default();
        let rows = share
            .rows
            .replace(
                "{own}",
                &format!("(SELECT {wall}.claimed_applications())::uuid[]"),
            )
            .replace(
                "{people}",
                &format!("(SELECT {wall}.claimed_people())::uuid[]"),
            );
        db.execute_unprepared(&format!(
            "DROP POLICY IF EXISTS supabase ON {table}; \
             CREATE POLICY supabase ON {table} FOR SELECT TO authenticated USING ({rows}); \
             GRANT SELECT{columns} ON {table} TO authenticated"
        ))
        .await?;
    }
    Ok(())
}

/// Takes from the API's roles every right on one table.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn revoke_on<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    revoke(db, Some(table)).await
}

/// Takes back what [`apply`] shared. What default privileges gave is not given back.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let place = Place::of(db).await?;
    revoke(db, None).await?;
    place::run_each(
        db,
        "SELECT format('DROP POLICY supabase ON %s', p.polrelid::regclass) AS statement \
         FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = 'supabase'",
    )
    .await?;
    let drop = format!(
        "SELECT {} AS statement WHERE {}",
        quote::text(&format!("DROP FUNCTION {}", functions::names(&place.wall))),
        functions::exist(&place.wall)
    );
    if place::exists(db, &place.wall).await? {
        place::run_each(db, &drop).await?;
    }
    Ok(())
}

/// Takes every right on our tables from `anon` and `authenticated`; on the record of migrations too, which lies beside them.
async fn revoke<C: ConnectionTrait>(db: &C, only: Option<&str>) -> Result<(), DbErr> {
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    let sql = format!(
        "SELECT format('REVOKE ALL ON %s FROM %I', c.oid::regclass, r.rolname) AS statement \
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         CROSS JOIN pg_catalog.pg_roles AS r \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND r.rolname IN ('anon', 'authenticated') \
           AND (c.relname = 'seaql_migrations' OR EXISTS (SELECT FROM pg_catalog.pg_policy AS p \
             WHERE p.polrelid = c.oid AND p.polname = 'floor')) {only} \
           AND pg_has_role(c.relowner, 'USAGE')"
    );
    place::run_each(db, &sql).await
}

async fn is_there<C: ConnectionTrait>(db: &C, role: &str) -> Result<bool, DbErr> {
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}",
        quote::text(role)
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.is_some())
}
