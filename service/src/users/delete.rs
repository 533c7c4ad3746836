//! The end of a user, and the return.

use entity::{application_memberships, users};
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::User;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::invitations;
use crate::memberships::{adopt, owners};
use crate::scope::{Across, Deleted, Deletion, Find, Outside, mark, unmark};
use crate::{lifecycle, sessions, verification_tokens};

pub(super) async fn delete(db: &Db, id: Uuid) -> Result<Deleted> {
    db.transaction(async |db| {
        // The lock first: whoever is making a row under the user is waited for, and nobody begins to.
        let user = locked(db, id).await?;
        if let Some(already) = Deleted::before(user.deleted_at, user.deletion_id) {
            return Ok(already);
        }
        owners::spare(db, id).await?;
        let deletion = Deletion::new(db);
        let (outside, across) = scopes(db);
        record(
            &across,
            "user.delete",
            "membership.remove",
            id,
            Some(deletion),
        )
        .await?;
        mark::<users::Entity, _>(&outside, deletion, users::Column::Id.eq(id)).await?;
        mark::<application_memberships::Entity, _>(
            &across,
            deletion,
            application_memberships::Column::UserId.eq(id),
        )
        .await?;
        end_access(&outside, &across, &user, deletion).await?;
        Ok(deletion.into())
    })
    .await
}

/// What is ended here stays so: restoring does not look at it.
async fn end_access(
    outside: &Outside,
    across: &Across,
    user: &User,
    deletion: Deletion,
) -> Result<()> {
    sessions::end::of_user(outside, user.id, None, deletion.at).await?;
    verification_tokens::void::of_user(outside, user.id, None, deletion.at).await?;
    let theirs = invitations::to_or_from(user.id, &user.email);
    invitations::revoke(across, theirs, deletion.at).await?;
    Ok(())
}

pub(super) async fn restore(db: &Db, id: Uuid) -> Result<User> {
    db.transaction(async |db| {
        let user = locked(db, id).await?;
        let Some(batch) = user.deletion_id else {
            return Err(Error::NotFound);
        };
        if user.email == lifecycle::tombstone(id) {
            // Erased: there is nobody to bring back.
            return Err(Error::NotFound);
        }
        let (outside, across) = scopes(db);
        unmark::<users::Entity, _>(&outside, batch, users::Column::Id.eq(id)).await?;
        adopt::by_applications(db, id, batch).await?;
        let theirs = || application_memberships::Column::UserId.eq(id);
        unmark::<application_memberships::Entity, _>(&across, batch, theirs()).await?;
        let left = Find::<application_memberships::Entity, _>::new(across.clone())
            .only_deleted()
            .filter(theirs())
            .filter(application_memberships::Column::DeletionId.eq(batch))
            .exists()
            .await?;
        if left {
            // An application came or went between the two statements: all or nothing, try again.
            return Err(Error::conflict("deletion_id"));
        }
        let back = db.users().get(id).await?.ok_or(Error::NotFound)?;
        record(&across, "user.restore", "membership.restore", id, None).await?;
        Ok(back)
    })
    .await
}

/// What is done to a user is done to the memberships: each application is told.
async fn record(
    across: &Across,
    to_user: &'static str,
    to_membership: &'static str,
    id: Uuid,
    deletion: Option<Deletion>,
) -> Result<()> {
    if !across.db.audits() {
        return Ok(());
    }
    let with = |event: Event| match deletion {
        Some(deletion) => event.with_deletion(deletion),
        None => event,
    };
    across
        .db
        .record(with(Event::on::<users::Entity>(across, to_user, id)))?;
    let memberships = Find::<application_memberships::Entity, _>::new(across.clone())
        .filter(application_memberships::Column::UserId.eq(id))
        .all()
        .await?;
    for membership in memberships {
        let event = Event::on::<application_memberships::Entity>(across, to_membership, id);
        across
            .db
            .record(with(event.within(membership.application_id)))?;
    }
    Ok(())
}

fn scopes(db: &Db) -> (Outside, Across) {
    (Outside { db: db.clone() }, Across { db: db.clone() })
}

/// The user, live or deleted, locked.
pub(crate) async fn locked(db: &Db, id: Uuid) -> Result<User> {
    let user = Find::<users::Entity, _>::new(Outside { db: db.clone() })
        .with_deleted()
        .filter(users::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    user.ok_or(Error::NotFound)
}
