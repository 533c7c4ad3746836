//! The words around the SQL of migrations that make a script of it.
use std::fmt::Write as _;
use std::time::Duration;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DbBackend;

use super::script::ScriptTarget;
use super::turn::KEY;
use crate::connect::quoted_schema;
use crate::error::Error;
use crate::isolation::{adoption, quote};

/// A script for `psql` or `sqlite3`.
pub(super) struct Script {
    backend: DbBackend,
    /// What is written so far.
    pub(super) text: String,
}

impl Script {
    pub(super) fn new(backend: DbBackend) -> Self {
        Self {
            backend,
            text: String::new(),
        }
    }

    pub(super) fn open(&mut self, target: ScriptTarget<'_>, count: usize) -> Result<(), Error> {
        let schema = target.schema;
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
            if let Some(prefix) = target.role_prefix {
                self.statement(&adoption::say(prefix));
            } else if schema != "public" {
                self.statement(&adoption::default_prefix(&quote::text(schema)));
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

    pub(super) fn close(&mut self) {
        if self.backend == DbBackend::Postgres {
            self.text.push('\n');
            self.statement(&format!("SELECT pg_advisory_unlock({KEY})"));
        }
    }

    pub(super) fn limits(
        &mut self,
        in_transaction: bool,
        lock: Duration,
        statement: Option<Duration>,
    ) {
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
    pub(super) fn entry<M: MigratorTrait>(&self, name: &str) -> String {
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

    /// What stops the script where the question has an answer, as the migration itself would stop.
    pub(super) fn guard(&mut self, question: &str, reason: &str) {
        self.comment("It refuses to go on where this finds anything:");
        let question = question.trim().trim_end_matches(';');
        if self.backend == DbBackend::Postgres {
            let reason = quote::text(reason);
            self.statement(&format!(
                "DO $aura_guard$ BEGIN\n  IF EXISTS (\n{question}\n  ) THEN\n    \
                 RAISE EXCEPTION USING MESSAGE = {reason};\n  END IF;\nEND $aura_guard$"
            ));
            return;
        }
        // Only a trigger can raise; a check that fails says what it is called.
        let reason = quote::name(reason);
        self.statement(&format!(
            "CREATE TEMPORARY TABLE aura_guard (found integer CONSTRAINT {reason} CHECK (found = 0))"
        ));
        self.statement(&format!(
            "INSERT INTO aura_guard SELECT EXISTS (\n{question}\n)"
        ));
        self.statement("DROP TABLE temp.aura_guard");
    }

    pub(super) fn statement(&mut self, sql: &str) {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        // A comment at the end would swallow the semicolon.
        let last = sql.lines().next_back().unwrap_or_default();
        let end = if last.contains("--") { "\n;" } else { ";" };
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{sql}{end}");
    }

    pub(super) fn comment(&mut self, text: &str) {
        let blank = text.starts_with('\n');
        if blank {
            self.text.push('\n');
        }
        for line in text.trim().lines() {
            let _ = writeln!(self.text, "-- {line}");
        }
    }
}
