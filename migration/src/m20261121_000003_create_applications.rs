//! Applications: the tenants.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, Table};

/// Makes `applications`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        applications().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        applications().drop(manager).await
    }
}

fn applications() -> Table {
    Table::new(
        "applications",
        "The security boundary: an organization, a workspace, a tenant",
    )
    .id()
    .column(
        Column::text(
            "public_id",
            "The id to show to the world: 10 to 20 letters and digits, never used again",
        )
        .alphanumeric(10, 20),
    )
    .column(
        Column::text(
            "slug",
            "The name in addresses; canonical, unique among live applications",
        )
        .slug(),
    )
    .column(Column::text("name", "What people call it").length(1, 200))
    .column(
        Column::text("description", "What it is for")
            .null()
            .length(1, 2000),
    )
    // No foreign key: who made an application does not own it, and the generator would say so.
    .column(
        Column::uuid(
            "created_by",
            "The user who made it; no reference, the user may be gone",
        )
        .null(),
    )
    .column(
        Column::uuid(
            "compute_id",
            "The compute that serves it, where tenants are placed",
        )
        .null(),
    )
    .timestamps()
    .soft_delete()
    .unique_for_ever(&["public_id"])
    .live_unique(&["slug"])
}
