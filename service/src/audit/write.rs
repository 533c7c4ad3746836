//! Writing events: each becomes the end of its chain.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::chain::{self, Link, START};
use super::detail;
use super::event::Event;
use crate::db::Db;
use crate::error::{Error, Result};

/// The chain's end moves on by one; whoever writes to the same chain waits here until this transaction ends. The database
/// computes the hash, since it alone knows the event before at that moment: one round trip.
macro_rules! postgres {
    ($rest:literal) => {
        concat!(
            "WITH chain AS ( \
             INSERT INTO audit_chains AS chain \
             (application_id, lane, sequence, previous_hash, hash, first_sequence, first_previous_hash, created_at, updated_at) \
             VALUES ($1, $2, 1, $3, sha256($3 || int8send(1) || $4), 1, $3, $5, $5) \
             ON CONFLICT (application_id, lane) DO UPDATE SET sequence = chain.sequence + 1, previous_hash = chain.hash, \
             hash = sha256(chain.hash || int8send(chain.sequence + 1) || $4), updated_at = $5 \
             RETURNING sequence, previous_hash)",
            $rest
        )
    };
}

macro_rules! event {
    () => {
        "INSERT INTO audit_events (application_id, id, lane, sequence, actor_id, action, subject_type, subject_id, \
         detail_hash, previous_hash, created_at) \
         SELECT $1, $6, $2, chain.sequence, $7, $8, $9, $10, $11, chain.previous_hash, $5 FROM chain"
    };
}

const POSTGRES: &str = concat!(postgres!(" "), event!());
const POSTGRES_WITH_DETAIL: &str = concat!(
    postgres!(", event AS ("),
    event!(),
    ") INSERT INTO audit_details (application_id, event_id, detail, salt, created_at) VALUES ($1, $6, $12, $13, $5)"
);

const SQLITE_END: &str =
    "SELECT sequence, hash FROM audit_chains WHERE application_id = $1 AND lane = $2";
const SQLITE_BEGIN: &str = "INSERT INTO audit_chains (application_id, lane, sequence, previous_hash, hash, first_sequence, \
    first_previous_hash, created_at, updated_at) VALUES ($1, $2, 1, $3, $4, 1, $3, $5, $5)";
const SQLITE_GO_ON: &str = "UPDATE audit_chains SET sequence = $3, previous_hash = $4, hash = $5, updated_at = $6 \
    WHERE application_id = $1 AND lane = $2";
const SQLITE_EVENT: &str = "INSERT INTO audit_events (application_id, id, lane, sequence, actor_id, action, subject_type, \
    subject_id, detail_hash, previous_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const SQLITE_DETAIL: &str = "INSERT INTO audit_details (application_id, event_id, detail, salt, created_at) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes what is pending; `db` is the transaction that is about to commit.
pub(crate) async fn flush(db: &Db) -> Result<()> {
    let Some(pending) = db.pending() else {
        return Ok(());
    };
    for event in pending.take() {
        write(db, event).await?;
    }
    Ok(())
}

async fn write(db: &Db, event: Event) -> Result<()> {
    let (salt, detail_hash) = detail::seal(&event.detail, db.random());
    let lane = event.lane();
    let body = chain::body(&Link {
        application_id: event.application_id,
        lane,
        id: event.id,
        actor_id: event.actor_id,
        action: event.action,
        subject_type: &event.subject_type,
        subject_id: event.subject_id,
        detail_hash: &detail_hash,
        created_at: event.created_at,
    });
    match db.backend() {
        DbBackend::Sqlite => sqlite(db, event, lane, &body, salt, detail_hash).await,
        _ => postgres(db, event, lane, body, salt, detail_hash).await,
    }
}

async fn postgres(
    db: &Db,
    event: Event,
    lane: i64,
    body: Vec<u8>,
    salt: [u8; 16],
    detail_hash: chain::Hash,
) -> Result<()> {
    let mut values: Vec<Value> = vec![
        event.application_id.into(),
        lane.into(),
        START.to_vec().into(),
        body.into(),
        event.created_at.fixed_offset().into(),
        event.id.into(),
        event.actor_id.into(),
        event.action.into(),
        event.subject_type.into(),
        event.subject_id.into(),
        detail_hash.to_vec().into(),
    ];
    if event.detail.is_empty() {
        return execute(db, POSTGRES, values).await;
    }
    values.push(event.detail.into_json().into());
    values.push(salt.to_vec().into());
    execute(db, POSTGRES_WITH_DETAIL, values).await
}

/// There is one writer at a time: what is read does not change before it is written.
async fn sqlite(
    db: &Db,
    event: Event,
    lane: i64,
    body: &[u8],
    salt: [u8; 16],
    detail_hash: chain::Hash,
) -> Result<()> {
    let at = event.created_at.fixed_offset();
    let application_id = event.application_id;
    let end = Statement::from_sql_and_values(
        db.backend(),
        SQLITE_END,
        [application_id.into(), lane.into()],
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL on one chain, found by its key"
    )]
    let end = db.own().query_one_raw(end).await?;
    let (sequence, previous) = match end {
        None => {
            let hash = chain::hash(&START, 1, body);
            let values = [
                application_id.into(),
                lane.into(),
                START.to_vec().into(),
                hash.to_vec().into(),
                at.into(),
            ];
            execute(db, SQLITE_BEGIN, values).await?;
            (1, START.to_vec())
        }
        Some(row) => {
            let sequence: i64 = row.try_get::<i64>("", "sequence").map_err(Error::from)? + 1;
            let previous: Vec<u8> = row.try_get("", "hash").map_err(Error::from)?;
            let hash = chain::hash(&previous, sequence, body);
            let values = [
                application_id.into(),
                lane.into(),
                sequence.into(),
                previous.clone().into(),
                hash.to_vec().into(),
                at.into(),
            ];
            execute(db, SQLITE_GO_ON, values).await?;
            (sequence, previous)
        }
    };
    let values: [Value; 11] = [
        application_id.into(),
        event.id.into(),
        lane.into(),
        sequence.into(),
        event.actor_id.into(),
        event.action.into(),
        event.subject_type.into(),
        event.subject_id.into(),
        detail_hash.to_vec().into(),
        previous.into(),
        at.into(),
    ];
    execute(db, SQLITE_EVENT, values).await?;
    if event.detail.is_empty() {
        return Ok(());
    }
    let values: [Value; 5] = [
        application_id.into(),
        event.id.into(),
        event.detail.into_json().into(),
        salt.to_vec().into(),
        at.into(),
    ];
    execute(db, SQLITE_DETAIL, values).await
}

async fn execute(db: &Db, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<()> {
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL that writes one event, in the application that the event is of"
    )]
    db.own().execute_raw(statement).await?;
    Ok(())
}
