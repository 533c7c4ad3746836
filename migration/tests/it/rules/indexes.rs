//! Rules on uniqueness and on what is indexed.

use super::{Rule, Schema};
use crate::catalog::{Index, Table};

pub(super) const UNIQUE_BY_INDEX: Rule = Rule {
    says: "uniqueness is an index and not a constraint, which cannot be limited to live rows",
    cure: "Use `live_unique`, `unique_while` or `unique_for_ever`",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|_, table| {
            let constraints = table.constraints.iter();
            constraints
                .map(|constraint| match constraint.name.as_str() {
                    "" => "(no name)".to_owned(),
                    name => name.to_owned(),
                })
                .collect()
        })
    },
};

pub(super) const LIVE_UNIQUE: Rule = Rule {
    says: "uniqueness in a soft-deletable table is among live rows: a deleted one holds no name back",
    cure: "Use `live_unique`, or put `deleted_at IS NULL` into the condition",
    exceptions: &[(
        "applications.applications_public_id_key",
        "an id that was shown to the world never comes back as another application",
    )],
    offenders: |schema| {
        schema.parts(|_, table| {
            unique(table)
                .filter(|index| {
                    let live = |only: &String| only.to_lowercase().contains("deleted_at is null");
                    table.column("deleted_at").is_some()
                        && !index.predicate.as_ref().is_some_and(live)
                })
                .map(|index| index.name.clone())
                .collect()
        })
    },
};

pub(super) const TENANT_UNIQUE: Rule = Rule {
    says: "every unique index of a tenant-owned table begins with application_id",
    cure: "Put application_id first: what is taken in one application says nothing in another",
    exceptions: &[(
        "domains.domains_name_verified_key",
        "mail for a name goes to one verified owner in the whole database",
    )],
    offenders: |schema| {
        schema.parts(|_, table| {
            unique(table)
                .filter(|index| {
                    table.tenant_owned()
                        && index.columns.first().map(String::as_str) != Some("application_id")
                })
                .map(|index| index.name.clone())
                .collect()
        })
    },
};

pub(super) const FOREIGN_KEYS: Rule = Rule {
    says: "the columns of a foreign key begin the primary key or an index of all rows",
    cure: "Use `references`, which makes the index",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|_, table| {
            let served = |columns: &[String]| {
                covers(&table.primary_key.columns, columns)
                    || table
                        .indexes
                        .iter()
                        .any(|index| index.predicate.is_none() && covers(&index.columns, columns))
            };
            table
                .foreign_keys
                .iter()
                .filter(|key| !served(&key.columns))
                .map(|key| key.name.clone())
                .collect()
        })
    },
};

pub(super) const NO_REPEAT: Rule = Rule {
    says: "no index begins another, or the primary key, that covers the same rows",
    cure: "Drop the shorter one: the longer one serves what it serves",
    exceptions: &[],
    offenders: |schema: &Schema| schema.parts(|_, table| repeated(table)),
};

fn unique(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| index.unique)
}

fn covers(index: &[String], columns: &[String]) -> bool {
    index.starts_with(columns)
}

fn repeated(table: &Table) -> Vec<String> {
    let key = Index {
        columns: table.primary_key.columns.clone(),
        unique: true,
        ..Index::default()
    };
    let mut wrong = Vec::new();
    for (place, index) in table.indexes.iter().enumerate() {
        let others = table
            .indexes
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        let repeats = others
            .map(|(other, index)| (Some(other), index))
            .chain([(None, &key)])
            .any(|(other, longer)| {
                let same_rows = longer.predicate == index.predicate;
                let same = longer.columns == index.columns;
                // A unique index does more than look up: only another on the very same columns does that too.
                let does_all = !index.unique || (longer.unique && same);
                // Of two that are alike the later one is named, the key's never.
                let later = !same
                    || index.unique != longer.unique
                    || other.is_none_or(|other| other < place);
                same_rows && covers(&longer.columns, &index.columns) && does_all && later
            });
        if repeats {
            wrong.push(index.name.clone());
        }
    }
    wrong
}
