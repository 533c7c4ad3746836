//! How `PostgreSQL` answers what the door asks.

use entity::clients;
use migration::testing::Backend;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::scope::ByName;

use crate::world::World;

#[tokio::test]
async fn the_next_page_by_name_is_a_condition_of_the_index() {
    migration::not_on_citus!("the plans that count are those of the nodes");
    let statements: std::sync::Arc<std::sync::Mutex<Vec<Statement>>> = std::sync::Arc::default();
    let seen = std::sync::Arc::clone(&statements);
    let world = World::with(Backend::Postgres, |config| config).await;
    let config = service::Config::new(world.test.url())
        .observe(move |statement| seen.lock().expect("no panic").push(statement.clone()));
    let db = crate::rules::connect(config).await.expect("connects");
    let fill = format!(
        "INSERT INTO clients (application_id, name) SELECT '{}', 'Name ' || n FROM generate_series(1, 5000) n; \
         INSERT INTO clients (application_id, name) SELECT '{}', 'Name ' || n FROM generate_series(1, 5000) n; \
         ANALYZE clients",
        world.a.id, world.b.id
    );
    db.execute_unprepared(&fill).await.expect("filled");
    let tenant = db.system(world.a.id, "a test").await.expect("live");
    let find = || tenant.find::<clients::Entity>();
    let first = find().page::<ByName>(50, None).await.expect("a page");
    statements.lock().expect("no panic").clear();
    find()
        .page::<ByName>(50, first.next.as_ref())
        .await
        .expect("a page");
    let sent = statements.lock().expect("no panic").remove(0);

    let explain = Statement {
        sql: format!("EXPLAIN (COSTS OFF) {}", sent.sql),
        values: sent.values,
        db_backend: DbBackend::Postgres,
    };
    let plan = db.query_all_raw(explain).await.expect("a plan");
    let plan: Vec<String> = plan
        .iter()
        .map(|row| row.try_get_by_index(0).expect("a line"))
        .collect();
    let plan = plan.join("\n");
    assert!(
        plan.contains("using clients_application_id_name_id_idx"),
        "{plan}"
    );
    let condition = plan
        .lines()
        .find(|line| line.contains("Index Cond"))
        .unwrap_or_default();
    assert!(
        condition.contains("application_id =") && condition.contains("ROW(name, id) >"),
        "{plan}"
    );
    assert!(
        !plan.contains("Sort") && !plan.contains("Seq Scan"),
        "{plan}"
    );
}
