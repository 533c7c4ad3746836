//! The end of an application, and its return.

use entity::{
    application_memberships, applications, clients, domains, emails, mailboxes, roles, sessions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::Application;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::invitations;
use crate::memberships::{adopt, owners};
use crate::scope::{Deleted, Deletion, Find, InTenant, Outside, mark, set, unmark, unmark_all};

pub(super) async fn delete(db: &Db, id: Uuid) -> Result<Deleted> {
    db.transaction(async |db| {
        // The lock first: whoever is making a row under the application is waited for, and nobody begins to.
        let application = locked(db, id).await?;
        if let Some(already) = Deleted::before(application.deleted_at, application.deletion_id) {
            return Ok(already);
        }
        let deletion = Deletion::new(db);
        let outside = Outside { db: db.clone() };
        let own = InTenant {
            db: db.clone(),
            application_id: id,
        };
        let all = Condition::all;
        mark::<applications::Entity, _>(&outside, deletion, applications::Column::Id.eq(id))
            .await?;
        mark::<application_memberships::Entity, _>(&own, deletion, all()).await?;
        mark::<roles::Entity, _>(&own, deletion, all()).await?;
        mark::<clients::Entity, _>(&own, deletion, all()).await?;
        mark::<domains::Entity, _>(&own, deletion, all()).await?;
        mark::<mailboxes::Entity, _>(&own, deletion, all()).await?;
        mark::<emails::Entity, _>(&own, deletion, all()).await?;
        leave_sessions(&outside, all().add(sessions::Column::ApplicationId.eq(id))).await?;
        invitations::revoke(&own, all(), deletion.at).await?;
        let event = Event::on::<applications::Entity>(&own, "application.delete", id);
        db.record(event.with_deletion(deletion))?;
        Ok(deletion.into())
    })
    .await
}

pub(super) async fn restore(db: &Db, id: Uuid) -> Result<Application> {
    db.transaction(async |db| {
        let application = locked(db, id).await?;
        let Some(batch) = application.deletion_id else {
            return Err(Error::NotFound);
        };
        let outside = Outside { db: db.clone() };
        let own = InTenant {
            db: db.clone(),
            application_id: id,
        };
        unmark::<applications::Entity, _>(&outside, batch, applications::Column::Id.eq(id)).await?;
        adopt::by_users(&own, batch).await?;
        unmark_all::<application_memberships::Entity, _>(&own, batch).await?;
        unmark_all::<roles::Entity, _>(&own, batch).await?;
        unmark_all::<clients::Entity, _>(&own, batch).await?;
        unmark_all::<domains::Entity, _>(&own, batch).await?;
        unmark_all::<mailboxes::Entity, _>(&own, batch).await?;
        unmark_all::<emails::Entity, _>(&own, batch).await?;
        if !owners::any(&own).await? {
            return Err(Error::LastOwner);
        }
        let back = db.applications().get(id).await?.ok_or(Error::NotFound)?;
        let event = Event::on::<applications::Entity>(&own, "application.restore", id);
        db.record(event)?;
        Ok(back)
    })
    .await
}

async fn locked(db: &Db, id: Uuid) -> Result<Application> {
    if db.is_on_citus() {
        users_first(db, id).await?;
    }
    let application = Find::<applications::Entity, _>::new(Outside { db: db.clone() })
        .with_deleted()
        .filter(applications::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    application.ok_or(Error::NotFound)
}

/// On Citus whoever changes a domain locks all users and then all applications. Whoever signs up locks in that order too: so this
/// is done before the application is locked, by a change of no domain.
async fn users_first(db: &Db, id: Uuid) -> Result<()> {
    let own = InTenant {
        db: db.clone(),
        application_id: id,
    };
    let row = domains::ActiveModel {
        verified_at: Set(None),
        ..Default::default()
    };
    set::<domains::Entity, _>(&own, row, domains::Column::Id.eq(Uuid::nil())).await?;
    Ok(())
}

/// That the application is live and stays so until the transaction ends: what restoring begins with, as deleting an
/// application locks it first and then what is in it.
pub(crate) async fn keep(scope: &InTenant) -> Result<()> {
    let outside = Outside {
        db: scope.db.clone(),
    };
    let live = Find::<applications::Entity, _>::new(outside)
        .filter(applications::Column::Id.eq(scope.application_id))
        .kept()
        .one()
        .await?;
    live.map(|_| ()).ok_or(Error::NotFound)
}

/// Sessions that have the application open go on without one.
pub(crate) async fn leave_sessions(scope: &Outside, which: Condition) -> Result<()> {
    let closed = sessions::ActiveModel {
        application_id: Set(None),
        ..Default::default()
    };
    set::<sessions::Entity, _>(scope, closed, which).await?;
    Ok(())
}
