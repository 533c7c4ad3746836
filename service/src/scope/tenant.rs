//! The tenant: proof that a user may act inside an application.

use std::sync::Arc;

use sea_orm::sea_query::IntoCondition;
use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, Iterable, ModelTrait, Related, Value};
use uuid::Uuid;

use super::{
    Deletion, Find, InTenant, Permissions, Readable, Scope, Scoped, Sees, TenantOwned, Writable,
    delete, load, remove, update, write,
};
use crate::audit::{Event, recorded};
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

/// What a deletion through the door took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeletedRows {
    /// What [`Tenant::restore`] takes; `None` where nothing was taken, or the rows are gone for good.
    pub deletion_id: Option<Uuid>,
    /// How many rows.
    pub rows: u64,
}

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

/// The door, for rows of the application.
impl Tenant {
    /// A query for rows of `E` that belong to the application and are live.
    pub fn find<E: TenantOwned + Readable>(&self) -> Find<E, InTenant> {
        Find::new(self.scope.clone())
    }

    /// For each row its live related rows, in the order of the rows; one query for all of them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn load_many<R, M>(&self, rows: &[M]) -> Result<Vec<Vec<R::Model>>>
    where
        M: ModelTrait + Sync,
        M::Entity: Related<R>,
        R: Readable,
        InTenant: Sees<R::Ownership>,
    {
        load::many(&self.scope, rows).await
    }

    /// For each row its live related row or `None`, in the order of the rows; one query for all of them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn load_one<R, M>(&self, rows: &[M]) -> Result<Vec<Option<R::Model>>>
    where
        M: ModelTrait + Sync,
        M::Entity: Related<R>,
        R: Readable,
        InTenant: Sees<R::Ownership>,
    {
        load::one(&self.scope, rows).await
    }

    /// Makes a row and returns it as stored. The tenant is set, `id`, `created_at` and `updated_at` where they are not.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where a row that it stands under is not there or not live; [`Error::Conflict`];
    /// [`Error::Invalid`] where it names another application or the database refuses a value; [`Error::Database`].
    pub async fn insert<E: TenantOwned + Writable>(&self, row: E::ActiveModel) -> Result<E::Model> {
        recorded(&self.scope, async |scope| {
            let columns = columns::<E>(&row);
            let made = write::insert::<E, _>(scope, row).await?;
            told::<E>(scope, "row.create", &[id::<E>(&made)], columns)?;
            Ok(made)
        })
        .await
    }

    /// Makes a row, or changes the live one that agrees with it in the columns `key` (a rule of uniqueness among live
    /// rows, the tenant left out). A deleted row with the same key stays deleted. Returns the row as stored.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub async fn upsert<E: TenantOwned + Writable>(
        &self,
        row: E::ActiveModel,
        key: &[E::Column],
    ) -> Result<E::Model> {
        recorded(&self.scope, async |scope| {
            let columns = columns::<E>(&row);
            let made = write::upsert::<E, _>(scope, row, key).await?;
            told::<E>(scope, "row.upsert", &[id::<E>(&made)], columns)?;
            Ok(made)
        })
        .await
    }

    /// Stores what `patch` sets in every live row that meets the condition; returns those rows as stored.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the patch sets the key, the tenant or the deletion; [`Error::Conflict`];
    /// [`Error::Database`]. Rows that would be moved under a row that is not live are left as they are.
    pub async fn update_where<E: TenantOwned + Writable>(
        &self,
        patch: E::ActiveModel,
        condition: impl IntoCondition,
    ) -> Result<Vec<E::Model>> {
        recorded(&self.scope, async |scope| {
            let columns = columns::<E>(&patch);
            let rows = update::update::<E, _>(scope, patch, condition).await?;
            let ids: Vec<_> = rows.iter().map(id::<E>).collect();
            told::<E>(scope, "row.update", &ids, columns)?;
            Ok(rows)
        })
        .await
    }

    /// Deletes every live row that meets the condition: by a mark where the entity has one, else for good.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn delete_where<E: TenantOwned + Writable>(
        &self,
        condition: impl IntoCondition,
    ) -> Result<DeletedRows> {
        recorded(&self.scope, async |scope| {
            let (rows, deletion_id) = if E::deletion_columns().is_some() {
                let deletion = Deletion::new(&scope.db);
                let rows = delete::mark::<E, _>(scope, deletion, condition).await?;
                (rows, (rows > 0).then_some(deletion.id))
            } else {
                (remove::remove::<E, _>(scope, condition).await?, None)
            };
            if rows > 0 {
                let event = Event::on::<E>(scope, "row.delete", deletion_id.unwrap_or_default());
                scope.db.record(event.with("rows", rows))?;
            }
            Ok(DeletedRows { deletion_id, rows })
        })
        .await
    }

    /// Brings back the rows of `E` that one deletion took, all of them or none; returns how many.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the deletion took none of the tenant's; [`Error::Conflict`] where a live row has
    /// taken the place of one, or one stands under a row that is not live; [`Error::Database`].
    pub async fn restore<E: TenantOwned + Writable>(&self, deletion_id: Uuid) -> Result<u64> {
        self.transaction(async |tenant| {
            let scope = &tenant.scope;
            let batch = <E as Scoped>::deletion_columns().map(|(_, batch)| batch);
            let Some(batch) = batch else {
                return Err(Error::NotFound);
            };
            let taken = Find::<E, _>::new(scope.clone())
                .only_deleted()
                .filter(sea_orm::ColumnTrait::eq(&batch, deletion_id))
                .count()
                .await?;
            if taken == 0 {
                return Err(Error::NotFound);
            }
            let back =
                delete::unmark::<E, _>(scope, deletion_id, sea_orm::Condition::all()).await?;
            if back == taken {
                let event = Event::on::<E>(scope, "row.restore", deletion_id);
                scope.db.record(event.with("rows", back))?;
                Ok(back)
            } else {
                Err(Error::conflict("deletion_id"))
            }
        })
        .await
    }
}

/// An application's own tables may hold secrets: the audit is told which columns were set, and no values.
fn columns<E: Scoped>(row: &E::ActiveModel) -> Vec<String> {
    E::Column::iter()
        .filter(|column| matches!(row.get(*column), ActiveValue::Set(_)))
        .map(|column| column.as_str().to_owned())
        .collect()
}

/// The row's `id`; nil where it has none that is a UUID.
fn id<E: Scoped>(row: &E::Model) -> Uuid {
    match E::column_named("id").map(|column| row.get(column)) {
        Some(Value::Uuid(Some(id))) => id,
        _ => Uuid::nil(),
    }
}

/// One event for the statement, on its row, or on none where it met several.
fn told<E: Scoped>(
    scope: &InTenant,
    action: &'static str,
    ids: &[Uuid],
    columns: Vec<String>,
) -> Result<()> {
    if columns.is_empty() && action == "row.update" {
        return Ok(());
    }
    let subject = match ids {
        [] => return Ok(()),
        [id] => *id,
        _ => Uuid::nil(),
    };
    let event = Event::on::<E>(scope, action, subject)
        .with("rows", ids.len())
        .with("columns", columns);
    scope.db.record(event)
}
