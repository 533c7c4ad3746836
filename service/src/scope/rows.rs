//! The door, for rows of an application: what any table of it can be asked, and told.

use sea_orm::sea_query::IntoCondition;
use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, Iterable, ModelTrait, Related, Value};
use uuid::Uuid;

use super::{
    Deletion, Find, InTenant, Readable, Scoped, Sees, Tenant, TenantOwned, Writable, delete, load,
    remove, update, write,
};
use crate::audit::{Event, recorded};
use crate::error::{Error, Result};

/// What a deletion through the door took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeletedRows {
    /// What [`Tenant::restore`] takes; `None` where nothing was taken, or the rows are gone for good.
    pub deletion_id: Option<Uuid>,
    /// How many rows.
    pub rows: u64,
}

impl Tenant {
    /// A query for rows of `E` that belong to the application and are live.
    pub fn find<E: TenantOwned + Readable>(&self) -> Find<E, InTenant> {
        Find::new(self.scope().clone())
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
        load::many(self.scope(), rows).await
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
        load::one(self.scope(), rows).await
    }

    /// Makes a row and returns it as stored. The tenant is set, `id`, `created_at` and `updated_at` where they are not.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where a row that it stands under is not there or not live; [`Error::Conflict`];
    /// [`Error::Invalid`] where it names another application or the database refuses a value; [`Error::Database`].
    pub async fn insert<E: TenantOwned + Writable>(&self, row: E::ActiveModel) -> Result<E::Model> {
        recorded(self.scope(), async |scope| {
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
        recorded(self.scope(), async |scope| {
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
        recorded(self.scope(), async |scope| {
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
        recorded(self.scope(), async |scope| {
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
            let scope = tenant.scope();
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
