//! The proof of a [`Tenant`]: one query tells whether a user is a member, with which roles and permissions.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use uuid::Uuid;

use super::decode::value;
use super::{Access, Across, Find, Global, Outside, Permissions, Readable, Tenant};
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};

/// The live roles of a member, and what they allow, as two columns `roles` and `permissions`. The lists are joined by
/// commas, which neither a key nor a permission can hold.
macro_rules! held {
    ($join:literal, $application:literal, $user:literal) => {
        concat!(
            "(SELECT ", $join, "(r.key, ',') \
             FROM membership_roles mr \
             JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
             WHERE mr.application_id = ", $application, " AND mr.user_id = ", $user, ") AS roles, \
             (SELECT ", $join, "(p.permission, ',') \
             FROM membership_roles mr \
             JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
             JOIN role_permissions p ON p.application_id = r.application_id AND p.role_id = r.id \
             WHERE mr.application_id = ", $application, " AND mr.user_id = ", $user, ") AS permissions"
        )
    };
}
pub(crate) use held;

/// Live membership, live user, live application, live roles.
macro_rules! access {
    ($join:literal) => {
        concat!(
            "SELECT ",
            held!($join, "$1", "$2"),
            " \
             FROM application_memberships m \
             JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL \
             JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
             WHERE m.application_id = $1 AND m.user_id = $2 AND m.deleted_at IS NULL"
        )
    };
}

const POSTGRES: &str = access!("string_agg");
const SQLITE: &str = access!("group_concat");

impl Db {
    /// The application, as its live member `user_id` sees it; one query.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no such application or user, either is deleted, or the one is no member of
    /// the other; [`Error::Database`].
    pub async fn tenant(&self, user_id: Uuid, application_id: Uuid) -> Result<Tenant> {
        match access(self, application_id, user_id).await? {
            Some(access) => Ok(Tenant::new(
                self.clone(),
                application_id,
                Some(user_id),
                access,
            )),
            None => Err(Error::NotFound),
        }
    }

    /// The application, for work that no user asked for (an import, a scheduled job): everything is allowed, nobody is
    /// named as who did it. `reason` says why: it is logged, stands in the audit as an event of its own, and in the
    /// event of all that is done with the tenant.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no such live application; [`Error::Invalid`] where the reason is empty, longer
    /// than 1,024 bytes or has control characters; [`Error::Database`].
    pub async fn system(&self, application_id: Uuid, reason: &str) -> Result<Tenant> {
        let system = self.as_system(reason)?;
        let across = Across { db: system.clone() };
        recorded(&across, async |across| {
            let live = Find::<entity::applications::Entity, _>::new(across.clone())
                .filter(sea_orm::ColumnTrait::eq(
                    &entity::applications::Column::Id,
                    application_id,
                ))
                .exists()
                .await?;
            if !live {
                return Err(Error::NotFound);
            }
            let enter = Event::on::<entity::applications::Entity>(
                across,
                "application.act_as_system",
                application_id,
            );
            across.db.record(enter.within(application_id))
        })
        .await?;
        tracing::info!(%application_id, reason, "acting as the system");
        let access = Access {
            roles: Vec::new(),
            permissions: Permissions::all(),
        };
        Ok(Tenant::new(system, application_id, None, access))
    }

    /// A query for live rows of `E`, which no application owns.
    pub fn find<E: Global + Readable>(&self) -> Find<E, Outside> {
        Find::new(Outside { db: self.clone() })
    }
}

/// What the user may do in the application. Returns `None` if the user is no live member of it.
pub(crate) async fn access(db: &Db, application_id: Uuid, user_id: Uuid) -> Result<Option<Access>> {
    let backend = db.backend();
    let sql = match backend {
        DbBackend::Sqlite => SQLITE,
        _ => POSTGRES,
    };
    let values = [application_id.into(), user_id.into()];
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: ready-made SQL with its walls in it"
    )]
    let row = db
        .own()
        .query_one_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    row.map(|row| read(&row, 0)).transpose()
}

/// What the columns [`held!`] say, the first of which is `first`.
pub(crate) fn read(row: &QueryResult, first: usize) -> Result<Access> {
    let (roles, permissions): (Option<String>, Option<String>) =
        (value(row, first)?, value(row, first + 1)?);
    Ok(Access {
        roles: parts(roles.as_deref())
            .into_iter()
            .map(ToOwned::to_owned)
            .collect(),
        permissions: parts(permissions.as_deref())
            .into_iter()
            .map(str::parse)
            .collect::<Result<_>>()?,
    })
}

/// Each once, in alphabetical order.
fn parts(joined: Option<&str>) -> Vec<&str> {
    let mut parts: Vec<_> = joined
        .unwrap_or_default()
        .split(',')
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}
