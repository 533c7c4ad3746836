//! Row-level security: who sees and writes what, as whom, with which tenant set.

mod absent;
mod change_of_owner;
mod floor;
mod migrators;
mod plans;
mod roles;
mod runtime;
mod word;

use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Login, TestDb, on_citus};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    TransactionTrait, TryGetable,
};

use crate::world::World;

/// Two applications with a row in each table, and the names of the roles.
struct Stage {
    world: World,
    roles: Roles,
    admin: DatabaseConnection,
}

impl Stage {
    async fn new() -> Self {
        Self::of(TestDb::new(Backend::Postgres).await).await
    }

    async fn of(db: TestDb) -> Self {
        let admin = admin(&db).await;
        let world = World::of(db).await;
        let roles = Roles::read(&world.db).await.unwrap();
        Self {
            world,
            roles,
            admin,
        }
    }

    /// A transaction of the owner's.
    async fn begin(&self) -> Session<'_> {
        let session = Session {
            stage: self,
            transaction: self.world.db.begin().await.unwrap(),
        };
        if on_citus() {
            // As the service does: else the nodes would not hear of the tenant.
            session
                .done("SET LOCAL citus.propagate_set_commands = 'local'")
                .await;
        }
        session
    }

    /// A transaction as a role, with application A set.
    async fn tenant(&self, role: Role) -> Session<'_> {
        let session = self.as_role(role).await;
        session.set("{a.applications}").await;
        session
    }

    /// A transaction as a role, with nothing set.
    async fn as_role(&self, role: Role) -> Session<'_> {
        let session = self.begin().await;
        let switch = format!("SET LOCAL ROLE \"{}\"", self.roles.name(role));
        session.done(&switch).await;
        session
    }
}

/// A transaction in which a refused statement undoes nothing but itself.
struct Session<'s> {
    stage: &'s Stage,
    transaction: DatabaseTransaction,
}

impl Session<'_> {
    /// Sets the tenant: `{a.applications}`, for example.
    async fn set(&self, tenant: &str) {
        let literal = self.stage.world.sql(tenant).replace("::uuid", "");
        self.done(&format!("SET LOCAL app.application_id = {literal}"))
            .await;
    }

    /// How many rows a statement touches, or the SQLSTATE with which it is refused.
    async fn run(&self, sql: &str) -> Result<u64, String> {
        let sql = self.stage.world.sql(sql);
        self.transaction
            .execute_unprepared("SAVEPOINT here")
            .await
            .unwrap();
        let done = self.transaction.execute_unprepared(&sql).await;
        if done.is_err() {
            self.transaction
                .execute_unprepared("ROLLBACK TO SAVEPOINT here")
                .await
                .unwrap();
        }
        done.map(|done| done.rows_affected())
            .map_err(|error| state(&error))
    }

    async fn done(&self, sql: &str) -> u64 {
        let done = self.run(sql).await;
        done.unwrap_or_else(|state| panic!("{state}: {sql}"))
    }

    async fn refused(&self, sql: &str) -> String {
        match self.run(sql).await {
            Err(state) => state,
            Ok(rows) => panic!("{rows} rows: {sql}"),
        }
    }

    async fn value<T: TryGetable>(&self, sql: &str) -> T {
        value(&self.transaction, &self.stage.world.sql(sql)).await
    }

    /// How many rows of a table are seen.
    async fn count(&self, table: &str) -> i64 {
        self.value(&format!("SELECT count(*) FROM {table}")).await
    }
}

/// The SQLSTATE of an error.
fn state(error: &sea_orm_migration::sea_orm::DbErr) -> String {
    use sea_orm_migration::sea_orm::{DbErr, RuntimeErr, SqlxError};
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) =
        error
    else {
        return error.to_string();
    };
    match &**inner {
        SqlxError::Database(inner) => inner.code().unwrap_or_default().into_owned(),
        other => other.to_string(),
    }
}

/// Not for this role, and a row that a policy lets nobody write: both have this SQLSTATE.
const NOT_ALLOWED: &str = "42501";

async fn value<C: ConnectionTrait, T: TryGetable>(db: &C, sql: &str) -> T {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = db.query_one_raw(statement).await;
    let row = row.unwrap_or_else(|error| panic!("{error}: {sql}"));
    row.unwrap_or_else(|| panic!("no row: {sql}"))
        .try_get_by_index(0)
        .unwrap()
}

async fn admin(db: &TestDb) -> DatabaseConnection {
    connect(db.admin_url().unwrap()).await
}

/// Up to 14 the schema `public` is the administrator's, and everybody may make tables in it: gives it to whoever owns the
/// database.
async fn give_schema(db: &TestDb) {
    let owner: String = value(&db.connect().await, "SELECT current_user::text").await;
    let give = format!("ALTER SCHEMA public OWNER TO {owner}");
    admin(db).await.execute_unprepared(&give).await.unwrap();
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.unwrap()
}

/// Whether a role of that name is there.
async fn exists(db: &DatabaseConnection, role: &str) -> bool {
    let sql = format!("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')");
    value(db, &sql).await
}

/// The name of the database.
async fn name(db: &DatabaseConnection) -> String {
    value(db, "SELECT current_database()::text").await
}

/// Another login of the server, as it was made: without any right in the database.
async fn login(db: &TestDb) -> (Login, DatabaseConnection) {
    let login = db.create_login().await;
    let connection = connect(&login.url).await;
    (login, connection)
}
