//! Audit events become a chain: numbered, with the chain's end and beginning kept apart.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::citus::Engine;
use crate::m20261121_000013_create_audit_events as before;
use crate::schema::{Column, OnDelete, Table, functions};

/// Makes `audit_chains`, and `audit_events` and `audit_details` anew.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_rows(manager).await?;
        before::audit_details().drop(manager).await?;
        before::audit_events().drop(manager).await?;
        functions::create_for_audit(manager).await?;
        audit_chains().create(manager).await?;
        audit_events().create(manager).await?;
        audit_details().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_rows(manager).await?;
        audit_details().drop(manager).await?;
        audit_events().drop(manager).await?;
        audit_chains().drop(manager).await?;
        functions::drop_for_audit(manager).await?;
        before::audit_events().create(manager).await?;
        before::audit_details().create(manager).await
    }
}

/// A column without which an event is no link of a chain cannot be made up for events that are there, and a record that
/// is never changed is not thrown away either.
async fn refuse_rows(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Before the first look, so that Citus looks at one shard after the other, as it makes the tables.
    Engine::of(manager.get_connection()).await?;
    let sql = "SELECT 1 FROM \"audit_events\" LIMIT 1";
    let any = Statement::from_string(manager.get_database_backend(), sql);
    if manager.get_connection().query_one_raw(any).await?.is_some() {
        return Err(DbErr::Migration(
            "`audit_events` has rows, and this migration makes the table anew: move them elsewhere first, nothing here \
             may lose them"
                .into(),
        ));
    }
    Ok(())
}

fn audit_chains() -> Table {
    Table::new(
        "audit_chains",
        "The end and the beginning of each chain of audit events: what writers lock, what verifying compares with",
    )
    .tenant_child()
    .column(
        Column::bigint(
            "lane",
            "Which chain of the application; 0, except for the nil application, which has many so that sign-ups do not \
             wait for each other",
        )
        .check("\"lane\" BETWEEN 0 AND 63", "\"lane\" BETWEEN 0 AND 63"),
    )
    .column(Column::bigint("sequence", "The number of the last event"))
    .column(Column::bytes(
        "previous_hash",
        "SHA-256 of the event before the last",
        32,
        32,
    ))
    .column(Column::bytes("hash", "SHA-256 of the last event", 32, 32))
    .column(Column::bigint(
        "first_sequence",
        "The number of the oldest event that is kept: those before it may be removed, and no others",
    ))
    .column(Column::bytes(
        "first_previous_hash",
        "What the oldest event that is kept holds as the hash of the one before it",
        32,
        32,
    ))
    .timestamps()
    .key(&["application_id", "lane"])
    .check("sequence", "first_sequence BETWEEN 1 AND sequence + 1")
    .chain_head()
}

/// Without foreign keys: what was done outlasts what it was done to.
fn audit_events() -> Table {
    Table::new(
        "audit_events",
        "An append-only record of what was done, by whom; a hash chain in each application",
    )
    .tenant_child()
    .column(Column::uuid("id", "A UUID, version 7: ordered by time"))
    .column(Column::bigint("lane", "Which chain of the application"))
    .column(Column::bigint(
        "sequence",
        "The place in the chain, from 1, without gaps",
    ))
    .column(Column::uuid("actor_id", "The user who did it; NULL: the system").null())
    .column(
        Column::text("action", "What was done: noun.verb")
            .length(1, 128)
            .word("a-z", "a-z_."),
    )
    .column(
        // An application's own tables too, whatever they are called.
        Column::text("subject_type", "The kind of row that it was done to").length(1, 64),
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
        "SHA-256 of the event before it in the chain; zeros for the first",
        32,
        32,
    ))
    .created_at()
    .key(&["application_id", "id"])
    .append_only_until_retired()
    .unique_for_ever(&["application_id", "lane", "sequence"])
    .index(&["application_id", "subject_type", "subject_id", "id"])
    .index(&["application_id", "actor_id", "id"])
    .index(&["application_id", "action", "id"])
}

fn audit_details() -> Table {
    Table::new(
        "audit_details",
        "What an audit event says that can name a person: the part that can be erased, but not changed",
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
    .write_once()
    .references(
        &["application_id", "event_id"],
        "audit_events",
        &["application_id", "id"],
        OnDelete::Cascade,
    )
}
