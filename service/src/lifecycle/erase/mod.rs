//! Erasing a person (GDPR, Article 17).

mod details;
mod elsewhere;
mod mail;
mod own;
mod walk;

use std::collections::BTreeSet;

use sea_orm::{DbBackend, QueryResult};
use uuid::Uuid;

use super::person::{Person, tombstone};
use super::sql::Sql;
use crate::audit::{Actor, Event};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{OWNER, Outside};
use entity::users;

/// What erasing a user answers, where there is such a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Erased {
    /// The user is erased now.
    Now,
    /// The user had been erased before; nothing changed.
    Already,
}

/// Whatever ends it half-way, the user is deleted by then and what tells who that is goes last: called again, it finds all
/// that is left.
pub(super) async fn erase(db: &Db, id: Uuid) -> Result<Erased> {
    let begun = db.transaction(async |db| begin(db, id).await).await;
    let user = match begun {
        Ok(Some(user)) => user,
        Ok(None) => return Ok(Erased::Already),
        Err(Error::LastOwner) => {
            let applications = only_owner_of(db, id).await?;
            return Err(Error::StillOwner { applications });
        }
        Err(error) => return Err(error),
    };
    let person = Person::find(db, &user).await?;
    mail::erase(db, &person).await?;
    elsewhere::erase(db, &person).await?;
    details::erase(db, &person).await?;
    // From here on what told the addresses goes: all that had them has lost them by now.
    elsewhere::mailboxes(db, &person).await?;
    own::attempts(db, &person).await?;
    own::rows(db, id).await?;
    own::user(db, id).await?;
    Ok(Erased::Now)
}

/// Tells the applications in which rows were changed, in the transaction that has changed them.
fn record(db: &Db, person: &Person, applications: BTreeSet<Uuid>) -> Result<()> {
    let outside = Outside { db: db.clone() };
    for application_id in applications {
        let event = Event::on::<users::Entity>(&outside, "user.erase", person.id);
        db.record(event.within(application_id))?;
    }
    Ok(())
}

/// Deletes the user: from here on nothing comes about that is the user's. `None`: there is nothing to erase.
async fn begin(db: &Db, id: Uuid) -> Result<Option<users::Model>> {
    let user = crate::users::locked(db, id).await?;
    if user.email == tombstone(id) {
        return Ok(None);
    }
    if let Actor::System(reason) = db.actor()
        && Person::find(db, &user).await?.is_named_in(reason)
    {
        // It is recorded, and would outlast what it is about.
        return Err(Error::invalid("reason", "names the person to erase"));
    }
    db.users().delete(id).await?;
    let outside = Outside { db: db.clone() };
    db.record(Event::on::<users::Entity>(&outside, "user.erase_begin", id))?;
    Ok(Some(user))
}

/// The live applications that have no other owner.
async fn only_owner_of(db: &Db, user_id: Uuid) -> Result<Vec<(Uuid, String)>> {
    const OWNERS: &str = "FROM application_memberships m \
        JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL \
        JOIN membership_roles h ON h.application_id = m.application_id AND h.user_id = m.user_id \
        JOIN roles r ON r.application_id = h.application_id AND r.id = h.role_id AND r.deleted_at IS NULL \
        WHERE m.deleted_at IS NULL AND r.key = ";
    let sql = Sql::new(
        "SELECT a.id AS id, a.slug AS slug FROM application_memberships t \
         JOIN applications a ON a.id = t.application_id AND a.deleted_at IS NULL WHERE t.user_id = ",
    )
    .bind(user_id)
    .text(&format!(" AND t.deleted_at IS NULL AND EXISTS (SELECT 1 {OWNERS}"))
    .bind(OWNER)
    .text(" AND m.application_id = t.application_id AND m.user_id = t.user_id)")
    .text(&format!(" AND NOT EXISTS (SELECT 1 {OWNERS}"))
    .bind(OWNER)
    .text(" AND m.application_id = t.application_id AND m.user_id <> t.user_id) ORDER BY a.slug");
    let rows = sql.all(db).await?;
    let read = |row: &QueryResult| Ok((row.try_get("", "id")?, row.try_get("", "slug")?));
    rows.iter().map(read).collect()
}

/// Locks the rows that a query reads, until the transaction ends: what is written back is what was read. On `SQLite` nobody
/// else writes meanwhile.
fn locking(sql: Sql, db: &Db) -> Sql {
    match db.backend() {
        DbBackend::Sqlite => sql,
        _ => sql.text(" FOR UPDATE"),
    }
}
