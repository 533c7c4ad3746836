//! The record of applied migrations: `SeaORM`'s own table, in `SeaORM`'s own shape.
use std::marker::PhantomData;
use std::time::{SystemTime, UNIX_EPOCH};

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::sea_query::{Expr, ExprTrait, Order, Query, Table};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DbBackend, DbErr, DynIden, RuntimeErr, Statement,
};
use sea_orm_migration::seaql_migrations::Column;

/// An applied migration as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) version: String,
    /// Seconds since 1970.
    pub(super) applied_at: i64,
}

/// The table of `M`.
pub(super) struct Record<M> {
    table: DynIden,
    migrator: PhantomData<fn() -> M>,
}

impl<M: MigratorTrait> Record<M> {
    pub(super) fn new() -> Self {
        Self {
            table: M::migration_table_name(),
            migrator: PhantomData,
        }
    }

    /// Whether the table is there, also for a login that may not read it.
    ///
    /// `SeaORM`'s own probe asks `information_schema`, which hides what the login has no right on:
    /// a migrated database would look like an empty one.
    pub(super) async fn exists<C: ConnectionTrait>(&self, db: &C) -> Result<bool, DbErr> {
        is_table(db, &self.table.to_string()).await
    }

    /// Makes the table, unless it is there. Nobody else writes into it.
    pub(super) async fn install<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        M::install(db).await?;
        self.shut(db).await
    }

    /// Takes the right to write into it from everybody else.
    pub(super) async fn shut<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        if db.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(&shut(&self.table.to_string()))
                .await?;
        }
        Ok(())
    }

    /// Every entry, in the order of their names.
    pub(super) async fn read<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<Entry>, DbErr> {
        let query = Query::select()
            .columns([Column::Version, Column::AppliedAt])
            .from(self.table.clone())
            .order_by(Column::Version, Order::Asc)
            .take();
        db.query_all(&query)
            .await?
            .iter()
            .map(|row| {
                Ok(Entry {
                    version: row.try_get("", "version")?,
                    applied_at: row.try_get("", "applied_at")?,
                })
            })
            .collect()
    }

    /// Whether `name` is recorded.
    pub(super) async fn has<C: ConnectionTrait>(&self, db: &C, name: &str) -> Result<bool, DbErr> {
        let query = Query::select()
            .column(Column::Version)
            .from(self.table.clone())
            .and_where(Expr::col(Column::Version).eq(name))
            .take();
        Ok(db.query_one(&query).await?.is_some())
    }

    pub(super) async fn insert<C: ConnectionTrait>(&self, db: &C, name: &str) -> Result<(), DbErr> {
        // A clock before 1970 is no reason to fail a migration.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs());
        let query = Query::insert()
            .into_table(self.table.clone())
            .columns([Column::Version, Column::AppliedAt])
            .values([name.into(), now.cast_signed().into()])
            .map_err(|error| DbErr::Query(RuntimeErr::Internal(error.to_string())))?
            .take();
        db.execute(&query).await?;
        Ok(())
    }

    pub(super) async fn delete<C: ConnectionTrait>(&self, db: &C, name: &str) -> Result<(), DbErr> {
        let query = Query::delete()
            .from_table(self.table.clone())
            .and_where(Expr::col(Column::Version).eq(name))
            .take();
        db.execute(&query).await?;
        Ok(())
    }

    pub(super) async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        db.execute(&Table::drop().table(self.table.clone()).if_exists().take())
            .await?;
        Ok(())
    }
}

/// Whether the schema has a table of that name.
pub(super) async fn is_table<C: ConnectionTrait>(db: &C, name: &str) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p')"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let row = db
        .query_one_raw(Statement::from_sql_and_values(backend, sql, [name.into()]))
        .await?;
    Ok(row.is_some())
}

/// What takes from everybody but the owner every right on a table of the record but to read it, whatever is granted by
/// default on what is new (Supabase grants everything to everybody who comes in by its API).
pub(super) fn shut(table: &str) -> String {
    format!(
        "\
DO $$ DECLARE
  role text;
BEGIN
  FOR role IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE n.nspname = current_schema() AND c.relname = {name} AND pg_has_role(c.relowner, 'USAGE')
      AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %I FROM %s', {name}, role);
  END LOOP;
END $$",
        name = literal(table)
    )
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
