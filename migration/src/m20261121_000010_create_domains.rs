//! Domains: the names that an application sends and receives mail for.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `domains`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        domains().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        domains().drop(manager).await
    }
}

fn domains() -> Table {
    Table::new("domains", "A mail domain that an application claims")
        .tenant_owned()
        .column(Column::text("name", "The domain; canonical, in ASCII form").host_name())
        .column(
            Column::uuid(
                "created_by",
                "The user who added it; NULL once that user is gone",
            )
            .null(),
        )
        .column(
            Column::text("challenge", "What the DNS has to say to prove the claim").length(16, 255),
        )
        .column(
            Column::timestamp(
                "verified_at",
                "When the claim was proved; NULL: it is a claim",
            )
            .null(),
        )
        .timestamps()
        .references(&["created_by"], "users", &["id"], OnDelete::SetNull)
        .soft_delete()
        .live_unique(&["application_id", "name"])
        // Many may claim a name, one owner is verified: across all applications, or mail would reach two.
        .unique_while(
            &["name"],
            "verified",
            "\"verified_at\" IS NOT NULL AND \"deleted_at\" IS NULL",
        )
}
