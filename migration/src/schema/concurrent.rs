//! Indexes that are made while others go on writing.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::table_index::TableIndex;

/// A setting that is on where migrations run for comparison alone: in a transaction, on empty tables.
pub(crate) const SCRATCH: &str = "aura.scratch";

impl TableIndex {
    /// Adds the index without keeping writers out, on `PostgreSQL`: for a table that has many rows by then.
    ///
    /// The migration must run outside a transaction (`use_transaction` says `Some(false)`) and do nothing but this, for
    /// one index or several. Broken off, it leaves an invalid index behind, which is dropped and built anew when the
    /// migration is run again; one that is whole already is left alone. Building waits for transactions that are older,
    /// for however long: nobody waits behind it, so that no lock timeout applies. On `SQLite`, where writers queue
    /// anyway, it is a plain index.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and inside a transaction.
    pub async fn create_concurrently(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Postgres {
            db.execute_unprepared(&self.statement("IF NOT EXISTS ")?)
                .await?;
            return Ok(());
        }
        if db.is_transaction() {
            refuse_transaction(manager).await?;
            return self.create(manager).await;
        }
        db.execute_unprepared("SET lock_timeout = 0").await?;
        match is_valid(manager, &self.name()).await? {
            Some(true) => return Ok(()),
            Some(false) => self.drop_concurrently(manager).await?,
            None => {}
        }
        db.execute_unprepared(&self.statement("CONCURRENTLY ")?)
            .await?;
        Ok(())
    }

    /// Drops the index without keeping anybody waiting: what [`create_concurrently`](Self::create_concurrently) made,
    /// under the same conditions. One that is not there is gone already.
    ///
    /// # Errors
    ///
    /// As [`drop`](Self::drop), and inside a transaction.
    pub async fn drop_concurrently(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let how = match manager.get_database_backend() {
            DbBackend::Postgres if db.is_transaction() => {
                refuse_transaction(manager).await?;
                ""
            }
            DbBackend::Postgres => {
                db.execute_unprepared("SET lock_timeout = 0").await?;
                "CONCURRENTLY "
            }
            _ => "",
        };
        let sql = format!("DROP INDEX {how}IF EXISTS \"{}\"", self.name());
        db.execute_unprepared(&sql).await?;
        Ok(())
    }
}

/// Whether the index is whole; `None` when there is none.
async fn is_valid(manager: &SchemaManager<'_>, name: &str) -> Result<Option<bool>, DbErr> {
    let sql = "SELECT i.indisvalid AS valid FROM pg_catalog.pg_index AS i \
               JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
               JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
               WHERE n.nspname = current_schema() AND c.relname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    let row = manager.get_connection().query_one_raw(statement).await?;
    row.map(|row| row.try_get("", "valid")).transpose()
}

/// Only where nobody else sees the table may the index be a plain one.
async fn refuse_transaction(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = format!("SELECT current_setting('{SCRATCH}', true) AS scratch");
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = manager.get_connection().query_one_raw(statement).await?;
    let scratch: Option<Option<String>> = row.map(|row| row.try_get("", "scratch")).transpose()?;
    if scratch.flatten().as_deref() == Some("on") {
        return Ok(());
    }
    Err(DbErr::Migration(
        "an index is made and dropped concurrently outside a transaction alone: let the migration's use_transaction() \
         say Some(false)"
            .to_owned(),
    ))
}
