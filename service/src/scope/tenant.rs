//! The tenant: proof that a user may act inside an application.

use std::sync::Arc;

use uuid::Uuid;

use super::{InTenant, Permissions, Scope};
use crate::db::Db;
use crate::error::{Error, Result};

/// The key of the role that every application has at least one member with.
pub const OWNER: &str = "owner";
/// The key of the role that manages members, roles and everything else but the ownership.
pub const ADMIN: &str = "admin";
/// The key of the role that a member has as a rule.
pub const MEMBER: &str = "member";

/// A user inside an application, with the roles that the user has there: all that belongs to the application is
/// reached through it, and nothing else is.
///
/// There is no way to make one but by proof: a live membership of a live user in a live application
/// ([`Db::tenant`](crate::Db::tenant)), or [`Db::system`](crate::Db::system), which says why. It holds what was true
/// when it was made: make one for each request, keep none.
#[derive(Clone, Debug)]
pub struct Tenant {
    scope: InTenant,
    user_id: Option<Uuid>,
    access: Arc<Access>,
}

/// What a member may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Permissions,
}

/// A [`Tenant`] whose user is an admin or an owner. Got by [`Tenant::admin`].
#[derive(Clone, Copy, Debug)]
pub struct Admin<'t>(pub(crate) &'t Tenant);

/// A [`Tenant`] whose user is an owner. Got by [`Tenant::owner`].
#[derive(Clone, Copy, Debug)]
pub struct Owner<'t>(pub(crate) &'t Tenant);

impl Tenant {
    /// Who acts is the user; where there is none, whom `db` names.
    pub(crate) fn new(db: Db, application_id: Uuid, user_id: Option<Uuid>, access: Access) -> Self {
        let db = match user_id {
            Some(user_id) => db.acting_as(user_id),
            None => db,
        };
        let db = db.shut_in(application_id);
        Self {
            scope: InTenant { db, application_id },
            user_id,
            access: Arc::new(access),
        }
    }

    /// The application.
    #[must_use]
    pub fn application_id(&self) -> Uuid {
        self.scope.application_id
    }

    /// Who acts; `None`: the system.
    #[must_use]
    pub fn user_id(&self) -> Option<Uuid> {
        self.user_id
    }

    /// The keys of the user's roles, in alphabetical order.
    #[must_use]
    pub fn role_keys(&self) -> &[String] {
        &self.access.roles
    }

    /// All that the user may do.
    #[must_use]
    pub fn permissions(&self) -> &Permissions {
        &self.access.permissions
    }

    /// Whether the user has the role.
    #[must_use]
    pub fn has_role(&self, key: &str) -> bool {
        self.user_id.is_none() || self.access.roles.iter().any(|role| role == key)
    }

    /// Whether the user may do this: `clients.write`.
    #[must_use]
    pub fn can(&self, permission: &str) -> bool {
        self.user_id.is_none() || self.access.permissions.allow(permission)
    }

    /// Whether there is nothing that the user may not do.
    pub(crate) fn holds_all(&self) -> bool {
        self.user_id.is_none() || self.access.permissions.cover(&Permissions::all())
    }

    /// That the user may do this.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] names the permission.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.can(permission) {
            Ok(())
        } else {
            Err(Error::forbidden(permission))
        }
    }

    /// What only an admin or an owner may do.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] where the user is neither.
    pub fn admin(&self) -> Result<Admin<'_>> {
        if self.has_role(ADMIN) || self.has_role(OWNER) {
            Ok(Admin(self))
        } else {
            Err(Error::forbidden("the role `admin`"))
        }
    }

    /// What only an owner may do.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] where the user is none.
    pub fn owner(&self) -> Result<Owner<'_>> {
        if self.has_role(OWNER) {
            Ok(Owner(self))
        } else {
            Err(Error::forbidden("the role `owner`"))
        }
    }

    /// What it runs on: for statements of the application's own, which pass no wall.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.scope.db
    }

    pub(crate) fn scope(&self) -> &InTenant {
        &self.scope
    }

    /// Runs `work` in a transaction, as [`Db::transaction`] does, with this tenant inside it.
    ///
    /// On `PostgreSQL` the database itself shows it the application's rows and no others, and takes no others from it: SQL of
    /// one's own on [`db`](Self::db) included. That stops mistakes. It does not stop SQL that is out to break it, as where a
    /// stranger's text has become part of a statement: see [`walled`](Self::walled).
    ///
    /// # Errors
    ///
    /// What `work` returns, and [`Error::Database`] where the transaction cannot begin or end.
    pub async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        self.db()
            .transaction(async |db| work(&self.within(db)).await)
            .await
    }

    /// Runs `work` in a transaction for SQL that nobody vouches for: what a customer wrote, or a model. It runs on a login of
    /// its own ([`Config::runtime_url`](crate::Config::runtime_url)) that can switch to no other role, with the application
    /// signed, so that whatever the statements do with settings, they reach no other application, no secret, and nothing
    /// that gives access: memberships and roles they read alone. On `PostgreSQL`.
    ///
    /// It is a transaction of its own, also inside another one. Verbs that record to the audit or need more than that login
    /// has are refused in it: it is for SQL. Two round trips more than its statements, and one more for each application
    /// every 30 seconds, for its signature.
    ///
    /// It does not stop what costs others time: locks, long statements. Give the login a `statement_timeout` and a
    /// connection limit.
    ///
    /// # Errors
    ///
    /// What `work` returns; [`Error::Config`] where no login is set; [`Error::Database`] where the transaction cannot begin or
    /// end.
    pub async fn walled<T, E>(&self, work: impl AsyncFnOnce(&Db) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        self.db().walled(self.application_id(), work).await
    }

    /// As [`transaction`](Self::transaction), for a verb that must see more than the tenant may: the types alone are its
    /// wall.
    pub(crate) async fn transaction_beyond<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let beyond = self.db().beyond();
        beyond
            .transaction(async |db| work(&self.within(db)).await)
            .await
    }

    /// The same tenant on another connection: one that a transaction is open on.
    #[must_use]
    pub(crate) fn within(&self, db: &Db) -> Self {
        Self {
            scope: self.scope.on(&db.with_actor(self.db().actor().clone())),
            user_id: self.user_id,
            access: Arc::clone(&self.access),
        }
    }
}
