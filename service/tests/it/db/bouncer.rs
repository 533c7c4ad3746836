//! Behind `PgBouncer` 1.18, which does not keep track of prepared statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use migration::testing::{Bouncer, OwnServer, PoolMode, ServerSetup};
use sea_orm::sqlx::{Connection as _, PgConnection, query_scalar};
use sea_orm::{ConnectionTrait, Statement};
use service::{ClientFilter, Config, Db, Error, NewClient, NewUser, Tenant};
use tokio::task::JoinSet;

use super::asking::{Watch, ask, ask_something_new, is_right};
use crate::people::{QUICK, Team, team};

/// At once, each with a connection of its own to the pooler.
const CLIENTS: u32 = 32;

/// Two applications: what one has, the other never sees.
struct Site {
    db: Db,
    teams: [Team; 2],
    // Dropped in their order: the pooler before its server.
    _bouncer: Bouncer,
    server: OwnServer,
}

impl Site {
    async fn new(mode: PoolMode, servers: u32, pooled: bool) -> Self {
        let server = OwnServer::start(ServerSetup::default()).await;
        server.migrate().await;
        let settings = [
            format!("default_pool_size={servers}"),
            "max_client_conn=100".to_owned(),
        ];
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let bouncer = Bouncer::start(server.url(), mode, &settings, &[]).await;
        let config = Config::new(bouncer.url())
            .max_connections(CLIENTS)
            .acquire_timeout(std::time::Duration::from_secs(20))
            .pooled(pooled)
            .hashing(QUICK);
        let db = crate::rules::connect(config).await.expect("connects");
        let teams = [team(&db, "acme").await, team(&db, "bakery").await];
        Self {
            db,
            teams,
            _bouncer: bouncer,
            server,
        }
    }

    async fn tenants(&self) -> [Tenant; 2] {
        let [one, two] = &self.teams;
        let tenant = async |team: &Team| {
            self.db
                .tenant(team.owner, team.application.id)
                .await
                .expect("its owner")
        };
        [tenant(one).await, tenant(two).await]
    }
}

/// What a worker asks for, by turns. Whoever adds a way to reach rows adds it here.
async fn operation(db: &Db, tenants: &[Tenant; 2], n: i64) -> Result<(), Error> {
    let side = usize::from(n / 16 % 2 == 0);
    let (own, name) = (&tenants[side], format!("side{side}-{n}"));
    match n % 16 {
        0..=6 => ask(db, n).await?,
        7 | 8 => ask_something_new(db, n).await?,
        9 => {
            let new = NewUser::new(format!("{name}@x.test").parse()?);
            let user = db.users().create(new).await?;
            let found = db.users().get(user.id).await?;
            assert_eq!(found.map(|found| found.email), Some(user.email));
        }
        10 => {
            let client = own.clients().create(NewClient::new(name.parse()?)).await?;
            let found = own.clients().get(client.id).await?;
            assert_eq!(found.map(|found| found.name), Some(name));
            let strange = tenants[1 - side].clients().get(client.id).await?;
            assert!(strange.is_none(), "another application's client");
        }
        11..=13 => {
            let page = own
                .clients()
                .list(
                    &ClientFilter::default(),
                    service::ClientOrder::Name,
                    20,
                    None,
                )
                .await?;
            let prefix = format!("side{side}-");
            assert!(
                page.items
                    .iter()
                    .all(|client| client.name.starts_with(&prefix)),
                "another application's clients"
            );
        }
        14 => {
            // Read, write and a savepoint that is undone, on one connection.
            own.transaction(async |tenant| {
                let client = tenant
                    .clients()
                    .create(NewClient::new(name.parse()?))
                    .await?;
                let undone = tenant
                    .db()
                    .transaction(async |tx| {
                        ask(tx, n).await?;
                        Err::<(), _>(Error::invalid("test", "on purpose"))
                    })
                    .await;
                assert!(undone.is_err());
                let found = tenant.clients().get(client.id).await?;
                assert_eq!(found.map(|found| found.id), Some(client.id));
                // SQL without a WHERE; and what it leaves behind would shut the next one in this application.
                let application_id = tenant.application_id();
                let leave = format!(
                    "SELECT name, set_config('app.application_id', '{application_id}', false) FROM clients"
                );
                let all = Statement::from_string(tenant.db().backend(), leave);
                for row in tenant.db().query_all_raw(all).await? {
                    let name: String = row.try_get_by_index(0)?;
                    assert!(name.starts_with(&format!("side{side}-")), "{name}");
                }
                Ok::<_, Error>(())
            })
            .await?;
        }
        _ => {
            let undone = db
                .transaction(async |tx| {
                    let new = NewUser::new(format!("undone{n}@x.test").parse()?);
                    tx.users().create(new).await?;
                    ask_something_new(tx, n).await?;
                    Err::<(), _>(Error::invalid("test", "on purpose"))
                })
                .await;
            assert!(
                matches!(&undone, Err(Error::Invalid { field, .. }) if field == "test"),
                "{undone:?}"
            );
        }
    }
    Ok(())
}

/// All clients at work until all is done.
///
/// # Panics
///
/// When one operation fails, or an answer is wrong.
async fn work(site: &Site, operations: i64) {
    let next = Arc::new(AtomicI64::new(1));
    let mut workers = JoinSet::new();
    for _ in 0..CLIENTS {
        let (db, tenants, next) = (site.db.clone(), site.tenants().await, Arc::clone(&next));
        workers.spawn(async move {
            let mut failed = vec![];
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > operations {
                    return failed;
                }
                if let Err(error) = operation(&db, &tenants, n).await {
                    failed.push(format!("{n}: {error}"));
                }
            }
        });
    }
    let failed: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    assert!(
        failed.is_empty(),
        "{} of {operations} failed, the first: {}",
        failed.len(),
        failed[0]
    );
}

/// Rows are as many as were made, of what was undone there is none.
async fn all_is_there(site: &Site, operations: i64) {
    let mut owner = PgConnection::connect(site.server.url())
        .await
        .expect("connects");
    for (sql, expected) in [
        (
            "SELECT count(*) FROM users WHERE email LIKE 'side%'",
            operations / 16,
        ),
        ("SELECT count(*) FROM users WHERE email LIKE 'undone%'", 0),
        ("SELECT count(*) FROM clients", 2 * (operations / 16)),
    ] {
        let found: i64 = query_scalar(sql)
            .fetch_one(&mut owner)
            .await
            .expect("a number");
        assert_eq!(found, expected, "{sql}");
    }
    owner.close().await.expect("closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_server_connections_serve_thirty_two_clients() {
    let site = Site::new(PoolMode::Transaction, 3, true).await;
    work(&site, 10_000).await;
    let mut watch = Watch::new(&site.server).await;
    let sessions = watch.sessions().await;
    assert!((1..=3).contains(&sessions), "{sessions} sessions");
    all_is_there(&site, 10_000).await;

    // No named statement stays behind on a server connection, where another client would run into it.
    let looks = (0..30).map(|_| async {
        site.db
            .transaction(async |tx| {
                let sql = "SELECT count(*) AS names FROM pg_prepared_statements";
                let sql = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
                let row = sea_orm::ConnectionTrait::query_one_raw(tx, sql).await?;
                let names: i64 = row.expect("a row").try_get("", "names")?;
                Ok::<_, Error>(names)
            })
            .await
            .expect("a number")
    });
    for names in futures_util::future::join_all(looks).await {
        assert_eq!(names, 0, "named statements");
    }
    site.db.close().await.expect("closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_session_mode_nothing_needs_to_be_different() {
    for pooled in [false, true] {
        let site = Site::new(PoolMode::Session, CLIENTS, pooled).await;
        work(&site, 800).await;
        all_is_there(&site, 800).await;
        site.db.close().await.expect("closes");
    }
}

/// The reason for the pooled mode: without it the same work fails, so the test above can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_pooled_mode_it_fails() {
    let server = OwnServer::start(ServerSetup::default()).await;
    let settings = ["default_pool_size=3"];
    let bouncer = Bouncer::start(server.url(), PoolMode::Transaction, &settings, &[]).await;
    let config = Config::new(bouncer.url())
        .max_connections(CLIENTS)
        .pooled(false);
    let db = crate::rules::connect(config).await.expect("connects");
    let calls: JoinSet<_> = (0..800)
        .map(|n| {
            let db = db.clone();
            async move { is_right(&db, n).await }
        })
        .collect();
    let (mut wrong, mut failed) = (0, 0);
    for call in calls.join_all().await {
        match call {
            Ok(right) => wrong += i32::from(!right),
            Err(_) => failed += 1,
        }
    }
    println!("of 800 {wrong} wrong, {failed} failed");
    assert!(failed > 0, "nothing went wrong");
}
