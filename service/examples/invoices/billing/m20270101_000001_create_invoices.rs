//! Invoices: what an application bills its clients.

use migration::schema::{Column, OnDelete, Table, isolate};
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

/// Makes `invoices` and `invoice_lines`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        invoices().create(manager).await?;
        invoice_lines().create(manager).await?;
        isolate(manager, "invoices").await?;
        isolate(manager, "invoice_lines").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        invoice_lines().drop(manager).await?;
        invoices().drop(manager).await
    }
}

fn invoices() -> Table {
    Table::new("invoices", "What an application bills its clients")
        .tenant_owned()
        .column(Column::uuid("client_id", "The client who owes it"))
        .column(Column::text("number", "As printed on the invoice").length(1, 40))
        .column(Column::bigint("total_cents", "The sum of its lines"))
        .timestamps()
        .references(
            &["application_id", "client_id"],
            "clients",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .soft_delete()
        .live_unique(&["application_id", "number"])
}

fn invoice_lines() -> Table {
    Table::new("invoice_lines", "What an invoice is made up of")
        .tenant_child()
        .column(Column::uuid("invoice_id", "The invoice"))
        .column(Column::bigint("position", "Where on the invoice, from 1"))
        .column(Column::text("description", "What is billed").length(1, 200))
        .column(Column::bigint("cents", "How much"))
        .timestamps()
        .key(&["application_id", "invoice_id", "position"])
        .references(
            &["application_id", "invoice_id"],
            "invoices",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
}
