//! Reads `sqlite_schema` and the pragmas. Constraints have their names in the DDL alone, so that is read as well.

use sea_orm_migration::sea_orm::{DatabaseConnection, QueryResult};

use super::{Catalog, Column, Index, RECORDS, Table, ddl, list, maybe, rows, text};

pub(super) async fn read(db: &DatabaseConnection) -> Catalog {
    let mut catalog = Catalog::default();
    let objects = rows(
        db,
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY type = 'trigger', type = 'index', name",
    )
    .await;
    for row in objects {
        let (kind, name, table) = (
            text(&row, "type"),
            text(&row, "name"),
            text(&row, "tbl_name"),
        );
        if RECORDS.contains(&table.as_str()) {
            continue;
        }
        let sql = text(&row, "sql");
        match (kind.as_str(), catalog.tables.get_mut(&table)) {
            ("table", _) => {
                catalog
                    .tables
                    .insert(table, read_table(db, &name, &sql).await);
            }
            ("index", Some(table)) => table.indexes.push(read_index(db, &name, &sql).await),
            ("trigger", Some(table)) => table.triggers.push(super::Named {
                name,
                definition: ddl::one_line(&sql),
            }),
            (kind, _) => {
                catalog
                    .others
                    .insert(format!("{kind} {name}"), ddl::one_line(&sql));
            }
        }
    }
    catalog
}

async fn read_table(db: &DatabaseConnection, name: &str, sql: &str) -> Table {
    let mut table = ddl::constraints(sql);
    let info = rows(
        db,
        &format!(
            "SELECT strict, wr FROM pragma_table_list WHERE schema = 'main' AND name = '{name}'"
        ),
    )
    .await;
    for (option, column) in [("strict", "strict"), ("without rowid", "wr")] {
        if number(&info[0], column) == 1 {
            table.options.push(option.to_owned());
        }
    }
    for row in rows(db, &format!("SELECT * FROM pragma_table_xinfo('{name}')")).await {
        table.columns.push(Column {
            name: text(&row, "name"),
            kind: text(&row, "type"),
            nullable: number(&row, "notnull") == 0,
            default: maybe(&row, "dflt_value").map(|sql| ddl::one_line(&sql)),
            special: (number(&row, "hidden") != 0).then(|| "generated".to_owned()),
            comment: None,
        });
    }
    // The parser of the DDL is ours; what SQLite itself has understood must be the same.
    let keys = rows(
        db,
        &format!(
            "SELECT \"table\", group_concat(\"from\") AS columns, group_concat(\"to\") AS targets FROM \
             (SELECT * FROM pragma_foreign_key_list('{name}') ORDER BY id, seq) GROUP BY id"
        ),
    )
    .await;
    let mut understood: Vec<_> = keys
        .iter()
        .map(|row| {
            (
                text(row, "table"),
                list(row, "columns"),
                list(row, "targets"),
            )
        })
        .collect();
    let mut parsed: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|key| (key.table.clone(), key.columns.clone(), key.to.clone()))
        .collect();
    understood.sort();
    parsed.sort();
    assert_eq!(
        parsed, understood,
        "foreign keys of `{name}`, read from\n{sql}"
    );
    table
}

async fn read_index(db: &DatabaseConnection, name: &str, sql: &str) -> Index {
    let columns = rows(
        db,
        &format!("SELECT coalesce(name, '(expression)') AS name FROM pragma_index_xinfo('{name}') WHERE key = 1 ORDER BY seqno"),
    )
    .await;
    let sql = ddl::one_line(sql);
    Index {
        name: name.to_owned(),
        columns: columns.iter().map(|row| text(row, "name")).collect(),
        unique: sql.to_uppercase().starts_with("CREATE UNIQUE"),
        predicate: sql
            .split_once(" WHERE ")
            .map(|(_, predicate)| predicate.replace('"', "")),
        definition: sql,
    }
}

fn number(row: &QueryResult, column: &str) -> i32 {
    row.try_get("", column).unwrap()
}
