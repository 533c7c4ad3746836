//! The test bench: a migrated database of its own for every test, on `SQLite` and on `PostgreSQL`.
//!
//! ```no_run
//! use migration::testing::TestDb;
//!
//! migration::both_backends! {
//!     /// Shows up as two tests, `starts_empty::sqlite` and `starts_empty::postgres`.
//!     async fn starts_empty(db: TestDb) {
//!         let connection = db.connect().await;
//!         // …
//!     }
//! }
//! ```
//!
//! # Where `PostgreSQL` comes from
//!
//! `TEST_DATABASE_URL` names a server to use: its login must be a superuser or have `CREATEDB` and `CREATEROLE`, and the
//! database part of the URL is not looked at (the server's `postgres` database is used). Without it a throwaway server is
//! started from the installed binaries: the directory in `TEST_POSTGRES_BIN`, else `PATH`, else where the usual packages put
//! them. All test processes of a run share that server, and it goes away by itself a few seconds after the last of them,
//! however that one ended. Finding neither makes the tests fail: nothing passes by being skipped.
//!
//! # On Citus
//!
//! `TEST_CITUS_URL` names a database of a cluster's coordinator, as a superuser who is let in by every node in the same way;
//! that database knows the workers. Then [`Backend::Postgres`] is that cluster: the suite is run once more with the variable,
//! and each test has a database of its own on all nodes. What cannot apply there says why ([`not_on_citus`]). Without the
//! variable nothing is tried on Citus.
//!
//! # Who the tests are
//!
//! A test connects as the owner of its database, an ordinary login with `CREATEROLE`, who migrated it: not a superuser, for whom
//! neither privileges nor row-level security would exist. What needs more goes through [`TestDb::admin_url`], what needs less
//! through [`TestDb::create_login`]. Roles are the whole server's: those that are named after a database (`<database>_…`, as
//! migrations name theirs) go with it, others nobody cleans up.
//!
//! # More than a database
//!
//! [`OwnServer`] is a server that one test has for itself: with settings and TLS of its own, and it can be stopped and started
//! again. [`Bouncer`] is a `PgBouncer` in front of a server, from the installed program: `TEST_PGBOUNCER`, else `PATH`, else
//! where packages put it. [`Proxy`] counts round trips and cuts connections.
//!
//! # What stays behind
//!
//! Nothing, after a run that ended, but on a server of `TEST_DATABASE_URL` the migrated templates: a run drops those that
//! nobody uses and that are older than ten minutes. A killed run leaves its databases there too, and its `SQLite` files: the
//! next run sweeps them. `TEST_KEEP=1` keeps each test's database until then and prints its URL; what is on the throwaway
//! server goes with it all the same.
//!
//! Runs on Unix.

mod account;
mod admin;
mod binaries;
mod both;
mod bouncer;
mod citus;
mod cluster;
mod db;
mod folder;
mod history;
mod janitor;
mod keeper;
mod own_server;
mod proxy;
mod server;
mod session;
mod sqlite;
mod sweep;
mod template;

pub use binaries::find_postgres;
pub use bouncer::{Bouncer, PoolMode, find_pgbouncer};
pub use citus::{not_on_citus, on_citus};
pub use db::{Backend, Login, TestDb};
pub use janitor::{postgres_admin_url, postgres_version, sweep_postgres};
pub use own_server::{OwnServer, ServerSetup, Stop, Tls};
pub use proxy::Proxy;
pub use sqlite::sweep_sqlite;
