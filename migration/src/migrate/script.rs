//! The SQL of migrations as a script: what `up` would run, for people to read and for `psql` or `sqlite3` to run.
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::checksum;
use super::checksums::Checksums;
use super::history::History;
use super::options::Options;
use super::record::Record;
use super::recorder::{self, Said};
use super::session::Session;
use super::turn::KEY;
use crate::connect::quoted_schema;
use crate::error::{Error, describe};
use crate::isolation::adoption::default_prefix;
use crate::isolation::quote;

/// Some migrations, by their names or by any part that only one name has; both ends belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first; `None`: the oldest.
    pub from: Option<String>,
    /// The last; `None`: the newest.
    pub to: Option<String>,
}

impl Range {
    /// The places of the migrations among all.
    pub(super) fn resolve(
        &self,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<RangeInclusive<usize>, Error> {
        let from = self
            .from
            .as_deref()
            .map_or(Ok(0), |name| find(migrations, name))?;
        let last = migrations.len().saturating_sub(1);
        let to = self
            .to
            .as_deref()
            .map_or(Ok(last), |name| find(migrations, name))?;
        if from > to {
            return Err(Error::NoSuchMigration {
                reason: format!(
                    "{} comes after {}: nothing lies between them",
                    migrations[from].name(),
                    migrations[to].name()
                ),
            });
        }
        Ok(from..=to)
    }
}

fn find(migrations: &[Box<dyn MigrationTrait>], wanted: &str) -> Result<usize, Error> {
    if let Some(at) = migrations
        .iter()
        .position(|migration| migration.name() == wanted)
    {
        return Ok(at);
    }
    let found: Vec<_> = (0..migrations.len())
        .filter(|&at| !wanted.is_empty() && migrations[at].name().contains(wanted))
        .collect();
    match found[..] {
        [at] => Ok(at),
        [] => Err(Error::NoSuchMigration {
            reason: format!("there is no migration `{}`", wanted.escape_debug()),
        }),
        _ => Err(Error::NoSuchMigration {
            reason: format!(
                "`{}` can be {}: say more of the name",
                wanted.escape_debug(),
                found
                    .iter()
                    .map(|&at| migrations[at].name())
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
        }),
    }
}

/// The script of some migrations, without a database: what they ask is answered as an empty one would.
///
/// `schema` is the `PostgreSQL` schema to work in.
///
/// # Errors
///
/// [`Error::NoSuchMigration`]; [`Error::NotShown`] when one cannot go on without an answer; [`Error::SchemaInvalid`].
pub async fn script<M: MigratorTrait>(
    backend: DbBackend,
    schema: &str,
    range: &Range,
    options: &Options,
) -> Result<String, Error> {
    let migrations = M::migrations();
    if migrations.is_empty() {
        return Ok(String::new());
    }
    let chosen = &migrations[range.resolve(&migrations)?];
    let chosen: Vec<_> = chosen.iter().map(AsRef::as_ref).collect();
    write::<M>(backend, schema, &chosen, options, None).await
}

/// The script of what is pending in a database, in which nothing is changed; empty when nothing is.
///
/// What a migration asks is answered by the database as it stands before all of them.
///
/// # Errors
///
/// As [`up`](super::up) before anything is changed, and as [`script`].
pub async fn pending_script<M: MigratorTrait>(
    db: &DatabaseConnection,
    schema: &str,
    options: &Options,
) -> Result<String, Error> {
    let history = History::read::<M>(db).await?;
    history.refuse(|problem| {
        !(options.out_of_order && matches!(problem, super::Problem::OutOfOrder { .. }))
    })?;
    let chosen = super::limit_to(history.pending.len(), options.limit);
    if chosen == 0 {
        return Ok(String::new());
    }
    let chosen: Vec<_> = history.pending[..chosen]
        .iter()
        .map(AsRef::as_ref)
        .collect();
    let session = Session::open(db).await?;
    let (lock, unlock) = match db.get_database_backend() {
        DbBackend::Postgres => (
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
        ),
        _ => ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    };
    session.db().execute_unprepared(lock).await?;
    let written = write::<M>(
        db.get_database_backend(),
        schema,
        &chosen,
        options,
        Some(session.db()),
    )
    .await;
    session.db().execute_unprepared(unlock).await?;
    session.close().await;
    written
}

async fn write<M: MigratorTrait>(
    backend: DbBackend,
    schema: &str,
    chosen: &[&dyn MigrationTrait],
    options: &Options,
    answers: Option<&DatabaseConnection>,
) -> Result<String, Error> {
    let mut script = Script {
        backend,
        text: String::new(),
    };
    script.open(schema, chosen.len())?;
    for said in install::<M>(backend).await? {
        script.statement(said.sql());
    }
    let checksums = Checksums::of::<M>();
    script.statement(&checksums.create(backend));
    for (index, migration) in chosen.iter().enumerate() {
        let name = migration.name();
        let recording = match answers {
            Some(db) => recorder::record_with_answers(*migration, db).await?,
            None => recorder::record(*migration, backend).await,
        };
        if let Some(error) = recording.broken {
            return Err(Error::NotShown {
                name: name.to_owned(),
                reason: describe(&error),
            });
        }
        let in_transaction = migration.use_transaction() != Some(false);
        script.comment(&format!("\n[{}/{}] {name}", index + 1, chosen.len()));
        script.limits(
            in_transaction,
            options.table_lock_timeout,
            options.statement_timeout,
        );
        for said in &recording.said {
            match said {
                Said::Statement(sql) => script.statement(sql),
                Said::Question(sql) => script.comment(&format!("It asks: {sql}")),
            }
        }
        script.statement(&script.entry::<M>(name));
        let checksum = checksum::of(*migration, backend).await;
        script.statement(&checksums.keep(name, &checksum));
        if in_transaction {
            script.statement("COMMIT");
        }
    }
    script.close();
    Ok(script.text)
}

/// What makes the record's table.
async fn install<M: MigratorTrait>(backend: DbBackend) -> Result<Vec<Said>, DbErr> {
    let (db, tape) = recorder::start(backend, false, None);
    Record::<M>::new().install(&db).await?;
    Ok(tape.take())
}

struct Script {
    backend: DbBackend,
    text: String,
}

impl Script {
    fn open(&mut self, schema: &str, count: usize) -> Result<(), Error> {
        let program = concat!("aura-migration ", env!("CARGO_PKG_VERSION"));
        let plural = if count == 1 { "" } else { "s" };
        if self.backend == DbBackend::Postgres {
            self.comment(&format!("{count} migration{plural} by {program}, for psql"));
            self.text.push_str("\\set ON_ERROR_STOP on\n");
            let quoted = quoted_schema(schema)?;
            self.statement("SET client_min_messages = warning");
            if schema != "public" {
                self.statement(&format!("CREATE SCHEMA IF NOT EXISTS {quoted}"));
            }
            self.statement(&format!("SET search_path = {quoted}"));
            if schema != "public" {
                self.statement(&default_prefix(&quote::text(schema)));
            }
            self.statement(&format!(
                "DO $$ BEGIN\n  IF NOT pg_try_advisory_lock({KEY}) THEN\n    \
                 RAISE EXCEPTION 'another migrator is at work';\n  END IF;\nEND $$"
            ));
        } else {
            self.comment(&format!(
                "{count} migration{plural} by {program}, for sqlite3"
            ));
            self.text.push_str(".bail on\n");
            self.statement("PRAGMA foreign_keys = ON");
            self.statement("PRAGMA journal_mode = WAL");
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.backend == DbBackend::Postgres {
            self.text.push('\n');
            self.statement(&format!("SELECT pg_advisory_unlock({KEY})"));
        }
    }

    fn limits(&mut self, in_transaction: bool, lock: Duration, statement: Option<Duration>) {
        let postgres = self.backend == DbBackend::Postgres;
        if in_transaction {
            self.statement(if postgres { "BEGIN" } else { "BEGIN IMMEDIATE" });
        }
        if !postgres {
            return;
        }
        let local = if in_transaction { "LOCAL " } else { "" };
        self.statement(&format!("SET {local}lock_timeout = {}", lock.as_millis()));
        if let Some(statement) = statement {
            let limit = statement.as_millis().max(1);
            self.statement(&format!("SET {local}statement_timeout = {limit}"));
        }
    }

    /// What records that a migration is applied.
    fn entry<M: MigratorTrait>(&self, name: &str) -> String {
        let now = match self.backend {
            DbBackend::Postgres => "floor(extract(epoch FROM clock_timestamp()))::bigint",
            _ => "CAST(strftime('%s', 'now') AS integer)",
        };
        let table = M::migration_table_name().to_string().replace('"', "\"\"");
        format!(
            "INSERT INTO \"{table}\" (\"version\", \"applied_at\") VALUES ('{}', {now})",
            name.replace('\'', "''")
        )
    }

    fn statement(&mut self, sql: &str) {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        // A comment at the end would swallow the semicolon.
        let last = sql.lines().next_back().unwrap_or_default();
        let end = if last.contains("--") { "\n;" } else { ";" };
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{sql}{end}");
    }

    fn comment(&mut self, text: &str) {
        let blank = text.starts_with('\n');
        if blank {
            self.text.push('\n');
        }
        for line in text.trim().lines() {
            let _ = writeln!(self.text, "-- {line}");
        }
    }
}
