//! Roles that come, or are taken, while a service is running.

use migration::isolation::{Role, Roles, report};
use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use service::{Config, Db, Error, Floor, NewClient};

use super::value;
use crate::people::{QUICK, Team, new_application, team};
use crate::world::user;

const ROLE: &str = "SELECT current_user::text";

/// A database with roles of its own, which nobody else's tests use; or with none, where its owner may make none.
async fn migrated(makes_roles: bool) -> (TestDb, DatabaseConnection, DatabaseConnection) {
    let test = TestDb::empty(Backend::Postgres).await;
    let (owner, admin) = (
        test.connect().await,
        sea_orm::Database::connect(test.admin_url().expect("a server")).await,
    );
    let admin = admin.expect("the administrator");
    if !makes_roles {
        let login = Roles::read(&owner).await.expect("names");
        let login = login.name(Role::Service).trim_end_matches("_service");
        let take = format!("ALTER ROLE \"{login}\" NOCREATEROLE");
        run(&admin, &take).await;
    }
    migration::migrate(&owner, &migration::migrate::Options::default())
        .await
        .expect("migrated");
    (test, owner, admin)
}

async fn run(db: &DatabaseConnection, sql: &str) {
    let done = db.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

async fn served(test: &TestDb) -> (Db, Team) {
    let db = crate::rules::connect(Config::new(test.url()).hashing(QUICK))
        .await
        .expect("connects");
    let team = team(&db, "acme").await;
    (db, team)
}

#[tokio::test]
async fn a_role_that_is_made_later_is_switched_to() {
    migration::not_on_citus!("no transaction switches its role there");
    let (test, owner, admin) = migrated(false).await;
    let (db, team) = served(&test).await;
    let tenant = db.tenant(team.owner, team.application.id).await;
    let tenant = tenant.expect("its owner");
    let role = async || {
        let role = tenant
            .transaction(async |tenant| Ok::<_, Error>(value::<String>(tenant.db(), ROLE).await));
        role.await.expect("kept")
    };
    assert_eq!(db.floor().await.expect("an answer"), Floor::Setting);
    assert!(!role().await.ends_with("_runtime"));
    for statement in report(&owner).await.expect("a report").statements {
        run(&admin, &statement).await;
    }
    migration::migrate::isolate(&owner).await.expect("done");
    assert_eq!(db.floor().await.expect("an answer"), Floor::Role);
    assert!(role().await.ends_with("_runtime"));
}

#[tokio::test]
async fn a_role_that_is_refused_spoils_its_own_part_and_no_more() {
    migration::not_on_citus!("no transaction switches its role there");
    let (test, owner, _admin) = migrated(true).await;
    let (db, team) = served(&test).await;
    assert_eq!(db.floor().await.expect("an answer"), Floor::Role);
    let roles = Roles::read(&owner).await.expect("roles");
    let [service, runtime] = [Role::Service, Role::Runtime].map(|role| roles.name(role));
    // Whoever granted it takes it back.
    run(&owner, &format!("REVOKE \"{runtime}\" FROM \"{service}\"")).await;
    db.transaction(async |db| {
        let before = user(db, "before@acme.test".into(), false).await;
        let tenant = db.tenant(team.owner, team.application.id).await?;
        let refused = tenant
            .transaction(async |tenant| {
                let new = NewClient::new("Nobody".parse().expect("a name"));
                tenant.clients().create(new).await
            })
            .await;
        assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
        let applications = db.applications();
        applications
            .create(before, new_application("other"))
            .await?;
        Ok::<_, Error>(())
    })
    .await
    .expect("kept");
    let kept = "SELECT count(*) FROM users WHERE email = 'before@acme.test'";
    assert_eq!(value::<i64>(&db, kept).await, 1);
}
