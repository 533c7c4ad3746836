//! What migrations make, made where it hurts nobody.
use sea_orm_migration::sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqlxSqliteConnector, Statement, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use crate::citus::Engine;
use crate::connect::{connection_error, none_current};
use crate::error::{Aftermath, Error};
use crate::isolation::PREFIX_SETTING;
use crate::isolation::names::ROLES;
use crate::migrate::Direction;
use crate::schema::SCRATCH;
use crate::wall::place;

/// What the migrations made; undone when it is closed or dropped.
pub(crate) struct Scratch {
    pub(crate) db: DatabaseTransaction,
    pub(crate) names: Names,
    /// What an opened pool would be closed with.
    _pool: Option<DatabaseConnection>,
}

/// The schemas that were made, and what they are called in the live database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Scratch and live names, that of the tables first; empty on `SQLite`.
    pub(crate) schemas: Vec<(String, String)>,
    /// The live names as SQL quotes them.
    pub(crate) quoted: Vec<String>,
}

impl Names {
    /// A text about the scratch as a text about the live database.
    pub(crate) fn live(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // That of the tables last: the others begin with it.
        for ((scratch, _), live) in self.schemas.iter().zip(&self.quoted).rev() {
            text = text.replace(scratch.as_str(), live);
        }
        text
    }
}

impl Scratch {
    /// Runs the migrations, none of them in the schema of `db`.
    pub(crate) async fn make(
        db: &DatabaseConnection,
        migrations: &[&dyn MigrationTrait],
    ) -> Result<Self, Error> {
        if db.get_database_backend() == DbBackend::Postgres {
            Self::in_postgres(db, migrations).await
        } else {
            Self::in_memory(migrations).await
        }
    }

    pub(crate) async fn close(self) {
        // When it fails, the connection is gone, and everything with it.
        let _ = self.db.rollback().await;
    }

    async fn in_memory(migrations: &[&dyn MigrationTrait]) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(connection_error)?;
        let pool = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
        let db = pool.begin().await?;
        run(&db, migrations).await?;
        Ok(Self {
            db,
            names: Names::default(),
            _pool: Some(pool),
        })
    }

    async fn in_postgres(
        db: &DatabaseConnection,
        migrations: &[&dyn MigrationTrait],
    ) -> Result<Self, Error> {
        let db = db.begin().await?;
        let live = texts(
            &db,
            "SELECT current_schema()::text WHERE current_schema() IS NOT NULL",
        )
        .await?;
        let Some(live) = live.into_iter().next() else {
            return Err(none_current(&db).await?);
        };
        let prefix = prefix(&db).await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let schema = format!("_aura_scratch_{}", &id[..8]);
        let who = "SELECT current_user || '' UNION ALL SELECT current_database() || ''";
        let who = texts(&db, who).await?;
        if Engine::of(&db).await?.is_citus() {
            // Nothing of it is for the workers.
            db.execute_unprepared("SET LOCAL citus.enable_ddl_propagation = off")
                .await?;
        }
        db.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
            .await
            .map_err(|source| refused(source, who))?;
        db.execute_unprepared(&format!(
            "SET LOCAL search_path = {schema}; SET LOCAL lock_timeout = '5s'; SET LOCAL {SCRATCH} = 'on'"
        ))
        .await?;
        if let Some(prefix) = prefix {
            // The roles that the live schema is made for: a database may be a copy of another, or have got another name.
            let prefix = prefix.replace('\'', "''");
            db.execute_unprepared(&format!("SET LOCAL {PREFIX_SETTING} = '{prefix}'"))
                .await?;
        }
        for grant in texts(&db, &default_privileges(&live, &schema)).await? {
            db.execute_unprepared(&grant).await?;
        }
        let schemas =
            "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1";
        let before = texts(&db, schemas).await?;
        run(&db, migrations).await?;
        let mut made = vec![(schema.clone(), live.clone())];
        for name in texts(&db, schemas).await? {
            if !before.contains(&name) {
                let live = match name.strip_prefix(&format!("{schema}_")) {
                    Some(suffix) => beside(&db, suffix, &live).await?,
                    None => name.clone(),
                };
                made.push((name, live));
            }
        }
        let mut quoted = Vec::new();
        for (_, live) in &made {
            let live = live.replace('\'', "''");
            let live = texts(&db, &format!("SELECT quote_ident('{live}')")).await?;
            quoted.push(live.into_iter().next().unwrap_or_default());
        }
        let names = Names {
            schemas: made,
            quoted,
        };
        Ok(Self {
            db,
            names,
            _pool: None,
        })
    }
}

/// Why the schema cannot be made; `who` are the login and the database.
fn refused(source: DbErr, who: Vec<String>) -> Error {
    match (Error::from(source), <[String; 2]>::try_from(who)) {
        (Error::PermissionDenied { source, .. }, Ok([login, database])) => Error::NoScratch {
            login,
            database,
            source,
        },
        (error, _) => error,
    }
}

/// What a further schema is called beside the live one.
async fn beside(db: &DatabaseTransaction, suffix: &str, live: &str) -> Result<String, DbErr> {
    let live = format!("'{}'", live.replace('\'', "''"));
    let name = place::name(suffix).replace("current_schema()", &live);
    let name = texts(db, &format!("SELECT ({name})::text")).await?;
    Ok(name.into_iter().next().unwrap_or_default())
}

/// What the names of the live schema's roles begin with; `None` where they are not called by one rule.
async fn prefix(db: &DatabaseTransaction) -> Result<Option<String>, DbErr> {
    let service = format!("SELECT name FROM ({ROLES}) AS roles WHERE kind = 'service'");
    let service = texts(db, &service).await?.into_iter().next();
    Ok(service.and_then(|name| name.strip_suffix("_service").map(str::to_owned)))
}

async fn run(db: &DatabaseTransaction, migrations: &[&dyn MigrationTrait]) -> Result<(), Error> {
    let manager = SchemaManager::new(db);
    for migration in migrations {
        migration
            .up(&manager)
            .await
            .map_err(|error| Error::MigrationFailed {
                name: migration.name().to_owned(),
                direction: Direction::Up,
                aftermath: Aftermath::Undone,
                source: Box::new(error.into()),
            })?;
    }
    Ok(())
}

/// What this login grants by default on what it makes in the live schema, for the scratch one.
fn default_privileges(live: &str, scratch: &str) -> String {
    let live = live.replace('\'', "''");
    format!(
        "SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA {scratch} GRANT %s ON %s TO %s%s', a.privilege_type, \
           CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END, \
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, \
           CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
         FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a \
         WHERE d.defaclnamespace = to_regnamespace(quote_ident('{live}')) AND d.defaclobjtype IN ('r', 'S', 'f', 'T') \
           AND d.defaclrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)"
    )
}

async fn texts<C: ConnectionTrait>(db: &C, sql: &str) -> Result<Vec<String>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect()
}
