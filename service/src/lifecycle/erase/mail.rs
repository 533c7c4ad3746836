//! Mail: that which the person sent, received or holds loses addresses and names, all other the addresses. It stays with
//! those who have it, and so does what others wrote.

use std::collections::BTreeSet;

use sea_orm::Value;
use uuid::Uuid;

use super::walk::{Place, Walk};
use super::{locking, record};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::{Person, tombstone};
use crate::lifecycle::redact::at_most;
use crate::lifecycle::sql::Col::{Id, Text};
use crate::lifecycle::sql::Sql;

/// How many ids are read at once.
const PAGE: i64 = 1000;
/// How many emails one transaction changes: each may be of several MiB.
pub(super) const FEW: usize = 50;

const SUBJECT: usize = 998;
const TEXT: usize = 1_048_576;

const EMAILS: Place = Place {
    table: "emails",
    key: &[Id("application_id"), Id("id")],
    texts: &[
        "from_address",
        "subject",
        "body",
        "body_html",
        "message_id",
        "in_reply_to",
    ],
};
const RECIPIENTS: Place = Place {
    table: "email_recipients",
    key: &[
        Id("application_id"),
        Id("email_id"),
        Text("kind"),
        Text("address"),
    ],
    texts: &["address"],
};

/// An email, by application and id.
type Key = (Uuid, Uuid);

/// What an email is to the person.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Mail {
    /// The user's own row: what the user said of the own address and never proved counts in it, too.
    Sent,
    /// It is in a mailbox of the user's, or went to the person.
    Got,
    Others,
}

pub(super) async fn erase(db: &Db, person: &Person) -> Result<()> {
    for application_id in &person.applications {
        of(db, person, *application_id, Mail::Sent, person.id).await?;
    }
    for held in &person.held {
        of(db, person, held.application_id, Mail::Got, held.id).await?;
    }
    // Before the emails themselves: that an email was for the person is told by its recipients alone.
    let mut walk = Walk::new(&RECIPIENTS, person);
    while let Some(found) = walk.next(db).await? {
        for few in found.chunks(FEW) {
            db.transaction(async |db| recipients(db, person, few).await)
                .await?;
        }
    }
    let mut walk = Walk::new(&EMAILS, person);
    while let Some(found) = walk.next(db).await? {
        let found: Vec<_> = found.into_iter().filter_map(|key| id_of(&key)).collect();
        some(db, person, &found, Mail::Others).await?;
    }
    Ok(())
}

/// Those of one application that name the person, or a mailbox of the person's.
async fn of(db: &Db, person: &Person, application_id: Uuid, mail: Mail, named: Uuid) -> Result<()> {
    let column = match mail {
        Mail::Sent => "user_id",
        Mail::Got | Mail::Others => "mailbox_id",
    };
    let mut after = Uuid::nil();
    loop {
        let rows = Sql::new("SELECT id FROM emails WHERE application_id = ")
            .bind(application_id)
            .text(&format!(" AND {column} = "))
            .bind(named)
            .text(" AND id > ")
            .bind(after)
            .text(" ORDER BY id LIMIT ")
            .bind(PAGE)
            .all(db)
            .await?;
        let mut keys: Vec<Key> = Vec::new();
        for row in &rows {
            keys.push((application_id, row.try_get("", "id")?));
        }
        let Some((_, last)) = keys.last() else {
            return Ok(());
        };
        after = *last;
        some(db, person, &keys, mail).await?;
    }
}

async fn some(db: &Db, person: &Person, keys: &[Key], mail: Mail) -> Result<()> {
    for few in keys.chunks(FEW) {
        db.transaction(async |db| {
            let mut changed = BTreeSet::new();
            for key in few {
                if one(db, person, *key, mail).await? {
                    changed.insert(key.0);
                }
            }
            record(db, person, changed)
        })
        .await?;
    }
    Ok(())
}

/// Whether there was anything to take out. Mail that came from the person is the person's, whatever else is known of it.
async fn one(db: &Db, person: &Person, (application_id, id): Key, mail: Mail) -> Result<bool> {
    let rows = Sql::new(
        "SELECT from_address, subject, body, body_html, message_id, in_reply_to FROM emails WHERE application_id = ",
    )
    .bind(application_id)
    .text(" AND id = ")
    .bind(id);
    let Some(row) = locking(rows, db).all(db).await?.pop() else {
        return Ok(false);
    };
    let text = |column: &str| -> Result<Option<String>> { Ok(row.try_get("", column)?) };
    let from = text("from_address")?.unwrap_or_default();
    let aliases = person.aliases(Some(application_id));
    let sent = mail == Mail::Sent;
    let theirs = aliases.is_address(&from) || (sent && person.unproved.is_address(&from));
    let without = |text: &str| {
        if mail == Mail::Others && !theirs {
            return aliases.redactor.addresses(text);
        }
        // Before the names: they may be in it.
        let unproved = Some(text).filter(|_| sent);
        let unproved = unproved.and_then(|text| person.unproved.redactor.addresses(text));
        let all = aliases.redactor.all(unproved.as_deref().unwrap_or(text));
        all.or(unproved)
    };
    let mut changed: Vec<(&str, Value)> = Vec::new();
    if theirs {
        changed.push(("from_address", tombstone(person.id).into()));
    }
    for (column, longest) in [("subject", SUBJECT), ("body", TEXT), ("body_html", TEXT)] {
        if let Some(redacted) = text(column)?.as_deref().and_then(without) {
            changed.push((column, at_most(redacted, longest).into()));
        }
    }
    // What tells messages apart stays one of a kind; the thread is another column.
    if text("message_id")?.as_deref().and_then(without).is_some() {
        let other = format!("erased-{id}@erased.invalid");
        changed.push(("message_id", other.into()));
    }
    if text("in_reply_to")?.as_deref().and_then(without).is_some() {
        changed.push(("in_reply_to", Value::from(Option::<String>::None)));
    }
    if changed.is_empty() {
        return Ok(false);
    }
    let mut sql = Sql::new("UPDATE emails SET updated_at = ").bind(db.clock().now().fixed_offset());
    for (column, value) in changed {
        sql = sql.text(&format!(", {column} = ")).bind(value);
    }
    let sql = sql.text(" WHERE application_id = ").bind(application_id);
    sql.text(" AND id = ").bind(id).execute(db).await?;
    Ok(true)
}

async fn recipients(db: &Db, person: &Person, found: &[Vec<Value>]) -> Result<()> {
    let mut changed = BTreeSet::new();
    for key in found {
        let (
            Some(email),
            [
                _,
                _,
                Value::String(Some(kind)),
                Value::String(Some(address)),
            ],
        ) = (id_of(key), key.as_slice())
        else {
            continue;
        };
        if !person.aliases(Some(email.0)).is_address(address) {
            continue;
        }
        one(db, person, email, Mail::Got).await?;
        changed.insert(email.0);
        let this = |sql: Sql| {
            sql.text(" WHERE application_id = ")
                .bind(email.0)
                .text(" AND email_id = ")
                .bind(email.1)
                .text(" AND kind = ")
                .bind(kind.as_str())
                .text(" AND address = ")
        };
        // Two addresses of the person become one.
        let erased = tombstone(person.id);
        let there = this(Sql::new("SELECT 1 AS one FROM email_recipients")).bind(erased.as_str());
        let change = if there.all(db).await?.is_empty() {
            Sql::new("UPDATE email_recipients SET address = ")
                .bind(erased)
                .text(", updated_at = ")
                .bind(db.clock().now().fixed_offset())
        } else {
            Sql::new("DELETE FROM email_recipients")
        };
        this(change).bind(address.as_str()).execute(db).await?;
    }
    record(db, person, changed)
}

/// Of a key that begins with the application and the email.
fn id_of(key: &[Value]) -> Option<Key> {
    match key {
        [Value::Uuid(Some(application_id)), Value::Uuid(Some(id)), ..] => {
            Some((*application_id, *id))
        }
        _ => None,
    }
}
