//! Sessions: who carries a token is who was signed in, for as long as that holds, and nobody else is.

mod ending;
mod following;
mod hidden;
mod lasting;
mod listing;
mod malformed;
mod noting;
mod opening;
mod purging;
mod racing;
mod replacing;
mod rotating;
mod switching;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::sessions;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Clock, Db, Error, NewSession, Opened};
use uuid::Uuid;

/// A session without an application.
async fn open(db: &Db, user_id: Uuid) -> Opened {
    let new = NewSession::default();
    db.sessions().open(user_id, new).await.expect("a session")
}

fn inside(application_id: Uuid) -> NewSession {
    NewSession {
        application_id: Some(application_id),
        ..NewSession::default()
    }
}

/// A session in an application.
async fn open_in(db: &Db, user_id: Uuid, application_id: Uuid) -> Opened {
    let opened = db.sessions().open(user_id, inside(application_id)).await;
    opened.expect("a session")
}

/// The row of the session.
async fn stored(db: &Db, id: Uuid) -> sessions::Model {
    let row = sessions::Entity::find_by_id(id).one(db).await;
    row.expect("a look-up").expect("a row")
}

/// How many rows there are.
async fn rows(db: &Db) -> u64 {
    sessions::Entity::find().count(db).await.expect("a count")
}

/// How many sessions of the user have not ended.
async fn going_on(db: &Db, user_id: Uuid) -> u64 {
    let live = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user_id))
        .filter(sessions::Column::RevokedAt.is_null());
    live.count(db).await.expect("a count")
}

fn is_invalid<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::InvalidToken))
}

fn is_not_found<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotFound))
}

/// Whether the token is of a live session.
async fn works(db: &Db, token: &str) -> bool {
    match db.sessions().resolve(token).await {
        Ok(_) => true,
        Err(Error::InvalidToken) => false,
        Err(other) => panic!("{other}"),
    }
}

/// The roles in the application that is open, `None` where none is.
async fn roles(db: &Db, token: &str) -> Option<Vec<String>> {
    let signed_in = db.sessions().resolve(token).await.expect("signed in");
    signed_in.tenant.map(|tenant| tenant.role_keys().to_vec())
}

/// Moves the manual clock of [`crate::people::People::timed`].
struct Time {
    clock: Clock,
    at: DateTime<Utc>,
}

impl Time {
    /// Of a clock that was not moved yet.
    fn of(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            at: DateTime::from_timestamp(1_800_000_000, 0).expect("in range"),
        }
    }

    /// The next instant that the clock gives is this one.
    fn to(&mut self, instant: impl Into<DateTime<Utc>>) {
        let instant = instant.into();
        assert!(self.at < instant, "time goes on");
        self.clock.advance(instant - self.at);
        self.at = instant;
    }
}

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// Asks again until it is so; what is done beside an answer needs a moment.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let asked = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), asked).await;
    in_time.unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// Waits until the use of the session is noted as of this instant.
async fn until_noted(db: &Db, id: Uuid, at: DateTime<Utc>) {
    until("the use of a session is noted", async || {
        stored(db, id).await.last_seen_at >= at
    })
    .await;
    // The note ends a moment after its row is there, and until then no other one of the session is made.
    tokio::time::sleep(Duration::from_millis(100)).await;
}
