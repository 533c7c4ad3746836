//! The checksums of applied migrations: a table of ours beside `SeaORM`'s record, which stays as it is.
//!
//! Its name begins with an underscore: `sea-orm-cli` takes such tables for hidden and generates no entity from them.
use std::collections::HashMap;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::record::{is_table, literal, shut};

/// The table beside the record of one history.
pub(super) struct Checksums {
    table: String,
}

/// What the table says.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Whether the table is there.
    pub(super) installed: bool,
    /// Whether this login may read it.
    pub(super) readable: bool,
    /// The checksum of each migration, by its name.
    pub(super) by_name: HashMap<String, String>,
}

impl Checksums {
    /// That of `M`: `_aura_migrations` beside `seaql_migrations`, else `_aura_` and the record's name.
    pub(super) fn of<M: MigratorTrait>() -> Self {
        let record = M::migration_table_name().to_string();
        Self {
            table: match record.as_str() {
                "seaql_migrations" => "_aura_migrations".to_owned(),
                other => format!("_aura_{other}"),
            },
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.table
    }

    /// What makes the table, unless it is there. Nobody else writes into it.
    pub(super) fn create(&self, backend: DbBackend) -> String {
        let table = self.quoted();
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {table} (\"version\" text NOT NULL PRIMARY KEY, \"checksum\" text NOT NULL)"
        );
        if backend != DbBackend::Postgres {
            return create;
        }
        format!("{create};\n{}", shut(&self.table))
    }

    /// The statement that keeps a checksum, in place of an older one.
    pub(super) fn keep(&self, name: &str, checksum: &str) -> String {
        format!(
            "INSERT INTO {} (\"version\", \"checksum\") VALUES ({}, {}) \
             ON CONFLICT (\"version\") DO UPDATE SET \"checksum\" = excluded.\"checksum\"",
            self.quoted(),
            literal(name),
            literal(checksum)
        )
    }

    /// The statement that forgets a checksum.
    pub(super) fn forget(&self, name: &str) -> String {
        format!(
            "DELETE FROM {} WHERE \"version\" = {}",
            self.quoted(),
            literal(name)
        )
    }

    /// The statement that drops the table.
    pub(super) fn drop(&self) -> String {
        format!("DROP TABLE IF EXISTS {}", self.quoted())
    }

    /// Reads all that is there and may be read.
    pub(super) async fn read<C: ConnectionTrait>(&self, db: &C) -> Result<Known, DbErr> {
        let backend = db.get_database_backend();
        let installed = is_table(db, &self.table).await?;
        if !installed || !self.is_readable(db).await? {
            return Ok(Known {
                installed,
                ..Known::default()
            });
        }
        let sql = format!("SELECT \"version\", \"checksum\" FROM {}", self.quoted());
        let rows = db
            .query_all_raw(Statement::from_string(backend, sql))
            .await?;
        let mut by_name = HashMap::new();
        for row in rows {
            by_name.insert(row.try_get("", "version")?, row.try_get("", "checksum")?);
        }
        Ok(Known {
            installed,
            readable: true,
            by_name,
        })
    }

    async fn is_readable<C: ConnectionTrait>(&self, db: &C) -> Result<bool, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(true);
        }
        let sql = format!(
            "SELECT has_table_privilege(quote_ident(current_schema()) || '.{}', 'SELECT') AS readable",
            self.quoted().replace('\'', "''")
        );
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        let readable: Option<Option<bool>> =
            row.map(|row| row.try_get("", "readable")).transpose()?;
        Ok(readable.flatten().unwrap_or_default())
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.table.replace('"', "\"\""))
    }
}
