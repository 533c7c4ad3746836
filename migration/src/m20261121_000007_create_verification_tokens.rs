//! Verification tokens: single-use, expiring intents of a user.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `verification_tokens`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        verification_tokens().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        verification_tokens().drop(manager).await
    }
}

fn verification_tokens() -> Table {
    Table::new(
        "verification_tokens",
        "A single-use, expiring intent: verify an address, reset a password, sign in by link",
    )
    .id()
    .column(
        Column::text("purpose", "What it may be used for, and nothing else").one_of(&[
            "email_verification",
            "password_reset",
            "magic_link",
            "email_change",
        ]),
    )
    .column(Column::bytes(
        "secret_hash",
        "SHA-256 of the secret part of the token; the secret is stored nowhere",
        32,
        32,
    ))
    .column(Column::uuid("user_id", "Whose intent it is"))
    .column(
        Column::text("email", "The address that it was sent to or is about")
            .null()
            .email(),
    )
    .column(Column::json("payload", "What the purpose needs besides").default_object())
    .column(Column::timestamp(
        "expires_at",
        "From this instant on it is void",
    ))
    .column(Column::timestamp("consumed_at", "When it was used; it is then void").null())
    .column(Column::timestamp("revoked_at", "When it was taken back; it is then void").null())
    .timestamps()
    .check(
        "email_change",
        "purpose <> 'email_change' OR email IS NOT NULL",
    )
    .check("expiry", "expires_at > created_at")
    .references(&["user_id"], "users", &["id"], OnDelete::Cascade)
    .index(&["user_id", "purpose"])
    .index(&["expires_at"])
}
