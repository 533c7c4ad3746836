//! The roles: what each may, and that no login has more than one of them by accident.

use super::*;
use crate::catalog::Catalog;

#[tokio::test]
async fn they_are_groups_without_rights_of_their_own() {
    let stage = Stage::new().await;
    for role in Role::ALL {
        let sql = format!(
            "SELECT NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) \
             FROM pg_roles WHERE rolname = '{}'",
            stage.roles.name(role)
        );
        assert!(value::<_, bool>(&stage.admin, &sql).await, "{role:?}");
        let owned = format!(
            "SELECT count(*) FROM pg_class WHERE relowner = '{}'::regrole",
            stage.roles.name(role)
        );
        assert_eq!(value::<_, i64>(&stage.admin, &owned).await, 0, "{role:?}");
    }
}

/// A newcomer's one login serves as it migrates: it may be the service and switch to the runtime, and is not held to the
/// policies of the runtime before it does.
#[tokio::test]
async fn the_login_that_migrates_serves() {
    let stage = Stage::new().await;
    let sql = format!(
        "SELECT pg_has_role('{service}', 'USAGE') AND pg_has_role('{runtime}', 'MEMBER') \
         AND NOT pg_has_role('{service}', '{runtime}', 'USAGE')",
        service = stage.roles.name(Role::Service),
        runtime = stage.roles.name(Role::Runtime),
    );
    assert!(value::<_, bool>(&stage.world.db, &sql).await);
    assert_eq!(stage.begin().await.count("clients").await, 2);
    migration::not_on_citus!(
        "the login serves as what it is: no transaction switches its role there"
    );
    let runtime = stage.as_role(Role::Runtime).await;
    assert_eq!(runtime.count("clients").await, 0);
    runtime.done("RESET ROLE").await;
    assert_eq!(runtime.count("clients").await, 2);
}

/// What a trigger refuses elsewhere: on Citus, which has none, nobody is granted it.
const KEPT_BY_RIGHTS: [(&str, &str); 3] = [
    ("audit_events", "UPDATE"),
    ("audit_details", "UPDATE"),
    ("audit_chains", "DELETE"),
];

/// The usual set-up: a login that is a member of the service role, and owns nothing.
#[tokio::test]
async fn a_login_of_the_service_reads_and_writes_everything_and_owns_nothing() {
    let db = TestDb::new(Backend::Postgres).await;
    let (login, served) = login(&db).await;
    let stage = Stage::of(db).await;
    let [service, runtime, reader] =
        [Role::Service, Role::Runtime, Role::Reader].map(|role| stage.roles.name(role));
    let close = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    stage.admin.execute_unprepared(close).await.unwrap();
    let denied = served.execute_unprepared("SELECT * FROM users").await;
    assert_eq!(state(&denied.unwrap_err()), NOT_ALLOWED);
    let grant = format!("GRANT {service} TO {}", login.name);
    stage.admin.execute_unprepared(&grant).await.unwrap();
    for (table, _) in Catalog::read(&stage.world.db).await.tables {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(value::<_, i64>(&served, &count).await, 2, "{table}");
        for right in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
            let has = format!("SELECT has_table_privilege('{table}', '{right}')");
            let kept = KEPT_BY_RIGHTS.contains(&(table.as_str(), right)) && on_citus();
            let has = value::<_, bool>(&served, &has).await;
            assert_eq!(has, !kept, "{right} {table}");
        }
    }
    for sql in [
        "TRUNCATE clients",
        "CREATE TABLE t (a int)",
        "ALTER TABLE clients DISABLE ROW LEVEL SECURITY",
        &format!("DROP POLICY {} ON clients", floor()),
        "DROP TABLE clients",
        &format!("SET ROLE {reader}"),
    ] {
        let refused = served.execute_unprepared(sql).await;
        assert_eq!(state(&refused.unwrap_err()), NOT_ALLOWED, "{sql}");
    }
    let tenant = begin(&served).await;
    if !on_citus() {
        let switch = format!("SET LOCAL ROLE {runtime}");
        tenant.execute_unprepared(&switch).await.unwrap();
    }
    let open = "SET LOCAL app.application_id = {a.applications}";
    let open = stage.world.sql(open).replace("::uuid", "");
    tenant.execute_unprepared(&open).await.unwrap();
    assert_eq!(
        value::<_, i64>(&tenant, "SELECT count(*) FROM clients").await,
        1
    );
}

/// Its views are made elsewhere: of the tables themselves it reads nothing. On Citus, where the nodes ask for the reader's own
/// rights, it reads the columns that the views show (what it reads of secrets, `citus::floor` tries).
#[tokio::test]
async fn the_reader_has_no_right_on_a_table() {
    let stage = Stage::new().await;
    for (table, _) in Catalog::read(&stage.world.db).await.tables {
        let reader = stage.roles.name(Role::Reader);
        let rights = if on_citus() {
            "INSERT, UPDATE"
        } else {
            "SELECT, INSERT, UPDATE"
        };
        let columns = format!("SELECT has_any_column_privilege('{reader}', '{table}', '{rights}')");
        let whole = format!(
            "SELECT has_table_privilege('{reader}', '{table}', 'SELECT, INSERT, UPDATE, DELETE')"
        );
        for sql in [columns, whole] {
            assert!(!value::<_, bool>(&stage.admin, &sql).await, "{sql}");
        }
    }
}

/// Row-level security ORs what the roles of a login let through: a login that is both is walled as the runtime is.
#[tokio::test]
async fn a_login_that_is_reader_and_runtime_by_mistake_is_walled() {
    migration::not_on_citus!(
        "what walls it is a restrictive policy of the runtime, which would let through at the shards"
    );
    let db = TestDb::new(Backend::Postgres).await;
    let (login, both) = login(&db).await;
    let admin = admin(&db).await;
    let owner = db.connect().await;
    let roles = Roles::read(&owner).await.unwrap();
    let grant = format!(
        "GRANT {}, {} TO {}",
        roles.name(Role::Runtime),
        roles.name(Role::Reader),
        login.name
    );
    admin.execute_unprepared(&grant).await.unwrap();
    let world = World::of(db).await;
    assert_eq!(
        value::<_, i64>(&both, "SELECT count(*) FROM clients").await,
        0
    );
    assert_eq!(
        value::<_, i64>(&both, "SELECT count(*) FROM users").await,
        0
    );
    drop(world);
}
