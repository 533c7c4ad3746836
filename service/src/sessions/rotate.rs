//! A new secret for a session: at a change of privilege, or when it is asked for.

use entity::{applications, sessions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{live, open, session};
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, Outside, set};
use crate::secret::{PlainToken, Token, TokenKind};

pub(super) async fn rotate(db: &Db, token: &[u8]) -> Result<PlainToken> {
    let token = read(token)?;
    let outside = Outside { db: db.clone() };
    recorded(&outside, async |scope| {
        let session = live(&scope.db, &token).await?;
        let same = sessions::ActiveModel::default();
        let new = replace(&scope.db, session.id, Some(&session.secret_hash), same).await?;
        let event = Event::on::<sessions::Entity>(scope, "session.rotate", session.id)
            .with("user_id", session.user_id.to_string());
        scope.db.record(event.by(&scope.db, session.user_id))?;
        Ok(new)
    })
    .await
}

pub(super) async fn switch(
    db: &Db,
    token: &[u8],
    application_id: Option<Uuid>,
) -> Result<PlainToken> {
    // Before the transaction: what is no token costs no connection, and on `SQLite` no turn to write.
    let token = read(token)?;
    db.transaction(async |db| {
        let session = live(db, &token).await?;
        if let Some(application_id) = application_id {
            // In the order in which all lock: application, membership, then what hangs on them.
            let outside = Outside { db: db.clone() };
            Find::<applications::Entity, _>::new(outside)
                .filter(applications::Column::Id.eq(application_id))
                .kept()
                .one()
                .await?
                .ok_or(Error::NotFound)?;
            open::member(db, application_id, session.user_id).await?;
        }
        let elsewhere = sessions::ActiveModel {
            application_id: Set(application_id),
            ..Default::default()
        };
        let new = replace(db, session.id, Some(&session.secret_hash), elsewhere).await?;
        let outside = Outside { db: db.clone() };
        let action = "session.switch_application";
        let event = Event::on::<sessions::Entity>(&outside, action, session.id)
            .with("user_id", session.user_id.to_string())
            .with("application_id", application_id.map(|id| id.to_string()));
        db.record(event.by(db, session.user_id))?;
        Ok(new)
    })
    .await
}

/// A new token for a live session, whatever its present one.
pub(crate) async fn by_id(db: &Db, id: Uuid) -> Result<PlainToken> {
    replace(db, id, None, sessions::ActiveModel::default()).await
}

fn read(token: &[u8]) -> Result<Token> {
    Token::parse(TokenKind::Session, token).ok_or(Error::InvalidToken)
}

/// Puts a new secret in the place of `old`, and stores what else changes.
async fn replace(
    db: &Db,
    id: Uuid,
    old: Option<&[u8]>,
    change: sessions::ActiveModel,
) -> Result<PlainToken> {
    let (token, hash) = PlainToken::generate(TokenKind::Session, id, db.random());
    let now = db.clock().now();
    let row = sessions::ActiveModel {
        secret_hash: Set(hash.into()),
        rotated_at: Set(Some(now.fixed_offset())),
        last_seen_at: Set(now.fixed_offset()),
        ..change
    };
    let mut this = Condition::all()
        .add(sessions::Column::Id.eq(id))
        .add(session::live(now, db.policy()));
    if let Some(old) = old {
        // Both were read from the row: of two who replace the same secret, the second finds another in its place.
        this = this.add(sessions::Column::SecretHash.eq(old.to_vec()));
    }
    let outside = Outside { db: db.clone() };
    match set::<sessions::Entity, _>(&outside, row, this).await? {
        1 => Ok(token),
        _ => Err(Error::InvalidToken),
    }
}
