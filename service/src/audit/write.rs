//! Writing events: each becomes the end of its chain.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::chain::{self, Link, START};
use super::detail;
use super::event::Event;
use crate::db::{Db, UNSHUT};
use crate::error::{Error, Result};

/// The parts of a statement that write one event: `, chain0 AS (…), event0 AS (…)` and, where it has one, its detail. Their
/// parameters stand behind the first `after` ones. `number` tells the events of one statement apart.
///
/// The chain's end moves on by one; whoever writes to the same chain waits here until this transaction ends. The database
/// computes the hash, since it alone knows the event before at that moment: one round trip.
///
/// What is inserted is returned, though nobody reads it: else Citus copies it, which row-level security refuses.
///
/// `of` is the part of the statement that gives a row if there is anything to tell. The event before goes first: chains are
/// locked in the order of the numbers.
fn parts(after: usize, number: usize, of: Option<&str>, with_detail: bool) -> String {
    let [
        application,
        lane,
        start,
        body,
        at,
        id,
        actor,
        action,
        kind,
        subject,
        hash,
        detail,
        salt,
    ]: [usize; 13] = std::array::from_fn(|place| after + place + 1);
    let from = match (of, number.checked_sub(1)) {
        (None, _) => String::new(),
        (Some(of), None) => format!(" FROM {of}"),
        (Some(of), Some(before)) => format!(" FROM {of} LEFT JOIN chain{before} ON true"),
    };
    let mut sql = format!(
        ", chain{number} AS (INSERT INTO audit_chains AS chain \
         (application_id, lane, sequence, previous_hash, hash, first_sequence, first_previous_hash, created_at, updated_at) \
         SELECT ${application}, ${lane}, 1, ${start}, sha256(${start} || int8send(1) || ${body}), 1, ${start}, ${at}, ${at}\
         {from} \
         ON CONFLICT (application_id, lane) DO UPDATE SET sequence = chain.sequence + 1, previous_hash = chain.hash, \
         hash = sha256(chain.hash || int8send(chain.sequence + 1) || ${body}), updated_at = ${at} \
         RETURNING sequence, previous_hash), \
         event{number} AS (INSERT INTO audit_events (application_id, id, lane, sequence, actor_id, action, subject_type, \
         subject_id, detail_hash, previous_hash, created_at) \
         SELECT ${application}, ${id}, ${lane}, chain{number}.sequence, ${actor}, ${action}, ${kind}, ${subject}, ${hash}, \
         chain{number}.previous_hash, ${at} FROM chain{number} RETURNING id)"
    );
    if with_detail {
        // Writing to a string cannot fail.
        let _ = write!(
            sql,
            ", detail{number} AS (INSERT INTO audit_details (application_id, event_id, detail, salt, created_at) \
             SELECT ${application}, ${id}, ${detail}, ${salt}, ${at} FROM chain{number} RETURNING event_id)"
        );
    }
    sql
}

/// The statement that writes one event and does nothing else.
fn alone(with_detail: bool) -> String {
    let parts = parts(0, 0, None, with_detail);
    format!(
        "WITH {} SELECT 1 FROM chain0",
        parts.trim_start_matches(", ")
    )
}

static POSTGRES: LazyLock<String> = LazyLock::new(|| alone(false));
static POSTGRES_WITH_DETAIL: LazyLock<String> = LazyLock::new(|| alone(true));

const SQLITE_END: &str =
    "SELECT sequence, hash FROM audit_chains WHERE application_id = $1 AND lane = $2";
const SQLITE_BEGIN: &str = "INSERT INTO audit_chains (application_id, lane, sequence, previous_hash, hash, first_sequence, \
    first_previous_hash, created_at, updated_at) VALUES ($1, $2, 1, $3, $4, 1, $3, $5, $5)";
const SQLITE_GO_ON: &str = "UPDATE audit_chains SET sequence = $3, previous_hash = $4, hash = $5, updated_at = $6 \
    WHERE application_id = $1 AND lane = $2";
/// One statement of one node: whoever writes to the same chain waits here, as with [`parts`].
const CITUS_GO_ON: &str = "INSERT INTO audit_chains AS chain (application_id, lane, sequence, previous_hash, hash, \
    first_sequence, first_previous_hash, created_at, updated_at) \
    VALUES ($1, $2, 1, $3, sha256($3 || int8send(1) || $4), 1, $3, $5, $5) \
    ON CONFLICT (application_id, lane) DO UPDATE SET sequence = chain.sequence + 1, previous_hash = chain.hash, \
    hash = sha256(chain.hash || int8send(chain.sequence + 1) || $4), updated_at = $5 RETURNING sequence, previous_hash";
const EVENT: &str = "INSERT INTO audit_events (application_id, id, lane, sequence, actor_id, action, subject_type, \
    subject_id, detail_hash, previous_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const DETAIL: &str = "INSERT INTO audit_details (application_id, event_id, detail, salt, created_at) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes what is pending; `db` is the transaction that is about to commit.
pub(crate) async fn flush(db: &Db) -> Result<()> {
    let Some(pending) = db.pending() else {
        return Ok(());
    };
    let events = pending.take();
    if db.backend() == DbBackend::Postgres && events.iter().any(|event| event.beyond) {
        // The floor of a tenant's transaction lets no such event pass; nothing but events comes after this.
        #[expect(
            clippy::disallowed_methods,
            reason = "settings of the transaction that is about to end"
        )]
        db.own().execute_unprepared(UNSHUT).await?;
    }
    for event in events {
        write(db, event).await?;
    }
    Ok(())
}

async fn write(db: &Db, event: Event) -> Result<()> {
    let sealed = seal(db, &event);
    if db.backend() == DbBackend::Sqlite {
        let end = sqlite(db, &event, &sealed).await?;
        return in_turn(db, event, sealed, end).await;
    }
    if db.is_on_citus() {
        let end = citus(db, &event, &sealed).await?;
        return in_turn(db, event, sealed, end).await;
    }
    let sql = if event.detail.is_empty() {
        &POSTGRES
    } else {
        &POSTGRES_WITH_DETAIL
    };
    execute(db, sql, values(event, sealed)).await
}

/// Puts the parts that write the event behind those of a statement, and its parameters behind those of the statement.
pub(super) fn append(
    db: &Db,
    event: Event,
    (number, of): (usize, &str),
    sql: &mut String,
    parameters: &mut Vec<Value>,
) {
    let sealed = seal(db, &event);
    let with_detail = !event.detail.is_empty();
    sql.push_str(&parts(parameters.len(), number, Some(of), with_detail));
    parameters.extend(values(event, sealed));
}

/// What is made of an event before it is written.
struct Sealed {
    lane: i64,
    /// What its chain hashes.
    body: Vec<u8>,
    /// Of the detail.
    salt: [u8; 16],
    detail_hash: chain::Hash,
}

fn seal(db: &Db, event: &Event) -> Sealed {
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
    Sealed {
        lane,
        body,
        salt,
        detail_hash,
    }
}

/// The parameters of [`parts`], in their order.
fn values(event: Event, sealed: Sealed) -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        event.application_id.into(),
        sealed.lane.into(),
        START.to_vec().into(),
        sealed.body.into(),
        event.created_at.fixed_offset().into(),
        event.id.into(),
        event.actor_id.into(),
        event.action.into(),
        event.subject_type.into(),
        event.subject_id.into(),
        sealed.detail_hash.to_vec().into(),
    ];
    if !event.detail.is_empty() {
        values.push(event.detail.into_json().into());
        values.push(sealed.salt.to_vec().into());
    }
    values
}

/// Moves the chain's end on. Returns the number of the event, and the hash of the one before.
async fn citus(db: &Db, event: &Event, sealed: &Sealed) -> Result<(i64, Vec<u8>)> {
    let values: [Value; 5] = [
        event.application_id.into(),
        sealed.lane.into(),
        START.to_vec().into(),
        sealed.body.clone().into(),
        event.created_at.fixed_offset().into(),
    ];
    let statement = Statement::from_sql_and_values(db.backend(), CITUS_GO_ON, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL on one chain, found by its key"
    )]
    let end = db.own().query_one_raw(statement).await?;
    let end = end.ok_or(Error::NotFound)?;
    let sequence = end.try_get("", "sequence").map_err(Error::from)?;
    let previous = end.try_get("", "previous_hash").map_err(Error::from)?;
    Ok((sequence, previous))
}

/// As [`citus`]. There is one writer at a time: what is read does not change before it is written.
async fn sqlite(db: &Db, event: &Event, sealed: &Sealed) -> Result<(i64, Vec<u8>)> {
    let Sealed { lane, body, .. } = sealed;
    let lane = *lane;
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
    Ok(match end {
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
    })
}

/// The event and its detail, by a statement each, at the end of the chain.
async fn in_turn(
    db: &Db,
    event: Event,
    sealed: Sealed,
    (sequence, previous): (i64, Vec<u8>),
) -> Result<()> {
    let Sealed {
        lane,
        salt,
        detail_hash,
        ..
    } = sealed;
    let at = event.created_at.fixed_offset();
    let application_id = event.application_id;
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
    execute(db, EVENT, values).await?;
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
    execute(db, DETAIL, values).await
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
