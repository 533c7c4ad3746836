//! Users who were made elsewhere.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{user_passwords, users};
use sea_orm::ActiveValue::Set;
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::NewUser;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Deletion, Find, Outside, insert_all, mark};
use crate::secret::ImportedHash;
use crate::value::{Username, instant};

/// What a statement takes of parameters stays within the bounds of both backends.
const MOST: usize = 1000;

/// A user as another system knew them. `ImportedUser::new(user)` leaves out all that can be left out.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// Who it is.
    pub user: NewUser,
    /// The id to keep; `None`: one is made.
    pub id: Option<Uuid>,
    /// When the address was proved; `None`: it was not.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Since when the user is there; `None`: since now.
    pub created_at: Option<DateTime<Utc>>,
    /// The hash of the password, which is replaced by one of ours at the first sign-in; `None`: there is no password.
    pub password: Option<ImportedHash>,
    /// Whether the user was shut out there: arrives deleted, and can be restored.
    pub deleted: bool,
}

impl ImportedUser {
    /// A user of whom nothing else is known.
    #[must_use]
    pub fn new(user: NewUser) -> Self {
        Self {
            user,
            id: None,
            email_verified_at: None,
            created_at: None,
            password: None,
            deleted: false,
        }
    }
}

/// What an import did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// The ids of those who were made, in their order.
    pub made: Vec<Uuid>,
    /// Those who were left out, in their order.
    pub taken: Vec<Taken>,
}

/// Somebody who was left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Taken {
    /// The place in what was given, from 0.
    pub index: usize,
    /// What another user has, or one before in what was given: `id`, `email` or `username`.
    pub field: &'static str,
}

pub(super) async fn import(db: &Db, imported: &[ImportedUser]) -> Result<Imported> {
    if imported.len() > MOST {
        return Err(Error::invalid(
            "users",
            format!("has {}: it takes {MOST} at most", imported.len()),
        ));
    }
    db.transaction(async |db| {
        let scope = Outside { db: db.clone() };
        let mut seen = Seen::look(&scope, imported).await?;
        let mut done = Imported::default();
        let (mut people, mut passwords, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
        for (index, one) in imported.iter().enumerate() {
            if let Some(field) = seen.add(one) {
                done.taken.push(Taken { index, field });
                continue;
            }
            let id = one.id.unwrap_or_else(|| db.new_id());
            people.push(person(db, id, one)?);
            if let Some(hash) = &one.password {
                passwords.push(user_passwords::ActiveModel {
                    user_id: Set(id),
                    password_hash: Set(hash.clone().into()),
                    ..Default::default()
                });
            }
            if one.deleted {
                deleted.push(id);
            }
            done.made.push(id);
        }
        if done.made.is_empty() {
            return Ok(done);
        }
        insert_all::<users::Entity, _>(&scope, people).await?;
        insert_all::<user_passwords::Entity, _>(&scope, passwords).await?;
        if !deleted.is_empty() {
            // They have nothing yet that would go along.
            let these = users::Column::Id.is_in(deleted);
            mark::<users::Entity, _>(&scope, Deletion::new(db), these).await?;
        }
        let event = Event::on::<users::Entity>(&scope, "user.import", Uuid::nil());
        db.record(event.with("rows", done.made.len()))?;
        Ok(done)
    })
    .await
}

fn person(db: &Db, id: Uuid, one: &ImportedUser) -> Result<users::ActiveModel> {
    if id.is_nil() {
        return Err(Error::invalid("id", "is nil"));
    }
    let now = db.clock().now();
    let new = one.user.clone();
    let verified = one
        .email_verified_at
        .map(|at| instant("email_verified_at", at))
        .transpose()?;
    Ok(users::ActiveModel {
        id: Set(id),
        email: Set(new.email.into()),
        username: Set(new.username.map(Into::into)),
        name: Set(new.name.map(Into::into)),
        given_name: Set(new.given_name.map(Into::into)),
        family_name: Set(new.family_name.map(Into::into)),
        picture: Set(new.picture.map(Into::into)),
        email_verified_at: Set(verified),
        created_at: Set(instant("created_at", one.created_at.unwrap_or(now))?),
        updated_at: Set(now.fixed_offset()),
        ..Default::default()
    })
}

/// What is taken: by users who are there, and by those before in the same list.
struct Seen {
    ids: HashSet<Uuid>,
    emails: HashSet<String>,
    usernames: HashSet<String>,
}

impl Seen {
    async fn look(scope: &Outside, imported: &[ImportedUser]) -> Result<Self> {
        let find = || Find::<users::Entity, _>::new(scope.clone());
        let addresses = imported.iter().map(|one| one.user.email.as_str());
        let by_email = find().filter(users::Column::Email.is_in(addresses));
        let by_email = by_email.all().await?;
        let names: Vec<_> = imported.iter().filter_map(username).collect();
        let by_username = if names.is_empty() {
            Vec::new()
        } else {
            let by_username = find().filter(users::Column::Username.is_in(names));
            by_username.all().await?
        };
        let ids: Vec<_> = imported.iter().filter_map(|one| one.id).collect();
        let by_id = if ids.is_empty() {
            Vec::new()
        } else {
            // A deleted user has it still.
            let by_id = find().with_deleted().filter(users::Column::Id.is_in(ids));
            by_id.all().await?
        };
        Ok(Self {
            ids: by_id.into_iter().map(|user| user.id).collect(),
            emails: by_email.into_iter().map(|user| user.email).collect(),
            usernames: by_username
                .into_iter()
                .filter_map(|user| user.username)
                .collect(),
        })
    }

    /// What of the user is taken already; where nothing is, it is from now on.
    fn add(&mut self, one: &ImportedUser) -> Option<&'static str> {
        if self.emails.contains(one.user.email.as_str()) {
            return Some("email");
        }
        if one.id.is_some_and(|id| self.ids.contains(&id)) {
            return Some("id");
        }
        if username(one).is_some_and(|name| self.usernames.contains(name)) {
            return Some("username");
        }
        self.emails.insert(one.user.email.to_string());
        self.ids.extend(one.id);
        self.usernames.extend(username(one).map(ToOwned::to_owned));
        None
    }
}

fn username(one: &ImportedUser) -> Option<&str> {
    one.user.username.as_ref().map(Username::as_str)
}
