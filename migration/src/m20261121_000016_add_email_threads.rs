//! Threads of emails, and the indexes that keep reading mail as quick as it is with little of it.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::schema::{AddedColumn, Column, SearchIndex, TableIndex};

/// Adds `thread_id` to `emails`, and changes what is indexed.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        thread_id().create(manager).await?;
        // What was there before there were threads begins one each.
        manager
            .get_connection()
            .execute_unprepared("UPDATE \"emails\" SET \"thread_id\" = \"id\"")
            .await?;
        for index in before() {
            index.drop(manager).await?;
        }
        for index in after() {
            index.create(manager).await?;
        }
        search().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        search().drop(manager).await?;
        for index in after() {
            index.drop(manager).await?;
        }
        for index in before() {
            index.create(manager).await?;
        }
        thread_id().drop(manager).await
    }
}

/// No reference to `emails`: a thread outlives the message that began it.
fn thread_id() -> AddedColumn {
    AddedColumn::new(
        "emails",
        Column::uuid(
            "thread_id",
            "The conversation: the id of the message that began it",
        )
        .null(),
    )
}

/// Of all rows, deleted ones too: a page of the live ones would read those between.
fn before() -> [TableIndex; 2] {
    [
        TableIndex::new("emails", &["application_id", "mailbox_id", "id"]),
        TableIndex::new("emails", &["application_id", "user_id", "id"]),
    ]
}

fn after() -> [TableIndex; 9] {
    let emails = |columns: &[&'static str]| TableIndex::new("emails", columns);
    let live = |columns| emails(columns).only("live", "\"deleted_at\" IS NULL");
    let of_mailbox = ["application_id", "mailbox_id", "id"];
    [
        // What the foreign keys need.
        emails(&["application_id", "mailbox_id"]),
        emails(&["application_id", "user_id"]),
        // Pages, in the order of ids: that of the messages' own instants.
        live(&of_mailbox),
        emails(&of_mailbox).only("sent", "\"deleted_at\" IS NULL AND \"sent_at\" IS NOT NULL"),
        emails(&of_mailbox).only(
            "received",
            "\"deleted_at\" IS NULL AND \"received_at\" IS NOT NULL",
        ),
        live(&["application_id", "user_id", "id"]),
        live(&["application_id", "thread_id", "id"]),
        // A message is recorded once in a mailbox. That there is none does not make two messages differ, which a unique
        // index of NULLs would have it.
        live(&["application_id", "mailbox_id", "message_id"]).unique(),
        emails(&["application_id", "message_id"])
            .only(
                "unfiled",
                "\"deleted_at\" IS NULL AND \"mailbox_id\" IS NULL",
            )
            .unique(),
    ]
}

fn search() -> SearchIndex {
    SearchIndex::new("emails", &["subject", "body"])
}
