//! Putting row-level security on tables, and taking it off.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::roles::{Roles, query};
use super::{adoption, script, search, spread};
use crate::citus::Engine;
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
    let on_citus = Engine::of(db).await?.is_citus();
    let make = if on_citus {
        spread::make()
    } else {
        script::make()
    };
    db.execute_unprepared(&make).await?;
    if !tables.is_empty() {
        let put = if on_citus {
            spread::put(&tables)
        } else {
            script::put(&tables)
        };
        db.execute_unprepared(&put).await?;
    }
    wall::again(db).await?;
    db.execute_unprepared(&search::grant()).await?;
    Roles::read(db).await
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
    // On Citus each of the others is a floor.
    let floor = match Engine::of(db).await? {
        Engine::One => "floor",
        Engine::Citus | Engine::Likeness => "owner",
    };
    query(
        db,
        "SELECT c.relname::text AS name FROM pg_catalog.pg_policy AS p \
         JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = $1 \
         AND c.relname <> 'email_documents' ORDER BY c.relname",
        [floor.into()],
    )
    .await?
    .iter()
    .map(|row| row.try_get("", "name"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{script, search, spread};
    use crate::{
        m20261121_000019_isolate as isolate, m20261121_000020_raise_wall as raise_wall,
        m20261121_000021_show_to_reader as show_to_reader,
        m20261121_000022_share_with_supabase as share_with_supabase,
        m20261121_000023_add_email_documents as add_email_documents, reader, supabase, wall,
    };

    /// Those that there were then.
    const TABLES: [&str; 21] = [
        "users",
        "user_passwords",
        "applications",
        "application_memberships",
        "roles",
        "role_permissions",
        "membership_roles",
        "clients",
        "client_users",
        "verification_tokens",
        "sign_in_throttles",
        "invitations",
        "invitation_roles",
        "sessions",
        "domains",
        "mailboxes",
        "emails",
        "email_recipients",
        "audit_chains",
        "audit_events",
        "audit_details",
    ];

    /// A migration runs text of its own, which never changes; what is done again for roles that came later is made here.
    /// Whoever changes what is made here writes a migration that brings it to databases that are there, with a text of its
    /// own, and compares with that one below.
    #[test]
    fn what_is_done_again_is_what_the_newest_migration_did() {
        let [raise, guest] = wall::raise();
        for (again, newest) in [
            (script::make(), isolate::ROLES),
            (script::put(&TABLES), isolate::PUT),
            (raise, raise_wall::RAISE),
            (guest, raise_wall::GUEST),
            (reader::show(None), show_to_reader::SHOW),
            (supabase::share(), share_with_supabase::SHARE),
            (search::grant(), add_email_documents::GRANT),
            (spread::make(), isolate::ROLES_ON_CITUS),
            (spread::put(&TABLES), isolate::PUT_ON_CITUS),
            (reader::show_on_citus(None), show_to_reader::SHOW_ON_CITUS),
        ] {
            assert_eq!(again, newest.trim_end());
        }
    }
}
