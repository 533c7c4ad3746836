//! Storing a password, and what ends with the one before.

use entity::{sessions, user_passwords, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{outside, policy};
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, Outside, insert, remove as remove_rows, set as set_rows};
use crate::secret::{ImportedHash, Password, PasswordHash};
use crate::users::{NewUser, User};
use crate::{sessions as ended_sessions, verification_tokens};

/// What others know of the user, and would try first.
pub(crate) fn words(user: &User) -> Vec<&str> {
    let more = [
        &user.username,
        &user.name,
        &user.given_name,
        &user.family_name,
    ];
    std::iter::once(user.email.as_str())
        .chain(more.into_iter().filter_map(Option::as_deref))
        .collect()
}

/// The hash to store, of a password that is accepted for a user `about` whom this is known. Takes a while: call it outside
/// a transaction.
pub(crate) async fn prepare(db: &Db, about: &[&str], password: &Password) -> Result<PasswordHash> {
    policy::check(password, db.policy().password_min_length, about)?;
    db.hasher().hash(password).await
}

pub(super) async fn sign_up(db: &Db, new: NewUser, password: &Password) -> Result<User> {
    let hash = prepare(db, &new.words(), password).await?;
    db.transaction(async |db| {
        let user = db.users().create(new).await?;
        let scope = outside(db);
        insert::<user_passwords::Entity, _>(&scope, row(user.id, hash.into())).await?;
        record(&scope, "password.set", user.id)?;
        Ok(user)
    })
    .await
}

pub(super) async fn set(db: &Db, user_id: Uuid, password: &Password) -> Result<()> {
    let user = db.users().get(user_id).await?.ok_or(Error::NotFound)?;
    let hash = prepare(db, &words(&user), password).await?;
    db.transaction(async |db| store(db, user_id, hash, None).await)
        .await
}

pub(super) async fn import(db: &Db, user_id: Uuid, hash: ImportedHash) -> Result<()> {
    db.transaction(async |db| put(db, user_id, hash.into(), None, "password.import").await)
        .await
}

/// Stores the hash as the live user's password and ends what hung on the one before: the user's sessions, but for
/// `except`, and unused tokens to reset it or to change the address. To be called in a transaction, of which it locks the
/// user first.
///
/// # Errors
///
/// [`Error::NotFound`] where there is no such live user, or `except` is no live session of the user.
pub(crate) async fn store(
    db: &Db,
    user_id: Uuid,
    hash: PasswordHash,
    except: Option<Uuid>,
) -> Result<()> {
    put(db, user_id, hash.into(), except, "password.set").await
}

async fn put(
    db: &Db,
    user_id: Uuid,
    hash: String,
    except: Option<Uuid>,
    action: &'static str,
) -> Result<()> {
    let scope = locked(db, user_id, except).await?;
    // The user is locked: nobody makes the row between the two.
    let theirs = user_passwords::Column::UserId.eq(user_id);
    if set_rows::<user_passwords::Entity, _>(&scope, changed(hash.clone()), theirs).await? == 0 {
        insert::<user_passwords::Entity, _>(&scope, row(user_id, hash)).await?;
    }
    end(&scope, user_id, except).await?;
    record(&scope, action, user_id)
}

/// As [`store`], in the place of the hash `former` alone.
///
/// # Errors
///
/// [`Error::Conflict`] of `password` where it is another one by now.
pub(super) async fn replace(
    db: &Db,
    user_id: Uuid,
    former: &str,
    hash: PasswordHash,
    except: Option<Uuid>,
) -> Result<()> {
    let scope = locked(db, user_id, except).await?;
    if !swap(&scope, user_id, former, hash).await? {
        return Err(Error::conflict("password"));
    }
    end(&scope, user_id, except).await?;
    let event = Event::on::<user_passwords::Entity>(&scope, "password.change", user_id);
    db.record(event.by(db, user_id))
}

/// Stores the hash if the one stored is still `former`; `false`: it is not.
pub(super) async fn swap(
    scope: &Outside,
    user_id: Uuid,
    former: &str,
    hash: PasswordHash,
) -> Result<bool> {
    let same = Condition::all()
        .add(user_passwords::Column::UserId.eq(user_id))
        .add(user_passwords::Column::PasswordHash.eq(former));
    let swapped = set_rows::<user_passwords::Entity, _>(scope, changed(hash.into()), same).await?;
    Ok(swapped == 1)
}

/// Whether this is the hash of the live user's password, which then stays so until the transaction ends.
pub(super) async fn keep(db: &Db, user_id: Uuid, hash: &str) -> Result<bool> {
    let scope = outside(db);
    // The user first, and by a query of its own: whoever stores or removes a password holds that row, and what was done
    // while it was waited for is seen by the next query alone.
    let user = Find::<users::Entity, _>::new(scope.clone())
        .filter(users::Column::Id.eq(user_id))
        .guarded()
        .one()
        .await?;
    if user.is_none() {
        return Ok(false);
    }
    Find::<user_passwords::Entity, _>::new(scope)
        .filter(user_passwords::Column::UserId.eq(user_id))
        .filter(user_passwords::Column::PasswordHash.eq(hash))
        .exists()
        .await
}

pub(super) async fn remove(db: &Db, user_id: Uuid) -> Result<bool> {
    db.transaction(async |db| {
        let scope = locked(db, user_id, None).await?;
        let theirs = user_passwords::Column::UserId.eq(user_id);
        let removed = remove_rows::<user_passwords::Entity, _>(&scope, theirs).await? == 1;
        if removed {
            end(&scope, user_id, None).await?;
            record(&scope, "password.remove", user_id)?;
        }
        Ok(removed)
    })
    .await
}

/// Locks the live user, so that no session and no token is made meanwhile, and sees to it that the session to keep is one
/// of the user's.
async fn locked(db: &Db, user_id: Uuid, keep: Option<Uuid>) -> Result<Outside> {
    let scope = outside(db);
    let user = Find::<users::Entity, _>::new(scope.clone())
        .filter(users::Column::Id.eq(user_id))
        .locked()
        .one()
        .await?;
    user.ok_or(Error::NotFound)?;
    if let Some(id) = keep {
        let theirs = Find::<sessions::Entity, _>::new(scope.clone())
            .filter(sessions::Column::Id.eq(id))
            .filter(sessions::Column::UserId.eq(user_id))
            .filter(sessions::Column::RevokedAt.is_null())
            .exists()
            .await?;
        if !theirs {
            return Err(Error::NotFound);
        }
    }
    Ok(scope)
}

async fn end(scope: &Outside, user_id: Uuid, except: Option<Uuid>) -> Result<()> {
    let now = scope.db.clock().now();
    ended_sessions::end::of_user(scope, user_id, except, now).await?;
    verification_tokens::void::past_password(scope, user_id, now).await?;
    Ok(())
}

pub(super) fn record(scope: &Outside, action: &'static str, user_id: Uuid) -> Result<()> {
    let event = Event::on::<user_passwords::Entity>(scope, action, user_id);
    scope.db.record(event)
}

fn row(user_id: Uuid, hash: String) -> user_passwords::ActiveModel {
    user_passwords::ActiveModel {
        user_id: Set(user_id),
        ..changed(hash)
    }
}

fn changed(hash: String) -> user_passwords::ActiveModel {
    user_passwords::ActiveModel {
        password_hash: Set(hash),
        ..Default::default()
    }
}
