//! Making the roles, while others on the same server may be making them too.

use std::time::Duration;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::quote;
use super::roles::{Role, Roles, State, query};
use crate::error::code;

/// How often a statement is tried that met somebody else's on the same role.
const TRIES: u32 = 20;
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes the roles that are missing and the memberships between them, as far as this login may. Returns the roles as they
/// are then. Runs inside a transaction.
pub(super) async fn create<C: ConnectionTrait>(db: &C) -> Result<Roles, DbErr> {
    let roles = Roles::read(db).await?;
    for role in Role::ALL {
        // Whoever may not make a role is told so of one that is there too: so look first.
        if roles.state(role) == State::Missing {
            attempt(db, &statement(&roles, role)).await?;
        }
    }
    let roles = Roles::read(db).await?;
    for grant in missing_grants(db, &roles).await? {
        attempt(db, &grant).await?;
    }
    Ok(roles)
}

/// What makes a role.
pub(super) fn statement(roles: &Roles, role: Role) -> String {
    format!(
        "CREATE ROLE {} {}",
        quote::name(roles.name(role)),
        role.attributes()
    )
}

/// The memberships that there should be and are not: the service may switch to the runtime role; and the login that migrates
/// is of the service, so that a newcomer needs no other login to serve with.
pub(super) async fn missing_grants<C: ConnectionTrait>(
    db: &C,
    roles: &Roles,
) -> Result<Vec<String>, DbErr> {
    let found = query(
        db,
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m \
         JOIN pg_catalog.pg_roles AS r ON r.oid = m.roleid JOIN pg_catalog.pg_roles AS s ON s.oid = m.member \
         WHERE r.rolname = $2 AND s.rolname = $1) AS switch, \
         NOT coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = $1), false) AS serve, \
         current_user::text AS login",
        [
            roles.name(Role::Service).into(),
            roles.name(Role::Runtime).into(),
        ],
    )
    .await?;
    let mut grants = Vec::new();
    let Some(row) = found.first() else {
        return Ok(grants);
    };
    let usable = |role| roles.state(role) != State::Unfit;
    let [service, runtime] =
        [Role::Service, Role::Runtime].map(|role| quote::name(roles.name(role)));
    if usable(Role::Service) && usable(Role::Runtime) && row.try_get("", "switch")? {
        grants.push(format!("GRANT {runtime} TO {service}"));
    }
    if usable(Role::Service) && row.try_get("", "serve")? {
        let login: String = row.try_get("", "login")?;
        grants.push(format!("GRANT {service} TO {}", quote::name(&login)));
    }
    Ok(grants)
}

/// Runs what may be refused, or be done by somebody else at the same moment: neither undoes what was done before it.
pub(super) async fn attempt<C: ConnectionTrait>(db: &C, sql: &str) -> Result<(), DbErr> {
    for _ in 0..TRIES {
        db.execute_unprepared("SAVEPOINT aura_attempt").await?;
        let Err(error) = db.execute_unprepared(sql).await else {
            db.execute_unprepared("RELEASE SAVEPOINT aura_attempt")
                .await?;
            return Ok(());
        };
        db.execute_unprepared("ROLLBACK TO SAVEPOINT aura_attempt; RELEASE SAVEPOINT aura_attempt")
            .await?;
        match code(&error).as_deref() {
            // Not for this login, or made by another since we looked, or not there for want of what was refused before.
            Some("42501" | "42710" | "23505" | "42704") => return Ok(()),
            // "tuple concurrently updated": another statement on the same role was just committed.
            Some("XX000") => tokio::time::sleep(PAUSE).await,
            _ => return Err(error),
        }
    }
    Ok(())
}
