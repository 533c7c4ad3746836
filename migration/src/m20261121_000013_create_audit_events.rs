//! Audit events: what was done, by whom. Appended, never changed; what can name a person stands apart.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `audit_events` and `audit_details`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        audit_events().create(manager).await?;
        audit_details().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        audit_details().drop(manager).await?;
        audit_events().drop(manager).await
    }
}

/// Without foreign keys: what was done outlasts what it was done to.
pub(crate) fn audit_events() -> Table {
    Table::new(
        "audit_events",
        "An append-only record of what was done, by whom; a hash chain in each application",
    )
    .tenant_child()
    .column(Column::uuid("id", "A UUID, version 7: ordered by time"))
    .column(Column::uuid("actor_id", "The user who did it; NULL: the system").null())
    .column(
        Column::text("action", "What was done: noun.verb")
            .length(1, 128)
            .word("a-z", "a-z_."),
    )
    .column(
        Column::text("subject_type", "The kind of row that it was done to")
            .length(1, 64)
            .word("a-z", "a-z_"),
    )
    .column(Column::uuid("subject_id", "The row that it was done to"))
    .column(Column::bytes(
        "detail_hash",
        "SHA-256 of salt and detail, which can be erased without breaking the chain",
        32,
        32,
    ))
    .column(Column::bytes(
        "previous_hash",
        "SHA-256 of the event before it in the application; zeros for the first",
        32,
        32,
    ))
    .created_at()
    .key(&["application_id", "id"])
    .append_only()
    .index(&["application_id", "subject_type", "subject_id", "id"])
    .index(&["application_id", "actor_id", "id"])
    .index(&["application_id", "action", "id"])
}

pub(crate) fn audit_details() -> Table {
    Table::new(
        "audit_details",
        "What an audit event says that can name a person: the part that can be erased",
    )
    .tenant_child()
    .column(Column::uuid("event_id", "The event"))
    .column(Column::json(
        "detail",
        "Changed fields, old and new; secrets never",
    ))
    .column(Column::bytes(
        "salt",
        "Random: without it the hash in the event tells nothing about the detail",
        16,
        64,
    ))
    .created_at()
    .key(&["application_id", "event_id"])
    .references(
        &["application_id", "event_id"],
        "audit_events",
        &["application_id", "id"],
        OnDelete::Cascade,
    )
}
