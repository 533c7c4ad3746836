//! Memberships: which user may enter which application.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `application_memberships`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        application_memberships().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        application_memberships().drop(manager).await
    }
}

fn application_memberships() -> Table {
    Table::new(
        "application_memberships",
        "A user's visa to one application",
    )
    .tenant_child()
    .column(Column::uuid("user_id", "The member"))
    .column(
        Column::text(
            "email",
            "The address that the member uses in this application, if another",
        )
        .null()
        .email(),
    )
    .timestamps()
    .key(&["application_id", "user_id"])
    .references(
        &["application_id"],
        "applications",
        &["id"],
        OnDelete::Cascade,
    )
    .references(&["user_id"], "users", &["id"], OnDelete::Cascade)
    .soft_delete()
}
