//! `sql`: the SQL of migrations, to read or to feed to `psql` or `sqlite3`.
use clap::ValueEnum;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DbBackend;

use super::output::Output;
use crate::connect::DatabaseUrl;
use crate::error::Error;
use crate::migrate::{self, Options, Range, ScriptTarget};

/// Which migrations, and for what.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Sql {
    /// The first migration, by its name or a part of it
    #[arg(long, value_name = "NAME")]
    pub(super) from: Option<String>,

    /// The last one
    #[arg(long, value_name = "NAME")]
    pub(super) to: Option<String>,

    /// Without looking at a database
    #[arg(long, value_enum)]
    pub(super) backend: Option<Backend>,

    /// As it is said on Citus, without looking at a database
    #[arg(long)]
    pub(super) citus: bool,
}

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Backend {
    Postgres,
    Sqlite,
}

impl Sql {
    /// Whether the SQL does not depend on what is applied.
    pub(super) fn is_offline(&self) -> bool {
        self.from.is_some() || self.to.is_some() || self.backend.is_some() || self.citus
    }
}

/// Prints the SQL of the named migrations, for the backend that is asked for or that the URL is of.
pub(super) async fn offline<M: MigratorTrait>(
    sql: &Sql,
    url: &DatabaseUrl,
    target: ScriptTarget<'_>,
    options: &Options,
    output: &mut Output,
) -> Result<(), Error> {
    let backend = match sql.backend {
        _ if sql.citus => DbBackend::Postgres,
        Some(Backend::Postgres) => DbBackend::Postgres,
        None if url.has_schemas() => DbBackend::Postgres,
        Some(Backend::Sqlite) | None => DbBackend::Sqlite,
    };
    let target = ScriptTarget {
        citus: sql.citus,
        ..target
    };
    let range = Range {
        from: sql.from.clone(),
        to: sql.to.clone(),
    };
    let script = migrate::script::<M>(backend, target, &range, options).await?;
    output.line(script.trim_end());
    Ok(())
}
