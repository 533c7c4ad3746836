//! The floor below every statement, where the configuration demands it.

use futures_util::TryStreamExt;
use sea_orm::{EntityTrait, Statement, StreamTrait};
use service::{Config, Error, Floor, IsolatedBy, NewClient};

use super::{Two, execute, refusal, value};
use crate::world::Sent;

const COUNT: &str = "SELECT count(*) FROM clients";

async fn two() -> Two {
    Two::with(|config| config.max_connections(2).isolated_by(IsolatedBy::Database)).await
}

#[tokio::test]
async fn sql_of_one_s_own_is_shut_in_without_a_transaction() {
    let two = two().await;
    let db = two.ours.tenant.db();
    assert_eq!(value::<i64>(db, COUNT).await, 1);
    let all = entity::clients::Entity::find().all(db).await.expect("rows");
    assert_eq!(all.len(), 1, "an entity past the door");
    let theirs = two.theirs.tenant.application_id();
    let insert = format!("INSERT INTO clients (application_id, name) VALUES ('{theirs}', 'x')");
    assert_eq!(refusal(execute(db, &insert).await), "42501");
    let set = execute(db, "SET app.application_id = ''").await;
    assert!(
        set.expect_err("refused")
            .to_string()
            .contains("transaction")
    );
    assert_eq!(
        value::<i64>(&two.db, COUNT).await,
        2,
        "what is no tenant's is as it was"
    );
}

#[tokio::test]
async fn verbs_and_streams_work_on_it() {
    let two = two().await;
    let tenant = &two.ours.tenant;
    let new = NewClient::new("Hotel Belvedere".parse().expect("a name"));
    let client = tenant.clients().create(new).await.expect("made");
    let members = tenant.admin().expect("an owner").members();
    let stranger = two.theirs.team.member;
    members.add(stranger, &["member"]).await.expect("added");
    tenant
        .clients()
        .assign(client.id, stranger)
        .await
        .expect("assigned");
    let theirs = tenant.clients().get(two.theirs.client).await;
    assert!(theirs.expect("read").is_none());
    let all = Statement::from_string(two.db.backend(), "SELECT name FROM clients");
    let stream = tenant.db().stream_raw(all).await.expect("a stream");
    let read: Vec<_> = stream.try_collect().await.expect("rows");
    assert_eq!(read.len(), 2);
}

/// Rows may be left untaken, and nobody would commit what was written.
#[tokio::test]
async fn a_stream_that_writes_is_refused_and_not_undone() {
    let two = two().await;
    let tenant = &two.ours.tenant;
    let write = "UPDATE clients SET name = 'Changed' RETURNING name";
    let write = Statement::from_string(two.db.backend(), write);
    let stream = tenant.db().stream_raw(write.clone()).await.expect("begins");
    let read: Result<Vec<_>, _> = stream.try_collect().await;
    assert_eq!(refusal(read.map(|rows| rows.len())), "25006");
    tenant
        .transaction(async |tenant| {
            let mut stream = tenant.db().stream_raw(write).await?;
            let row = stream.try_next().await?.expect("a row");
            assert_eq!(row.try_get_by_index::<String>(0)?, "Changed");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    let changed = "SELECT count(*) FROM clients WHERE name = 'Changed'";
    assert_eq!(value::<i64>(&two.db, changed).await, 1);
}

#[tokio::test]
async fn a_statement_costs_two_round_trips_more() {
    let sent = Sent::default();
    let config = |config: Config| sent.observe(config.isolated_by(IsolatedBy::Database));
    let two = Two::with(config).await;
    let clients = two.ours.tenant.clients();
    clients.get(two.ours.client).await.expect("read");
    sent.take();
    clients.get(two.ours.client).await.expect("read");
    let told = sent.take();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told.contains(&"BEGIN".to_owned()) && told.contains(&"COMMIT".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn the_floor_tells_what_it_stands_on() {
    migration::not_on_citus!("no transaction switches its role there");
    let two = Two::new().await;
    assert_eq!(two.db.floor().await.expect("an answer"), Floor::Role);
    let sqlite = crate::rules::connect(Config::new("sqlite::memory:"))
        .await
        .expect("connects");
    assert_eq!(sqlite.floor().await.expect("an answer"), Floor::None);
    let config = Config::new("sqlite::memory:").isolated_by(IsolatedBy::Database);
    let refused = crate::rules::connect(config).await.map(drop);
    assert!(
        matches!(
            &refused,
            Err(Error::Config {
                setting: "DATABASE_ISOLATION",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_login_that_may_not_switch_is_walled_by_the_setting_alone() {
    migration::not_on_citus!("no transaction switches its role there");
    let two = Two::new().await;
    let login = two.test.create_login().await;
    let admin = sea_orm::Database::connect(two.test.admin_url().expect("a server")).await;
    let admin = admin.expect("the administrator");
    // Of neither role: the rights on the tables by hand, as an administrator without roles would give them.
    for sql in [
        format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}",
            login.name
        ),
        format!(
            "CREATE POLICY by_hand ON clients TO {} USING (true)",
            login.name
        ),
    ] {
        sea_orm::ConnectionTrait::execute_unprepared(&admin, &sql)
            .await
            .expect("granted");
    }
    admin.close().await.expect("closed");
    let db = crate::rules::connect(Config::new(&login.url).audit(false))
        .await
        .expect("connects");
    assert_eq!(db.floor().await.expect("an answer"), Floor::Setting);
    let application = two.ours.tenant.application_id();
    let set = format!("SELECT set_config('app.application_id', '{application}', false)");
    let db = crate::rules::connect(Config::new(&login.url).max_connections(1))
        .await
        .expect("connects");
    assert_eq!(value::<i64>(&db, COUNT).await, 2);
    execute(&db, &set).await.expect("set");
    assert_eq!(value::<i64>(&db, COUNT).await, 1, "without any role");
}
