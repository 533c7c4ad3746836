//! Indexes of what has ended before it expired: what purging looks for.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::TableIndex;

/// Indexes sessions, verification tokens and invitations by when they ended.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes() {
            index.create(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes() {
            index.drop(manager).await?;
        }
        Ok(())
    }
}

/// What can be used pays nothing: only what has ended is in them. A token and an invitation change no more once they
/// were used or taken back, so that their `updated_at` is when that was.
fn indexes() -> [TableIndex; 3] {
    [
        TableIndex::new("sessions", &["revoked_at"]).only("revoked", "\"revoked_at\" IS NOT NULL"),
        TableIndex::new("verification_tokens", &["updated_at"]).only(
            "ended",
            "\"consumed_at\" IS NOT NULL OR \"revoked_at\" IS NOT NULL",
        ),
        TableIndex::new("invitations", &["updated_at"]).only(
            "ended",
            "\"accepted_at\" IS NOT NULL OR \"revoked_at\" IS NOT NULL",
        ),
    ]
}
