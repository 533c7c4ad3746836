//! What is the user's own: it goes, and the row of the user stays without anything that tells who that was.

use std::net::IpAddr;

use entity::{application_memberships, user_passwords, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::details;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::lifecycle::person::{Person, tombstone};
use crate::lifecycle::sql::Col::Id;
use crate::lifecycle::sql::{Sql, keys};
use crate::passwords::forget_attempts;
use crate::scope::{Across, Outside, remove, set_ever};

/// How many rows one transaction removes.
const BATCH: i64 = 1000;

/// What was counted about attempts to sign in. The rows hold hashes alone, but of an address that can be guessed.
pub(super) async fn attempts(db: &Db, person: &Person) -> Result<()> {
    let sources: Vec<IpAddr> = person.ips.iter().filter_map(|ip| ip.parse().ok()).collect();
    for address in person.accounts() {
        forget_attempts(db, address, &sources).await?;
    }
    Ok(())
}

/// Sessions and tokens, a few at a time.
pub(super) async fn rows(db: &Db, user_id: Uuid) -> Result<()> {
    for table in ["sessions", "verification_tokens"] {
        while some(db, table, user_id).await? == BATCH {}
    }
    Ok(())
}

async fn some(db: &Db, table: &str, user_id: Uuid) -> Result<i64> {
    let found = Sql::new(&format!("SELECT id FROM {table} WHERE user_id = "))
        .bind(user_id)
        .text(" LIMIT ")
        .bind(BATCH);
    let found = keys(&[Id("id")], &found.all(db).await?)?;
    if found.is_empty() {
        return Ok(0);
    }
    let ids = found.into_iter().flatten();
    let delete = Sql::new(&format!("DELETE FROM {table} WHERE id IN ")).list(ids);
    delete
        .execute(db)
        .await?
        .try_into()
        .map_err(|_| Error::NotFound)
}

/// In one transaction, as the last: from here on nothing tells who the user was. What came about since the erasing began,
/// by a restoring meanwhile, goes with it.
pub(super) async fn user(db: &Db, id: Uuid) -> Result<()> {
    db.transaction(async |db| {
        let user = crate::users::locked(db, id).await?;
        if user.deleted_at.is_none() {
            db.users().delete(id).await?;
        }
        rows(db, id).await?;
        let (outside, across) = (Outside { db: db.clone() }, Across { db: db.clone() });
        let password = user_passwords::Column::UserId.eq(id);
        remove::<user_passwords::Entity, _>(&outside, password).await?;
        let nowhere = application_memberships::ActiveModel {
            email: Set(None),
            ..Default::default()
        };
        let theirs = Condition::all()
            .add(application_memberships::Column::UserId.eq(id))
            .add(application_memberships::Column::Email.is_not_null());
        set_ever::<application_memberships::Entity, _>(&across, nowhere, theirs).await?;
        let nobody = users::ActiveModel {
            email: Set(tombstone(id)),
            username: Set(None),
            name: Set(None),
            given_name: Set(None),
            family_name: Set(None),
            picture: Set(None),
            email_verified_at: Set(None),
            ..Default::default()
        };
        set_ever::<users::Entity, _>(&outside, nobody, users::Column::Id.eq(id)).await?;
        details::of_user(db, id).await?;
        let event = Event::on::<users::Entity>(&outside, "user.erase", id);
        db.record(event)
    })
    .await
}
