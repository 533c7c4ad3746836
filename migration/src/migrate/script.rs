//! The SQL of migrations as a script: what `up` would run, for people to read and for `psql` or `sqlite3` to run.

use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::checksum;
use super::checksums::Checksums;
use super::event::Direction;
use super::history::History;
use super::options::Options;
use super::question::{self, Purpose};
use super::range::Range;
use super::record::Record;
use super::recorder::{self, Listener};
use super::said::Said;
use super::session::Session;
use super::writer::Script;
use super::{refuse_strangers, takes_roles};
use crate::citus::Engine;
use crate::error::{Error, describe, one_line};
use crate::isolation::adoption;

/// Where a script is to run. The name of a schema is one, of a database whose roles are called as they are by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptTarget<'a> {
    /// The `PostgreSQL` schema to work in.
    pub schema: &'a str,
    /// What the names of the schema's roles begin with; `None`: what the connection says, else what they begin with by
    /// themselves ([`PREFIX_SETTING`](crate::isolation::PREFIX_SETTING)).
    pub role_prefix: Option<&'a str>,
    /// Whether it is for Citus. Where a database is looked at, that says so itself.
    pub citus: bool,
}

impl<'a> From<&'a str> for ScriptTarget<'a> {
    fn from(schema: &'a str) -> Self {
        Self {
            schema,
            role_prefix: None,
            citus: false,
        }
    }
}

/// The script of some migrations, without a database: what they ask is answered as an empty one would.
///
/// # Errors
///
/// [`Error::NoSuchMigration`]; [`Error::NotShown`] when one cannot go on without an answer; [`Error::SchemaInvalid`].
pub async fn script<M: MigratorTrait>(
    backend: DbBackend,
    target: impl Into<ScriptTarget<'_>>,
    range: &Range,
    options: &Options,
) -> Result<String, Error> {
    let migrations = M::migrations();
    if migrations.is_empty() {
        return Ok(String::new());
    }
    let chosen = &migrations[range.resolve(&migrations)?];
    let chosen: Vec<_> = chosen.iter().map(AsRef::as_ref).collect();
    write::<M>(backend, target.into(), &chosen, options, None).await
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
    target: impl Into<ScriptTarget<'_>>,
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
    let written = write_pending::<M>(session.db(), target.into(), &chosen, options).await;
    session.close().await;
    written
}

async fn write_pending<M: MigratorTrait>(
    db: &DatabaseConnection,
    target: ScriptTarget<'_>,
    chosen: &[&dyn MigrationTrait],
    options: &Options,
) -> Result<String, Error> {
    let backend = db.get_database_backend();
    let mut said = None;
    if backend == DbBackend::Postgres {
        said = adoption::said(db).await?;
        super::settle(db).await?;
        if target.role_prefix.is_none() {
            let takes = chosen.iter().any(|migration| takes_roles(*migration));
            refuse_strangers(db, takes).await?;
        }
    }
    let target = ScriptTarget {
        role_prefix: target.role_prefix.or(said.as_deref()),
        citus: Engine::of(db).await?.is_citus(),
        ..target
    };
    write::<M>(backend, target, chosen, options, Some(db)).await
}

async fn write<M: MigratorTrait>(
    backend: DbBackend,
    target: ScriptTarget<'_>,
    chosen: &[&dyn MigrationTrait],
    options: &Options,
    answers: Option<&DatabaseConnection>,
) -> Result<String, Error> {
    let listener = Listener {
        backend,
        engine: if target.citus {
            Engine::Citus
        } else {
            Engine::One
        },
    };
    let mut script = Script::new(backend);
    script.open(target, chosen.len())?;
    for said in install::<M>(backend).await? {
        script.statement(said.sql());
    }
    let checksums = Checksums::of::<M>();
    script.statement(&checksums.create(backend));
    for (index, migration) in chosen.iter().enumerate() {
        let name = migration.name();
        let recording = match answers {
            Some(db) => recorder::record_with_answers(*migration, Direction::Up, db).await?,
            None => recorder::record(*migration, listener).await,
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
        if target.citus && in_transaction {
            script.statement("SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
        }
        if backend == DbBackend::Postgres && takes_roles(*migration) {
            script.guard(&adoption::strangers_query(), ROLES_TAKEN);
        }
        for (index, said) in recording.said.iter().enumerate() {
            match said {
                Said::Statement(sql) => script.statement(sql),
                Said::Question(sql) => {
                    match question::purpose(*migration, listener, &recording.said, index).await {
                        Purpose::Refuse(reason) => script.guard(sql, &reason),
                        // Without a database nobody has answered, and a script must not throw away what an answer could
                        // have kept.
                        Purpose::Decide
                            if answers.is_none()
                                && question::destroys(&recording.said[index..]) =>
                        {
                            return Err(Error::NotShown {
                                name: name.to_owned(),
                                reason: format!(
                                    "what it drops depends on the answer to {}",
                                    one_line(sql)
                                ),
                            });
                        }
                        Purpose::Decide | Purpose::Nothing => {
                            script.comment(&format!("It asks: {sql}"));
                        }
                    }
                }
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

/// As [`Error::RolesTaken`] says it; who that is, the query tells.
const ROLES_TAKEN: &str = "there are roles already that this database would use, with members that it has not made members. \
     Where these are meant, say so with --role-prefix; where not, choose another prefix, or take the members out";

/// What makes the record's table.
async fn install<M: MigratorTrait>(backend: DbBackend) -> Result<Vec<Said>, DbErr> {
    let (db, tape) = recorder::start(backend, false, None);
    Record::<M>::new().install(&db).await?;
    Ok(tape.take())
}
