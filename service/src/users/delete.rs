//! The end of a user, and the return.

use entity::{application_memberships, sessions, users, verification_tokens};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::User;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::invitations;
use crate::memberships::{adopt, owners};
use crate::scope::{Across, Deleted, Deletion, Find, Outside, mark, set, unmark};

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
    let revoked_at = Set(Some(deletion.at.fixed_offset()));
    let of_sessions = Condition::all()
        .add(sessions::Column::UserId.eq(user.id))
        .add(sessions::Column::RevokedAt.is_null());
    let session = sessions::ActiveModel {
        revoked_at: revoked_at.clone(),
        ..Default::default()
    };
    set::<sessions::Entity, _>(outside, session, of_sessions).await?;

    let of_tokens = Condition::all()
        .add(verification_tokens::Column::UserId.eq(user.id))
        .add(verification_tokens::Column::ConsumedAt.is_null())
        .add(verification_tokens::Column::RevokedAt.is_null());
    let token = verification_tokens::ActiveModel {
        revoked_at,
        ..Default::default()
    };
    set::<verification_tokens::Entity, _>(outside, token, of_tokens).await?;

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
        let (outside, across) = scopes(db);
        unmark::<users::Entity, _>(&outside, batch, users::Column::Id.eq(id)).await?;
        adopt::by_applications(db, id, batch).await?;
        let theirs = || application_memberships::Column::UserId.eq(id);
        unmark::<application_memberships::Entity, _>(&across, batch, theirs()).await?;
        let left = Find::<application_memberships::Entity, _>::new(across)
            .only_deleted()
            .filter(theirs())
            .filter(application_memberships::Column::DeletionId.eq(batch))
            .exists()
            .await?;
        if left {
            // An application came or went between the two statements: all or nothing, try again.
            return Err(Error::conflict("deletion_id"));
        }
        let back = db.users().get(id).await?;
        back.ok_or(Error::NotFound)
    })
    .await
}

fn scopes(db: &Db) -> (Outside, Across) {
    (Outside { db: db.clone() }, Across { db: db.clone() })
}

async fn locked(db: &Db, id: Uuid) -> Result<User> {
    let user = Find::<users::Entity, _>::new(Outside { db: db.clone() })
        .with_deleted()
        .filter(users::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    user.ok_or(Error::NotFound)
}
