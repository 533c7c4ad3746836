//! Everywhere else an address is found, and what is done there.

use sea_orm::Value;
use serde_json::Value as Json;

use super::mail::FEW;
use super::walk::{Place, Walk};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::at_most;
use crate::lifecycle::sql::Col::{self, Id};
use crate::lifecycle::sql::{Sql, names};

const ID: &[Col] = &[Id("id")];
const OWNED: &[Col] = &[Id("application_id"), Id("id")];
const MEMBERSHIP: &[Col] = &[Id("application_id"), Id("user_id")];

/// Texts in which the address is replaced, and how long they may be.
const TEXTS: [(Place, usize); 8] = [
    (place("users", ID, &["email"]), 254),
    (
        place("users", ID, &["name", "given_name", "family_name"]),
        200,
    ),
    (place("users", ID, &["picture"]), 2048),
    (
        place("application_memberships", MEMBERSHIP, &["email"]),
        254,
    ),
    (place("applications", ID, &["name"]), 200),
    (place("applications", ID, &["description"]), 2000),
    (place("roles", OWNED, &["name"]), 200),
    (place("roles", OWNED, &["description"]), 2000),
];
/// Whatever browsers say of themselves.
const USER_AGENTS: (Place, usize) = (place("sessions", ID, &["user_agent"]), 512);
const CLIENTS: Place = place("clients", OWNED, &["name", "email", "phone", "metadata"]);
const INVITATIONS: Place = place("invitations", OWNED, &["email"]);
const TOKENS: Place = place("verification_tokens", ID, &["email", "payload"]);
const MAILBOXES: Place = place("mailboxes", OWNED, &["email"]);

const fn place(table: &'static str, key: &'static [Col], texts: &'static [&'static str]) -> Place {
    Place { table, key, texts }
}

/// What is done to a row that may have an address.
#[derive(Clone, Copy)]
enum Work {
    /// Replaced in texts of at most so many characters.
    Texts(usize),
    Client,
    /// Nobody can use it any more: an offer to the person, an intent of another about the address.
    Remove,
    Mailbox,
}

pub(super) async fn erase(db: &Db, person: &Person) -> Result<()> {
    for (place, longest) in &TEXTS {
        each(db, person, place, Work::Texts(*longest)).await?;
    }
    each(db, person, &USER_AGENTS.0, Work::Texts(USER_AGENTS.1)).await?;
    each(db, person, &CLIENTS, Work::Client).await?;
    each(db, person, &INVITATIONS, Work::Remove).await?;
    each(db, person, &TOKENS, Work::Remove).await
}

/// The addresses of the person's own mailboxes, and who holds them. It is the last that tells which those were.
pub(super) async fn mailboxes(db: &Db, person: &Person) -> Result<()> {
    each(db, person, &MAILBOXES, Work::Mailbox).await?;
    for held in &person.held {
        let sql = Sql::new("UPDATE mailboxes SET user_id = NULL, updated_at = ")
            .bind(db.clock().now().fixed_offset())
            .text(" WHERE application_id = ")
            .bind(held.application_id)
            .text(" AND id = ")
            .bind(held.id)
            .text(" AND user_id = ");
        sql.bind(person.id).execute(db).await?;
    }
    Ok(())
}

/// Goes to each row that may have an address, a few in a transaction.
async fn each(db: &Db, person: &Person, place: &Place, work: Work) -> Result<()> {
    let mut walk = Walk::new(place, person);
    while let Some(found) = walk.next(db).await? {
        for few in found.chunks(FEW) {
            db.transaction(async |db| some(db, person, place, work, few).await)
                .await?;
        }
    }
    Ok(())
}

async fn some(
    db: &Db,
    person: &Person,
    place: &Place,
    work: Work,
    few: &[Vec<Value>],
) -> Result<()> {
    for key in few {
        match work {
            Work::Texts(longest) => texts(db, person, place, longest, key).await?,
            Work::Client => client(db, person, key).await?,
            Work::Remove => remove_if(db, person, place, key).await?,
            Work::Mailbox => mailbox(db, person, key).await?,
        }
    }
    Ok(())
}

/// `(application_id, id) = ($1, $2)`
fn this(sql: Sql, place: &Place, key: &[Value]) -> Sql {
    sql.text(&format!(" WHERE ({}) = ", names(place.key)))
        .list(key.iter().cloned())
}

async fn texts(
    db: &Db,
    person: &Person,
    place: &Place,
    longest: usize,
    key: &[Value],
) -> Result<()> {
    if place.table == "users" && key[0] == Value::from(person.id) {
        // The user's own row goes last: until then it tells who that is.
        return Ok(());
    }
    let columns = place.texts.join(", ");
    let select = Sql::new(&format!("SELECT {columns} FROM {}", place.table));
    let Some(row) = this(select, place, key).all(db).await?.pop() else {
        return Ok(());
    };
    let mut change = Sql::new(&format!("UPDATE {} SET updated_at = ", place.table))
        .bind(db.clock().now().fixed_offset());
    let mut any = false;
    for column in place.texts {
        let text: Option<String> = row.try_get("", column)?;
        if let Some(erased) = text.and_then(|text| person.redactor.addresses(&text)) {
            change = change
                .text(&format!(", {column} = "))
                .bind(at_most(erased, longest));
            any = true;
        }
    }
    if any {
        this(change, place, key).execute(db).await?;
    }
    Ok(())
}

/// A record that has the address and a name of the person is about the person: the names go too, and the phone number.
async fn client(db: &Db, person: &Person, key: &[Value]) -> Result<()> {
    let select = Sql::new("SELECT name, email, phone, metadata FROM clients");
    let Some(row) = this(select, &CLIENTS, key).all(db).await?.pop() else {
        return Ok(());
    };
    let (name, metadata): (String, Json) = (row.try_get("", "name")?, row.try_get("", "metadata")?);
    let (email, phone): (Option<String>, Option<String>) =
        (row.try_get("", "email")?, row.try_get("", "phone")?);
    let redactor = &person.redactor;
    let theirs = email
        .as_deref()
        .is_some_and(|email| person.is_address(email));
    let about = theirs && redactor.all(&name).is_some();
    let without = |text: &str| {
        let found = if about {
            redactor.all(text)
        } else {
            redactor.addresses(text)
        };
        at_most(found.unwrap_or_else(|| text.to_owned()), 200)
    };
    let phone = phone.filter(|phone| !about && redactor.addresses(phone).is_none());
    let change = Sql::new("UPDATE clients SET updated_at = ")
        .bind(db.clock().now().fixed_offset())
        .text(", name = ")
        .bind(without(&name))
        .text(", email = ")
        .bind(email.filter(|_| !theirs))
        .text(", phone = ")
        .bind(phone)
        .text(", metadata = ")
        .bind(redactor.json(&metadata, about));
    this(change, &CLIENTS, key).execute(db).await?;
    Ok(())
}

async fn remove_if(db: &Db, person: &Person, place: &Place, key: &[Value]) -> Result<()> {
    if place.table == "verification_tokens" {
        // The user's own go later: they tell former addresses to whoever begins again.
        let own = Sql::new("SELECT id FROM verification_tokens WHERE user_id = ")
            .bind(person.id)
            .text(" AND id = ")
            .bind(key[0].clone());
        if !own.all(db).await?.is_empty() {
            return Ok(());
        }
    }
    let columns = place.texts.join(", ");
    let select = Sql::new(&format!("SELECT {columns} FROM {}", place.table));
    let Some(row) = this(select, place, key).all(db).await?.pop() else {
        return Ok(());
    };
    for column in place.texts {
        let has = if *column == "payload" {
            let payload: Json = row.try_get("", column)?;
            person.redactor.json(&payload, false) != payload
        } else {
            let text: Option<String> = row.try_get("", column)?;
            text.is_some_and(|text| person.redactor.addresses(&text).is_some())
        };
        if has {
            let delete = Sql::new(&format!("DELETE FROM {}", place.table));
            this(delete, place, key).execute(db).await?;
            return Ok(());
        }
    }
    Ok(())
}

/// It is the application's, with the mail in it; its address was the person's.
async fn mailbox(db: &Db, person: &Person, key: &[Value]) -> Result<()> {
    let select = Sql::new("SELECT id, email FROM mailboxes");
    let Some(row) = this(select, &MAILBOXES, key).all(db).await?.pop() else {
        return Ok(());
    };
    let (id, email): (uuid::Uuid, String) = (row.try_get("", "id")?, row.try_get("", "email")?);
    let Some((_, domain)) = email.split_once('@').filter(|_| person.is_address(&email)) else {
        return Ok(());
    };
    let local_part = format!("erased-{id}");
    let change = Sql::new("UPDATE mailboxes SET updated_at = ")
        .bind(db.clock().now().fixed_offset())
        .text(", email = ")
        .bind(format!("{local_part}@{domain}"))
        .text(", local_part = ")
        .bind(local_part);
    this(change, &MAILBOXES, key).execute(db).await?;
    Ok(())
}
