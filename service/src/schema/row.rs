//! The schema of a row as stored.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, EntityName, EntityTrait, IdenStatic, Iterable, ModelTrait};
use serde_json::{Map, Value, json};

/// Stands for a row `M` ([`Client`](crate::Client), [`User`](crate::User), …) where a schema is made: its fields are the
/// columns of its table, each of its column's type. `#[schemars(with = "Row<Client>")]` in types of one's own.
#[derive(Debug)]
pub struct Row<M>(PhantomData<M>);

impl<M: ModelTrait> JsonSchema for Row<M> {
    fn schema_name() -> Cow<'static, str> {
        let table = M::Entity::default();
        let words = table.table_name().split('_').map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or(("", word));
            first.to_ascii_uppercase() + rest
        });
        (words.collect::<String>() + "Row").into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<M>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let columns = <M::Entity as EntityTrait>::Column::iter();
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for column in columns {
            let definition = column.def();
            let mut schema = of(definition.get_column_type());
            if let (Some(kind), true) = (schema.get_mut("type"), definition.is_null()) {
                *kind = json!([kind.clone(), "null"]);
            }
            properties.insert(column.as_str().to_owned(), schema);
            required.push(column.as_str().to_owned());
        }
        json_schema!({
            "type": "object",
            "properties": properties,
            "required": required,
        })
    }
}

/// As serde writes a column of this type; anything where nothing more is known.
fn of(column: &ColumnType) -> Value {
    match column {
        ColumnType::Uuid => json!({ "type": "string", "format": "uuid" }),
        ColumnType::TimestampWithTimeZone => json!({ "type": "string", "format": "date-time" }),
        ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_) => {
            json!({ "type": "string" })
        }
        ColumnType::BigInteger | ColumnType::Integer | ColumnType::SmallInteger => {
            json!({ "type": "integer" })
        }
        ColumnType::Boolean => json!({ "type": "boolean" }),
        _ => json!({}),
    }
}
