//! Invitations: the way into an application, by e-mail.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `invitations` and `invitation_roles`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        invitations().create(manager).await?;
        invitation_roles().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        invitation_roles().drop(manager).await?;
        invitations().drop(manager).await
    }
}

fn invitations() -> Table {
    Table::new("invitations", "An offer of membership, sent by e-mail")
        .tenant_owned()
        .column(
            Column::text(
                "email",
                "Who is invited; canonical, one pending invitation each",
            )
            .email(),
        )
        .column(Column::bytes(
            "secret_hash",
            "SHA-256 of the secret part of the token; the secret is stored nowhere",
            32,
            32,
        ))
        .column(
            Column::uuid(
                "invited_by",
                "The user who invites; NULL once that user is gone",
            )
            .null(),
        )
        .column(Column::timestamp(
            "expires_at",
            "From this instant on it is void",
        ))
        .column(Column::timestamp("accepted_at", "When it was accepted").null())
        .column(Column::timestamp("revoked_at", "When it was taken back; it is then void").null())
        .timestamps()
        .check("expiry", "expires_at > created_at")
        .references(&["invited_by"], "users", &["id"], OnDelete::SetNull)
        .unique_while(
            &["application_id", "email"],
            "pending",
            "\"accepted_at\" IS NULL AND \"revoked_at\" IS NULL",
        )
        .index(&["expires_at"])
        // Across applications: a user who is deleted is invited nowhere.
        .index(&["email"])
}

fn invitation_roles() -> Table {
    Table::new(
        "invitation_roles",
        "The roles that a new member gets by accepting",
    )
    .tenant_child()
    .column(Column::uuid("invitation_id", "The invitation"))
    .column(Column::uuid("role_id", "The role"))
    .timestamps()
    .key(&["application_id", "invitation_id", "role_id"])
    .references(
        &["application_id", "invitation_id"],
        "invitations",
        &["application_id", "id"],
        OnDelete::Cascade,
    )
    .references(
        &["application_id", "role_id"],
        "roles",
        &["application_id", "id"],
        OnDelete::Cascade,
    )
}
