//! What is done to a client.

use sea_orm::Value;
use serde_json::Value as Json;

use super::row::{application_of, read, write};
use super::{OWNED, place};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::erase::details;
use crate::lifecycle::erase::walk::Place;
use crate::lifecycle::person::Person;
use crate::lifecycle::redact::at_most;

pub(super) const CLIENTS: Place = place("clients", OWNED, &["name", "email", "phone", "metadata"]);

/// A record that has the address and a name of the person is about the person: the names go too, the phone number, and what
/// the audit tells of the record.
pub(super) async fn client(db: &Db, person: &Person, key: &[Value]) -> Result<bool> {
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
