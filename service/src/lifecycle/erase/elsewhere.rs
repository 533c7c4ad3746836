//! Everywhere else an address is found, and what is done there.

use std::collections::BTreeSet;

use sea_orm::{QueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::mail::FEW;
use super::walk::{Place, Walk};
use super::{details, locking, record};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::{Aliases, Held, Person, tombstone};
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
    let mut changed = BTreeSet::new();
    for key in few {
        let change = match work {
            Work::Texts(longest) => texts(db, person, place, longest, key).await?,
            Work::Client => client(db, person, key).await?,
            Work::Remove => remove_if(db, person, place, key).await?,
            Work::Mailbox => mailbox(db, person, key).await?,
        };
        if change {
            changed.extend(application_of(place, key));
        }
    }
    record(db, person, changed)
}

/// That to which the row belongs; `None`: it belongs to none.
fn application_of(place: &Place, key: &[Value]) -> Option<Uuid> {
    match (place.table, key.first()) {
        ("users" | "sessions" | "verification_tokens", _) => None,
        (_, Some(Value::Uuid(id))) => *id,
        _ => None,
    }
}

/// `(application_id, id) = ($1, $2)`
fn this(sql: Sql, place: &Place, key: &[Value]) -> Sql {
    sql.text(&format!(" WHERE ({}) = ", names(place.key)))
        .list(key.iter().cloned())
}

/// The row, locked.
async fn read(db: &Db, place: &Place, key: &[Value]) -> Result<Option<QueryResult>> {
    let columns = place.texts.join(", ");
    let select = Sql::new(&format!("SELECT {columns} FROM {}", place.table));
    let rows = locking(this(select, place, key), db).all(db).await?;
    Ok(rows.into_iter().next())
}

/// Changes those columns; `false`: there are none.
async fn write(db: &Db, place: &Place, key: &[Value], changed: Vec<(&str, Value)>) -> Result<bool> {
    if changed.is_empty() {
        return Ok(false);
    }
    let mut change = Sql::new(&format!("UPDATE {} SET updated_at = ", place.table))
        .bind(db.clock().now().fixed_offset());
    for (column, value) in changed {
        change = change.text(&format!(", {column} = ")).bind(value);
    }
    this(change, place, key).execute(db).await?;
    Ok(true)
}

/// Without the addresses; `None`: there are none in it. What holds one address is that address or another's.
fn without(aliases: &Aliases, person: &Person, column: &str, text: &str) -> Option<String> {
    if column == "email" {
        aliases.is_address(text).then(|| tombstone(person.id))
    } else {
        aliases.redactor.addresses(text)
    }
}

/// The user's own rows go last: until then they tell who that is, to whoever begins again.
async fn is_own(db: &Db, person: &Person, place: &Place, key: &[Value]) -> Result<bool> {
    let id = Value::from(person.id);
    Ok(match place.table {
        "users" => key.first() == Some(&id),
        "application_memberships" => key.last() == Some(&id),
        "verification_tokens" => {
            let own = Sql::new("SELECT id FROM verification_tokens");
            let own = this(own, place, key).text(" AND user_id = ").bind(id);
            !own.all(db).await?.is_empty()
        }
        _ => false,
    })
}

async fn texts(
    db: &Db,
    person: &Person,
    place: &Place,
    longest: usize,
    key: &[Value],
) -> Result<bool> {
    if is_own(db, person, place, key).await? {
        return Ok(false);
    }
    let Some(row) = read(db, place, key).await? else {
        return Ok(false);
    };
    let aliases = person.aliases(application_of(place, key));
    let mut changed = Vec::new();
    for column in place.texts {
        let text: Option<String> = row.try_get("", column)?;
        if let Some(erased) = text.and_then(|text| without(aliases, person, column, &text)) {
            changed.push((*column, at_most(erased, longest).into()));
        }
    }
    write(db, place, key, changed).await
}

/// A record that has the address and a name of the person is about the person: the names go too, the phone number, and what
/// the audit tells of the record.
async fn client(db: &Db, person: &Person, key: &[Value]) -> Result<bool> {
    let Some(row) = read(db, &CLIENTS, key).await? else {
        return Ok(false);
    };
    let (name, metadata): (String, Json) = (row.try_get("", "name")?, row.try_get("", "metadata")?);
    let (email, phone): (Option<String>, Option<String>) =
        (row.try_get("", "email")?, row.try_get("", "phone")?);
    let aliases = person.aliases(application_of(&CLIENTS, key));
    let redactor = &aliases.redactor;
    let theirs = email.is_some_and(|email| aliases.is_address(&email));
    let about = theirs && redactor.all(&name).is_some();
    let mut changed: Vec<(&str, Value)> = Vec::new();
    let erased = if about {
        redactor.all(&name)
    } else {
        redactor.addresses(&name)
    };
    if let Some(name) = erased {
        changed.push(("name", at_most(name, 200).into()));
    }
    if theirs {
        changed.push(("email", Option::<String>::None.into()));
    }
    if phone.is_some_and(|phone| about || redactor.addresses(&phone).is_some()) {
        changed.push(("phone", Option::<String>::None.into()));
    }
    let erased = redactor.json(&metadata, about);
    if erased != metadata {
        changed.push(("metadata", erased.into()));
    }
    if let [Value::Uuid(Some(application_id)), Value::Uuid(Some(id))] = key
        && about
    {
        details::of_client(db, *application_id, *id).await?;
    }
    write(db, &CLIENTS, key, changed).await
}

async fn remove_if(db: &Db, person: &Person, place: &Place, key: &[Value]) -> Result<bool> {
    if is_own(db, person, place, key).await? {
        return Ok(false);
    }
    let Some(row) = read(db, place, key).await? else {
        return Ok(false);
    };
    let aliases = person.aliases(application_of(place, key));
    for column in place.texts {
        let has = if *column == "payload" {
            let payload: Json = row.try_get("", column)?;
            aliases.redactor.json(&payload, false) != payload
        } else {
            let text: Option<String> = row.try_get("", column)?;
            text.is_some_and(|text| without(aliases, person, column, &text).is_some())
        };
        if has {
            let delete = Sql::new(&format!("DELETE FROM {}", place.table));
            this(delete, place, key).execute(db).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// It is the application's, with the mail in it; its address was the person's. Where the person never was, it is somebody
/// else's.
async fn mailbox(db: &Db, person: &Person, key: &[Value]) -> Result<bool> {
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
