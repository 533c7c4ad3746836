//! Every safe way to query the identity and tenancy schema.
mod clock;
mod config;
mod db;
mod error;
mod random;
pub mod scope;
mod value;

pub use clock::Clock;
pub use config::{Config, EMBEDDED_URL};
pub use db::Db;
pub use error::{Error, Result};
pub use random::Random;
pub use scope::{Admin, Cursor, Deleted, Owner, Page, Permission, Permissions, Tenant};
pub use value::Change;
