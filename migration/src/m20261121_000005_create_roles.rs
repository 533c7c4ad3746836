//! Roles: named sets of permissions inside one application, and who has them.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, OnDelete, Table};

/// Makes `roles`, `role_permissions` and `membership_roles`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        roles().create(manager).await?;
        role_permissions().create(manager).await?;
        membership_roles().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        membership_roles().drop(manager).await?;
        role_permissions().drop(manager).await?;
        roles().drop(manager).await
    }
}

fn roles() -> Table {
    Table::new("roles", "A named set of permissions inside one application")
        .tenant_owned()
        .column(
            Column::text("key", "What code calls it (owner, admin, member, …); unique among live roles of the application")
                .length(1, 63)
                .word("a-z", "a-z0-9_-"),
        )
        .column(Column::text("name", "What people call it").length(1, 200))
        .column(Column::text("description", "What it is for").null().length(1, 2000))
        .timestamps()
        .soft_delete()
        .live_unique(&["application_id", "key"])
}

fn role_permissions() -> Table {
    Table::new("role_permissions", "What a role may do")
        .tenant_child()
        .column(Column::uuid("role_id", "The role"))
        .column(
            Column::text(
                "permission",
                "resource.action; * stands for any, in either part or alone",
            )
            .permission(),
        )
        .timestamps()
        .key(&["application_id", "role_id", "permission"])
        .references(
            &["application_id", "role_id"],
            "roles",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
}

fn membership_roles() -> Table {
    Table::new("membership_roles", "The roles of a member")
        .tenant_child()
        .column(Column::uuid("user_id", "The member"))
        .column(Column::uuid("role_id", "The role"))
        // No foreign key: a second one to memberships would cost the generated relations their names.
        .column(
            Column::uuid(
                "granted_by",
                "The user who granted it; no reference, the user may be gone",
            )
            .null(),
        )
        .timestamps()
        .key(&["application_id", "user_id", "role_id"])
        .references(
            &["application_id", "user_id"],
            "application_memberships",
            &["application_id", "user_id"],
            OnDelete::Cascade,
        )
        .references(
            &["application_id", "role_id"],
            "roles",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
}
