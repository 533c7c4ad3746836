//! Rules on what tables, columns, constraints and indexes are called.

use std::collections::BTreeMap;

use migration::schema::name;

use super::{Rule, Schema};
use crate::catalog::{Index, Table};

pub(super) const SNAKE_CASE: Rule = Rule {
    says: "tables have plural names, and names are lower_snake_case",
    cure: "Rename it: `invoices`, not `invoice` or `Invoices`",
    exceptions: &[],
    offenders: |schema| {
        let mut offenders = schema.tables(|name, _| !snake_case(name) || !name.ends_with('s'));
        offenders.extend(schema.parts(|_, table| {
            let names = table.columns.iter().map(|column| &column.name);
            names.filter(|name| !snake_case(name)).cloned().collect()
        }));
        offenders
    },
};

pub(super) const CONSTRAINTS: Rule = Rule {
    says: "constraints, indexes and triggers are named by the rule of `migration::schema::name`",
    cure: "Make it with the words of `migration::schema`, which name it, or take the name from there",
    exceptions: &[],
    offenders: |schema| schema.parts(misnamed),
};

pub(super) const NO_TWICE: Rule = Rule {
    says: "no two constraints or indexes have one name, so that an error tells which it was",
    cure: "Rename one of them, or shorten the names of its columns",
    exceptions: &[],
    offenders: |schema| {
        let mut owners: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, table) in &schema.catalog.tables {
            for part in names(table) {
                owners.entry(part).or_default().push(name);
            }
        }
        owners
            .iter()
            .filter(|(_, tables)| tables.len() > 1)
            .map(|(name, tables)| format!("{}.{name}", tables[1]))
            .collect()
    },
};

pub(super) const LENGTH: Rule = Rule {
    says: "no name is longer than the 63 bytes that PostgreSQL keeps of it",
    cure: "Shorten the name of the table or of a column",
    exceptions: &[],
    offenders: |schema: &Schema| {
        let long = |name: &String| name.len() > name::MAX_LENGTH;
        schema.parts(|table_name, table| {
            let columns = table.columns.iter().map(|column| column.name.clone());
            names(table)
                .into_iter()
                .chain(table.triggers.iter().map(|trigger| trigger.name.clone()))
                .chain(columns)
                .chain([table_name.to_owned()])
                .filter(long)
                .collect()
        })
    },
};

fn snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// All but triggers, which may be called the same on two tables.
fn names(table: &Table) -> Vec<String> {
    let keys = table.foreign_keys.iter().map(|key| &key.name);
    let indexes = table.indexes.iter().map(|index| &index.name);
    let checks = table.checks.iter().map(|check| &check.name);
    let key = std::iter::once(&table.primary_key.name).filter(|name| !name.is_empty());
    keys.chain(indexes)
        .chain(checks)
        .chain(key)
        .cloned()
        .collect()
}

fn misnamed(table_name: &str, table: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |found: &str, right: bool| {
        if !right {
            wrong.push(if found.is_empty() { "(no name)" } else { found }.to_owned());
        }
    };
    let key = &table.primary_key;
    expect(
        &key.name,
        key.columns.is_empty() || key.name == name::primary_key(table_name),
    );
    for key in &table.foreign_keys {
        expect(
            &key.name,
            key.name == name::foreign_key(table_name, &borrow(&key.columns)),
        );
    }
    for index in &table.indexes {
        expect(&index.name, index_is_named(table_name, index));
    }
    for check in &table.checks {
        let about: Vec<_> = table
            .columns
            .iter()
            .filter(|column| mentions(&check.definition, &column.name))
            .collect();
        expect(
            &check.name,
            match about.as_slice() {
                [column] => check.name == name::check(table_name, &column.name),
                _ => check
                    .name
                    .strip_prefix(&format!("{table_name}_"))
                    .and_then(|rest| rest.strip_suffix("_check"))
                    .is_some_and(snake_case),
            },
        );
    }
    for trigger in &table.triggers {
        let what = trigger.name.strip_prefix(&name::trigger(table_name, ""));
        expect(&trigger.name, what.is_some_and(snake_case));
    }
    wrong
}

fn index_is_named(table: &str, index: &Index) -> bool {
    let columns = borrow(&index.columns);
    let between = |before: &str, after: &str| {
        let rest = index.name.strip_prefix(before);
        rest.and_then(|rest| rest.strip_suffix(after))
            .is_some_and(snake_case)
    };
    let state = |after: &str| between(&format!("{table}_{}_", columns.join("_")), after);
    if !columns.iter().all(|column| snake_case(column)) {
        // An expression has no name to be called after.
        return between(
            &format!("{table}_"),
            if index.unique { "_key" } else { "_idx" },
        );
    }
    match (index.unique, &index.predicate) {
        (false, None) => index.name == name::index(table, &columns),
        (false, Some(_)) => index.name == name::index(table, &columns) || state("_idx"),
        (true, None) => index.name == name::unique(table, &columns, None),
        (true, Some(_)) => state("_key"),
    }
}

fn borrow(columns: &[String]) -> Vec<&str> {
    columns.iter().map(String::as_str).collect()
}

/// Whether SQL names a column, outside of the literals in it.
fn mentions(sql: &str, column: &str) -> bool {
    let code: String = sql.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .any(|word| word == column)
}
