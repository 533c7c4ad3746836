//! The word for an application's own tables.

use migration::isolation;
use migration::schema::{Column, Table, isolate, lift_isolation};
use sea_orm_migration::SchemaManager;

use super::*;
use crate::catalog::{Catalog, text::difference};

fn notes() -> Table {
    Table::new("notes", "What members write down")
        .tenant_owned()
        .column(Column::text("body", "The note").length(1, 10_000))
        .timestamps()
}

async fn an_own_table_is_walled_like_ours_and_unwalled(db: TestDb) {
    let connection = db.connect().await;
    let manager = SchemaManager::new(&connection);
    notes().create(&manager).await.unwrap();
    let before = Catalog::read(&connection).await;
    isolate(&manager, "notes").await.unwrap();
    let once = Catalog::read(&connection).await;
    assert_eq!(before == once, db.backend() == Backend::Sqlite);
    isolate(&manager, "notes").await.unwrap();
    assert_eq!(once, Catalog::read(&connection).await);
    let (own, ours) = (&once.tables["notes"], &once.tables["clients"]);
    let with = |table: &crate::catalog::Table, name: &str| -> Vec<_> {
        let policies = table.policies.iter();
        policies
            .map(|policy| (policy.name.clone(), policy.definition.replace(name, "it")))
            .collect()
    };
    assert_eq!(with(own, "notes"), with(ours, "clients"));
    let granted = |table: &crate::catalog::Table| -> Vec<_> {
        let to = |name: &str| ["*_service", "*_runtime"].contains(&name);
        let grants = table.grants.iter().filter(|grant| to(&grant.name));
        grants.cloned().collect()
    };
    assert_eq!(granted(own), granted(ours));
    lift_isolation(&manager, "notes").await.unwrap();
    let lifted = Catalog::read(&connection).await;
    let (before, lifted) = (before.to_string(), lifted.to_string());
    assert_eq!(difference(&before, &lifted), "");
}

migration::both_backends!(an_own_table_is_walled_like_ours_and_unwalled);

#[tokio::test]
async fn a_table_of_no_application_is_refused() {
    let db = TestDb::new(Backend::Postgres).await;
    let connection = db.connect().await;
    db.execute("CREATE TABLE countries (code text)")
        .await
        .unwrap();
    let refused = isolate(&SchemaManager::new(&connection), "countries").await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("application_id"), "{refused}");
}

/// A name that needs quotes, and a role that came after the table.
#[tokio::test]
async fn an_own_table_gets_what_it_lacks_with_ours() {
    let stage = Stage::new().await;
    let session = stage.begin().await;
    let table = "it's \"mine\"";
    let quoted = "\"it's \"\"mine\"\"\"";
    session
        .done(&format!(
            "CREATE TABLE {quoted} (application_id uuid NOT NULL)"
        ))
        .await;
    isolate(&SchemaManager::new(&session.transaction), table)
        .await
        .unwrap();
    let [service, runtime] = [Role::Service, Role::Runtime].map(|role| stage.roles.name(role));
    for sql in [
        format!("DROP POLICY service ON {quoted}"),
        format!("REVOKE ALL ON {quoted} FROM {service}"),
    ] {
        session.done(&sql).await;
    }
    if !on_citus() {
        let sql = format!("DROP POLICY runtime_tenant ON {quoted}");
        session.done(&sql).await;
    }
    isolation::apply(&session.transaction).await.unwrap();
    session
        .done(&format!(
            "INSERT INTO {quoted} VALUES ({{a.applications}}), ({{b.applications}})"
        ))
        .await;
    let right = format!(
        "SELECT has_table_privilege('{service}', '{}', 'DELETE')",
        quoted.replace('\'', "''")
    );
    assert!(session.value::<bool>(&right).await);
    let service =
        "SELECT count(*) FROM pg_policies WHERE tablename LIKE 'it%' AND policyname = 'service'";
    assert_eq!(session.value::<i64>(service).await, 1);
    if on_citus() {
        // Nobody switches to the runtime: a tenant is held where it is set.
        assert_eq!(session.count(quoted).await, 2);
        session.set("{a.applications}").await;
        assert_eq!(session.count(quoted).await, 1);
        return;
    }
    session.done(&format!("SET LOCAL ROLE {runtime}")).await;
    assert_eq!(session.count(quoted).await, 0);
    session.set("{a.applications}").await;
    assert_eq!(session.count(quoted).await, 1);
}
