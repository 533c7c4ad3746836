//! What would be done, and what stops it.
use std::collections::{BTreeMap, BTreeSet};

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use super::Distribution;
use super::catalog::{Catalog, ForeignKey, Table, said};
use super::obstacle::Obstacle;
use super::seal;
use super::sessions;
use super::step::{Action, Step};
use crate::citus::Cluster;
use crate::citus::layout::{self, Place};
use crate::error::Error;
use crate::isolation::{self, PREFIX_SETTING, quote};
use crate::migrate::{State, made_tables, record_tables, status};
use crate::{m20261121_000020_raise_wall, m20261121_000021_show_to_reader};
use crate::{m20261121_000022_share_with_supabase, m20261121_000023_add_email_documents};

/// What a distribution would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The cluster, where there is one.
    pub cluster: Option<Cluster>,
    /// Each table and what becomes of it, every one after those that it refers to.
    pub tables: Vec<TablePlan>,
    /// What is still to be done, in order, and what each step says.
    pub steps: Vec<(Step, Vec<Action>)>,
    /// What stops it; empty when nothing does.
    pub obstacles: Vec<Obstacle>,
    /// Other sessions that are connected: `program of login (pid 42)`.
    pub others: Vec<String>,
    /// Whether an earlier run has begun it.
    pub begun: bool,
}

/// What becomes of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TablePlan {
    /// Its name.
    pub name: String,
    /// Where its rows lie afterwards: `everywhere`, or `by application_id`.
    pub to: String,
    /// Whether they lie there already.
    pub done: bool,
    /// How many there are; `None` where they were not counted.
    pub rows: Option<u64>,
    /// How many bytes it has on disk here, with its indexes.
    pub bytes: u64,
}

impl Plan {
    /// Reads what there is; counts no rows.
    pub(super) async fn of<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Self, Error> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self {
                obstacles: vec![Obstacle::NotAServer],
                ..Self::default()
            });
        }
        let cluster = Cluster::of(db).await?;
        let mut obstacles = sessions::unfit(db, cluster.as_ref()).await?;
        let status = status::<M>(db).await?;
        let problems = status.problems();
        if !problems.is_empty() {
            return Err(Error::Inconsistent { problems });
        }
        let pending = status.migrations.into_iter();
        let names: Vec<_> = pending
            .filter(|(_, state)| matches!(state, State::Pending | State::OutOfOrder))
            .map(|(name, _)| name)
            .collect();
        if !names.is_empty() {
            obstacles.push(Obstacle::Pending { names });
            return Ok(Self {
                cluster,
                obstacles,
                ..Self::default()
            });
        }
        let catalog = Catalog::read(db, &record_tables::<M>(), cluster.is_some()).await?;
        let made = made_tables::<M>(db).await?;
        let mut plan = Self::from(&catalog, &made);
        obstacles.append(&mut plan.obstacles);
        plan.obstacles = obstacles;
        plan.cluster = cluster;
        plan.others = sessions::others(db).await?;
        Ok(plan)
    }

    /// Without a database: `made` are the tables that migrations of an application make.
    pub(super) fn from(catalog: &Catalog, made: &BTreeSet<String>) -> Self {
        let tables = ours(catalog, made);
        let begun = tables.iter().any(|table| table.sealed);
        let mut steps = Vec::new();
        if begun || tables.iter().any(|table| !table.is_placed()) {
            if let Some(script) = &catalog.roles {
                let script = Action::OnWorkers(script.clone());
                steps.push((Step::Introduce, vec![script]));
            }
            if !begun {
                steps.push((Step::Close, close(catalog, &tables)));
            }
            steps.extend(
                tables
                    .iter()
                    .filter(|table| !table.is_placed())
                    .map(|table| {
                        let step = Step::Move {
                            table: table.name.clone(),
                            to: said(table.place()),
                        };
                        (step, put(table))
                    }),
            );
            let keys = keys(catalog, &tables);
            steps.extend(
                keys.into_iter()
                    .filter(|key| !(begun && key.there))
                    .map(|key| {
                        let step = Step::Tie {
                            table: key.table.clone(),
                            name: key.name.clone(),
                        };
                        (step, tie(key))
                    }),
            );
            steps.push((Step::Open, open(&tables)));
        }
        Self {
            tables: tables
                .iter()
                .map(|table| TablePlan {
                    name: table.name.clone(),
                    to: said(table.place()),
                    done: table.is_placed(),
                    rows: None,
                    bytes: table.bytes,
                })
                .collect(),
            obstacles: obstacles(catalog, &tables),
            steps,
            begun,
            ..Self::default()
        }
    }

    /// Refuses to begin where something stops it.
    pub(super) fn refuse(&self, distribution: Distribution) -> Result<(), Error> {
        let mut obstacles = self.obstacles.clone();
        if !distribution.beside_others && !self.others.is_empty() && !self.steps.is_empty() {
            obstacles.push(Obstacle::Others {
                sessions: self.others.clone(),
            });
        }
        if obstacles.is_empty() {
            return Ok(());
        }
        Err(Error::CannotDistribute { obstacles })
    }
}

/// The tables that have a place: those of this crate in the order of the layout, then an application's own, which its
/// migrations make or which keep applications apart as those of this crate do.
fn ours<'a>(catalog: &'a Catalog, made: &BTreeSet<String>) -> Vec<&'a Table> {
    let known = |name: &str| layout::TABLES.iter().any(|(table, _)| *table == name);
    let first = layout::TABLES
        .iter()
        .filter_map(|(name, _)| catalog.tables.get(*name));
    let own = catalog.tables.values().filter(|table| {
        !known(&table.name) && (table.isolated || table.sealed || made.contains(&table.name))
    });
    first.chain(own).collect()
}

/// The foreign keys between them.
fn keys<'a>(catalog: &'a Catalog, tables: &[&Table]) -> Vec<&'a ForeignKey> {
    let ours = |name: &str| tables.iter().any(|table| table.name == name);
    let keys = catalog.keys.iter();
    keys.filter(|key| ours(&key.table) && ours(&key.to))
        .collect()
}

fn obstacles(catalog: &Catalog, tables: &[&Table]) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let places: BTreeMap<_, _> = tables
        .iter()
        .map(|table| (table.name.as_str(), table.place()))
        .collect();
    if !places.contains_key(layout::FIRST) {
        found.push(Obstacle::Missing {
            table: layout::FIRST.to_owned(),
        });
    }
    for table in tables {
        let name = || table.name.clone();
        if let Some(lies) = table.lies.as_ref().filter(|_| !table.is_placed()) {
            found.push(Obstacle::Elsewhere {
                table: name(),
                how: lies.clone(),
            });
        }
        for (trigger, _) in table.triggers.iter().filter(|(_, ours)| !ours) {
            found.push(Obstacle::Trigger {
                table: name(),
                name: trigger.clone(),
            });
        }
        for policy in &table.policies {
            found.push(Obstacle::Policy {
                table: name(),
                name: policy.clone(),
            });
        }
        let column = match table.place() {
            Place::Everywhere => continue,
            Place::Together => layout::TENANT,
            Place::Apart(column) => column,
        };
        for (index, columns) in &table.unique {
            if !columns.contains(column) {
                found.push(Obstacle::Unique {
                    table: name(),
                    name: index.clone(),
                    column: column.to_owned(),
                });
            }
        }
    }
    for key in &catalog.keys {
        let ends = (places.get(key.table.as_str()), places.get(key.to.as_str()));
        let reason = match ends {
            (None, None) => continue,
            (Some(_), None) | (None, Some(_)) => "has one end that is not distributed",
            (Some(_), Some(Place::Everywhere)) => continue,
            (Some(Place::Together), Some(Place::Together)) if !key.of_application => {
                "is without the application, by which the rows lie"
            }
            (Some(Place::Together), Some(Place::Together)) if key.clears => {
                "clears the application, by which the rows lie"
            }
            (Some(Place::Together), Some(Place::Together)) => continue,
            (Some(_), Some(_)) => "is between rows that do not lie together",
        };
        found.push(Obstacle::ForeignKey {
            table: key.table.clone(),
            name: key.name.clone(),
            to: key.to.clone(),
            reason,
        });
    }
    found
}

fn say(statements: &mut Vec<Action>, sql: impl Into<String>) {
    statements.push(Action::Say(sql.into()));
}

/// What each step begins with: one connection to each node, since a table that all refer to is changed too.
const SEQUENTIAL: &str = "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'";

fn close(catalog: &Catalog, tables: &[&Table]) -> Vec<Action> {
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
    for key in keys(catalog, tables) {
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
fn put(table: &Table) -> Vec<Action> {
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
fn tie(key: &ForeignKey) -> Vec<Action> {
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

fn open(tables: &[&Table]) -> Vec<Action> {
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
    let known = |name: &str| layout::TABLES.iter().any(|(table, _)| *table == name);
    let own = tables
        .iter()
        .filter(|table| table.isolated && !known(&table.name));
    actions.push(Action::Isolate {
        others: own.map(|table| table.name.clone()).collect(),
    });
    actions
}
