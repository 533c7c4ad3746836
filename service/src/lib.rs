//! Every safe way to query the identity and tenancy schema of `AuraID` Database.
//!
//! An application connects once and works with live rows of one tenant, without ever writing `deleted_at IS NULL` or
//! `application_id = …`, and cannot leave either scope by mistake. This page is a tutorial: read it from top to bottom, and
//! paste what you need. Every block of it is compiled and run by the tests.
//!
//! # 1. Connect
//!
//! `cargo run -p migration -- up` makes the schema. [`Config::from_env`] reads `DATABASE_URL` and the other settings, and
//! without them uses the embedded `aura.db`. One [`Db`] per process; it is cheap to clone, and closes what it opened.
//!
//! ```
//! use service::{Config, Db};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let database_url = database.url();
//! let db = Db::connect(Config::new(database_url)).await?; // or Config::from_env()?
//! assert_eq!(db.users().count().await?, 0);
//! db.close().await
//! # }
//! ```
//!
//! # 2. People, applications, and proof
//!
//! Input is checked where it comes in: a [`value`] is made from text by `parse` (or from JSON by serde), and what has the type
//! is valid. An application (an organization, a workspace, a tenant: one concept) comes with its roles and its first owner.
//! All that belongs to it is reached through a [`Tenant`], and a tenant is got by proof: a live membership.
//!
//! ```
//! # use service::{Config, Db};
//! use service::{Error, NewApplication, NewClient, NewUser};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! let ada = db.users().create(NewUser::new("Ada@Example.com".parse()?)).await?;
//! assert_eq!(ada.email, "ada@example.com");
//!
//! let new = NewApplication {
//!     name: "Harbour Bakery".parse()?,
//!     slug: "harbour-bakery".parse()?,
//!     description: None,
//!     public_id: None,
//!     compute_id: None,
//! };
//! let bakery = db.applications().create(ada.id, new).await?;
//!
//! let tenant = db.tenant(ada.id, bakery.id).await?;
//! let client = tenant.clients().create(NewClient::new("Café Morgenrot".parse()?)).await?;
//!
//! // What only an admin may do hangs on a type that only an admin gets.
//! let bob = db.users().create(NewUser::new("bob@example.com".parse()?)).await?;
//! assert!(db.tenant(bob.id, bakery.id).await.is_err());
//! tenant.admin()?.members().add(bob.id, &["member"]).await?;
//! let as_bob = db.tenant(bob.id, bakery.id).await?;
//! assert!(as_bob.clients().get(client.id).await?.is_some());
//! assert!(matches!(as_bob.admin(), Err(Error::Forbidden { .. })));
//! # db.close().await
//! # }
//! ```
//!
//! # 3. Deleting is a mark
//!
//! No read finds a deleted row, in any list, join or count; its name is free for others; it can be brought back, with exactly
//! what went along with it. What was deleted long ago goes for good by [`lifecycle`].
//!
//! ```
//! # use service::{Config, Db, NewApplication, NewClient, NewUser};
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! # let ada = db.users().create(NewUser::new("ada@example.com".parse()?)).await?;
//! # let new = NewApplication { name: "Bakery".parse()?, slug: "bakery".parse()?, description: None, public_id: None, compute_id: None };
//! # let bakery = db.applications().create(ada.id, new).await?;
//! # let tenant = db.tenant(ada.id, bakery.id).await?;
//! # let client = tenant.clients().create(NewClient::new("Café Morgenrot".parse()?)).await?;
//! tenant.clients().delete(client.id).await?;
//! assert!(tenant.clients().get(client.id).await?.is_none());
//! tenant.clients().restore(client.id).await?;
//!
//! // An application takes along all that is in it, and gives it back.
//! tenant.owner()?.delete_application().await?;
//! assert!(db.tenant(ada.id, bakery.id).await.is_err());
//! db.applications().restore(bakery.id).await?;
//! assert!(tenant.clients().get(client.id).await?.is_some());
//! # db.close().await
//! # }
//! ```
//!
//! # 4. Queries of your own
//!
//! [`Tenant::find`] asks any table in `SeaORM`'s words. The condition becomes: this tenant AND live AND (what you ask), in joins
//! too. Lists are pages by position, which no insert shifts.
//!
//! ```
//! # use service::{Config, Db, NewApplication, NewClient, NewUser};
//! use entity::clients;
//! use sea_orm::ColumnTrait;
//! use service::scope::ByName;
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! # let ada = db.users().create(NewUser::new("ada@example.com".parse()?)).await?;
//! # let new = NewApplication { name: "Bakery".parse()?, slug: "bakery".parse()?, description: None, public_id: None, compute_id: None };
//! # let bakery = db.applications().create(ada.id, new).await?;
//! # let tenant = db.tenant(ada.id, bakery.id).await?;
//! # for name in ["Café Morgenrot", "Hotel Belvedere", "Hotel Astoria"] {
//! #     tenant.clients().create(NewClient::new(name.parse()?)).await?;
//! # }
//! let hotels = || {
//!     tenant
//!         .find::<clients::Entity>()
//!         .filter(clients::Column::Name.starts_with("Hotel"))
//! };
//! let first = hotels().page::<ByName>(1, None).await?;
//! assert_eq!(first.items[0].name, "Hotel Astoria");
//! let second = hotels().page::<ByName>(1, first.next.as_ref()).await?;
//! assert_eq!(second.items[0].name, "Hotel Belvedere");
//! assert_eq!(second.next, None);
//! # db.close().await
//! # }
//! ```
//!
//! Tables of your own come through the same door with one line, [`scoped!`]: see [`scope`].
//!
//! # 5. All of it, or nothing
//!
//! Verbs compose. Inside a tenant's transaction `PostgreSQL` itself shows this application's rows alone, also to SQL of your
//! own (row-level security).
//!
//! ```
//! # use service::{Config, Db, NewApplication, NewClient, NewUser};
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! # let ada = db.users().create(NewUser::new("ada@example.com".parse()?)).await?;
//! # let new = NewApplication { name: "Bakery".parse()?, slug: "bakery".parse()?, description: None, public_id: None, compute_id: None };
//! # let bakery = db.applications().create(ada.id, new).await?;
//! # let tenant = db.tenant(ada.id, bakery.id).await?;
//! let refused = tenant
//!     .transaction(async |tenant| {
//!         let client = tenant.clients().create(NewClient::new("Hotel Belvedere".parse()?)).await?;
//!         // Nobody of this id is a member here: an error, and the client was never there.
//!         tenant.clients().assign(client.id, db.new_id()).await
//!     })
//!     .await;
//! assert!(refused.is_err());
//! assert_eq!(tenant.find::<entity::clients::Entity>().count().await?, 0);
//! # db.close().await
//! # }
//! ```
//!
//! # 6. Sign in
//!
//! Passwords, single-use tokens and sessions are calls too. What is handed out in clear is handed out once; the database holds
//! its hash.
//!
//! ```
//! # use service::{Config, Db, NewApplication, NewUser};
//! use service::{Intent, NewSession};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! let password = "seven quiet herons at dawn".parse()?;
//! let ada = db.passwords().sign_up(NewUser::new("ada@example.com".parse()?), &password).await?;
//!
//! // Used once, and void when a newer one is issued, when the address changes, or when its time is over.
//! let issued = db.verification_tokens().issue(Intent::VerifyEmail, ada.id, None).await?;
//! db.verification_tokens().verify_email(issued.token.reveal()).await?;
//! assert!(db.verification_tokens().verify_email(issued.token.reveal()).await.is_err());
//!
//! // Unknown, deleted and wrong are one error at one cost. `None`: the address of the client is not known.
//! let opened = db.passwords().sign_in(&"ada@example.com".parse()?, &password, None, NewSession::default()).await?;
//! let cookie = opened.token.reveal(); // for a cookie
//!
//! // On each request one query gives the user, and the application with roles and permissions as they are now.
//! let signed_in = db.sessions().resolve(cookie).await?;
//! assert_eq!(signed_in.user.id, ada.id);
//! # db.close().await
//! # }
//! ```
//!
//! # 7. Errors
//!
//! One type, by meaning: [`Error`]. A deleted row, another tenant's row and a row that never was are the same
//! [`NotFound`](Error::NotFound); what is in the way has a field's name; no message holds a secret.
//!
//! ```
//! # use service::{Config, Db, NewUser};
//! use service::{Email, Error};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let db = Db::connect(Config::new(database.url())).await?;
//! let ada = || -> service::Result<NewUser> { Ok(NewUser::new("ada@example.com".parse()?)) };
//! db.users().create(ada()?).await?;
//! let twice = db.users().create(ada()?).await;
//! assert!(matches!(twice, Err(Error::Conflict { field }) if field == "email"));
//!
//! let wrong = "ada at example.com".parse::<Email>();
//! assert!(matches!(wrong, Err(Error::Invalid { field, .. }) if field == "email"));
//! # db.close().await
//! # }
//! ```
//!
//! # 8. Test what you build on it
//!
//! `migration` has, behind its feature `testing`, what the tests here use themselves: a migrated database for each test, in
//! milliseconds, on `SQLite` and on a throwaway `PostgreSQL` that it starts.
//!
//! ```
//! use migration::testing::{Backend, TestDb};
//! use service::{Config, Db};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! let database = TestDb::new(Backend::Sqlite).await; // gone at the end of its scope
//! let db = Db::connect(Config::new(database.url())).await?;
//! assert_eq!(db.users().count().await?, 0);
//! db.close().await
//! # }
//! ```
//!
//! # What to read, in which order
//!
//! 1. [`Config`] and [`Db`]: connecting, transactions.
//! 2. [`Tenant`], [`Admin`], [`Owner`]: proof, roles, permissions, and the door to an application's rows.
//! 3. The nouns: [`Users`], [`Applications`], [`Members`] and [`ManagedMembers`], [`Roles`] and [`ManagedRoles`], [`Clients`],
//!    [`Domains`], [`Mailboxes`], [`Emails`].
//!    Their verbs are few and the same everywhere: `get`, `find_by_…`, `create`, `update`, `list`, `count`, `delete`, `restore`.
//! 4. [`scope`]: the door itself, for queries of your own ([`Tenant::find`]) and for tables of your own ([`scoped!`]).
//! 5. [`secret`]: tokens as they are handed out, and what is kept of them.
//! 6. [`audit`]: who did what, in a chain for each application.
//! 7. [`lifecycle`]: what goes for good: retention, a person's data exported, a person erased.
//! 8. [`input`]: what comes from outside, read with all that is wrong with it at once.
//! 9. `web`, with the feature `axum`: extractors, the session cookie and answers for web services; `schema`, with the feature
//!    `schemars`: JSON Schema of what comes in and goes out.
//! 10. [`Error`]: what can go wrong, by meaning.
//!
//! # What holds everywhere
//!
//! - A look-up that finds nothing is `Ok(None)`; a write that finds nothing is [`Error::NotFound`]. A deleted row, another
//!   tenant's row and a row that never was are the same.
//! - A list is a [`Page`] by position, 1 to 200 rows; its [`Cursor`] belongs to that list.
//! - A patch tells apart what it leaves, sets and clears ([`Change`]), and can refuse to change what has changed since it
//!   was read (`if_updated_at`).
//! - [`Deleted`] tells a deletion that happened now from one that had happened; the first instant is kept.
//! - Instants come from the [`Clock`], ids and secrets from [`Random`]: both are given, never taken.

#![deny(missing_docs)]

mod applications;
pub mod audit;
mod clients;
mod clock;
mod config;
mod db;
mod domains;
mod emails;
mod error;
pub mod input;
mod invitations;
pub mod lifecycle;
mod mailboxes;
mod memberships;
mod passwords;
mod random;
mod roles;
#[cfg(feature = "schemars")]
pub mod schema;
pub mod scope;
pub mod secret;
mod sessions;
mod users;
pub mod value;
mod verification_tokens;
#[cfg(feature = "axum")]
pub mod web;

pub use applications::{Application, ApplicationPatch, Applications, NewApplication};
pub use clients::{Client, ClientFilter, ClientOrder, ClientPatch, Clients, NewClient};
pub use clock::Clock;
pub use config::{Config, EMBEDDED_URL, IsolatedBy};
pub use db::{
    Awaited, Db, Floor, Isolation, NoConnection, PoolStatus, RowStream, Transaction,
    TransactionOptions,
};
pub use domains::{
    ChallengeRecord, Domain, DomainFilter, DomainMail, Domains, MailDepth, MailboxMail, NewDomain,
};
pub use emails::{
    Direction, EmailFilter, EmailHead, EmailMessage, EmailRow, EmailWithRecipients, Emails,
    NewEmail, Recipients, RecordedEmail,
};
pub use error::{Error, Result};
pub use invitations::{
    Invitation, InvitationState, Invitations, Invited, ManagedInvitations, NewInvitation, Offer,
};
pub use mailboxes::{Mailbox, MailboxFilter, MailboxPatch, Mailboxes, NewMailbox};
pub use memberships::{ManagedMembers, Member, Members, Membership, MembershipPatch};
pub use passwords::{Limit, Passwords, Throttling};
pub use random::Random;
pub use roles::{
    ManagedRoles, NewRole, Role, RolePatch, RoleRow, Roles, STANDARD_ROLES, StandardRole,
};
pub use scope::{Admin, Cursor, Deleted, Owner, Page, Permission, Permissions, Tenant};
pub use sessions::{NewSession, Opened, Session, Sessions, SignedIn, UserAgent};
pub use users::{Imported, ImportedUser, NewUser, Taken, User, UserPatch, Users};
pub use value::{
    Body, Change, Content, DomainName, Email, FamilyName, GivenName, Html, Line, LocalPart,
    MessageId, Metadata, Name, Pattern, Phone, Picture, PublicId, RoleKey, SearchText, Slug,
    Subject, Text, Username,
};
pub use verification_tokens::{Intent, Issued, Purpose, VerificationTokens, VerifiedToken};
