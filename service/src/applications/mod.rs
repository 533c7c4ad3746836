//! Applications: the tenants.

mod delete;

use entity::{application_memberships, applications, membership_roles};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

pub(crate) use delete::{keep, leave_sessions};

use crate::audit::{self, Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::roles::standard;
use crate::scope::{
    Across, Admin, ById, Cursor, Deleted, Find, InTenant, OWNER, Outside, Owner, Page, Tenant,
    among, insert, update,
};
use crate::value::{Change, Line, PublicId, Slug, Text, instant};

/// An application as stored.
pub type Application = applications::Model;

/// What a new application is made of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// What people call it.
    pub name: Line<200>,
    /// Its name in addresses; unique among live applications.
    pub slug: Slug,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Text<2000>>,
    /// The id to show to the world; `None`: one is made.
    #[serde(default)]
    pub public_id: Option<PublicId>,
    /// The compute that serves it, where tenants are placed.
    #[serde(default)]
    pub compute_id: Option<Uuid>,
}

/// What changes of an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationPatch {
    /// What people call it.
    pub name: Option<Line<200>>,
    /// Its name in addresses.
    pub slug: Option<Slug>,
    /// What it is for.
    pub description: Change<Text<2000>>,
    /// The compute that serves it.
    pub compute_id: Change<Uuid>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// The verbs on applications that no application is entered for: those of whoever runs the whole. Who may call them is
/// the caller's to decide. Got by [`Db::applications`].
#[derive(Clone, Copy, Debug)]
pub struct Applications<'d>(&'d Db);

impl Db {
    /// The verbs on applications.
    #[must_use]
    pub fn applications(&self) -> Applications<'_> {
        Applications(self)
    }
}

impl Applications<'_> {
    /// Makes an application with its standard roles, and its first owner, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no such live user; [`Error::Conflict`] where `slug` or `public_id` is taken;
    /// [`Error::Database`].
    pub async fn create(&self, owner_id: Uuid, new: NewApplication) -> Result<Application> {
        self.0
            .transaction(async |db| {
                let public_id = new
                    .public_id
                    .unwrap_or_else(|| PublicId::generate(db.random()));
                let application = insert::<applications::Entity, _>(
                    &Outside { db: db.clone() },
                    applications::ActiveModel {
                        public_id: Set(public_id.into()),
                        slug: Set(new.slug.into()),
                        name: Set(new.name.into()),
                        description: Set(new.description.map(Into::into)),
                        created_by: Set(Some(owner_id)),
                        compute_id: Set(new.compute_id),
                        ..Default::default()
                    },
                )
                .await?;
                let scope = InTenant {
                    db: db.clone(),
                    application_id: application.id,
                };
                insert::<application_memberships::Entity, _>(
                    &scope,
                    application_memberships::ActiveModel {
                        user_id: Set(owner_id),
                        ..Default::default()
                    },
                )
                .await?;
                let owner = standard::create(&scope).await?;
                insert::<membership_roles::Entity, _>(
                    &scope,
                    membership_roles::ActiveModel {
                        user_id: Set(owner_id),
                        role_id: Set(owner),
                        ..Default::default()
                    },
                )
                .await?;
                for event in [
                    Event::on::<applications::Entity>(&scope, "application.create", application.id)
                        .made::<applications::Entity>(&application)
                        .by(db, owner_id),
                    Event::on::<application_memberships::Entity>(
                        &scope,
                        "membership.add",
                        owner_id,
                    )
                    .with("roles", vec![OWNER])
                    .by(db, owner_id),
                ] {
                    db.record(event)?;
                }
                Ok(application)
            })
            .await
    }

    /// The live application with the id. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Application>> {
        self.find()
            .filter(applications::Column::Id.eq(id))
            .one()
            .await
    }

    /// The live application with the public id. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn find_by_public_id(&self, public_id: &PublicId) -> Result<Option<Application>> {
        self.find()
            .filter(applications::Column::PublicId.eq(public_id.as_str()))
            .one()
            .await
    }

    /// The live application with the slug. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Application>> {
        self.find()
            .filter(applications::Column::Slug.eq(slug.as_str()))
            .one()
            .await
    }

    /// A page of all live applications, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a limit or a cursor that cannot be; [`Error::Database`].
    pub async fn list(&self, limit: u64, cursor: Option<&Cursor>) -> Result<Page<Application>> {
        self.find().page::<ById>(limit, cursor).await
    }

    /// A page of the live applications that the live user is a live member of, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a limit or a cursor that cannot be; [`Error::Database`].
    pub async fn list_for_user(
        &self,
        user_id: Uuid,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Application>> {
        let across = Across { db: self.0.clone() };
        let theirs = Condition::all().add(application_memberships::Column::UserId.eq(user_id));
        let entered =
            among::<applications::Entity, application_memberships::Entity>(&across, theirs)
                .map_err(|fault| Error::invalid("relation", fault))?;
        Find::<applications::Entity, _>::new(across)
            .filter(entered)
            .page::<ById>(limit, cursor)
            .await
    }

    /// How many live applications there are.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn count(&self) -> Result<u64> {
        self.find().count().await
    }

    /// Changes what the patch sets; returns the application as stored.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Conflict`] where the slug is taken, or the row has changed since it was seen;
    /// [`Error::Database`].
    pub async fn update(&self, id: Uuid, patch: ApplicationPatch) -> Result<Application> {
        patched(self.0, id, patch).await
    }

    /// Deletes the application with all that it owns, and ends every access to it, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        delete::delete(self.0, id).await
    }

    /// Brings back the application with exactly what its deletion took. Sessions and invitations stay ended. A member
    /// who was deleted meanwhile stays so, and comes back with the user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no deleted application has the id; [`Error::Conflict`] where a live one has taken its
    /// slug, or another application has proved one of its domains since (`name`); [`Error::LastOwner`] where no owner of it is left; [`Error::Database`]. Nothing changes then.
    pub async fn restore(&self, id: Uuid) -> Result<Application> {
        delete::restore(self.0, id).await
    }

    fn find(self) -> Find<applications::Entity, Outside> {
        Find::new(Outside { db: self.0.clone() })
    }
}

impl Tenant {
    /// The application itself.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where it has been deleted since the tenant was made; [`Error::Database`].
    pub async fn application(&self) -> Result<Application> {
        let application = self.db().applications().get(self.application_id()).await?;
        application.ok_or(Error::NotFound)
    }
}

impl Admin<'_> {
    /// Changes what the patch sets of the application; returns it as stored.
    ///
    /// # Errors
    ///
    /// As [`Applications::update`].
    pub async fn update_application(&self, patch: ApplicationPatch) -> Result<Application> {
        patched(self.0.db(), self.0.application_id(), patch).await
    }
}

impl Owner<'_> {
    /// Deletes the application, as [`Applications::delete`] does.
    ///
    /// # Errors
    ///
    /// As [`Applications::delete`].
    pub async fn delete_application(&self) -> Result<Deleted> {
        delete::delete(self.0.db(), self.0.application_id()).await
    }
}

async fn patched(db: &Db, id: Uuid, patch: ApplicationPatch) -> Result<Application> {
    let seen = patch.if_updated_at;
    let row = applications::ActiveModel {
        name: patch.name.map_or(NotSet, |name| Set(name.into())),
        slug: patch.slug.map_or(NotSet, |slug| Set(slug.into())),
        description: patch.description.into_active(),
        compute_id: patch.compute_id.into_active(),
        ..Default::default()
    };
    let scope = Outside { db: db.clone() };
    let mut condition = Condition::all().add(applications::Column::Id.eq(id));
    if let Some(seen) = seen {
        condition =
            condition.add(applications::Column::UpdatedAt.eq(instant("if_updated_at", seen)?));
    }
    recorded(&scope, async |scope| {
        let find = || Find::<applications::Entity, _>::new(scope.clone());
        let before = audit::before(find().filter(applications::Column::Id.eq(id))).await?;
        let mut rows = update::<applications::Entity, _>(scope, row, condition).await?;
        match (rows.pop(), seen) {
            (Some(application), _) => {
                let event = Event::on::<applications::Entity>(scope, "application.update", id)
                    .within(id)
                    .changed::<applications::Entity>(before.as_ref(), &application);
                scope.db.record(event)?;
                Ok(application)
            }
            (None, Some(_)) if scope.db.applications().get(id).await?.is_some() => {
                Err(Error::conflict("updated_at"))
            }
            _ => Err(Error::NotFound),
        }
    })
    .await
}
