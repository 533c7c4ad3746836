//! Users: global identities. What they may do is a matter of their memberships.

mod delete;
mod import;

pub(crate) use delete::locked;
pub use import::{Imported, ImportedUser, Taken};

use chrono::{DateTime, Utc};
use entity::users;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

use crate::audit::{self, Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{ById, Cursor, Deleted, Find, Outside, Page, Ready, insert_recorded, update};
use crate::value::{Change, Email, FamilyName, GivenName, Name, Picture, Username, instant};

/// A user as stored. It holds no secret: passwords stand apart.
pub type User = users::Model;

/// What a new user is made of. `NewUser::new(email)` leaves out all that can be left out.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Where the user is reached; unique among live users.
    pub email: Email,
    /// A name to sign in with; unique among live users.
    #[serde(default)]
    pub username: Option<Username>,
    /// What the user is called, in full.
    #[serde(default)]
    pub name: Option<Name>,
    /// First name.
    #[serde(default)]
    pub given_name: Option<GivenName>,
    /// Last name.
    #[serde(default)]
    pub family_name: Option<FamilyName>,
    /// URL of a portrait.
    #[serde(default)]
    pub picture: Option<Picture>,
}

impl NewUser {
    /// A user of whom nothing but the address is known.
    #[must_use]
    pub fn new(email: Email) -> Self {
        Self {
            email,
            username: None,
            name: None,
            given_name: None,
            family_name: None,
            picture: None,
        }
    }

    /// What others know of the user: no password is made of it.
    pub(crate) fn words(&self) -> Vec<&str> {
        let mut words = vec![self.email.as_str()];
        words.extend(self.username.as_ref().map(Username::as_str));
        words.extend(self.name.as_ref().map(Name::as_str));
        words.extend(self.given_name.as_ref().map(GivenName::as_str));
        words.extend(self.family_name.as_ref().map(FamilyName::as_str));
        words
    }
}

/// What changes of a user's profile. The address is no part of it: it changes when its new owner has proved it.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct UserPatch {
    /// A name to sign in with.
    pub username: Change<Username>,
    /// What the user is called, in full.
    pub name: Change<Name>,
    /// First name.
    pub given_name: Change<GivenName>,
    /// Last name.
    pub family_name: Change<FamilyName>,
    /// URL of a portrait.
    pub picture: Change<Picture>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<DateTime<Utc>>,
}

/// The verbs on users. They are those of whoever runs the whole: who may call them is the caller's to decide. Got by
/// [`Db::users`].
#[derive(Clone, Copy, Debug)]
pub struct Users<'d>(&'d Db);

impl Db {
    /// The verbs on users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// Makes a user and returns it as stored; one query, and its event.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where a live user has the `email` or the `username`; [`Error::Database`].
    pub async fn create(&self, new: NewUser) -> Result<User> {
        let id = self.0.new_id();
        let row = users::ActiveModel {
            id: Set(id),
            ..row(new)
        };
        let scope = self.scope();
        let event =
            Event::on::<users::Entity>(&scope, "user.create", id).making::<users::Entity>(&row);
        insert_recorded::<users::Entity, _>(&scope, row, Condition::all(), event).await
    }

    /// Makes users who were made elsewhere, 1,000 at most, with their passwords; in one transaction, one event for all.
    ///
    /// Whose id, address or username is taken is left out, and named in what is returned: whoever wants all or none returns an
    /// error from the transaction around it.
    ///
    /// One query for the users, one for the passwords, one for those who arrive deleted; and where some are left out, one or
    /// two to tell why.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where there are more than 1,000 `users`, an `id` is nil, or an instant is not in the years 1 to
    /// 9999; [`Error::Database`]. Nobody is made then.
    pub async fn import(&self, users: &[ImportedUser]) -> Result<Imported> {
        import::import(self.0, users).await
    }

    /// The live user with the id; one query. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<User>> {
        static READY: Ready = Ready::new();
        Find::<users::Entity, _>::ready_one(self.scope(), &READY, [id.into()], |find| {
            find.filter(users::Column::Id.eq(id))
        })
        .await
    }

    /// The live user with the address, however it was written; one query. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn find_by_email(&self, email: &Email) -> Result<Option<User>> {
        static READY: Ready = Ready::new();
        Find::<users::Entity, _>::ready_one(self.scope(), &READY, [email.as_str().into()], |find| {
            find.filter(users::Column::Email.eq(email.as_str()))
        })
        .await
    }

    /// The live user with the username, in capitals or not; one query. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn find_by_username(&self, username: &Username) -> Result<Option<User>> {
        self.find()
            .filter(users::Column::Username.eq(username.as_str()))
            .one()
            .await
    }

    /// A page of the live users, by id; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a `limit` or a `cursor` that cannot be; [`Error::Database`].
    pub async fn list(&self, limit: u64, cursor: Option<&Cursor>) -> Result<Page<User>> {
        self.find().page::<ById>(limit, cursor).await
    }

    /// How many live users there are; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn count(&self) -> Result<u64> {
        self.find().count().await
    }

    /// Changes what the patch sets; returns the user as stored. One query, one before it for the audit, and one more to
    /// tell why where it is refused as stale.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Conflict`] where a live user has the `username`, or the row has changed since it
    /// was seen (`updated_at`); [`Error::Database`].
    pub async fn update(&self, id: Uuid, patch: UserPatch) -> Result<User> {
        let row = users::ActiveModel {
            username: patch.username.into_active(),
            name: patch.name.into_active(),
            given_name: patch.given_name.into_active(),
            family_name: patch.family_name.into_active(),
            picture: patch.picture.into_active(),
            ..Default::default()
        };
        let mut condition = Condition::all().add(users::Column::Id.eq(id));
        if let Some(seen) = patch.if_updated_at {
            let seen = instant("if_updated_at", seen)?;
            condition = condition.add(users::Column::UpdatedAt.eq(seen));
        }
        let stale = patch.if_updated_at.is_some();
        recorded(&self.scope(), async |scope| {
            let users = Users(&scope.db);
            let this = users.find().filter(users::Column::Id.eq(id));
            let before = audit::before(this).await?;
            let mut rows = update::<users::Entity, _>(scope, row, condition).await?;
            match rows.pop() {
                Some(user) => {
                    let event = Event::on::<users::Entity>(scope, "user.update", id);
                    let event = event.changed::<users::Entity>(before.as_ref(), &user);
                    scope.db.record(event)?;
                    Ok(user)
                }
                None if stale && users.get(id).await?.is_some() => {
                    Err(Error::conflict("updated_at"))
                }
                None => Err(Error::NotFound),
            }
        })
        .await
    }

    /// Deletes the user and the user's memberships, and ends every access, in one transaction: sessions, verification
    /// tokens, and pending invitations that were sent to the user's address or by the user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no user, live or deleted, has the id; [`Error::LastOwner`] where an application would
    /// be left without an owner; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        delete::delete(self.0, id).await
    }

    /// Brings back the user with exactly the memberships that the deletion took. Sessions, tokens and invitations stay
    /// ended. A membership of an application that was deleted meanwhile stays so, and comes back with the application.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no deleted user has the id; [`Error::Conflict`] where a live one has taken the `email`
    /// or the `username`; [`Error::Database`]. Nothing changes then.
    pub async fn restore(&self, id: Uuid) -> Result<User> {
        delete::restore(self.0, id).await
    }

    fn scope(self) -> Outside {
        Outside { db: self.0.clone() }
    }

    fn find(self) -> Find<users::Entity, Outside> {
        Find::new(self.scope())
    }
}

/// What is given of a new user's row.
pub(crate) fn row(new: NewUser) -> users::ActiveModel {
    users::ActiveModel {
        email: Set(new.email.into()),
        username: Set(new.username.map(Into::into)),
        name: Set(new.name.map(Into::into)),
        given_name: Set(new.given_name.map(Into::into)),
        family_name: Set(new.family_name.map(Into::into)),
        picture: Set(new.picture.map(Into::into)),
        ..Default::default()
    }
}
