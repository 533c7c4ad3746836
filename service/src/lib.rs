//! Every safe way to query the identity and tenancy schema of `AuraID` Database.
//!
//! An application connects once and works with live rows of one tenant, without ever writing `deleted_at IS NULL` or
//! `application_id = …`, and cannot leave either scope by mistake.
//!
//! ```
//! use service::{Config, Db, NewApplication, NewClient, NewUser};
//!
//! # #[tokio::main]
//! # async fn main() -> service::Result<()> {
//! # let database = migration::testing::TestDb::new(migration::testing::Backend::Sqlite).await;
//! # let database_url = database.url();
//! // One per process; cheap to clone. `Config::from_env()` reads DATABASE_URL.
//! let db = Db::connect(Config::new(database_url)).await?;
//!
//! // Input is checked where it comes in: what has the type is valid.
//! let ada = db.users().create(NewUser::new("Ada@Example.com".parse()?)).await?;
//! assert_eq!(ada.email, "ada@example.com");
//!
//! // An application comes with its roles and its first owner.
//! let new = NewApplication {
//!     name: "Harbour Bakery".parse()?,
//!     slug: "harbour-bakery".parse()?,
//!     description: None,
//!     public_id: None,
//!     compute_id: None,
//! };
//! let bakery = db.applications().create(ada.id, new).await?;
//!
//! // All that belongs to it is reached through a tenant, and a tenant is got by proof: a live membership.
//! let tenant = db.tenant(ada.id, bakery.id).await?;
//! let client = tenant.clients().create(NewClient::new("Café Morgenrot".parse()?)).await?;
//!
//! // Deleting is a mark. No read finds the row, and it can be brought back.
//! tenant.clients().delete(client.id).await?;
//! assert!(tenant.clients().get(client.id).await?.is_none());
//! tenant.clients().restore(client.id).await?;
//!
//! // What only an admin may do hangs on a type that only an admin gets.
//! let bob = db.users().create(NewUser::new("bob@example.com".parse()?)).await?;
//! tenant.admin()?.members().add(bob.id, &["member"]).await?;
//! assert!(db.tenant(bob.id, bakery.id).await?.admin().is_err());
//!
//! // Verbs compose: all of this happens, or none of it.
//! tenant
//!     .transaction(async |tenant| {
//!         let client = tenant.clients().create(NewClient::new("Hotel Belvedere".parse()?)).await?;
//!         tenant.clients().assign(client.id, bob.id).await
//!     })
//!     .await?;
//! # db.close().await
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
//! 8. [`Error`]: what can go wrong, by meaning.
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
mod invitations;
pub mod lifecycle;
mod mailboxes;
mod memberships;
mod passwords;
mod random;
mod roles;
pub mod scope;
pub mod secret;
mod sessions;
mod users;
pub mod value;
mod verification_tokens;

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
