//! The door: the one place where a select, an update or a delete begins, and the two scopes that it never leaves.
//!
//! - **Live**: deleted rows are not there, unless [`with_deleted`](Find::with_deleted) or
//!   [`only_deleted`](Find::only_deleted) says so.
//! - **Tenant**: rows of another application are not there, whatever is said.
//!
//! They are independent: leaving the first does not loosen the second. Both are added when the query is sent, as
//! `tenant AND live AND (what the caller asks)`, on both sides of a join, and no type of this crate hands out the
//! query itself, whose walls a caller could take down.
//!
//! An entity comes through the door once it is [declared](crate::scoped), ours and an application's own alike.
//!
//! # What does not compile
//!
//! Rows of an application without a [`Tenant`]:
//!
//! ```
//! # use service::Tenant;
//! async fn all(tenant: &Tenant) -> service::Result<u64> {
//!     tenant.find::<entity::clients::Entity>().count().await
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use service::Db;
//! async fn all(tenant: &Db) -> service::Result<u64> {
//!     tenant.find::<entity::clients::Entity>().count().await
//! }
//! ```
//!
//! What no application owns through a tenant: everybody's users. Those of the members are reached by the relation.
//!
//! ```
//! # use service::Db;
//! async fn users(place: &Db) -> service::Result<u64> {
//!     place.find::<entity::users::Entity>().count().await
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use service::Tenant;
//! async fn users(place: &Tenant) -> service::Result<u64> {
//!     place.find::<entity::users::Entity>().count().await
//! }
//! ```
//!
//! Secrets, of which some tables are full:
//!
//! ```
//! # use service::Tenant;
//! async fn read(tenant: &Tenant) -> service::Result<bool> {
//!     tenant.find::<entity::domains::Entity>().exists().await
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use service::Tenant;
//! async fn read(tenant: &Tenant) -> service::Result<bool> {
//!     tenant.find::<entity::invitations::Entity>().exists().await
//! }
//! ```
//!
//! Writing this crate's own entities past their verbs:
//!
//! ```
//! # use service::Tenant;
//! async fn rows(tenant: &Tenant) -> service::Result<()> {
//!     tenant.find::<entity::roles::Entity>().all().await.map(drop)
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use service::Tenant;
//! async fn rows(tenant: &Tenant) -> service::Result<()> {
//!     tenant.insert::<entity::roles::Entity>(Default::default()).await.map(drop)
//! }
//! ```
//!
//! What only an admin may do on a plain tenant:
//!
//! ```
//! # use service::Tenant;
//! async fn invite(tenant: &Tenant, user_id: uuid::Uuid) -> service::Result<()> {
//!     tenant.admin()?.members().add(user_id, &["member"]).await.map(drop)
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use service::Tenant;
//! async fn invite(tenant: &Tenant, user_id: uuid::Uuid) -> service::Result<()> {
//!     tenant.members().add(user_id, &["member"]).await.map(drop)
//! }
//! ```
//!
//! A query taken out of its walls:
//!
//! ```
//! # use service::Tenant;
//! use sea_orm::{ColumnTrait, QueryFilter};
//! async fn find(tenant: &Tenant) -> service::Result<()> {
//!     let find = tenant.find::<entity::clients::Entity>();
//!     find.filter(entity::clients::Column::Name.eq("Ada")).all().await.map(drop)
//! }
//! ```
//!
//! ```compile_fail,E0599
//! # use service::Tenant;
//! use sea_orm::{ColumnTrait, QueryTrait};
//! async fn find(tenant: &Tenant) -> service::Result<()> {
//!     let mut find = tenant.find::<entity::clients::Entity>();
//!     find.query().all().await.map(drop)
//! }
//! ```
//!
//! # What the types cannot stop
//!
//! - **Raw SQL in a filter** stands inside brackets: an `OR` in it reaches no further. Text that closes them
//!   (`Expr::cust("1=1) OR (1=1")`) does, and so does a subquery: what it reads is what it says. Never make
//!   such text from input.
//! - **Statements of one's own** on [`Tenant::db`] pass no wall.
//! - **A declaration is believed.** Whoever declares an entity `global` though an application owns its rows, or an
//!   entity of their own on a table of this crate, gets what they declared. A relation written by hand decides which
//!   rows of what no application owns it joins.
//! - **Deleting through the door takes the rows it names**, and not those that stand under them: delete those in the same
//!   [transaction](Tenant::transaction). A verb of this crate does not know an application's own tables.
//! - **An entity related to itself** has no place for its second name: ask in two steps.
//!
//! Below these, `PostgreSQL` can hold a floor of its own: row-level security.

pub(crate) mod access;
mod columns;
mod cursor;
mod declare;
pub(crate) mod decode;
mod delete;
mod deleted;
mod each;
mod entities;
mod find;
mod join;
mod keyset;
mod load;
pub(crate) mod nodes;
mod page;
mod parent;
mod permission;
mod ready;
mod remove;
mod rows;
mod tenant;
mod text;
mod turn;
mod update;
mod wall;
mod write;

use uuid::Uuid;

pub(crate) use columns::columns;
pub use cursor::Cursor;
pub use declare::{Global, Ownership, Readable, Scoped, SoftDelete, TenantOwned, Writable};
pub use deleted::Deleted;
pub use find::Find;
pub use join::{FindAlso, FindBoth};
pub use keyset::{ById, ByName, Keyset, Newest};
pub use page::{MAX_LIMIT, Page};
pub use parent::Parent;
pub use permission::{Permission, Permissions};
pub use rows::DeletedRows;
pub use tenant::{ADMIN, Admin, MEMBER, OWNER, Owner, Tenant};

#[doc(hidden)]
pub use declare::ownership;
pub(crate) use delete::{Deletion, mark, mark_recorded, revive, unmark, unmark_all};
pub(crate) use each::{End, of_each};
pub(crate) use join::{among, among_taken, exists, held, named};
pub(crate) use load::{many as load_many, one as load_one};
pub(crate) use ready::{Ready, ReadyPages};
pub(crate) use remove::{remove, remove_some};
pub(crate) use tenant::Access;
pub(crate) use text::matches;
pub(crate) use update::{set, set_ever, update};
pub(crate) use wall::Life;
pub(crate) use write::{
    insert, insert_all, insert_if_absent, insert_new, insert_recorded, insert_while,
};

use crate::db::Db;

/// Where a query may look. A [`Tenant`] has one, and so has [`Db`] for what no application owns.
pub trait Scope: Clone + Send + Sync {
    /// What it runs on.
    #[doc(hidden)]
    fn db(&self) -> &Db;

    /// The application it is shut in; `None` where rows belong to none.
    #[doc(hidden)]
    fn application_id(&self) -> Option<Uuid>;

    /// The same scope on another connection: one that a transaction is open on.
    #[doc(hidden)]
    #[must_use]
    fn on(&self, db: &Db) -> Self;
}

/// Rows with this ownership are in sight of the scope.
pub trait Sees<O: Ownership>: Scope {}

/// One application's rows, and through them what no application owns.
#[derive(Clone, Debug)]
pub struct InTenant {
    pub(crate) db: Db,
    pub(crate) application_id: Uuid,
}

/// What no application owns.
#[derive(Clone, Debug)]
pub struct Outside {
    pub(crate) db: Db,
}

/// All rows of all applications, for verbs of this crate that must cross them (deleting a user, say).
#[derive(Clone, Debug)]
pub(crate) struct Across {
    pub(crate) db: Db,
}

impl Scope for InTenant {
    fn db(&self) -> &Db {
        &self.db
    }

    fn application_id(&self) -> Option<Uuid> {
        Some(self.application_id)
    }

    fn on(&self, db: &Db) -> Self {
        Self {
            db: db.clone(),
            application_id: self.application_id,
        }
    }
}

impl Scope for Outside {
    fn db(&self) -> &Db {
        &self.db
    }

    fn application_id(&self) -> Option<Uuid> {
        None
    }

    fn on(&self, db: &Db) -> Self {
        Self { db: db.clone() }
    }
}

impl Scope for Across {
    fn db(&self) -> &Db {
        &self.db
    }

    fn application_id(&self) -> Option<Uuid> {
        None
    }

    fn on(&self, db: &Db) -> Self {
        Self { db: db.clone() }
    }
}

impl Sees<ownership::Tenant> for InTenant {}
impl Sees<ownership::Global> for InTenant {}
impl Sees<ownership::Global> for Outside {}
impl Sees<ownership::Tenant> for Across {}
impl Sees<ownership::Global> for Across {}
