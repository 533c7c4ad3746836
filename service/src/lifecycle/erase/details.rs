//! Details of the audit: those of what the user did, of what was done to the user, and those that name the user. The events
//! stay, and their chains hold.

use sea_orm::{QueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::walk::{needles, position};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::sql::Col::{self, Id};
use crate::lifecycle::sql::{Sql, keys};
use crate::lifecycle::stretch::{Stretch, Stretches};

const KEY: &[Col] = &[Id("application_id"), Id("event_id")];
const FEW: usize = 500;

/// In the order of the key, a stretch at a time: what a detail says has no index.
pub(super) async fn erase(db: &Db, person: &Person) -> Result<()> {
    let mut stretches = Stretches::new("audit_details", KEY);
    while let Some(stretch) = stretches.next(db).await? {
        for few in within(db, person, &stretch).await?.chunks(FEW) {
            let delete = Sql::new("DELETE FROM audit_details WHERE (application_id, event_id) IN ");
            delete.rows(few).execute(db).await?;
        }
    }
    Ok(())
}

async fn within(db: &Db, person: &Person, stretch: &Stretch) -> Result<Vec<Vec<Value>>> {
    let mut sql = Sql::new(
        "SELECT d.application_id AS application_id, d.event_id AS event_id, d.detail AS detail, e.actor_id AS actor_id, \
         e.subject_id AS subject_id FROM audit_details d \
         JOIN audit_events e ON e.application_id = d.application_id AND e.id = d.event_id WHERE (e.actor_id = ",
    )
    .bind(person.id)
    .text(" OR e.subject_id = ")
    .bind(person.id);
    let position = position(db);
    for needle in needles(person).into_iter().chain([person.id.to_string()]) {
        sql = sql
            .text(&format!(" OR {position}(lower(CAST(d.detail AS text)), "))
            .bind(needle)
            .text(") > 0");
    }
    // What the user was called before is told by these: they go last.
    sql = sql
        .text(") AND NOT (d.application_id = ")
        .bind(Uuid::nil())
        .text(" AND e.subject_type = 'users' AND e.subject_id = ")
        .bind(person.id)
        .text(") AND ");
    sql = stretch.within(sql, "d.application_id, d.event_id");
    // The same of the events, which are looked up else one by one, or all of them.
    let sql = stretch.within(sql.text(" AND "), "e.application_id, e.id");
    let rows = sql
        .text(" ORDER BY d.application_id, d.event_id")
        .all(db)
        .await?;
    let mut found = Vec::new();
    for row in rows {
        if is_about(person, &row)? {
            found.push(row);
        }
    }
    keys(KEY, &found)
}

fn is_about(person: &Person, row: &QueryResult) -> Result<bool> {
    let (actor_id, subject_id): (Option<Uuid>, Uuid) =
        (row.try_get("", "actor_id")?, row.try_get("", "subject_id")?);
    if actor_id == Some(person.id) || subject_id == person.id {
        return Ok(true);
    }
    let detail: Json = row.try_get("", "detail")?;
    let application_id: Uuid = row.try_get("", "application_id")?;
    let redactor = &person.aliases(Some(application_id)).redactor;
    Ok(detail.to_string().contains(&person.id.to_string())
        || redactor.json(&detail, false) != detail)
}

/// What the client was called before, and how it was reached.
pub(super) async fn of_client(db: &Db, application_id: Uuid, id: Uuid) -> Result<()> {
    of_subject(db, application_id, "clients", id).await
}

/// What tells how the user was called before, the events of the erasing itself included.
pub(super) async fn of_user(db: &Db, user_id: Uuid) -> Result<()> {
    of_subject(db, Uuid::nil(), "users", user_id).await
}

async fn of_subject(db: &Db, application_id: Uuid, kind: &str, id: Uuid) -> Result<()> {
    Sql::new("DELETE FROM audit_details WHERE application_id = ")
        .bind(application_id)
        .text(" AND event_id IN (SELECT id FROM audit_events WHERE application_id = ")
        .bind(application_id)
        .text(" AND subject_type = ")
        .bind(kind)
        .text(" AND subject_id = ")
        .bind(id)
        .text(")")
        .execute(db)
        .await?;
    Ok(())
}
