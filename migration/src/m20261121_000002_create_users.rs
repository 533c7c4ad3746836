//! Users: global identities. Their passwords stand apart.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `users` and `user_passwords`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        users().create(manager).await?;
        user_passwords().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        user_passwords().drop(manager).await?;
        users().drop(manager).await
    }
}

fn users() -> Table {
    Table::new(
        "users",
        "A global identity: a person or a service that can sign in",
    )
    .id()
    .column(
        Column::text(
            "email",
            "Where the user is reached; canonical, unique among live users",
        )
        .email(),
    )
    .column(
        Column::text(
            "username",
            "A name to sign in with; canonical, unique among live users",
        )
        .null()
        .length(2, 64)
        .word("a-z0-9", "a-z0-9._-"),
    )
    .column(
        Column::text("name", "What the user is called, in full")
            .null()
            .length(1, 200),
    )
    .column(
        Column::text("given_name", "First name")
            .null()
            .length(1, 200),
    )
    .column(
        Column::text("family_name", "Last name")
            .null()
            .length(1, 200),
    )
    .column(
        Column::text("picture", "URL of a portrait")
            .null()
            .length(1, 2048),
    )
    .column(
        Column::timestamp(
            "email_verified_at",
            "When the user proved to own the e-mail address",
        )
        .null(),
    )
    .timestamps()
    .soft_delete()
    .live_unique(&["email"])
    .live_unique(&["username"])
}

/// Apart from `users`, so that no row that describes a user ever carries a secret.
fn user_passwords() -> Table {
    Table::new("user_passwords", "The password of a user who has one")
        .column(Column::uuid("user_id", "Whose password it is"))
        .column(
            Column::text(
                "password_hash",
                "Hash with its parameters and salt (PHC string), never the password",
            )
            .length(1, 1024),
        )
        .timestamps()
        .key(&["user_id"])
        .references(&["user_id"], "users", &["id"], OnDelete::Cascade)
}
