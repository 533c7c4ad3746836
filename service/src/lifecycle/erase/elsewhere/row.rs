//! One row that may have an address: read, changed, told whose it is.

use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::erase::locking;
use crate::lifecycle::erase::walk::Place;
use crate::lifecycle::person::{Aliases, Person, tombstone};
use crate::lifecycle::sql::{Sql, names};

/// That to which the row belongs; `None`: it belongs to none.
pub(super) fn application_of(place: &Place, key: &[Value]) -> Option<Uuid> {
    match (place.table, key.first()) {
        ("users" | "sessions" | "verification_tokens", _) => None,
        (_, Some(Value::Uuid(id))) => *id,
        _ => None,
    }
}

/// `(application_id, id) = ($1, $2)`
pub(super) fn this(sql: Sql, place: &Place, key: &[Value]) -> Sql {
    sql.text(&format!(" WHERE ({}) = ", names(place.key)))
        .list(key.iter().cloned())
}

/// The row, locked.
pub(super) async fn read(db: &Db, place: &Place, key: &[Value]) -> Result<Option<QueryResult>> {
    let columns = place.texts.join(", ");
    let select = Sql::new(&format!("SELECT {columns} FROM {}", place.table));
    let rows = locking(this(select, place, key), db).all(db).await?;
    Ok(rows.into_iter().next())
}

/// Changes those columns; `false`: there are none.
pub(super) async fn write(
    db: &Db,
    place: &Place,
    key: &[Value],
    changed: Vec<(&str, Value)>,
) -> Result<bool> {
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
pub(super) fn without(
    aliases: &Aliases,
    person: &Person,
    column: &str,
    text: &str,
) -> Option<String> {
    if column == "email" {
        aliases.is_address(text).then(|| tombstone(person.id))
    } else {
        aliases.redactor.addresses(text)
    }
}

/// The user's own rows go last: until then they tell who that is, to whoever begins again.
pub(super) async fn is_own(db: &Db, person: &Person, place: &Place, key: &[Value]) -> Result<bool> {
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
