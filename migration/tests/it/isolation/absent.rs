//! Roles that are not there, come later, or are somebody else's.

use migration::isolation::{self, State, report};
use migration::{Migrator, MigratorTrait};

use super::*;
use crate::catalog::Catalog;

/// A database whose owner may make no roles.
async fn plain() -> (TestDb, DatabaseConnection, DatabaseConnection) {
    let db = TestDb::empty(Backend::Postgres).await;
    let (owner, admin) = (db.connect().await, admin(&db).await);
    let login: String = value(&owner, "SELECT current_user::text").await;
    let take = format!("ALTER ROLE {login} NOCREATEROLE");
    admin.execute_unprepared(&take).await.unwrap();
    (db, owner, admin)
}

#[tokio::test]
async fn without_the_right_to_make_roles_the_floor_holds_and_the_administrator_is_told_what_to_run()
{
    let (db, owner, admin) = plain().await;
    Migrator::up(&owner, None).await.unwrap();
    let roles = Roles::read(&owner).await.unwrap();
    for role in Role::ALL {
        assert_eq!(roles.state(role), State::Missing);
    }
    let world = World::of(db).await;
    let set = world.sql("SET LOCAL app.application_id = {a.applications}");
    let tenant = begin(&world.db).await;
    tenant
        .execute_unprepared(&set.replace("::uuid", ""))
        .await
        .unwrap();
    assert_eq!(
        value::<_, i64>(&tenant, "SELECT count(*) FROM clients").await,
        1
    );
    tenant.rollback().await.unwrap();
    assert_eq!(
        value::<_, i64>(&owner, "SELECT count(*) FROM clients").await,
        2
    );

    let statements = report(&owner).await.unwrap().statements;
    let name = name(&owner).await;
    let [service, runtime] = ["service", "runtime"].map(|role| format!("{name}_{role}"));
    for wanted in [
        format!("CREATE ROLE {service} NOLOGIN NOINHERIT"),
        format!("CREATE ROLE {runtime} NOLOGIN"),
        format!("GRANT {runtime} TO {service}"),
        format!("GRANT {service} TO {name}"),
    ] {
        assert!(statements.contains(&wanted), "{wanted}: {statements:?}");
    }
    for statement in &statements {
        admin.execute_unprepared(statement).await.unwrap();
    }

    // Roles that came later: the login that migrates gives the tables what they lack, and does it twice the same.
    let mut before = None;
    for _ in 0..2 {
        let transaction = owner.begin().await.unwrap();
        isolation::apply(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
        let catalog = Catalog::read(&owner).await.to_string();
        assert_eq!(before.get_or_insert(catalog.clone()), &catalog);
        assert_eq!(
            report(&owner).await.unwrap().statements,
            Vec::<String>::new()
        );
    }
    let usual = Catalog::of(&TestDb::new(Backend::Postgres).await).await;
    assert_eq!(before, Some(usual.to_string()));
    let runtime = owner.begin().await.unwrap();
    let switch = format!("SET LOCAL ROLE {}", roles.name(Role::Runtime));
    runtime.execute_unprepared(&switch).await.unwrap();
    if on_citus() {
        // Nobody switches to it there, and it may do nothing.
        let denied = runtime.execute_unprepared("SELECT * FROM clients").await;
        assert_eq!(state(&denied.unwrap_err()), NOT_ALLOWED);
        return;
    }
    assert_eq!(
        value::<_, i64>(&runtime, "SELECT count(*) FROM clients").await,
        0
    );
}

/// A role that was made before, by an administrator, is used by whoever may make none.
#[tokio::test]
async fn roles_that_an_administrator_made_first_are_used() {
    let (_db, owner, admin) = plain().await;
    for statement in report(&owner).await.unwrap().statements {
        admin.execute_unprepared(&statement).await.unwrap();
    }
    Migrator::up(&owner, None).await.unwrap();
    let usual = Catalog::of(&TestDb::new(Backend::Postgres).await).await;
    assert_eq!(Catalog::read(&owner).await.to_string(), usual.to_string());
}

/// A login of that name is not given the rights of a group.
#[tokio::test]
async fn a_login_that_has_the_name_of_a_role_is_left_alone() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (owner, admin) = (db.connect().await, admin(&db).await);
    let taken = format!("{}_service", name(&owner).await);
    let make = format!("CREATE ROLE {taken} LOGIN");
    admin.execute_unprepared(&make).await.unwrap();
    Migrator::up(&owner, None).await.unwrap();
    let roles = Roles::read(&owner).await.unwrap();
    assert_eq!(roles.state(Role::Service), State::Unfit);
    assert_eq!(roles.present(Role::Service), None);
    assert_eq!(roles.state(Role::Runtime), State::There);
    let right = format!("SELECT has_table_privilege('{taken}', 'users', 'SELECT')");
    assert!(!value::<_, bool>(&admin, &right).await);
    let joined = format!(
        "SELECT pg_has_role('{taken}', '{}', 'MEMBER')",
        roles.name(Role::Runtime)
    );
    assert!(!value::<_, bool>(&admin, &joined).await);
}

#[tokio::test]
async fn down_takes_policies_and_grants_and_leaves_the_roles() {
    let db = TestDb::empty(Backend::Postgres).await;
    let owner = db.connect().await;
    Migrator::up(&owner, None).await.unwrap();
    let roles = Roles::read(&owner).await.unwrap();
    Migrator::down(&owner, None).await.unwrap();
    for role in Role::ALL {
        assert!(exists(&owner, roles.name(role)).await, "{role:?}");
    }
    Migrator::up(&owner, None).await.unwrap();
    assert_eq!(Roles::read(&owner).await.unwrap(), roles);
    let usual = Catalog::of(&TestDb::new(Backend::Postgres).await).await;
    assert_eq!(Catalog::read(&owner).await.to_string(), usual.to_string());
}

/// What was taken from a role on purpose is not given back.
#[tokio::test]
async fn doing_it_again_gives_nothing_back_that_was_taken() {
    let stage = Stage::new().await;
    let role = stage.roles.name(tenants());
    let session = stage.begin().await;
    session
        .done(&format!("REVOKE DELETE ON clients FROM {role}"))
        .await;
    isolation::apply(&session.transaction).await.unwrap();
    let sql = format!("SELECT has_table_privilege('{role}', 'clients', 'DELETE')");
    assert!(!session.value::<bool>(&sql).await);
}
