//! The schema of `AuraID` Database as Rust-coded migrations, and the migrator that applies them.
pub mod check;
pub mod citus;
#[cfg(feature = "cli")]
pub mod cli;
pub mod connect;
pub mod error;
pub mod isolation;
pub mod migrate;
pub mod reader;
pub mod schema;
pub mod supabase;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wall;

mod m20261121_000001_create_functions;
mod m20261121_000002_create_users;
mod m20261121_000003_create_applications;
mod m20261121_000004_create_application_memberships;
mod m20261121_000005_create_roles;
mod m20261121_000006_create_clients;
mod m20261121_000007_create_verification_tokens;
mod m20261121_000008_create_invitations;
mod m20261121_000009_create_sessions;
mod m20261121_000010_create_domains;
mod m20261121_000011_create_mailboxes;
mod m20261121_000012_create_emails;
mod m20261121_000013_create_audit_events;
mod m20261121_000014_create_sign_in_throttles;
mod m20261121_000015_add_sessions_rotated_at;
mod m20261121_000016_add_email_threads;
mod m20261121_000017_chain_audit_events;
mod m20261121_000018_index_what_ended;
mod m20261121_000019_isolate;
mod m20261121_000020_raise_wall;
mod m20261121_000021_show_to_reader;
mod m20261121_000022_share_with_supabase;
mod m20261121_000023_add_email_documents;
mod m20261122_000024_quicken_email_checks;
mod m20261122_000025_validate_email_checks;

pub use migrate::migrate;
/// What migrations are written with, at the version that this crate uses: an application needs no line of its own for it.
pub use sea_orm_migration;
pub use sea_orm_migration::MigratorTrait;

/// The history of the schema: every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_create_functions::Migration),
            Box::new(m20261121_000002_create_users::Migration),
            Box::new(m20261121_000003_create_applications::Migration),
            Box::new(m20261121_000004_create_application_memberships::Migration),
            Box::new(m20261121_000005_create_roles::Migration),
            Box::new(m20261121_000006_create_clients::Migration),
            Box::new(m20261121_000007_create_verification_tokens::Migration),
            Box::new(m20261121_000008_create_invitations::Migration),
            Box::new(m20261121_000009_create_sessions::Migration),
            Box::new(m20261121_000010_create_domains::Migration),
            Box::new(m20261121_000011_create_mailboxes::Migration),
            Box::new(m20261121_000012_create_emails::Migration),
            Box::new(m20261121_000013_create_audit_events::Migration),
            Box::new(m20261121_000014_create_sign_in_throttles::Migration),
            Box::new(m20261121_000015_add_sessions_rotated_at::Migration),
            Box::new(m20261121_000016_add_email_threads::Migration),
            Box::new(m20261121_000017_chain_audit_events::Migration),
            Box::new(m20261121_000018_index_what_ended::Migration),
            Box::new(m20261121_000019_isolate::Migration),
            Box::new(m20261121_000020_raise_wall::Migration),
            Box::new(m20261121_000021_show_to_reader::Migration),
            Box::new(m20261121_000022_share_with_supabase::Migration),
            Box::new(m20261121_000023_add_email_documents::Migration),
            Box::new(m20261122_000024_quicken_email_checks::Migration),
            Box::new(m20261122_000025_validate_email_checks::Migration),
        ]
    }
}
