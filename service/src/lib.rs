//! Every safe way to query the identity and tenancy schema.
mod applications;
mod clients;
mod clock;
mod config;
mod db;
mod error;
mod memberships;
mod random;
mod roles;
pub mod scope;
mod users;
pub mod value;

pub use applications::{Application, ApplicationPatch, Applications, NewApplication};
pub use clients::{Client, ClientFilter, ClientOrder, ClientPatch, Clients, NewClient};
pub use clock::Clock;
pub use config::{Config, EMBEDDED_URL};
pub use db::Db;
pub use error::{Error, Result};
pub use memberships::{ManagedMembers, Member, Members, Membership, MembershipPatch};
pub use random::Random;
pub use roles::{ManagedRoles, NewRole, Role, RolePatch, RoleRow, Roles};
pub use scope::{Admin, Cursor, Deleted, Owner, Page, Permission, Permissions, Tenant};
pub use users::{NewUser, User, UserPatch, Users};
pub use value::{
    Change, DomainName, Email, FamilyName, GivenName, Line, Metadata, Name, Phone, Picture,
    PublicId, RoleKey, Slug, Text, Username,
};
