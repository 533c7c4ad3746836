//! Clients: the customer records of an application, and the members who look after them.

mod assign;
mod delete;
mod filter;

use chrono::{DateTime, Utc};
use entity::{clients, users};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

pub use filter::{ClientFilter, ClientOrder};

use crate::audit::{self, Event, recorded};
use crate::error::{Error, Result};
use crate::scope::{
    ById, ByName, Cursor, Deleted, Find, InTenant, Page, Ready, ReadyPages, Tenant,
    insert_recorded, named, update,
};
use crate::users::User;
use crate::value::{Change, Email, Metadata, Name, Phone, instant};

const READ: &str = "clients.read";
const WRITE: &str = "clients.write";
const DELETE: &str = "clients.delete";

/// A client as stored.
pub type Client = clients::Model;

/// What a new client is made of. `NewClient::new(name)` leaves out all that can be left out.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// What the client is called.
    pub name: Name,
    /// Where the client is reached.
    #[serde(default)]
    pub email: Option<Email>,
    /// The telephone number, as people write it.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// What the application keeps about the client besides.
    #[serde(default)]
    pub metadata: Metadata,
}

impl NewClient {
    /// A client of whom nothing but the name is known.
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            email: None,
            phone: None,
            metadata: Metadata::default(),
        }
    }
}

/// What changes of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClientPatch {
    /// What the client is called.
    pub name: Option<Name>,
    /// Where the client is reached.
    pub email: Change<Email>,
    /// The telephone number, as people write it.
    pub phone: Change<Phone>,
    /// What the application keeps about the client besides; takes the place of all that was kept.
    pub metadata: Option<Metadata>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<DateTime<Utc>>,
}

/// The verbs on the clients of an application. Got by [`Tenant::clients`].
#[derive(Clone, Copy, Debug)]
pub struct Clients<'t>(&'t Tenant);

impl Tenant {
    /// The verbs on the application's clients.
    #[must_use]
    pub fn clients(&self) -> Clients<'_> {
        Clients(self)
    }
}

impl Clients<'_> {
    /// Makes a client, in the name of the acting user, and returns it as stored; one query, and its event.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.write`; [`Error::NotFound`] where the application has been deleted
    /// meanwhile; [`Error::Database`].
    pub async fn create(&self, new: NewClient) -> Result<Client> {
        self.0.require(WRITE)?;
        let (scope, id) = (self.0.scope(), self.0.db().new_id());
        let row = clients::ActiveModel {
            id: Set(id),
            name: Set(new.name.into()),
            email: Set(new.email.map(Into::into)),
            phone: Set(new.phone.map(Into::into)),
            metadata: Set(new.metadata.into()),
            created_by: Set(self.0.user_id()),
            ..Default::default()
        };
        let event = Event::on::<clients::Entity>(scope, "client.create", id)
            .making::<clients::Entity>(&row);
        let by = self.0.user_id().map_or_else(Condition::all, |user_id| {
            named::<users::Entity>(scope, users::Column::Id.eq(user_id)).into_condition()
        });
        insert_recorded::<clients::Entity, _>(scope, row, by, event).await
    }

    /// The live client with the id; one query. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.read`; [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Client>> {
        static READY: Ready = Ready::new();
        self.0.require(READ)?;
        Find::<clients::Entity, _>::ready_one(self.0.scope().clone(), &READY, [id.into()], |find| {
            find.filter(clients::Column::Id.eq(id))
        })
        .await
    }

    /// A page of the live clients that meet the filter; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.read`; [`Error::Invalid`] for a `limit`, a `cursor` or a part of the filter
    /// that cannot be; [`Error::Database`].
    pub async fn list(
        &self,
        filter: &ClientFilter,
        order: ClientOrder,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Client>> {
        self.0.require(READ)?;
        let condition = filter.condition(self.0.scope())?;
        if condition.is_empty() {
            return self.list_all(order, limit, cursor).await;
        }
        let find = self.find().filter(condition);
        match order {
            ClientOrder::Id => find.page::<ById>(limit, cursor).await,
            ClientOrder::Name => find.page::<ByName>(limit, cursor).await,
        }
    }

    /// How many live clients meet the filter; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.read`; [`Error::Invalid`] for a part of the filter that cannot be;
    /// [`Error::Database`].
    pub async fn count(&self, filter: &ClientFilter) -> Result<u64> {
        self.0.require(READ)?;
        self.find()
            .filter(filter.condition(self.0.scope())?)
            .count()
            .await
    }

    /// Changes what the patch sets; returns the client as stored. One query, and one more to tell why where it is
    /// refused as stale.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.write`; [`Error::NotFound`]; [`Error::Conflict`] where the row has changed
    /// since it was seen (`updated_at`); [`Error::Database`].
    pub async fn update(&self, id: Uuid, patch: ClientPatch) -> Result<Client> {
        self.0.require(WRITE)?;
        let row = clients::ActiveModel {
            name: patch.name.map_or(NotSet, |name| Set(name.into())),
            email: patch.email.into_active(),
            phone: patch.phone.into_active(),
            metadata: patch
                .metadata
                .map_or(NotSet, |metadata| Set(metadata.into())),
            ..Default::default()
        };
        let this = clients::Column::Id.eq(id);
        let mut condition = Condition::all().add(this.clone());
        if let Some(seen) = patch.if_updated_at {
            let seen = instant("if_updated_at", seen)?;
            condition = condition.add(clients::Column::UpdatedAt.eq(seen));
        }
        let stale = patch.if_updated_at.is_some();
        recorded(self.0.scope(), async |scope| {
            let find = || Find::<clients::Entity, _>::new(scope.clone()).filter(this.clone());
            let before = audit::before(find()).await?;
            let mut rows = update::<clients::Entity, _>(scope, row, condition).await?;
            match rows.pop() {
                Some(client) => {
                    let event = Event::on::<clients::Entity>(scope, "client.update", id);
                    let event = event.changed::<clients::Entity>(before.as_ref(), &client);
                    scope.db.record(event)?;
                    Ok(client)
                }
                None if stale && find().exists().await? => Err(Error::conflict("updated_at")),
                None => Err(Error::NotFound),
            }
        })
        .await
    }

    /// Deletes the client; one query, two where it had been deleted before. Who looks after it stays stored, and is in
    /// sight again once it is restored.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.delete`; [`Error::NotFound`] where the application has no client with the
    /// id, live or deleted; [`Error::Conflict`] where somebody restores it at the same time; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        self.0.require(DELETE)?;
        delete::delete(self.0, id).await
    }

    /// Brings back a deleted client; returns it as stored.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.delete`; [`Error::NotFound`] where the application has no deleted client
    /// with the id, or is deleted itself; [`Error::Database`].
    pub async fn restore(&self, id: Uuid) -> Result<Client> {
        self.0.require(DELETE)?;
        delete::restore(self.0, id).await
    }

    /// Gives the client to a member to look after; `false`: the member did so already. One query, two for `false`.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.write`; [`Error::NotFound`] where there is no such live client, or the user
    /// is no live member; [`Error::Database`].
    pub async fn assign(&self, client_id: Uuid, user_id: Uuid) -> Result<bool> {
        self.0.require(WRITE)?;
        assign::assign(self.0.scope(), client_id, user_id).await
    }

    /// Takes the client from a member; `false`: the member did not look after it. One query, two for `false`.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.write`; [`Error::NotFound`] where there is no such live client;
    /// [`Error::Database`].
    pub async fn unassign(&self, client_id: Uuid, user_id: Uuid) -> Result<bool> {
        self.0.require(WRITE)?;
        assign::unassign(self.0.scope(), client_id, user_id).await
    }

    /// For each of the clients, 200 at most, the live members who look after it, by id; two queries for all of them.
    /// Nobody looks after a client that is not there or not live.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `clients.read`; [`Error::Invalid`] where there are more than 200 `client_ids`;
    /// [`Error::Database`].
    pub async fn assigned(&self, client_ids: &[Uuid]) -> Result<Vec<Vec<User>>> {
        self.0.require(READ)?;
        assign::assigned(self.0.scope(), client_ids).await
    }

    async fn list_all(
        &self,
        order: ClientOrder,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Client>> {
        static BY_ID: ReadyPages = ReadyPages::new();
        static BY_NAME: ReadyPages = ReadyPages::new();
        let (scope, place) = (self.0.scope().clone(), (limit, cursor));
        match order {
            ClientOrder::Id => {
                Find::<clients::Entity, _>::ready_page::<ById>(scope, &BY_ID, place, [], |find| {
                    find
                })
                .await
            }
            ClientOrder::Name => {
                Find::<clients::Entity, _>::ready_page::<ByName>(
                    scope,
                    &BY_NAME,
                    place,
                    [],
                    |find| find,
                )
                .await
            }
        }
    }

    fn find(self) -> Find<clients::Entity, InTenant> {
        Find::new(self.0.scope().clone())
    }
}
