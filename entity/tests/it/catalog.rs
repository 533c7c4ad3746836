//! What a migrated database says about itself.

use migration::testing::Backend;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, Statement};

/// A column of a table.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Column {
    pub(crate) table: String,
    pub(crate) name: String,
    nullable: i32,
    defaulted: i32,
}

impl Column {
    pub(crate) fn is_nullable(&self) -> bool {
        self.nullable != 0
    }

    /// Whether the database gives it a value other than NULL where an INSERT names none.
    pub(crate) fn has_default(&self) -> bool {
        self.defaulted != 0
    }
}

/// A foreign key of `PostgreSQL`; the columns of each end with commas between.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct ForeignKey {
    pub(crate) child: String,
    pub(crate) child_columns: String,
    pub(crate) parent: String,
    pub(crate) parent_columns: String,
    /// `CASCADE` and so on.
    pub(crate) on_delete: String,
    one_to_one: i32,
}

impl ForeignKey {
    /// Whether a parent has at most one child by it: its columns are the child's whole key.
    pub(crate) fn is_one_to_one(&self) -> bool {
        self.one_to_one != 0
    }
}

/// All columns of all tables but the migrator's own, in the order of each table.
pub(crate) async fn columns(backend: Backend, connection: &DatabaseConnection) -> Vec<Column> {
    let sql = match backend {
        Backend::Sqlite => {
            r#"SELECT t.name AS "table", c.name AS name, c."notnull" = 0 AS nullable,
                      c.dflt_value IS NOT NULL AS defaulted
               FROM sqlite_schema t JOIN pragma_table_info(t.name) c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT IN ('seaql_migrations', '_aura_migrations')
               ORDER BY t.name, c.cid"#
        }
        Backend::Postgres => {
            "SELECT table_name::text AS \"table\", column_name::text AS name, (is_nullable = 'YES')::int AS nullable,
                    (column_default IS NOT NULL)::int AS defaulted
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name NOT IN ('seaql_migrations', '_aura_migrations')
             ORDER BY table_name, ordinal_position"
        }
    };
    all(connection, sql).await
}

/// All foreign keys of a `PostgreSQL` database.
pub(crate) async fn foreign_keys(connection: &DatabaseConnection) -> Vec<ForeignKey> {
    let sql = "
        SELECT f.conrelid::regclass::text AS child, names(f.conrelid, f.conkey) AS child_columns,
               f.confrelid::regclass::text AS parent, names(f.confrelid, f.confkey) AS parent_columns,
               CASE f.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'a' THEN 'NO ACTION'
                   ELSE f.confdeltype::text END AS on_delete,
               EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = f.conrelid AND p.contype = 'p'
                       AND p.conkey @> f.conkey AND p.conkey <@ f.conkey)::int AS one_to_one
        FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace
        ORDER BY child, child_columns";
    let names = |table: &str, columns: &str| {
        format!(
            "(SELECT string_agg(a.attname, ', ' ORDER BY k.position)
              FROM unnest({columns}) WITH ORDINALITY AS k(number, position)
              JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number)"
        )
    };
    let sql = sql
        .replace(
            "names(f.conrelid, f.conkey)",
            &names("f.conrelid", "f.conkey"),
        )
        .replace(
            "names(f.confrelid, f.confkey)",
            &names("f.confrelid", "f.confkey"),
        );
    all(connection, &sql).await
}

async fn all<T: FromQueryResult>(connection: &DatabaseConnection, sql: &str) -> Vec<T> {
    let backend: DbBackend = connection.get_database_backend();
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| T::from_query_result(row, "").unwrap())
        .collect()
}
