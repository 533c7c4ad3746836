//! What there is to distribute, as the catalog has it.
use std::collections::{BTreeMap, BTreeSet};

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::seal::SETTING;
use super::{query, roles};
use crate::citus::layout::{self, Place};

/// A table of the current schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// The first column of its primary key; empty where it has none.
    pub(super) leads: String,
    /// On disk here, with its indexes.
    pub(super) bytes: u64,
    /// Whether it is sealed.
    pub(super) sealed: bool,
    /// What it had before it was sealed, as JSON.
    pub(super) memo: String,
    /// Whether row-level security was on, and whether it held for the owner too.
    pub(super) security: (bool, bool),
    /// Whether it has, or had, the policies that keep applications apart.
    pub(super) isolated: bool,
    /// How it lies: `None` on this node alone, else `everywhere` or `by <column>`.
    pub(super) lies: Option<String>,
    /// Whose it is.
    pub(super) owner: String,
    /// What triggers refuse to everybody: `UPDATE`, `DELETE`, `TRUNCATE`.
    pub(super) refused: Vec<String>,
    /// What the names of the roles begin with, as far as the tables knew; `None` where they knew none.
    pub(super) prefix: Option<String>,
    /// Its triggers, and whether this crate knows them.
    pub(super) triggers: Vec<(String, bool)>,
    /// Its policies that this crate does not know.
    pub(super) policies: Vec<String>,
    /// Its unique indexes and their columns.
    pub(super) unique: BTreeMap<String, BTreeSet<String>>,
}

impl Table {
    pub(super) fn place(&self) -> Place {
        layout::place(&self.name, &self.leads)
    }

    /// Whether it is one of this crate.
    pub(super) fn is_known(&self) -> bool {
        layout::TABLES.iter().any(|(name, _)| *name == self.name)
    }

    /// Whether it lies where its place says.
    pub(super) fn is_placed(&self) -> bool {
        self.lies.as_deref() == Some(&said(self.place()))
    }
}

/// How a table of that place lies.
pub(super) fn said(place: Place) -> String {
    match place {
        Place::Everywhere => "everywhere".to_owned(),
        Place::Together => format!("by {}", layout::TENANT),
        Place::Apart(column) => format!("by {column}"),
    }
}

/// A foreign key that has an end in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) to: String,
    /// As it comes after `ADD CONSTRAINT name`.
    pub(super) definition: String,
    /// Whether the application is one of its columns.
    pub(super) of_application: bool,
    /// Whether it clears or resets its columns when what it refers to goes.
    pub(super) clears: bool,
    /// Whether it is there, rather than taken off.
    pub(super) there: bool,
}

/// Everything at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Catalog {
    /// By name.
    pub(super) tables: BTreeMap<String, Table>,
    pub(super) keys: Vec<ForeignKey>,
    /// Functions of this crate's triggers that nothing else uses.
    pub(super) functions: Vec<String>,
    /// What makes the roles on a worker; `None` where the tables know none.
    pub(super) roles: Option<String>,
}

impl Catalog {
    /// Reads the current schema, the tables of `records` and of extensions apart. `clustered`: the extension is there.
    pub(super) async fn read<C: ConnectionTrait>(
        db: &C,
        records: &[String],
        clustered: bool,
    ) -> Result<Self, DbErr> {
        let mut catalog = Self::default();
        for row in rows(db, &query::tables()).await? {
            let name: String = row.try_get("", "name")?;
            if records.contains(&name) {
                continue;
            }
            let bytes: i64 = row.try_get("", "bytes")?;
            let refused: String = row.try_get("", "refused")?;
            let refused = refused.split_terminator(',').map(str::to_owned);
            let table = Table {
                owner: row.try_get("", "owner")?,
                refused: refused.collect(),
                prefix: row.try_get("", "prefix")?,
                leads: row.try_get("", "leads")?,
                bytes: u64::try_from(bytes).unwrap_or(0),
                sealed: row.try_get("", "sealed")?,
                memo: row.try_get("", "memo")?,
                security: (row.try_get("", "enabled")?, row.try_get("", "forced")?),
                isolated: row.try_get("", "isolated")?,
                name: name.clone(),
                ..Table::default()
            };
            catalog.tables.insert(name, table);
        }
        for row in rows(db, &query::triggers()).await? {
            if let Some(table) = catalog.table(&row)? {
                table
                    .triggers
                    .push((row.try_get("", "name")?, row.try_get("", "ours")?));
            }
        }
        for row in rows(db, &query::policies()).await? {
            if let Some(table) = catalog.table(&row)? {
                table.policies.push(row.try_get("", "name")?);
            }
        }
        for row in rows(db, query::UNIQUE).await? {
            if let Some(table) = catalog.table(&row)? {
                let columns = table.unique.entry(row.try_get("", "name")?).or_default();
                columns.insert(row.try_get("", "column")?);
            }
        }
        for row in rows(db, &query::keys()).await? {
            catalog.keys.push(ForeignKey {
                table: row.try_get("", "table")?,
                name: row.try_get("", "name")?,
                to: row.try_get("", "target")?,
                definition: row.try_get("", "definition")?,
                of_application: row.try_get("", "of_application")?,
                clears: row.try_get("", "clears")?,
                there: row.try_get("", "there")?,
            });
        }
        for row in rows(db, &query::functions()).await? {
            catalog.functions.push(row.try_get("", "name")?);
        }
        catalog.roles = roles::script(db).await?;
        if clustered {
            for row in rows(db, query::LIES).await? {
                if let Some(table) = catalog.table(&row)? {
                    table.lies = Some(row.try_get("", "lies")?);
                }
            }
        }
        Ok(catalog)
    }

    /// The foreign keys between these tables.
    pub(super) fn keys_of(&self, tables: &[&Table]) -> Vec<&ForeignKey> {
        let ours = |name: &str| tables.iter().any(|table| table.name == name);
        let keys = self.keys.iter();
        keys.filter(|key| ours(&key.table) && ours(&key.to))
            .collect()
    }

    fn table(&mut self, row: &QueryResult) -> Result<Option<&mut Table>, DbErr> {
        let name: String = row.try_get("", "table")?;
        Ok(self.tables.get_mut(&name))
    }
}

pub(super) async fn rows<C: ConnectionTrait>(db: &C, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
}

/// Lets this transaction read sealed tables.
pub(super) fn past_seals() -> String {
    format!("SET LOCAL {SETTING} = 'on'")
}
