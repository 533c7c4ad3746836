//! Schemas of the values that are checked where they come in.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scope::{Cursor, Permission, Permissions};
use crate::secret::{ImportedHash, Password};
use crate::value::{
    Change, Content, DomainName, Email, Field, Line, LocalPart, MessageId, Metadata, Pattern,
    Picture, PublicId, RoleKey, SearchText, Slug, Subject, Text, Username,
};

/// The type's name and schema.
macro_rules! schemas {
    ($($type:ident { $($schema:tt)* })+) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ $($schema)* })
            }
        })+
    };
}

schemas! {
    Email {
        "type": "string",
        "format": "idn-email",
        "minLength": 3,
        "maxLength": 254,
        "pattern": "^[^@ ]+@[^@ ]+$",
    }
    Username {
        "type": "string",
        "minLength": 2,
        "maxLength": 64,
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    }
    Slug {
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
    }
    RoleKey {
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[a-z][a-z0-9_-]*$",
    }
    DomainName {
        "type": "string",
        "format": "idn-hostname",
        "minLength": 1,
        "maxLength": 254,
        "pattern": "^[^@ ]+$",
    }
    LocalPart {
        "type": "string",
        "minLength": 1,
        "maxLength": 256,
        "pattern": "^[^@ ]+$",
        "not": { "const": "*" },
    }
    MessageId {
        "type": "string",
        "minLength": 1,
        "pattern": "^[ \\t]*<?[^<> \\u0000-\\u001f\\u007f-\\u009f]+>?[ \\t]*$",
    }
    Picture {
        "type": "string",
        "minLength": 1,
        "maxLength": 2048,
        "pattern": "^([Hh][Tt][Tt][Pp][Ss]?://|[Dd][Aa][Tt][Aa]:[Ii][Mm][Aa][Gg][Ee]/)[^ \\u0000-\\u001f\\u007f-\\u009f]+$",
    }
    PublicId {
        "type": "string",
        "minLength": 10,
        "maxLength": 20,
        "pattern": "^[A-Za-z0-9]+$",
    }
    SearchText {
        "type": "string",
        "minLength": 1,
        "pattern": "\\S",
    }
    Subject {
        "type": "string",
        "maxLength": 998,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
    }
    Metadata {
        "type": "object",
    }
    Password {
        "type": "string",
        "format": "password",
        "writeOnly": true,
        "minLength": 1,
        "maxLength": 4096,
        "pattern": "^[^\\u0000]*$",
    }
    ImportedHash {
        "type": "string",
        "writeOnly": true,
        "maxLength": 1024,
    }
    Permission {
        "type": "string",
        "maxLength": 128,
        "pattern": "^(\\*|(\\*|[a-z][a-z0-9_]*)\\.(\\*|[a-z][a-z0-9_]*))$",
    }
    Cursor {
        "type": "string",
        "maxLength": 4096,
        "pattern": "^[A-Za-z0-9_-]+$",
    }
}

impl<const MAX: usize, F: Field> JsonSchema for Line<MAX, F> {
    fn schema_name() -> Cow<'static, str> {
        format!("Line{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // One character at least is to be seen.
        let other = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*";
        let seen = r"[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029]";
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX,
            "pattern": format!("^{other}{seen}{other}$"),
        })
    }
}

impl<const MAX: usize, F: Field> JsonSchema for Text<MAX, F> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let other = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*";
        let seen = r"[^\s\u0000-\u001f\u007f-\u009f]";
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX,
            "pattern": format!("^{other}{seen}{other}$"),
        })
    }
}

impl<const MAX: usize, F: Field> JsonSchema for Content<MAX, F> {
    fn schema_name() -> Cow<'static, str> {
        format!("Content{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": MAX,
            "pattern": r"^[^\u0000]*$",
        })
    }
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Permission>::json_schema(generator)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 254,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
        });
        json_schema!({
            "type": "object",
            "properties": { "contains": text, "starts_with": text, "ends_with": text, "is": text },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

/// A value, or `null` to clear it.
impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}
