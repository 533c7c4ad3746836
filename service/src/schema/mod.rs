//! JSON Schema (draft 2020-12) of what comes in and of what goes out, for `OpenAPI` tools and forms. The feature `schemars`.
//!
//! All types that come in are [`JsonSchema`]: a schema refuses nothing that is accepted; what no schema can say (that a
//! domain is valid by UTS 46, that a text is not blank in any script) it leaves to [`input`](crate::input). So are the
//! types that go out; rows are shown by [`Row`], since entities are generated.
//!
//! ```
//! use service::schema::{Row, schema_for};
//! use service::{Client, NewClient, Page};
//!
//! let schema = schema_for!(NewClient).to_value();
//! assert_eq!(schema["required"], serde_json::json!(["name"]));
//! assert_eq!(schema["additionalProperties"], false);
//!
//! let answer = schema_for!(Page<Row<Client>>).to_value();
//! assert_eq!(answer["$defs"]["ClientsRow"]["properties"]["id"]["format"], "uuid");
//! ```

mod row;
mod values;

pub use row::Row;
pub use schemars::{JsonSchema, schema_for};
