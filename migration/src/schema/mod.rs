//! The words that migrations are written in: tables, columns, keys, soft delete, live-unique indexes.
//!
//! A migration states a table once; the words say it in the SQL of the backend at hand, `PostgreSQL` or `SQLite`, with
//! the same meaning on both. They are exported, so that an application writes its own tables with them.
//!
//! ```
//! use migration::schema::{Column, OnDelete, Table};
//!
//! fn invoices() -> Table {
//!     Table::new("invoices", "What an application bills its clients")
//!         .tenant_owned()
//!         .column(Column::uuid("client_id", "The client who owes it"))
//!         .column(Column::text("number", "As printed on the invoice").length(1, 40))
//!         .column(Column::uuid("created_by", "The user who wrote it; NULL once that user is gone").null())
//!         .references(&["application_id", "client_id"], "clients", &["application_id", "id"], OnDelete::Cascade)
//!         // With two references alone the generator would take the table for a junction of applications and clients.
//!         .references(&["created_by"], "users", &["id"], OnDelete::SetNull)
//!         .timestamps()
//!         .soft_delete()
//!         .live_unique(&["application_id", "number"])
//! }
//! ```
//!
//! [`isolate`], said after a table of one's own is made, keeps applications apart in it on `PostgreSQL` as in the tables of
//! this crate.
//!
//! What a released table lacks, a later migration adds: an [`AddedColumn`] is stated like a column of a new table, a
//! [`TableIndex`] like one of its indexes. A [`SearchIndex`] is of the words in its texts. An index of a large table is made
//! [concurrently](TableIndex::create_concurrently), so that nobody waits for it.
//!
//! # What the words promise
//!
//! - **The application leads every key.** [`Table::tenant_owned`] and [`Table::tenant_child`] put `application_id` first
//!   in the primary key; a reference between such tables carries it, so that none can cross tenants.
//! - **A deleted row holds nothing back.** [`Table::soft_delete`] adds `deleted_at` and `deletion_id`, both or neither,
//!   and every rule of uniqueness is a partial index on the live rows.
//! - **Every foreign key is indexed**, unless the primary key or another index already leads with its columns.
//! - **`updated_at` moves** on every update, whoever makes it ([`Table::timestamps`]).
//! - **Names follow one rule** ([`name`]).
//! - **An added column is like one that was there from the start**: the same CHECK by the same name, the same comment. And
//!   where it would fail on a table with rows, it is refused on an empty one too.
//!
//! # Frozen
//!
//! A released migration must do tomorrow what it did yesterday. So these words do not change their meaning once
//! released: what must be said differently becomes a new word, beside the old one.

mod added_column;
mod check;
mod column;
mod concurrent;
pub mod functions;
mod index;
pub mod name;
mod render;
mod search_index;
mod spread;
mod table;
mod table_index;
mod trigger;

pub use crate::isolation::{isolate, lift_isolation};
pub use added_column::AddedColumn;
pub use column::Column;
pub(crate) use concurrent::SCRATCH;
pub use search_index::{SEARCHED, SearchIndex};
pub use table::{OnDelete, Table};
pub use table_index::TableIndex;
