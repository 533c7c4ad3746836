//! The wall, as a program uses it: `Tenant::walled`, on a login of its own.

use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Login, TestDb};
use sea_orm::{ConnectionTrait, Database};
use service::{Config, Db, Error, Floor};

use super::{Two, execute, refusal, rows, value};

/// A login of the test database that is a member of this role.
async fn login(test: &TestDb, role: Role) -> Login {
    let login = test.create_login().await;
    let owner = test.connect().await;
    let roles = Roles::read(&owner).await.expect("roles");
    owner.close().await.expect("closed");
    let admin = Database::connect(test.admin_url().expect("a server")).await;
    let admin = admin.expect("the administrator");
    let grant = format!("GRANT \"{}\" TO {}", roles.name(role), login.name);
    admin.execute_unprepared(&grant).await.expect("granted");
    admin.close().await.expect("closed");
    login
}

async fn two() -> (Two, Login) {
    let two = Two::new().await;
    let guest = login(&two.test, Role::Guest).await;
    let config = Config::new(two.test.url()).runtime_url(&guest.url);
    let db = crate::rules::connect(config.max_connections(1)).await;
    let db = db.expect("connects");
    let ours = tenant(&db, &two.ours).await;
    let theirs = tenant(&db, &two.theirs).await;
    let two = Two {
        db,
        ours: super::Side {
            tenant: ours,
            ..two.ours
        },
        theirs: super::Side {
            tenant: theirs,
            ..two.theirs
        },
        test: two.test,
    };
    (two, guest)
}

async fn tenant(db: &Db, side: &super::Side) -> service::Tenant {
    let id = side.tenant.application_id();
    db.tenant(side.team.owner, id).await.expect("its owner")
}

#[tokio::test]
async fn what_nobody_vouches_for_reaches_one_application() {
    migration::not_on_citus!("there is no wall");
    let (two, _login) = two().await;
    for (side, name) in [
        (&two.ours, "Client of ours"),
        (&two.theirs, "Client of theirs"),
    ] {
        side.tenant
            .walled(async |db| {
                let names: Vec<String> = rows(db, "SELECT name FROM clients")
                    .await?
                    .iter()
                    .map(|row| row.try_get_by_index(0))
                    .collect::<Result<_, _>>()?;
                assert_eq!(names, [name]);
                assert_eq!(execute(db, "UPDATE clients SET name = name").await?, 1);
                Ok::<_, Error>(())
            })
            .await
            .expect("kept");
    }
}

#[tokio::test]
async fn settings_buy_nothing() {
    migration::not_on_citus!("there is no wall");
    let (two, _login) = two().await;
    let theirs = two.theirs.tenant.application_id();
    for sql in [
        format!("SELECT set_config('app.application_id', '{theirs}', true)"),
        format!(
            "SELECT set_config('app.tenant', '{theirs}.99999999999.{}', true)",
            "0".repeat(64)
        ),
        format!("SELECT set_config('app.tenant', '{theirs}', true)"),
        "SELECT set_config('app.tenant', NULL, true)".to_owned(),
    ] {
        let seen = two
            .ours
            .tenant
            .walled(async |db| {
                execute(db, &sql).await?;
                Ok::<_, Error>(
                    rows(db, "SELECT name FROM clients WHERE name LIKE '%theirs'")
                        .await?
                        .len(),
                )
            })
            .await
            .expect("an answer");
        assert_eq!(seen, 0, "{sql}");
    }
}

#[tokio::test]
async fn what_gives_access_and_what_is_secret_is_out_of_reach() {
    migration::not_on_citus!("there is no wall");
    let (two, _login) = two().await;
    let ours = two.ours.tenant.application_id();
    for sql in [
        format!(
            "INSERT INTO application_memberships (application_id, user_id) VALUES ('{ours}', '{}')",
            two.theirs.team.owner
        ),
        "UPDATE application_memberships SET user_id = user_id".to_owned(),
        "SELECT secret_hash FROM invitations".to_owned(),
        "SELECT challenge FROM domains".to_owned(),
        "SELECT password_hash FROM user_passwords".to_owned(),
        "SELECT * FROM sessions".to_owned(),
        "SELECT * FROM aura_wall.keys".to_owned(),
    ] {
        let refused = two
            .ours
            .tenant
            .walled(async |db| {
                let done = execute(db, &sql).await;
                assert!(done.is_err(), "{sql}");
                assert_eq!(refusal(done), "42501", "{sql}");
                Err::<(), _>(Error::NotFound)
            })
            .await;
        assert!(matches!(refused, Err(Error::NotFound)), "{sql}");
    }
}

#[tokio::test]
async fn it_is_kept_or_undone_as_a_whole_and_the_next_one_finds_nothing() {
    migration::not_on_citus!("there is no wall");
    let (two, _login) = two().await;
    let failed = two
        .ours
        .tenant
        .walled(async |db| {
            execute(db, "UPDATE clients SET name = 'x'").await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(failed.is_err());
    let client = two.ours.tenant.clients().get(two.ours.client).await;
    assert_eq!(client.expect("read").expect("there").name, "Client of ours");
    two.ours
        .tenant
        .walled(async |db| {
            let leave = "SELECT set_config('search_path', 'pg_catalog', false)";
            execute(db, leave).await?;
            db.execute_unprepared("PREPARE mine AS SELECT 1").await?;
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    two.theirs
        .tenant
        .walled(async |db| {
            let left: i64 = value(
                db,
                "SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'",
            )
            .await;
            assert_eq!(left, 0);
            let name: String = value(db, "SELECT name FROM clients").await;
            assert_eq!(name, "Client of theirs");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn inside_a_transaction_it_is_one_of_its_own() {
    migration::not_on_citus!("there is no wall");
    let (two, _login) = two().await;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let inside = tenant
                .walled(async |db| {
                    Ok::<_, Error>(value::<i64>(db, "SELECT count(*) FROM clients").await)
                })
                .await?;
            assert_eq!(inside, 1);
            assert_eq!(
                execute(tenant.db(), "UPDATE clients SET name = name").await?,
                1
            );
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn what_its_login_may_is_not_taken_for_what_the_service_may() {
    migration::not_on_citus!("there is no wall");
    let (two, login) = two().await;
    let fresh = Config::new(two.test.url()).runtime_url(&login.url);
    let db = crate::rules::connect(fresh).await.expect("connects");
    let tenant = tenant(&db, &two.ours).await;
    tenant
        .walled(async |db| {
            assert_eq!(db.floor().await?, Floor::None);
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    tenant
        .transaction(async |tenant| {
            let role: String = value(tenant.db(), "SELECT current_user::text").await;
            assert!(role.ends_with("_runtime"), "{role}");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn a_login_that_could_switch_is_refused_at_the_start() {
    let test = TestDb::new(Backend::Postgres).await;
    let refused = |url: String| {
        let config = Config::new(test.url()).runtime_url(url);
        async move {
            match crate::rules::connect(config).await {
                Err(Error::Config {
                    setting: "DATABASE_URL_RUNTIME",
                    reason,
                }) => reason,
                other => panic!("{other:?}"),
            }
        }
    };
    let service = login(&test, Role::Service).await;
    assert!(
        refused(service.url.clone())
            .await
            .contains("is a member of")
    );
    let nobody = test.create_login().await;
    assert!(
        refused(nobody.url.clone())
            .await
            .contains("no member of the guest role")
    );
    let admin = test.admin_url().expect("a server").to_owned();
    assert!(refused(admin).await.contains("more than any role"));
    assert!(
        refused("sqlite::memory:".into())
            .await
            .contains("postgres://")
    );
    let unset = crate::rules::connect(Config::new(test.url()))
        .await
        .expect("connects");
    let team = crate::people::team(&unset, "ours").await;
    let tenant = unset
        .tenant(team.owner, team.application.id)
        .await
        .expect("its owner");
    let refused = tenant.walled(async |_| Ok::<_, Error>(())).await;
    assert!(
        matches!(
            &refused,
            Err(Error::Config {
                setting: "DATABASE_URL_RUNTIME",
                ..
            })
        ),
        "{refused:?}"
    );
}
