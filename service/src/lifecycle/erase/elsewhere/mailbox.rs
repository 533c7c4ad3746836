//! What is done to a mailbox.

use std::collections::BTreeSet;

use sea_orm::Value;
use uuid::Uuid;

use super::row::{application_of, read, write};
use super::{OWNED, Work, each, place};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::erase::mail::FEW;
use crate::lifecycle::erase::record;
use crate::lifecycle::erase::walk::Place;
use crate::lifecycle::person::{Held, Person};
use crate::lifecycle::sql::Sql;

const MAILBOXES: Place = place("mailboxes", OWNED, &["email"]);

/// The addresses of the person's own mailboxes, and who holds them. It is the last that tells which those were.
pub(in crate::lifecycle::erase) async fn mailboxes(db: &Db, person: &Person) -> Result<()> {
    each(db, person, &MAILBOXES, Work::Mailbox).await?;
    for few in person.held.chunks(FEW) {
        db.transaction(async |db| shared(db, person, few).await)
            .await?;
    }
    Ok(())
}

/// Nobody holds them any more.
async fn shared(db: &Db, person: &Person, few: &[Held]) -> Result<()> {
    let mut changed = BTreeSet::new();
    for held in few {
        let sql = Sql::new("UPDATE mailboxes SET user_id = NULL, updated_at = ")
            .bind(db.clock().now().fixed_offset())
            .text(" WHERE application_id = ")
            .bind(held.application_id)
            .text(" AND id = ")
            .bind(held.id)
            .text(" AND user_id = ");
        if sql.bind(person.id).execute(db).await? > 0 {
            changed.insert(held.application_id);
        }
    }
    record(db, person, changed)
}

/// It is the application's, with the mail in it; its address was the person's. Where the person never was, it is somebody
/// else's.
pub(super) async fn mailbox(db: &Db, person: &Person, key: &[Value]) -> Result<bool> {
    let application_id = application_of(&MAILBOXES, key);
    if !application_id.is_some_and(|id| person.applications.contains(&id)) {
        return Ok(false);
    }
    let Some(row) = read(db, &MAILBOXES, key).await? else {
        return Ok(false);
    };
    let email: String = row.try_get("", "email")?;
    let aliases = person.aliases(application_id);
    let Some((_, domain)) = email.split_once('@').filter(|_| aliases.is_address(&email)) else {
        return Ok(false);
    };
    let Some(Value::Uuid(Some(id))) = key.last() else {
        return Ok(false);
    };
    let local_part = nobodys(*id, domain);
    let email = format!("{local_part}@{domain}");
    let changed = vec![("email", email.into()), ("local_part", local_part.into())];
    write(db, &MAILBOXES, key, changed).await
}

/// The part before the `@` of the mailbox's address: an address has at most 254 characters (RFC 5321 §4.5.3.1.3). Of the id
/// the last part, which is random.
fn nobodys(id: Uuid, domain: &str) -> String {
    let digits = format!("{:012x}", id.as_u128() & 0xffff_ffff_ffff);
    let longest = 253_usize.saturating_sub(domain.len()).max(1);
    let long = format!("erased-{digits}");
    if long.len() <= longest {
        return long;
    }
    digits.chars().take(longest).collect()
}
