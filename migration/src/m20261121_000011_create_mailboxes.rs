//! Mailboxes: the addresses of an application.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `mailboxes`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        mailboxes().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        mailboxes().drop(manager).await
    }
}

fn mailboxes() -> Table {
    Table::new(
        "mailboxes",
        "An address that an application receives mail at",
    )
    .tenant_owned()
    .column(Column::uuid("domain_id", "The domain of the address"))
    .column(
        Column::text(
            "local_part",
            "What stands before the @; * catches what no other mailbox does",
        )
        .local_part(),
    )
    .column(
        Column::text(
            "email",
            "The whole address; unique among live mailboxes of the application",
        )
        .email(),
    )
    .column(
        Column::uuid(
            "user_id",
            "The member whose mailbox it is; NULL: it is shared",
        )
        .null(),
    )
    .timestamps()
    .check(
        "address",
        "substr(email, 1, length(local_part) + 1) = local_part || '@'",
    )
    .references(
        &["application_id", "domain_id"],
        "domains",
        &["application_id", "id"],
        OnDelete::NoAction,
    )
    .references(
        &["application_id", "user_id"],
        "application_memberships",
        &["application_id", "user_id"],
        OnDelete::NoAction,
    )
    .soft_delete()
    .live_unique(&["application_id", "email"])
}
