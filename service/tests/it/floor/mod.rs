//! The floor: inside a tenant's transaction the database itself shows one application's rows and no others, whatever SQL
//! is run. `PostgreSQL` alone.

mod attacks;
mod demanded;
mod hostile;
mod inside;
mod later;
mod left_behind;
mod nested;
mod reader;
mod stage;
mod walled;

use migration::testing::{Backend, TestDb};
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable};
use service::{Config, Db, NewClient, Tenant};
use uuid::Uuid;

use crate::people::{QUICK, Team, team};

/// Two applications, each with a client of its own, behind few connections.
pub(crate) struct Two {
    pub(crate) db: Db,
    pub(crate) ours: Side,
    pub(crate) theirs: Side,
    // Dropped last: the database goes with it.
    pub(crate) test: TestDb,
}

pub(crate) struct Side {
    pub(crate) team: Team,
    pub(crate) tenant: Tenant,
    pub(crate) client: Uuid,
}

impl Two {
    /// On one connection: whoever comes next gets the one that was used before.
    pub(crate) async fn new() -> Self {
        Self::with(|config| config.max_connections(1)).await
    }

    pub(crate) async fn with(settings: impl FnOnce(Config) -> Config) -> Self {
        let test = TestDb::new(Backend::Postgres).await;
        let config = settings(Config::new(test.url()).hashing(QUICK));
        let db = crate::rules::connect(config).await.expect("connects");
        // A copy of a database has its tables' rights and none of its own.
        let name: String = value(&db, "SELECT current_database()::text").await;
        execute(
            &db,
            &format!("REVOKE TEMPORARY ON DATABASE \"{name}\" FROM PUBLIC"),
        )
        .await
        .expect("the owner's right");
        let ours = side(&db, "ours").await;
        let theirs = side(&db, "theirs").await;
        Self {
            db,
            ours,
            theirs,
            test,
        }
    }
}

async fn side(db: &Db, slug: &str) -> Side {
    let team = team(db, slug).await;
    let tenant = db.tenant(team.owner, team.application.id).await;
    let tenant = tenant.expect("its owner");
    let name = format!("Client of {slug}").parse().expect("a name");
    let client = tenant.clients().create(NewClient::new(name)).await;
    Side {
        client: client.expect("a client").id,
        team,
        tenant,
    }
}

/// What a caller would run: SQL of its own, past every wall of the types.
pub(crate) async fn rows(db: &Db, sql: &str) -> Result<Vec<QueryResult>, sea_orm::DbErr> {
    db.query_all_raw(Statement::from_string(db.backend(), sql))
        .await
}

/// The one value that the query gives.
pub(crate) async fn value<T: TryGetable>(db: &Db, sql: &str) -> T {
    let rows = rows(db, sql).await.expect("an answer");
    let [row] = rows.as_slice() else {
        panic!("{} rows: {sql}", rows.len());
    };
    row.try_get_by_index(0).expect("a value")
}

pub(crate) async fn execute(db: &Db, sql: &str) -> Result<u64, sea_orm::DbErr> {
    let statement = Statement::from_string(db.backend(), sql);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// The code of the database's refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, sea_orm::DbErr>) -> String {
    let error = result.expect_err("refused");
    match &error {
        sea_orm::DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error))
        | sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(error)) => error
            .as_database_error()
            .and_then(DatabaseError::code)
            .unwrap_or_else(|| panic!("{error}"))
            .into_owned(),
        _ => panic!("{error}"),
    }
}
