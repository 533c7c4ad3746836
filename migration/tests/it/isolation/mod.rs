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
        self.begin_on(&self.world.db).await
    }

    async fn begin_on(&self, db: &DatabaseConnection) -> Session<'_> {
        Session {
            stage: self,
            transaction: begin(db).await,
        }
    }

    /// A transaction as a role, with application A set.
    async fn tenant(&self, role: Role) -> Session<'_> {
        let session = self.as_role(role).await;
        session.set("{a.applications}").await;
        session
    }

    /// A transaction as a role, with nothing set: the owner's that switches to it, and on Citus, whose nodes let no role in
    /// that has no login, one of a login that is a member.
    async fn as_role(&self, role: Role) -> Session<'_> {
        let name = self.roles.name(role);
        if on_citus() {
            let login = self.world.login().await;
            let grant = format!("GRANT \"{name}\" TO {}", login.name);
            self.admin.execute_unprepared(&grant).await.unwrap();
            return self.begin_on(&connect(&login.url).await).await;
        }
        let session = self.begin().await;
        let switch = format!("SET LOCAL ROLE \"{name}\"");
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

/// A transaction as the service begins it: else Citus's nodes would not hear of the tenant, and whoever has read from all
/// shards at once could write to no table that lies everywhere.
async fn begin(db: &DatabaseConnection) -> DatabaseTransaction {
    let transaction = db.begin().await.unwrap();
    if on_citus() {
        let settings = "SET LOCAL citus.propagate_set_commands = 'local'; \
             SET LOCAL citus.multi_shard_modify_mode = 'sequential'";
        transaction.execute_unprepared(settings).await.unwrap();
    }
    transaction
}

/// Which role a tenant's transaction has. On Citus it keeps the service's, since none switches there.
fn tenants() -> Role {
    if on_citus() {
        Role::Service
    } else {
        Role::Runtime
    }
}

/// A policy that holds everybody, by its name.
fn floor() -> &'static str {
    if on_citus() { "owner" } else { "floor" }
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
