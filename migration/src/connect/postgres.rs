//! Connecting to `PostgreSQL`.
use std::fmt::Write as _;
use std::time::Duration;

use sea_orm_migration::sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm_migration::sea_orm::sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection, Error as SqlxError, Executor,
};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqlErr, SqlxPostgresConnector, Statement,
};

use super::schema_name::SchemaName;
use super::url::PostgresTarget;
use super::{ConnectOptions, Purpose, connection_error, pool, pooler, presence};
use crate::error::{Condition, Error, code, describe};
use crate::isolation::adoption::default_prefix;
use crate::isolation::{PREFIX_SETTING, quote};
use crate::wall::place;

/// How long the pool may try before we ask the server ourselves.
///
/// sqlx's pool answers "connection refused" and "starting up" by trying again until the timeout,
/// and then says only that time is up. A second connection finds out the reason.
const ASK_AFTER: Duration = Duration::from_millis(300);

pub(super) async fn connect(
    target: &PostgresTarget,
    schema: Option<&str>,
    options: &ConnectOptions,
) -> Result<DatabaseConnection, Error> {
    pooler::refuse_by_address(target)?;
    let schema = SchemaName::new(schema.unwrap_or("public"))?;
    let name = concat!("aura-migration ", env!("CARGO_PKG_VERSION"));
    let connect_options = target
        .options
        .clone()
        .application_name(name)
        // Floating-point digits matter to nobody here, and old PgBouncers refuse the parameter.
        .extra_float_digits(None);
    let connect_options = if options.log_statements {
        // At debug level, as sqlx has it.
        connect_options
    } else {
        connect_options.disable_statement_logging()
    };
    // Not as start-up parameters, which poolers refuse. Set again should the connection ever be
    // replaced.
    let mut settings = format!(
        "SET search_path = {schema}; SET lock_timeout = {}",
        options.lock_timeout.as_millis()
    );
    if let Some(prefix) = &options.role_prefix {
        let prefix = quote::text(prefix);
        let _ = write!(settings, "; SET {PREFIX_SETTING} = {prefix}");
    } else if schema.as_str() != "public" {
        let prefix = default_prefix(&quote::text(schema.as_str()));
        let _ = write!(settings, "; {prefix}");
    }

    let pool = pool(options).after_connect(move |connection: &mut PgConnection, _| {
        let settings = settings.clone();
        Box::pin(async move { connection.execute(AssertSqlSafe(settings)).await.map(drop) })
    });
    let mut connecting = Box::pin(pool.connect_with(connect_options.clone()));
    let mut reason = None;
    let pool = loop {
        tokio::select! {
            connected = &mut connecting => {
                break connected.map_err(|error| failure(target, options, error, reason.take()))?;
            }
            asked = ask(&connect_options) => match asked {
                Ok(()) => {}
                Err(error) if passes(&error) => reason = Some(describe(&connection_error(error))),
                Err(error) => return Err(failure(target, options, error, None)),
            },
        }
    };
    pooler::refuse_by_answer(&pool, &connect_options, || target.address()).await?;
    let db = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let there = presence::look(&db, schema.as_str()).await?;
    match options.purpose {
        Purpose::Inspect => return Ok(db),
        Purpose::Change if !there => {
            return Err(Error::SchemaMissing {
                name: schema.as_str().to_owned(),
            });
        }
        Purpose::Change | Purpose::Migrate => {}
    }
    refuse_mixing(&db, &schema).await?;
    if !there {
        make_schema(&db, &schema).await?;
    }
    Ok(db)
}

/// Connects on its own, to see whether that works.
async fn ask(options: &PgConnectOptions) -> Result<(), SqlxError> {
    tokio::time::sleep(ASK_AFTER).await;
    options.connect().await?.close().await
}

/// Whether the server may think better of it within the timeout.
fn passes(error: &SqlxError) -> bool {
    matches!(error, SqlxError::Database(error)
        if error.code().is_some_and(|code| Condition::of(&code) == Condition::Busy))
}

fn failure(
    target: &PostgresTarget,
    options: &ConnectOptions,
    error: SqlxError,
    reason: Option<String>,
) -> Error {
    let address = target.address();
    let unreachable = matches!(
        error,
        SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::Protocol(_)
    );
    if matches!(error, SqlxError::PoolTimedOut) {
        return Error::TimedOut {
            address,
            after: options.connect_timeout,
            reason,
        };
    }
    let source = connection_error(error);
    let reason = describe(&source);
    if unreachable {
        return Error::Unreachable {
            address,
            reason,
            source,
        };
    }
    match code(&source).as_deref().map(Condition::of) {
        Some(Condition::AuthenticationFailed) => Error::AuthenticationFailed {
            user: target.options.get_username().to_owned(),
            reason,
            source,
        },
        Some(Condition::DatabaseMissing) => Error::DatabaseMissing {
            name: target
                .options
                .get_database()
                .unwrap_or(target.options.get_username())
                .to_owned(),
            source,
        },
        _ => source.into(),
    }
}

/// Refuses a schema that stands beside another one with our tables, or that such a one would stand beside: `shop_wall` where
/// `shop` is.
async fn refuse_mixing(db: &DatabaseConnection, schema: &SchemaName) -> Result<(), Error> {
    let beside = |schema: &str| {
        let names = place::SUFFIXES.map(place::name);
        names.join(", ").replace("current_schema()", schema)
    };
    let mine = quote::text(schema.as_str());
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE p.polname = 'floor' AND c.relname = 'users' \
         AND ({mine}::text IN ({}) OR n.nspname::text IN ({}))",
        beside("n.nspname::text"),
        beside(&format!("{mine}::text")),
    );
    let mixed = Statement::from_string(DbBackend::Postgres, sql);
    if db.query_one_raw(mixed).await?.is_none() {
        return Ok(());
    }
    Err(Error::SchemaInvalid {
        name: schema.as_str().escape_debug().collect(),
        reason: "another schema of this database has our tables, and of the two one would be what stands beside the other \
                 (`…_wall`, `…_reader`, `…_search`)",
    })
}

/// Makes the schema.
async fn make_schema(db: &DatabaseConnection, schema: &SchemaName) -> Result<(), Error> {
    let created = db
        .execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
        .await;
    match created {
        Ok(_) => Ok(()),
        // Somebody else has just made it.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
