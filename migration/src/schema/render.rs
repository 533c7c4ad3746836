//! The SQL of a table and of a column added to one, for each backend.

use sea_orm_migration::sea_orm::{DbBackend, DbErr};

use super::added_column::AddedColumn;
use super::column::Column;
use super::table::{ForeignKey, OnDelete, Table, Writes};
use super::{name, spread, trigger};
use crate::citus::Engine;

/// All statements that make the table, in order.
pub(super) fn create(
    table: &Table,
    backend: DbBackend,
    engine: Engine,
) -> Result<Vec<String>, DbErr> {
    let mut names = Vec::new();
    let mut sql = vec![create_table(table, backend, engine, &mut names)];
    if engine.is_citus() {
        sql.extend(spread::put(table, engine));
    }
    for index in table.all_indexes() {
        names.push(index.name(table.name));
        sql.push(index.create(table.name));
    }
    if engine.is_citus() {
        sql.extend(spread::writes(table));
    } else {
        if table.touched {
            sql.extend(trigger::touch(table, backend));
        }
        sql.extend(trigger::writes(table, backend));
    }
    if backend == DbBackend::Postgres {
        sql.extend(comments(table));
    }
    name::refuse_long(table.name, &names)?;
    Ok(sql)
}

/// All statements that add the column, in order.
pub(super) fn add_column(added: &AddedColumn, backend: DbBackend) -> Result<Vec<String>, DbErr> {
    let AddedColumn { table, column } = added;
    if !column.has_value_for_rows() {
        return Err(DbErr::Migration(format!(
            "rows of `{table}` that are there would have no value in `{}`: let it be NULL, or give it a constant as its \
             default",
            column.name
        )));
    }
    let name = name::check(table, column.name);
    let check = match column.condition(backend) {
        Some(condition) => format!(" CONSTRAINT \"{name}\" CHECK ({condition})"),
        None => String::new(),
    };
    // Also where the other backend alone has the check, so that neither accepts what the other refuses.
    name::refuse_long(table, &[name])?;
    let mut sql = vec![format!(
        "ALTER TABLE \"{table}\" ADD COLUMN {}{check}",
        column.definition(backend)
    )];
    if backend == DbBackend::Postgres {
        sql.push(comment_on(table, column));
    }
    Ok(sql)
}

fn create_table(
    table: &Table,
    backend: DbBackend,
    engine: Engine,
    names: &mut Vec<String>,
) -> String {
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.definition(backend))
        .collect();
    let mut constraint = |name: String, rule: String| {
        parts.push(format!("CONSTRAINT \"{name}\" {rule}"));
        names.push(name);
    };
    constraint(
        name::primary_key(table.name),
        format!("PRIMARY KEY ({})", list(&table.key)),
    );
    // On Citus they come once the table is in its place, with the same names.
    let with_keys = !engine.is_citus();
    for foreign_key in table.foreign_keys.iter().filter(|_| with_keys) {
        constraint(
            name::foreign_key(table.name, &foreign_key.columns),
            references(foreign_key),
        );
    }
    for column in &table.columns {
        if let Some(condition) = column.condition(backend) {
            constraint(
                name::check(table.name, column.name),
                format!("CHECK ({condition})"),
            );
        }
    }
    for (what, check) in &table.checks {
        constraint(
            name::check(table.name, what),
            format!("CHECK ({})", check.sql(backend)),
        );
    }
    // STRICT: without it a column of SQLite holds whatever it is given. WITHOUT ROWID: by naming the hidden one, REPLACE
    // would take the place of a row that has another key.
    let strict = match (backend, table.writes) {
        (DbBackend::Sqlite, Writes::Free | Writes::Forward) => " STRICT",
        (DbBackend::Sqlite, _) => " STRICT, WITHOUT ROWID",
        _ => "",
    };
    format!(
        "CREATE TABLE \"{}\" (\n  {}\n){strict}",
        table.name,
        parts.join(",\n  ")
    )
}

pub(super) fn references(foreign_key: &ForeignKey) -> String {
    let action = match foreign_key.on_delete {
        OnDelete::Cascade => " ON DELETE CASCADE",
        OnDelete::NoAction => "",
        OnDelete::SetNull => " ON DELETE SET NULL",
    };
    format!(
        "FOREIGN KEY ({}) REFERENCES \"{}\" ({}){action}",
        list(&foreign_key.columns),
        foreign_key.table,
        list(&foreign_key.to)
    )
}

fn comments(table: &Table) -> Vec<String> {
    let on_columns = table
        .columns
        .iter()
        .map(|column| comment_on(table.name, column));
    std::iter::once(format!(
        "COMMENT ON TABLE \"{}\" IS {}",
        table.name,
        literal(table.comment)
    ))
    .chain(on_columns)
    .collect()
}

fn comment_on(table: &str, column: &Column) -> String {
    format!(
        "COMMENT ON COLUMN \"{table}\".\"{}\" IS {}",
        column.name,
        literal(column.comment)
    )
}

/// `"a", "b"`
pub(super) fn list(columns: &[&str]) -> String {
    let quoted: Vec<_> = columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    quoted.join(", ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
