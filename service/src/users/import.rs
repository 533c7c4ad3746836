//! Users who were made elsewhere.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{user_passwords, users};
use sea_orm::ActiveValue::Set;
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::NewUser;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Deletion, Find, Outside, insert_all, insert_new, mark};
use crate::secret::ImportedHash;
use crate::value::instant;

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
        let people: Vec<_> = imported
            .iter()
            .map(|one| person(db, one))
            .collect::<Result<_>>()?;
        let (ids, people): (Vec<_>, Vec<_>) = people.into_iter().unzip();
        let made = insert_new::<users::Entity, _>(&scope, people).await?;
        let mut made: HashMap<_, _> = made.into_iter().map(|user| (user.id, user.email)).collect();
        let (mut done, mut rest) = (Imported::default(), Vec::new());
        let (mut passwords, mut deleted) = (Vec::new(), Vec::new());
        for (index, (one, id)) in imported.iter().zip(ids).enumerate() {
            // Two can have the same id, of whom the first was made.
            if made
                .get(&id)
                .is_none_or(|email| *email != one.user.email.as_str())
            {
                rest.push((index, one));
                continue;
            }
            made.remove(&id);
            passwords.extend(
                one.password
                    .as_ref()
                    .map(|hash| user_passwords::ActiveModel {
                        user_id: Set(id),
                        password_hash: Set(hash.clone().into()),
                        ..Default::default()
                    }),
            );
            deleted.extend(one.deleted.then_some(id));
            done.made.push(id);
        }
        done.taken = taken(&scope, &rest).await?;
        insert_all::<user_passwords::Entity, _>(&scope, passwords).await?;
        if !deleted.is_empty() {
            // They have nothing yet that would go along.
            let these = users::Column::Id.is_in(deleted);
            mark::<users::Entity, _>(&scope, Deletion::new(db), these).await?;
        }
        if !done.made.is_empty() {
            let event = Event::on::<users::Entity>(&scope, "user.import", Uuid::nil());
            db.record(event.with("rows", done.made.len()))?;
        }
        Ok(done)
    })
    .await
}

fn person(db: &Db, one: &ImportedUser) -> Result<(Uuid, users::ActiveModel)> {
    let id = one.id.unwrap_or_else(|| db.new_id());
    if id.is_nil() {
        return Err(Error::invalid("id", "is nil"));
    }
    let now = db.clock().now();
    let new = one.user.clone();
    let verified = one
        .email_verified_at
        .map(|at| instant("email_verified_at", at))
        .transpose()?;
    let row = users::ActiveModel {
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
    };
    Ok((id, row))
}

/// What of each is another user's. All of them are stored by now, or were before.
async fn taken(scope: &Outside, rest: &[(usize, &ImportedUser)]) -> Result<Vec<Taken>> {
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let find = || Find::<users::Entity, _>::new(scope.clone());
    let addresses = rest.iter().map(|(_, one)| one.user.email.as_str());
    let by_email = find().filter(users::Column::Email.is_in(addresses));
    let by_email = by_email.all().await?.into_iter().map(|user| user.email);
    let by_email: HashSet<_> = by_email.collect();
    let ids: Vec<_> = rest.iter().filter_map(|(_, one)| one.id).collect();
    let by_id: HashSet<_> = if ids.is_empty() {
        HashSet::new()
    } else {
        // A deleted user has it still.
        let by_id = find().with_deleted().filter(users::Column::Id.is_in(ids));
        by_id.all().await?.into_iter().map(|user| user.id).collect()
    };
    let taken = rest.iter().map(|(index, one)| Taken {
        index: *index,
        field: if by_email.contains(one.user.email.as_str()) {
            "email"
        } else if one.id.is_some_and(|id| by_id.contains(&id)) {
            "id"
        } else {
            "username"
        },
    });
    Ok(taken.collect())
}
