//! Row-level security: every table of an application's rows, and every global one, is walled by the tenant that is set.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::DbBackend;

use crate::isolation::{lift_all, put_all};

/// Makes the roles where it may, and gives the tables their policies and grants.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            put_all(manager.get_connection(), &TABLES).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            lift_all(manager.get_connection(), &TABLES).await?;
        }
        Ok(())
    }
}

/// All but the record of migrations, which is `SeaORM`'s.
const TABLES: [&str; 21] = [
    "users",
    "user_passwords",
    "applications",
    "application_memberships",
    "roles",
    "role_permissions",
    "membership_roles",
    "clients",
    "client_users",
    "verification_tokens",
    "sign_in_throttles",
    "invitations",
    "invitation_roles",
    "sessions",
    "domains",
    "mailboxes",
    "emails",
    "email_recipients",
    "audit_chains",
    "audit_events",
    "audit_details",
];
