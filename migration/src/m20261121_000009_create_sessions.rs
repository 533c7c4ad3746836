//! Sessions: signed-in users.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `sessions`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions().drop(manager).await
    }
}

fn sessions() -> Table {
    Table::new(
        "sessions",
        "A signed-in user, optionally inside one application",
    )
    .id()
    .column(Column::bytes(
        "secret_hash",
        "SHA-256 of the secret part of the token; the secret is stored nowhere",
        32,
        32,
    ))
    .column(Column::uuid("user_id", "Who is signed in"))
    .column(Column::uuid("application_id", "The application that is open; NULL: none").null())
    .column(
        Column::timestamp("last_seen_at", "When it was last used, to about a minute").default_now(),
    )
    .column(Column::timestamp(
        "expires_at",
        "From this instant on it is void, however often it is used",
    ))
    .column(Column::timestamp("revoked_at", "When it was ended; it is then void").null())
    .column(
        Column::text("ip", "The address that it was opened from")
            .null()
            .length(2, 45),
    )
    .column(
        Column::text("user_agent", "The program that it was opened with")
            .null()
            .length(1, 512),
    )
    .timestamps()
    .check("expiry", "expires_at > created_at")
    .references(&["user_id"], "users", &["id"], OnDelete::Cascade)
    .references(
        &["application_id"],
        "applications",
        &["id"],
        OnDelete::SetNull,
    )
    .index(&["expires_at"])
}
