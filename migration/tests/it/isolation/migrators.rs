//! Many databases of one server that are migrated at the same time: roles are the server's.

use migration::connect::{ConnectOptions, DatabaseUrl};
use migration::{Migrator, MigratorTrait};

use super::*;

const MANY: usize = 8;

/// Migrates empty databases at once; gives each one's connection.
async fn migrate(prefix: Option<&str>) -> Vec<(TestDb, DatabaseConnection)> {
    let mut databases = Vec::new();
    for _ in 0..MANY {
        databases.push(TestDb::empty(Backend::Postgres).await);
    }
    let tasks: Vec<_> = databases
        .iter()
        .map(|db| {
            let url: DatabaseUrl = db.url().parse().unwrap();
            let options = ConnectOptions {
                role_prefix: prefix.map(ToOwned::to_owned),
                ..ConnectOptions::default()
            };
            tokio::spawn(async move {
                let connection = migration::connect::connect(&url, &options).await.unwrap();
                Migrator::up(&connection, None).await.unwrap();
                connection
            })
        })
        .collect();
    let mut done = Vec::new();
    for (db, task) in databases.into_iter().zip(tasks) {
        done.push((db, task.await.unwrap()));
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_databases_have_roles_of_their_own() {
    for (_db, owner) in migrate(None).await {
        let (name, roles) = (name(&owner).await, Roles::read(&owner).await.unwrap());
        for role in Role::ALL {
            let wanted = format!("{name}_{}", role.suffix());
            assert_eq!(roles.present(role), Some(wanted.as_str()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_databases_share_the_roles_of_one_prefix() {
    // Named as the databases of tests are, so that whatever happens somebody clears it away.
    let first = TestDb::empty(Backend::Postgres).await;
    let connection = first.connect().await;
    let prefix = format!("{}_shared", name(&connection).await);
    let admin = admin(&first).await;
    let all = migrate(Some(&prefix)).await;
    for (_, owner) in &all {
        // The tables say which roles are theirs, whatever the setting.
        let roles = Roles::read(owner).await.unwrap();
        for role in Role::ALL {
            let wanted = format!("{prefix}_{}", role.suffix());
            assert_eq!(roles.present(role), Some(wanted.as_str()));
        }
        let right = format!("SELECT has_table_privilege('{prefix}_service', 'users', 'SELECT')");
        assert!(value::<_, bool>(owner, &right).await);
    }
    drop(all);
    for role in Role::ALL {
        let drop = format!("DROP ROLE {prefix}_{}", role.suffix());
        admin.execute_unprepared(&drop).await.unwrap();
    }
}

/// The names are kept whole, and two long names do not meet.
#[tokio::test]
async fn roles_of_a_database_with_a_long_name_fit() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (owner, admin) = (db.connect().await, admin(&db).await);
    let login: String = value(&owner, "SELECT current_user::text").await;
    let start = name(&owner).await;
    let mut prefixes = Vec::new();
    for end in ["a", "b"] {
        // As many letters of two bytes as there is room for.
        let more = "ö".repeat((61 - start.len()) / 2);
        let long = format!("{start}{more}{end}");
        let make = format!("CREATE DATABASE \"{long}\" OWNER {login}");
        admin.execute_unprepared(&make).await.unwrap();
        let mut url = url::Url::parse(db.url()).unwrap();
        url.set_path(&long);
        let there = connect(url.as_str()).await;
        Migrator::up(&there, None).await.unwrap();
        let roles = Roles::read(&there).await.unwrap();
        let service = roles.present(Role::Service).unwrap().to_owned();
        assert!(
            service.len() <= 63 && service.starts_with(&start),
            "{service}"
        );
        prefixes.push(service);
        there.close().await.unwrap();
        let drop = format!("DROP DATABASE \"{long}\"");
        admin.execute_unprepared(&drop).await.unwrap();
        for role in Role::ALL {
            let drop = format!("DROP ROLE \"{}\"", roles.name(role));
            admin.execute_unprepared(&drop).await.unwrap();
        }
    }
    assert_ne!(prefixes[0], prefixes[1]);
}

#[tokio::test]
async fn a_prefix_that_no_role_can_have_is_refused() {
    let db = TestDb::empty(Backend::Postgres).await;
    let url: DatabaseUrl = db.url().parse().unwrap();
    for prefix in ["pg_mine".to_owned(), "x".repeat(56)] {
        let options = ConnectOptions {
            role_prefix: Some(prefix),
            ..ConnectOptions::default()
        };
        let connection = migration::connect::connect(&url, &options).await.unwrap();
        let refused = Migrator::up(&connection, None).await.unwrap_err();
        assert!(
            refused.to_string().contains("no role can be called"),
            "{refused}"
        );
        assert!(Roles::read(&connection).await.is_err());
    }
}
