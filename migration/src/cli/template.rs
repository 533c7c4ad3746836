//! The text of a new migration.

/// A migration that compiles: one that makes a table when the name says so, else one that refuses
/// to run until it is written.
pub(super) fn render(name: &str, words: &str) -> String {
    match name.strip_prefix("create_") {
        Some(table) if !table.is_empty() => CREATE.replace("{table}", table),
        _ => OTHER.to_owned(),
    }
    .replace("{title}", &title(name))
    .replace("{words}", words)
}

fn title(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

const CREATE: &str = r#"//! {title}.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use {words}::{Column, Table, isolate};

/// Makes `{table}`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        {table}().create(manager).await?;
        isolate(manager, "{table}").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        {table}().drop(manager).await
    }
}

fn {table}() -> Table {
    Table::new("{table}", "What one row is")
        .tenant_owned()
        .column(Column::text("name", "What it is called").length(1, 200))
        .timestamps()
}
"#;

const OTHER: &str = r#"//! {title}.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

/// {title}.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // For SQL as it is: manager.get_connection().execute_unprepared("…").await.map(drop)
    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("up is not written yet".to_owned()))
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("down is not written yet".to_owned()))
    }
}
"#;
