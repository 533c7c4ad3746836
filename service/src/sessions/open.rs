//! Opening a session.

use entity::{application_memberships, sessions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{NewSession, Session};
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Across, Find, Outside, insert_recorded};
use crate::secret::{PlainToken, TokenKind};

/// A session that was just opened.
#[derive(Debug)]
pub struct Opened {
    /// What the user carries from now on. It cannot be had again.
    pub token: PlainToken,
    /// The session.
    pub session: Session,
}

pub(crate) async fn open(db: &Db, user_id: Uuid, new: NewSession) -> Result<Opened> {
    let Some(application_id) = new.application_id else {
        return store(db, user_id, new).await;
    };
    db.transaction(async |db| {
        // The session first: it locks user and application, and the membership comes after these.
        let opened = store(db, user_id, new).await?;
        member(db, application_id, user_id).await?;
        Ok(opened)
    })
    .await
}

async fn store(db: &Db, user_id: Uuid, new: NewSession) -> Result<Opened> {
    let id = db.new_id();
    let (token, hash) = PlainToken::generate(TokenKind::Session, id, db.random());
    let now = db.clock().now();
    let row = sessions::ActiveModel {
        id: Set(id),
        secret_hash: Set(hash.into()),
        user_id: Set(user_id),
        application_id: Set(new.application_id),
        last_seen_at: Set(now.fixed_offset()),
        expires_at: Set((now + db.policy().session_lifetime).fixed_offset()),
        ip: Set(new.ip.map(|ip| ip.to_canonical().to_string())),
        user_agent: Set(new.user_agent.map(Into::into)),
        created_at: Set(now.fixed_offset()),
        updated_at: Set(now.fixed_offset()),
        ..Default::default()
    };
    let outside = Outside { db: db.clone() };
    let application_id = new.application_id.map(|id| id.to_string());
    let event = Event::on::<sessions::Entity>(&outside, "session.open", id)
        .with("user_id", user_id.to_string())
        .with("application_id", application_id)
        .by(db, user_id);
    let session =
        insert_recorded::<sessions::Entity, _>(&outside, row, Condition::all(), event).await?;
    Ok(Opened {
        token,
        session: session.into(),
    })
}

/// That the user is a live member, and stays so until the transaction ends.
pub(super) async fn member(db: &Db, application_id: Uuid, user_id: Uuid) -> Result<()> {
    let membership = Find::<application_memberships::Entity, _>::new(Across { db: db.clone() })
        .filter(application_memberships::Column::ApplicationId.eq(application_id))
        .filter(application_memberships::Column::UserId.eq(user_id))
        .kept()
        .one()
        .await?;
    membership.map(drop).ok_or(Error::NotFound)
}
