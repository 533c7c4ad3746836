//! What an event says that can name a person: kept apart, salted, erasable.

use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, Value};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::chain::Hash;
use crate::random::Random;

/// Columns whose values no detail holds: secrets, and what people write to each other.
const WITHHELD: [&str; 7] = [
    "secret_hash",
    "password_hash",
    "challenge",
    "payload",
    "subject",
    "body",
    "body_html",
];
/// Columns that the event itself tells about, or that say nothing.
const IMPLIED: [&str; 6] = [
    "id",
    "application_id",
    "created_at",
    "updated_at",
    "deleted_at",
    "deletion_id",
];

/// A detail: a JSON object, `{}` where there is nothing to tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detail(Map<String, Json>);

impl Detail {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn with(&mut self, field: &str, value: Json) {
        self.0.insert(field.to_owned(), plain(value));
    }

    /// `changed: { column: [old, new] }` for each column in which the rows differ; without a row before, for each that is
    /// set.
    pub(crate) fn changed<E: EntityTrait>(&mut self, before: Option<&E::Model>, after: &E::Model)
    where
        E::Column: Iterable + IdenStatic,
    {
        self.columns(E::Column::iter().map(|column| {
            let new = after.get(column);
            let old = before.map_or_else(|| new.as_null(), |before| before.get(column));
            (column, old, new)
        }));
    }

    /// As [`changed`](Self::changed) without a row before, of a row that is not made yet.
    pub(crate) fn making<E: EntityTrait>(&mut self, row: &E::ActiveModel)
    where
        E::Column: Iterable + IdenStatic,
    {
        self.columns(E::Column::iter().filter_map(|column| {
            let new = row.get(column).into_value()?;
            Some((column, new.as_null(), new))
        }));
    }

    fn columns(&mut self, columns: impl Iterator<Item = (impl IdenStatic, Value, Value)>) {
        let mut changed = Map::new();
        for (column, old, new) in columns {
            let name = column.as_str();
            if IMPLIED.contains(&name) || old == new {
                continue;
            }
            let pair = if WITHHELD.contains(&name) {
                json!(["(withheld)", "(withheld)"])
            } else {
                json!([plain(value(old)), plain(value(new))])
            };
            changed.insert(name.to_owned(), pair);
        }
        if !changed.is_empty() {
            self.0.insert("changed".to_owned(), Json::Object(changed));
        }
    }

    pub(crate) fn into_json(self) -> Json {
        Json::Object(self.0)
    }
}

/// The salt of a detail that is stored, and the hash that its event holds. An empty detail is not stored; its hash, of
/// nothing, says so.
pub(crate) fn seal(detail: &Detail, random: &Random) -> ([u8; 16], Hash) {
    if detail.is_empty() {
        return ([0; 16], nothing());
    }
    let salt = random.bytes();
    (salt, hash(&salt, &Json::Object(detail.0.clone())))
}

/// The hash in the event of an empty detail.
pub(crate) fn nothing() -> Hash {
    Sha256::digest([]).into()
}

/// `SHA-256(salt ‖ detail)`, the detail with its keys in order and without spaces: both databases give it back with others.
pub(crate) fn hash(salt: &[u8], detail: &Json) -> Hash {
    let mut text = String::new();
    write(detail, &mut text);
    Sha256::new()
        .chain_update(salt)
        .chain_update(text.as_bytes())
        .finalize()
        .into()
}

fn write(json: &Json, text: &mut String) {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Json::String(key.clone()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Json::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// The same without fractions and large numbers, which a database may give back written otherwise, and without NUL, which
/// none takes: those become text.
fn plain(json: Json) -> Json {
    match json {
        Json::Number(number) if number.as_i64().is_none() => Json::String(number.to_string()),
        Json::String(text) if text.contains('\0') => Json::String(text.replace('\0', "\u{fffd}")),
        Json::Array(items) => items.into_iter().map(plain).collect(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key.replace('\0', "\u{fffd}"), plain(value)))
            .collect(),
        other => other,
    }
}

fn value(value: Value) -> Json {
    match value {
        Value::Bool(Some(is)) => is.into(),
        Value::Int(Some(number)) => number.into(),
        Value::BigInt(Some(number)) => number.into(),
        Value::String(Some(text)) => text.into(),
        Value::Uuid(Some(id)) => id.to_string().into(),
        Value::ChronoDateTimeWithTimeZone(Some(at)) => at.to_rfc3339().into(),
        Value::ChronoDateTimeUtc(Some(at)) => at.to_rfc3339().into(),
        Value::Json(Some(json)) => *json,
        // Bytes are hashes and keys; of any other type there is no column.
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_values_do() {
        let one: Json = serde_json::from_str(r#"{"b":[1,"x"],"a":null}"#).expect("is JSON");
        let same: Json = serde_json::from_str(r#"{ "a": null, "b": [1, "x"] }"#).expect("is JSON");
        let other: Json = serde_json::from_str(r#"{"a":null,"b":[1,"y"]}"#).expect("is JSON");
        assert_eq!(hash(b"salt", &one), hash(b"salt", &same));
        assert_ne!(hash(b"salt", &one), hash(b"salt", &other));
        assert_ne!(hash(b"salt", &one), hash(b"other", &one));
    }

    #[test]
    fn numbers_that_a_database_writes_otherwise_become_text() {
        let json: Json = serde_json::from_str(r#"{"a":1e2,"b":7,"c":[1.50]}"#).expect("is JSON");
        assert_eq!(plain(json), json!({"a": "100.0", "b": 7, "c": ["1.5"]}));
    }
}
