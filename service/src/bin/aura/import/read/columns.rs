//! The columns of a JSON object.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// An object, and whether a name stands in it twice: readers differ in which of the two counts (RFC 8259, section 4).
pub(super) struct Columns {
    pub(super) map: Map<String, Value>,
    pub(super) twice: bool,
}

/// What is told of an object that has a name twice.
pub(super) const TWICE: &str = "has a name twice: which of the two counts is not known";

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

/// Reads one object.
pub(super) struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Columns;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Columns, A::Error> {
        let mut columns = Columns {
            map: Map::new(),
            twice: false,
        };
        while let Some((name, value)) = object.next_entry::<String, Value>()? {
            columns.twice |= columns.map.insert(name, value).is_some();
        }
        Ok(columns)
    }
}
