//! Mail: that which the person sent, received or holds loses addresses and names, all other the addresses. It stays with
//! those who have it, and so does what others wrote.

use sea_orm::Value;
use uuid::Uuid;

use super::walk::{Place, Walk};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::at_most;
use crate::lifecycle::sql::Col::{Id, Text};
use crate::lifecycle::sql::Sql;

/// How many ids are read at once.
const PAGE: i64 = 1000;
/// How many emails one transaction changes: each may be of several MiB.
pub(super) const FEW: usize = 50;

const SUBJECT: usize = 998;
const TEXT: usize = 1_048_576;
const ADDRESS: usize = 320;

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

pub(super) async fn erase(db: &Db, person: &Person) -> Result<()> {
    for application_id in &person.applications {
        of(db, person, *application_id, "user_id", person.id).await?;
    }
    for held in &person.held {
        of(db, person, held.application_id, "mailbox_id", held.id).await?;
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
        some(db, person, &found, false).await?;
    }
    Ok(())
}

/// Those of one application in which the column names the person, or a mailbox of the person's.
async fn of(
    db: &Db,
    person: &Person,
    application_id: Uuid,
    column: &str,
    named: Uuid,
) -> Result<()> {
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
        some(db, person, &keys, true).await?;
    }
}

async fn some(db: &Db, person: &Person, keys: &[Key], own: bool) -> Result<()> {
    for few in keys.chunks(FEW) {
        db.transaction(async |db| {
            for key in few {
                one(db, person, *key, own).await?;
            }
            Ok::<_, crate::Error>(())
        })
        .await?;
    }
    Ok(())
}

/// `own`: it is known to be mail of the person's. Mail that came from the person is, too.
async fn one(db: &Db, person: &Person, (application_id, id): Key, own: bool) -> Result<()> {
    let rows = Sql::new(
        "SELECT from_address, subject, body, body_html, message_id, in_reply_to FROM emails WHERE application_id = ",
    )
    .bind(application_id)
    .text(" AND id = ")
    .bind(id);
    let Some(row) = rows.all(db).await?.pop() else {
        return Ok(());
    };
    let text = |column: &str| -> Result<Option<String>> { Ok(row.try_get("", column)?) };
    let from = text("from_address")?.unwrap_or_default();
    let own = own || person.is_address(&from);
    let redactor = &person.redactor;
    let without = |text: &str| {
        if own {
            redactor.all(text)
        } else {
            redactor.addresses(text)
        }
    };
    let mut changed: Vec<(&str, Value)> = Vec::new();
    if let Some(from) = redactor.addresses(&from) {
        changed.push(("from_address", at_most(from, ADDRESS).into()));
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
        return Ok(());
    }
    let mut sql = Sql::new("UPDATE emails SET updated_at = ").bind(db.clock().now().fixed_offset());
    for (column, value) in changed {
        sql = sql.text(&format!(", {column} = ")).bind(value);
    }
    let sql = sql.text(" WHERE application_id = ").bind(application_id);
    sql.text(" AND id = ").bind(id).execute(db).await?;
    Ok(())
}

async fn recipients(db: &Db, person: &Person, found: &[Vec<Value>]) -> Result<()> {
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
        let Some(erased) = person.redactor.addresses(address) else {
            continue;
        };
        let own = person.is_address(address);
        one(db, person, email, own).await?;
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
        let erased = at_most(erased, ADDRESS);
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
    Ok(())
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
