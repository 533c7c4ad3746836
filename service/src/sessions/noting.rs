//! When a session was last used, noted in nobody's way.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::sessions;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::Session;
use crate::db::Db;
use crate::error::Result;
use crate::scope::{Outside, set};

/// How often the use of a session is noted.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// The sessions whose use this process is noting. Behind whoever holds the row of one, a single note waits, and not one,
/// with a connection, for each request that is made meanwhile.
static UNDER_WAY: Mutex<BTreeSet<Uuid>> = Mutex::new(BTreeSet::new());

fn under_way() -> MutexGuard<'static, BTreeSet<Uuid>> {
    // A set of ids is whole after every step.
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one note of a session; dropped when it is made, has failed or was given up.
struct Note(Uuid);

impl Note {
    /// `None`: one is under way.
    fn begin(id: Uuid) -> Option<Self> {
        // Made only where it is the one: dropping another would end that.
        let first = under_way().insert(id);
        first.then(|| Self(id))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        under_way().remove(&self.0);
    }
}

/// Notes the use of the session, unless that was done within the last minute, where it delays and fails nobody: beside
/// the answer, or in a savepoint where a transaction is open, as nothing else can run on its connection.
pub(super) async fn note(db: &Db, session: &Session, now: DateTime<Utc>) {
    if session.last_seen_at > now - EVERY {
        return;
    }
    let Some(note) = Note::begin(session.id) else {
        return;
    };
    if db.in_transaction() {
        told(db.transaction(async |db| seen(db, &note, now).await).await);
    } else {
        let db = db.clone();
        tokio::spawn(async move { told(seen(&db, &note, now).await) });
    }
}

async fn seen(db: &Db, note: &Note, now: DateTime<Utc>) -> Result<()> {
    let seen = sessions::ActiveModel {
        last_seen_at: Set(now.fixed_offset()),
        ..Default::default()
    };
    // Another process may have noted it since.
    let stale = Condition::all()
        .add(sessions::Column::Id.eq(note.0))
        .add(sessions::Column::RevokedAt.is_null())
        .add(sessions::Column::LastSeenAt.lte((now - EVERY).fixed_offset()));
    set::<sessions::Entity, _>(&Outside { db: db.clone() }, seen, stale).await?;
    Ok(())
}

fn told(noted: Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a session could not be noted");
    }
}
