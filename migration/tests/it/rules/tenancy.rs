//! Rules on whose a row is, and on what references may be.

use std::collections::BTreeSet;

use super::{Rule, Schema};
use crate::catalog::{ForeignKey, Table};

const APPLICATION: &str = "application_id";

pub(super) const KEY: Rule = Rule {
    says: "the primary key of a table with application_id begins with it",
    cure: "Use `tenant_owned()`, or `tenant_child()` with a key that begins with application_id",
    exceptions: &[(
        "sessions",
        "the application that is open is a state of the session, which may have none",
    )],
    offenders: |schema| {
        schema.tables(|_, table| {
            table.column(APPLICATION).is_some()
                && table.primary_key.columns.first().map(String::as_str) != Some(APPLICATION)
        })
    },
};

pub(super) const REFERENCES: Rule = Rule {
    says: "a foreign key between tenant-owned tables begins with application_id on both sides, so that none crosses tenants",
    cure: "Reference `(application_id, …)` by `(application_id, …)`",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|_, table| {
            let inside = table.foreign_keys.iter().filter(|key| {
                table.tenant_owned()
                    && schema
                        .catalog
                        .tables
                        .get(&key.table)
                        .is_some_and(Table::tenant_owned)
            });
            inside
                .filter(|key| !carries_application(key))
                .map(|key| key.name.clone())
                .collect()
        })
    },
};

pub(super) const ROOTED: Rule = Rule {
    says: "a tenant-owned row references its application, itself or through a parent that it cannot be without",
    cure: "Use `tenant_owned()`, or reference a NOT NULL parent by `(application_id, …)`",
    exceptions: &[
        (
            "audit_chains",
            "what was done outlasts the application, and so does what its events are linked to",
        ),
        (
            "audit_events",
            "what was done outlasts what it was done to, the application included",
        ),
        (
            "audit_details",
            "it belongs to an audit event, which references nothing",
        ),
    ],
    offenders: |schema| {
        schema.tables(|name, table| {
            table.tenant_owned() && !rooted(schema, name, &mut BTreeSet::new())
        })
    },
};

pub(super) const OPTIONAL_PARENT: Rule = Rule {
    says: "a table with a composite reference that may be NULL references its application directly, since a key with a \
           NULL part checks nothing",
    cure: "Use `tenant_owned()`, or reference applications by application_id",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|_, table| {
            let optional = |key: &ForeignKey| key.columns.len() > 1 && !required(table, key);
            table.tenant_owned() && table.foreign_keys.iter().any(optional) && !direct(table)
        })
    },
};

pub(super) const SET_NULL: Rule = Rule {
    says: "deleting a row sets no part of a composite key to NULL or to a default: it would clear the tenant",
    cure: "Use CASCADE, or NO ACTION and clear the reference before",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|_, table| {
            let composite = table
                .foreign_keys
                .iter()
                .filter(|key| key.columns.len() > 1);
            composite
                .filter(|key| key.on_delete.starts_with("SET "))
                .map(|key| key.name.clone())
                .collect()
        })
    },
};

pub(super) const ONE_REFERENCE: Rule = Rule {
    says: "a table references another once: from two references the generator makes numbered relations and no inverse",
    cure: "Keep the reference that means ownership; the one that says who did something is a plain uuid",
    exceptions: &[],
    offenders: |schema| {
        schema.parts(|_, table| {
            let mut seen = BTreeSet::new();
            let again = table
                .foreign_keys
                .iter()
                .filter(|key| !seen.insert(&key.table));
            again.map(|key| key.name.clone()).collect()
        })
    },
};

pub(super) const JUNCTION: Rule = Rule {
    says: "no table has a key of 2 columns and exactly 2 relations, incoming ones counted: the generator takes it for a \
           junction, and a real relation is lost",
    cure: "Add a third reference (created_by → users), or drop the one to applications where a NOT NULL parent implies it",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|name, table| {
            table.primary_key.columns.len() == 2 && relations(schema, name, table) == 2
        })
    },
};

fn carries_application(key: &ForeignKey) -> bool {
    [&key.columns, &key.to]
        .iter()
        .all(|columns| columns.first().map(String::as_str) == Some(APPLICATION))
}

/// Whether a row cannot be without what `key` references.
fn required(table: &Table, key: &ForeignKey) -> bool {
    key.columns
        .iter()
        .all(|name| table.column(name).is_some_and(|column| !column.nullable))
}

fn direct(table: &Table) -> bool {
    table.foreign_keys.iter().any(|key| {
        key.table == "applications" && key.columns == [APPLICATION] && required(table, key)
    })
}

fn rooted(schema: &Schema, name: &str, seen: &mut BTreeSet<String>) -> bool {
    let Some(table) = schema.catalog.tables.get(name) else {
        return false;
    };
    // A table that references itself is rooted by something else, or not at all.
    seen.insert(name.to_owned())
        && table.tenant_owned()
        && (direct(table)
            || table.foreign_keys.iter().any(|key| {
                required(table, key) && carries_application(key) && rooted(schema, &key.table, seen)
            }))
}

/// As sea-orm-codegen counts (`transformer.rs`): each own foreign key, and each other table that references this one by
/// exactly one foreign key, unless there is a relation with that table already.
fn relations(schema: &Schema, name: &str, table: &Table) -> usize {
    let own = &table.foreign_keys;
    let incoming = schema.catalog.tables.iter().filter(|(other, from)| {
        let references = from
            .foreign_keys
            .iter()
            .filter(|key| key.table == name)
            .count();
        other.as_str() != name && references == 1 && !own.iter().any(|key| key.table == **other)
    });
    own.len() + incoming.count()
}
