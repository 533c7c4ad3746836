//! Row-level security on `PostgreSQL`: what keeps tenants apart when the code above forgets to.
//!
//! Every table that belongs to applications, and every global one, has row-level security enabled and *forced*, so that its
//! owner is held to it too. The policies of a table, by their names:
//!
//! | policy | for whom | lets through |
//! |---|---|---|
//! | `floor` (restrictive) | everybody | all rows where no tenant is set; the tenant's where one is |
//! | `owner` | whoever has the rights of the table's owner, whoever that is by now | all rows |
//! | `service` | the role of the pool's login | all rows |
//! | `runtime` | the role that a tenant transaction switches to | all rows |
//! | `runtime_tenant` (restrictive) | the same role | the tenant's rows: none where no tenant is set |
//! | `reader` | the role of reports | all rows, to read |
//!
//! The tenant is the session setting `app.application_id`; unset and empty are the same. It stops mistakes, not an attacker:
//! whoever can run any SQL can set it.
//!
//! On Citus they are others: see `spread.rs` beside this.
//!
//! A policy that needs a role is there when the role is. [`Role`] tells what each is for; [`isolate`] is for the tables of an
//! application; [`apply`] does all of it again, for roles that came later.
//!
//! # Frozen
//!
//! A released migration does tomorrow what it did yesterday: it runs SQL of its own, which lies beside it and never changes.
//! What is made here is for tables and roles that come later, and says the same as the newest migration: what must be said
//! differently comes with a migration of its own.

pub(crate) mod adoption;
mod apply;
pub(crate) mod names;
mod policy;
pub(crate) mod quote;
mod report;
mod roles;
mod script;
mod search;
mod shape;
pub(crate) mod spread;
mod word;

pub use apply::{apply, is_applied};
pub use report::{Report, RoleReport, report};
pub(crate) use roles::query;
pub use roles::{Role, Roles, State};
pub use word::{isolate, lift_isolation};

/// The setting of a migrating connection that says what the names of the roles begin with. Unset or empty: the name of the
/// database, and for a schema that is not `public` `<database>_<schema>`.
pub const PREFIX_SETTING: &str = "aura.role_prefix";
