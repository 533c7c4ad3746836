//! Addresses are held to the same form in a tenth of the time.
//!
//! The expression that counted the 63 characters of a label took five microseconds a row. An address of 65 characters has
//! no room for a longer label, so that few are counted now.
//!
//! What is there keeps to the form already. So the new CHECKs do not look at it here, where they keep everybody out, but
//! in the next migration, which lets all go on.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Says the CHECKs of addresses anew, on `PostgreSQL` alone.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        quicken(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, BEFORE, "").await
    }
}

/// The tables with an address of this form, in `email`.
pub(crate) const TABLES: [&str; 6] = [
    "users",
    "application_memberships",
    "clients",
    "verification_tokens",
    "invitations",
    "mailboxes",
];

/// A label of the host is up to 63 letters, digits and hyphens, none of these at either end: the first condition says all
/// but the length.
const QUICK: &str = r#""email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')"#;

const BEFORE: &str = r#""email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'"#;

/// Holds what is written from now on to the form, said so that it is quick.
pub(crate) async fn quicken(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    replace(manager, QUICK, " NOT VALID").await
}

async fn replace(manager: &SchemaManager<'_>, form: &str, valid: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for table in TABLES {
        let (alter, check) = (
            format!("ALTER TABLE \"{table}\""),
            format!("\"{table}_email_check\""),
        );
        for sql in [
            format!("{alter} DROP CONSTRAINT {check}"),
            format!(
                "{alter} ADD CONSTRAINT {check} CHECK (\"email\" = lower(\"email\" COLLATE \"C\") \
                 AND length(\"email\") BETWEEN 3 AND 254 AND {form}){valid}"
            ),
        ] {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}
