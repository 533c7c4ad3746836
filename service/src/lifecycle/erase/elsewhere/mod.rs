//! Everywhere else an address is found, and what is done there.

mod client;
mod mailbox;
mod row;

use std::collections::BTreeSet;

use sea_orm::Value;
use serde_json::Value as Json;

use super::mail::FEW;
use super::record;
use super::walk::{Place, Walk};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::at_most;
use crate::lifecycle::sql::Col::{self, Id};
use crate::lifecycle::sql::Sql;
use client::{CLIENTS, client};
use mailbox::mailbox;
pub(super) use mailbox::mailboxes;
use row::{application_of, is_own, read, this, without, write};

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
const INVITATIONS: Place = place("invitations", OWNED, &["email"]);
const TOKENS: Place = place("verification_tokens", ID, &["email", "payload"]);

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
