//! Emails: the messages that an application sent and received.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `emails` and `email_recipients`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        emails().create(manager).await?;
        email_recipients().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        email_recipients().drop(manager).await?;
        emails().drop(manager).await
    }
}

fn emails() -> Table {
    Table::new("emails", "A message that an application sent or received")
        // The direct reference to applications matters: the composite ones check nothing while a part is NULL.
        .tenant_owned()
        .column(Column::uuid("mailbox_id", "The mailbox that it lies in").null())
        .column(Column::uuid("user_id", "The member who sent it or whom it is for").null())
        .column(
            Column::text("from_address", "Who sent it; lower case")
                .lower()
                .length(1, 320),
        )
        .column(Column::text("subject", "The subject line").length(0, 998))
        .column(Column::text("body", "The text").length(0, 1_048_576))
        .column(
            Column::text("body_html", "The text as HTML, if it came so")
                .null()
                .length(0, 1_048_576),
        )
        .column(
            Column::text("message_id", "The Message-ID header (RFC 5322 §3.6.4)")
                .null()
                .length(1, 998),
        )
        .column(
            Column::text("in_reply_to", "The Message-ID that it answers")
                .null()
                .length(1, 998),
        )
        .column(Column::timestamp("sent_at", "When it was sent; NULL: it was received").null())
        .column(Column::timestamp("received_at", "When it was received; NULL: it was sent").null())
        .timestamps()
        .check("direction", "(sent_at IS NULL) <> (received_at IS NULL)")
        .references(
            &["application_id", "mailbox_id"],
            "mailboxes",
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
        .index(&["application_id", "mailbox_id", "id"])
        .index(&["application_id", "user_id", "id"])
}

fn email_recipients() -> Table {
    Table::new("email_recipients", "Whom a message is addressed to")
        .tenant_child()
        .column(Column::uuid("email_id", "The message"))
        .column(
            Column::text("kind", "In which header the address stands").one_of(&["to", "cc", "bcc"]),
        )
        .column(
            Column::text("address", "The address; lower case")
                .lower()
                .length(1, 320),
        )
        .timestamps()
        .key(&["application_id", "email_id", "kind", "address"])
        .references(
            &["application_id", "email_id"],
            "emails",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .index(&["application_id", "address"])
}
