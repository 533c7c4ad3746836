//! When the secret of a session was last replaced.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{AddedColumn, Column};

/// Adds `rotated_at` to `sessions`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rotated_at().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rotated_at().drop(manager).await
    }
}

fn rotated_at() -> AddedColumn {
    AddedColumn::new(
        "sessions",
        Column::timestamp(
            "rotated_at",
            "When its secret was last replaced; NULL: it is the first",
        )
        .null(),
    )
}
