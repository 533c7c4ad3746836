//! Row-level security on a cluster: at the shards, which alone know the rows, and from every node.
//!
//! Each is not run, and says so, where `TEST_CITUS_URL` names no cluster.

use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Login, TestDb};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};

use super::cluster::a_cluster_is_there;
use crate::world::World;

/// What the service says before its tenant: else the workers would not hear of it.
const PROPAGATE: &str = "SET LOCAL citus.propagate_set_commands = 'local'";

/// Two applications with rows, and a login of the service and one of reports.
struct Stage {
    world: World,
    service: Login,
    reader: Login,
}

impl Stage {
    async fn new() -> Self {
        let db = TestDb::new(Backend::Postgres).await;
        let admin = Database::connect(db.admin_url().unwrap()).await.unwrap();
        let roles = Roles::read(&db.connect().await).await.unwrap();
        let mut logins = Vec::new();
        for role in [Role::Service, Role::Reader] {
            let login = db.create_login().await;
            let grant = format!("GRANT \"{}\" TO {}", roles.name(role), login.name);
            admin.execute_unprepared(&grant).await.unwrap();
            logins.push(login);
        }
        let [service, reader] = logins.try_into().unwrap();
        Self {
            world: World::of(db).await,
            service,
            reader,
        }
    }

    /// How many rows meet a condition, as who `url` is, with application A set.
    async fn as_tenant(&self, url: &str, table: &str, condition: &str) -> i64 {
        let db = Database::connect(url).await.unwrap();
        let transaction = db.begin().await.unwrap();
        let tenant = self.world.sql("{a.applications}").replace("::uuid", "");
        for sql in [
            PROPAGATE.to_owned(),
            format!("SET LOCAL app.application_id = {tenant}"),
        ] {
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
        let count = value(&transaction, &self.world.sql(&sql)).await;
        transaction.rollback().await.unwrap();
        db.close().await.unwrap();
        count
    }
}

async fn value<C: ConnectionTrait>(db: &C, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = db.query_one_raw(statement).await;
    let row = row
        .unwrap_or_else(|error| panic!("{error}\n{sql}"))
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_tenant_sees_its_own_rows_alone_whoever_asks() {
    if !a_cluster_is_there() {
        return;
    }
    let stage = Stage::new().await;
    let tables = stage.world.catalog().await.tables;
    for url in [stage.world.url(), stage.service.url.as_str()] {
        for (table, definition) in &tables {
            let own = match table.as_str() {
                // Whoever is a member of what, a row does not tell.
                "users" => continue,
                "user_passwords" | "verification_tokens" | "sign_in_throttles" => "false",
                "applications" => "id = {a.applications}",
                _ => {
                    assert!(definition.column("application_id").is_some(), "{table}");
                    "application_id = {a.applications}"
                }
            };
            let mine = stage.as_tenant(url, table, own).await;
            assert_eq!(mine, i64::from(own != "false"), "{table}");
            assert_eq!(stage.as_tenant(url, table, "true").await, mine, "{table}");
        }
    }
}

#[tokio::test]
async fn a_tenant_writes_nothing_of_anothers() {
    if !a_cluster_is_there() {
        return;
    }
    let stage = Stage::new().await;
    let db = Database::connect(&stage.service.url).await.unwrap();
    let tenant = stage.world.sql("{a.applications}").replace("::uuid", "");
    for (sql, refused) in [
        (
            "INSERT INTO roles (application_id, id, key, name) VALUES ({b.applications}, {77}, 'other', 'Other')",
            true,
        ),
        (
            "INSERT INTO roles (application_id, id, key, name) VALUES ({a.applications}, {77}, 'other', 'Other')",
            false,
        ),
        (
            "UPDATE clients SET name = 'Mine' WHERE application_id = {b.applications}",
            false,
        ),
        ("DELETE FROM email_recipients", false),
        ("UPDATE applications SET name = 'Mine'", false),
    ] {
        let transaction = db.begin().await.unwrap();
        for sql in [
            PROPAGATE.to_owned(),
            format!("SET LOCAL app.application_id = {tenant}"),
        ] {
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        let done = transaction.execute_unprepared(&stage.world.sql(sql)).await;
        assert_eq!(done.is_err(), refused, "{sql}: {done:?}");
        if done.is_ok() {
            transaction.commit().await.unwrap();
        }
    }
    let world = &stage.world;
    let others = "application_id = {b.applications}";
    assert_eq!(
        world
            .count("clients", &format!("{others} AND name <> 'Mine'"))
            .await,
        1
    );
    assert_eq!(world.count("email_recipients", others).await, 1);
    assert_eq!(
        world
            .count("email_recipients", "application_id = {a.applications}")
            .await,
        0
    );
    assert_eq!(
        world
            .count("applications", "id = {b.applications} AND name <> 'Mine'")
            .await,
        1
    );
}

/// A restrictive policy would arrive at the shards as one that lets through.
#[tokio::test]
async fn every_policy_at_the_shards_is_the_floor() {
    if !a_cluster_is_there() {
        return;
    }
    let stage = Stage::new().await;
    let admin = Database::connect(stage.world.admin_url()).await.unwrap();
    let wrong = "SELECT count(*) FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid \
        JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname <> 'users' \
        AND (NOT p.polpermissive OR pg_get_expr(p.polqual, p.polrelid) NOT LIKE '%app.application_id%')";
    assert_eq!(value(&admin, wrong).await, 0);
    let shards = "SELECT count(*) FROM run_command_on_shards('clients', $sql$ SELECT string_agg(polname || ' ' || polpermissive, ', ' \
        ORDER BY polname) || bool_and(c.relforcerowsecurity) FROM pg_policy \
        JOIN pg_class AS c ON c.oid = polrelid WHERE polrelid = '%s'::regclass AND pg_get_expr(polqual, polrelid) LIKE '%%app.application_id%%' $sql$) \
        WHERE NOT success OR result IS DISTINCT FROM 'owner true, reader true, service truetrue'";
    assert_eq!(value(&admin, shards).await, 0);
}

#[tokio::test]
async fn reports_see_no_secrets() {
    if !a_cluster_is_there() {
        return;
    }
    let stage = Stage::new().await;
    let db = Database::connect(&stage.reader.url).await.unwrap();
    for view in [
        "sessions",
        "user_passwords",
        "invitations",
        "domains",
        "clients",
    ] {
        let rows = format!("SELECT count(*) FROM aura_reader.{view}");
        assert_eq!(value(&db, &rows).await, 2, "{view}");
    }
    let blank = "SELECT count(*) FROM aura_reader.sessions WHERE secret_hash = ''";
    assert_eq!(value(&db, blank).await, 2);
    for secret in [
        "SELECT secret_hash FROM sessions",
        "SELECT password_hash FROM user_passwords",
        "SELECT * FROM invitations",
        "SELECT challenge FROM domains",
        "UPDATE aura_reader.clients SET name = 'x'",
    ] {
        refused(&db, secret).await;
    }
}

/// What triggers see to elsewhere: here nobody has the right.
#[tokio::test]
async fn the_audit_is_only_added_to() {
    if !a_cluster_is_there() {
        return;
    }
    let stage = Stage::new().await;
    let service = Database::connect(&stage.service.url).await.unwrap();
    for db in [&service, &stage.world.db] {
        for change in [
            "UPDATE audit_events SET action = 'nothing.done'",
            "UPDATE audit_details SET detail = '{}'",
            "DELETE FROM audit_chains",
            "TRUNCATE audit_events, audit_details",
            "TRUNCATE audit_chains",
        ] {
            refused(db, change).await;
        }
    }
    // Where it lies is all that could be changed, by the owner, and that nobody can.
    let moved = "UPDATE audit_events SET application_id = '00000000-0000-0000-0000-000000000001'";
    stage.world.db.execute_unprepared(moved).await.unwrap_err();
}

async fn refused(db: &DatabaseConnection, sql: &str) {
    let error = db.execute_unprepared(sql).await.unwrap_err().to_string();
    // For a TRUNCATE the workers are asked first, and Citus says of their refusal no more than that.
    let denied = error.contains("permission denied")
        || (sql.starts_with("TRUNCATE") && error.contains("failure on connection"));
    assert!(denied, "{sql}: {error}");
}
