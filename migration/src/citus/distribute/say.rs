//! What each step says.

use super::catalog::{Catalog, ForeignKey, Table};
use super::seal;
use super::step::Action;
use crate::citus::layout;
use crate::isolation::{self, PREFIX_SETTING, quote};
use crate::{m20261121_000020_raise_wall, m20261121_000021_show_to_reader};
use crate::{m20261121_000022_share_with_supabase, m20261121_000023_add_email_documents};

fn say(statements: &mut Vec<Action>, sql: impl Into<String>) {
    statements.push(Action::Say(sql.into()));
}

/// What each step begins with: one connection to each node, since a table that all refer to is changed too.
const SEQUENTIAL: &str = "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'";

/// Everything that is taken off, and the seals.
pub(super) fn close(catalog: &Catalog, tables: &[&Table]) -> Vec<Action> {
    let mut actions = Vec::new();
    say(&mut actions, SEQUENTIAL);
    let names: Vec<_> = tables
        .iter()
        .map(|table| quote::name(&table.name))
        .collect();
    let names = names.join(", ");
    say(
        &mut actions,
        format!("LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"),
    );
    // As the migrations take off what they put on, the newest first. The key of the wall goes, and the documents of emails:
    // there is neither on Citus.
    say(&mut actions, m20261121_000023_add_email_documents::off());
    for script in [
        m20261121_000022_share_with_supabase::REMOVE,
        m20261121_000021_show_to_reader::REMOVE,
        m20261121_000020_raise_wall::RAZE,
    ] {
        say(&mut actions, script.trim_end());
    }
    let isolated = tables.iter().filter(|table| table.isolated);
    let isolated: Vec<_> = isolated.map(|table| table.name.as_str()).collect();
    if !isolated.is_empty() {
        say(&mut actions, isolation::lift(&isolated));
    }
    for table in tables {
        let name = quote::name(&table.name);
        for (trigger, _) in &table.triggers {
            let trigger = quote::name(trigger);
            say(
                &mut actions,
                format!("DROP TRIGGER IF EXISTS {trigger} ON {name}"),
            );
        }
    }
    for key in catalog.keys_of(tables) {
        let (table, key) = (quote::name(&key.table), quote::name(&key.name));
        say(
            &mut actions,
            format!("ALTER TABLE {table} DROP CONSTRAINT {key}"),
        );
    }
    for function in &catalog.functions {
        let function = quote::name(function);
        say(&mut actions, format!("DROP FUNCTION {function}()"));
    }
    actions.extend(
        tables
            .iter()
            .flat_map(|table| seal::close(table))
            .map(Action::Say),
    );
    actions
}

/// Citus copies the rows with COPY, which no table takes whose policies hold for the owner; nobody else sees the table
/// meanwhile.
pub(super) fn put(table: &Table) -> Vec<Action> {
    let name = quote::name(&table.name);
    let text = quote::text(&name);
    vec![
        Action::Say(SEQUENTIAL.to_owned()),
        // What lies on this node too is counted as on the others, or nothing more could be said to all of them.
        Action::Say("SET LOCAL citus.enable_local_execution TO off".to_owned()),
        Action::Say(format!("LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")),
        Action::Say(format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")),
        Action::Count(name.clone()),
        Action::Say(layout::put(&table.name, table.place())),
        Action::Count(name.clone()),
        // What is left here of the rows, unseen.
        Action::Say(format!(
            "SELECT truncate_local_data_after_distributing_table({text})"
        )),
        Action::Say(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY")),
        // No node knows anything yet about what it has got.
        Action::Say(format!("ANALYZE {name}")),
    ]
}

/// Rows that a policy hides from the owner would not be looked at.
pub(super) fn tie(key: &ForeignKey) -> Vec<Action> {
    let (table, name, to) = (
        quote::name(&key.table),
        quote::name(&key.name),
        quote::name(&key.to),
    );
    let mut both = vec![&table];
    if to != table {
        both.push(&to);
    }
    let mut actions = vec![Action::Say(SEQUENTIAL.to_owned())];
    for table in &both {
        say(
            &mut actions,
            format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
        );
    }
    say(
        &mut actions,
        format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {}",
            key.definition
        ),
    );
    for table in &both {
        say(
            &mut actions,
            format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        );
    }
    actions
}

/// What comes in place of what was taken off.
pub(super) fn open(tables: &[&Table]) -> Vec<Action> {
    let mut actions = vec![Action::Say(SEQUENTIAL.to_owned())];
    if let Some(prefix) = tables.iter().find_map(|table| table.prefix.as_ref()) {
        // The roles are those that the tables knew.
        let prefix = quote::text(prefix);
        say(
            &mut actions,
            format!("SELECT set_config('{PREFIX_SETTING}', {prefix}, true)"),
        );
    }
    let seals = tables.iter().flat_map(|table| seal::open(table));
    actions.extend(seals.map(Action::Say));
    let own = tables
        .iter()
        .filter(|table| table.isolated && !table.is_known());
    actions.push(Action::Isolate {
        others: own.map(|table| table.name.clone()).collect(),
    });
    actions
}
