//! Clients: the customer records of an application, and the members who look after them.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `clients` and `client_users`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        clients().create(manager).await?;
        client_users().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        client_users().drop(manager).await?;
        clients().drop(manager).await
    }
}

fn clients() -> Table {
    Table::new("clients", "A customer record of one application")
        .tenant_owned()
        .column(Column::text("name", "What the client is called").length(1, 200))
        .column(
            Column::text("email", "Where the client is reached; canonical")
                .null()
                .email(),
        )
        .column(
            Column::text("phone", "As people write it")
                .null()
                .length(1, 64),
        )
        .column(
            Column::json(
                "metadata",
                "What the application keeps about the client beside the columns",
            )
            .default_object(),
        )
        .column(
            Column::uuid(
                "created_by",
                "The user who made the record; NULL once that user is gone",
            )
            .null(),
        )
        .timestamps()
        .references(&["created_by"], "users", &["id"], OnDelete::SetNull)
        .soft_delete()
        .index(&["application_id", "name", "id"])
        .index(&["application_id", "created_at", "id"])
}

fn client_users() -> Table {
    Table::new("client_users", "Which members look after a client")
        .tenant_child()
        .column(Column::uuid("client_id", "The client"))
        .column(Column::uuid("user_id", "The member"))
        .timestamps()
        .key(&["application_id", "client_id", "user_id"])
        .references(
            &["application_id", "client_id"],
            "clients",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .references(
            &["application_id", "user_id"],
            "application_memberships",
            &["application_id", "user_id"],
            OnDelete::Cascade,
        )
}
