//! How the roles of a schema stand, and what an administrator has to run.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::adoption;
use super::names::missing;
use super::roles::{Role, Roles, State, query};
use crate::wall;

/// How the roles of a schema stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Each role, in the order of [`Role::ALL`].
    pub roles: Vec<RoleReport>,
    /// What is missing, as the statements that an administrator has to run, without semicolons: creating roles, granting
    /// them, taking from everybody what nobody needs. Empty: nothing is.
    pub statements: Vec<String>,
}

/// How one role stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleReport {
    /// Which.
    pub role: Role,
    /// What it is called on this server.
    pub name: String,
    /// Whether it is there.
    pub state: State,
    /// Who is a member of it, directly, by name.
    pub members: Vec<String>,
}

/// Reads how the roles of the current schema stand; changes nothing.
///
/// # Errors
///
/// As [`Roles::read`].
pub async fn report<C: ConnectionTrait>(db: &C) -> Result<Report, DbErr> {
    let roles = Roles::read(db).await?;
    let mut statements = query(db, &missing(), [])
        .await?
        .iter()
        .map(|row| row.try_get("", "statement"))
        .collect::<Result<Vec<String>, _>>()?;
    statements.extend(wall::missing(db).await?);
    let strangers = adoption::strangers(db).await?;
    let mut all = Vec::new();
    for role in Role::ALL {
        all.push(RoleReport {
            role,
            name: roles.name(role).to_owned(),
            state: if strangers.iter().any(|one| one.role == roles.name(role)) {
                State::Unfit
            } else {
                roles.state(role)
            },
            members: members(db, roles.name(role)).await?,
        });
    }
    Ok(Report {
        roles: all,
        statements,
    })
}

async fn members<C: ConnectionTrait>(db: &C, role: &str) -> Result<Vec<String>, DbErr> {
    query(
        db,
        "SELECT DISTINCT m.rolname::text AS name FROM pg_catalog.pg_auth_members AS a \
         JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid JOIN pg_catalog.pg_roles AS m ON m.oid = a.member \
         WHERE r.rolname = $1 ORDER BY 1",
        [role.into()],
    )
    .await?
    .iter()
    .map(|row| row.try_get("", "name"))
    .collect()
}
