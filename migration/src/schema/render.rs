//! The SQL of a table, for each backend.

use sea_orm_migration::sea_orm::{DbBackend, DbErr};

use super::table::{ForeignKey, OnDelete, Table};
use super::{name, trigger};

/// All statements that make the table, in order.
pub(super) fn create(table: &Table, backend: DbBackend) -> Result<Vec<String>, DbErr> {
    let mut names = Vec::new();
    let mut sql = vec![create_table(table, backend, &mut names)];
    for index in table.all_indexes() {
        names.push(index.name(table.name));
        sql.push(index.create(table.name));
    }
    if table.touched {
        sql.extend(trigger::touch(table, backend));
    }
    if table.append_only {
        sql.extend(trigger::append_only(table, backend));
    }
    if backend == DbBackend::Postgres {
        sql.extend(comments(table));
    }
    table.check_names(&names)?;
    Ok(sql)
}

fn create_table(table: &Table, backend: DbBackend, names: &mut Vec<String>) -> String {
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
    for foreign_key in &table.foreign_keys {
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
    let strict = match (backend, table.append_only) {
        (DbBackend::Sqlite, false) => " STRICT",
        (DbBackend::Sqlite, true) => " STRICT, WITHOUT ROWID",
        _ => "",
    };
    format!(
        "CREATE TABLE \"{}\" (\n  {}\n){strict}",
        table.name,
        parts.join(",\n  ")
    )
}

fn references(foreign_key: &ForeignKey) -> String {
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
    let on_columns = table.columns.iter().map(|column| {
        format!(
            "COMMENT ON COLUMN \"{}\".\"{}\" IS {}",
            table.name,
            column.name,
            literal(column.comment)
        )
    });
    std::iter::once(format!(
        "COMMENT ON TABLE \"{}\" IS {}",
        table.name,
        literal(table.comment)
    ))
    .chain(on_columns)
    .collect()
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
