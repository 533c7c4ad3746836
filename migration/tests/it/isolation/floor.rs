//! The floor: no role is needed for it, and nobody in a set tenant stands outside of it.

use migration::{Migrator, MigratorTrait};

use super::*;
use crate::catalog::Catalog;

/// All tables, and how many rows of the tenant's and of the other's are seen there: those of its own, of some tables a part, of
/// others none. On Citus a row of `users` does not tell by itself whether it is a member's, and everybody's is seen.
async fn tables(stage: &Stage) -> Vec<(String, [i64; 2])> {
    let catalog = Catalog::read(&stage.world.db).await;
    let seen = |(name, table): (String, crate::catalog::Table)| {
        let own =
            table.tenant_owned() || ["users", "applications", "sessions"].contains(&name.as_str());
        let theirs = on_citus() && name == "users";
        (name, [own, theirs].map(i64::from))
    };
    catalog.tables.into_iter().map(seen).collect()
}

#[tokio::test]
async fn whoever_sets_a_tenant_sees_and_writes_that_tenants_rows_alone() {
    let stage = Stage::new().await;
    let owner = stage.begin().await;
    for (table, _) in tables(&stage).await {
        assert_eq!(owner.count(&table).await, 2, "{table}, no tenant");
    }
    owner.set("{a.applications}").await;
    for (table, [own, theirs]) in tables(&stage).await {
        assert_eq!(owner.count(&table).await, own + theirs, "{table}");
        let row = World::row(&table, "b");
        let seen: i64 = owner
            .value(&format!("SELECT count(*) FROM {table} WHERE {row}"))
            .await;
        assert_eq!(seen, theirs, "{table}");
    }
    for sql in [
        "UPDATE clients SET name = 'x' WHERE id = {b.clients}",
        "DELETE FROM clients WHERE id = {b.clients}",
        "DELETE FROM sessions WHERE id = {b.sessions}",
        "DELETE FROM user_passwords",
    ] {
        assert_eq!(owner.done(sql).await, 0, "{sql}");
    }
    for sql in [
        "INSERT INTO clients (application_id, name) VALUES ({b.applications}, 'x')",
        "INSERT INTO applications (public_id, slug, name) VALUES ('n123456789', 'n', 'N')",
        "UPDATE sessions SET application_id = {b.applications}",
    ] {
        assert_eq!(owner.refused(sql).await, NOT_ALLOWED, "{sql}");
    }
    // On Citus no row moves to another application, whoever asks.
    let moved = if on_citus() { "0A000" } else { NOT_ALLOWED };
    let away = "UPDATE clients SET application_id = {b.applications}";
    assert_eq!(owner.refused(away).await, moved);
    if !on_citus() {
        let other = "UPDATE users SET name = 'x' WHERE id = {b.users}";
        assert_eq!(owner.done(other).await, 0);
        let new = "INSERT INTO users (email) VALUES ('new@example.org')";
        assert_eq!(owner.refused(new).await, NOT_ALLOWED);
    }
    assert_eq!(owner.done("UPDATE clients SET name = 'x'").await, 1);
}

/// What a transaction leaves behind is an empty setting, not none.
#[tokio::test]
async fn an_empty_tenant_is_no_tenant() {
    let stage = Stage::new().await;
    let owner = stage.begin().await;
    owner.done("SET LOCAL app.application_id = ''").await;
    assert_eq!(owner.count("clients").await, 2);
    owner.done("SET LOCAL app.application_id = 'neither'").await;
    assert_eq!(owner.refused("SELECT * FROM clients").await, "22P02");
}

#[tokio::test]
async fn the_service_and_whoever_resets_the_role_stay_inside() {
    let stage = Stage::new().await;
    let service = stage.tenant(Role::Service).await;
    assert_eq!(service.count("clients").await, 1);
    drop(service);
    for reset in [
        "RESET ROLE",
        "SET ROLE NONE",
        "SELECT set_config('role', 'none', true)",
    ] {
        let session = stage.tenant(tenants()).await;
        session.done(reset).await;
        for (table, [own, theirs]) in tables(&stage).await {
            assert_eq!(
                session.count(&table).await,
                own + theirs,
                "{reset}: {table}"
            );
        }
    }
}

/// Foreign keys are checked, and followed, past every policy.
#[tokio::test]
async fn references_and_cascades_work() {
    let stage = Stage::new().await;
    let owner = stage.begin().await;
    assert_eq!(
        owner
            .done("DELETE FROM applications WHERE id = {a.applications}")
            .await,
        1
    );
    for table in ["clients", "mailboxes", "emails", "invitation_roles"] {
        assert_eq!(owner.count(table).await, 1, "{table}");
    }
    assert_eq!(
        owner.done("DELETE FROM users WHERE id = {a.users}").await,
        1
    );
    assert_eq!(owner.count("user_passwords").await, 1);
    drop(owner);
    let runtime = stage.tenant(tenants()).await;
    assert_eq!(
        runtime
            .refused("INSERT INTO client_users (application_id, client_id, user_id) VALUES ({a.applications}, {7}, {a.users})")
            .await,
        "23503"
    );
    runtime.done("DELETE FROM client_users").await;
    runtime
        .done("INSERT INTO client_users (application_id, client_id, user_id) VALUES ({a.applications}, {a.clients}, {a.users})")
        .await;
    assert_eq!(runtime.done("DELETE FROM clients").await, 1);
    assert_eq!(runtime.count("client_users").await, 0);
}

/// The rights on a database are not part of a copy: this one is migrated itself.
#[tokio::test]
async fn nobody_else_makes_temporary_tables_or_anything_in_the_schema() {
    let db = TestDb::empty(Backend::Postgres).await;
    give_schema(&db).await;
    Migrator::up(&db.connect().await, None).await.unwrap();
    let stage = Stage::of(db).await;
    for role in [Role::Service, Role::Runtime] {
        let session = stage.as_role(role).await;
        for sql in [
            "CREATE TEMP TABLE clients (a int)",
            "CREATE TABLE t (a int)",
        ] {
            assert_eq!(session.refused(sql).await, NOT_ALLOWED, "{role:?}: {sql}");
        }
    }
    let public: bool = value(
        &stage.world.db,
        "SELECT has_database_privilege('public', current_database()::text, 'TEMPORARY') \
         OR has_schema_privilege('public', 'public', 'CREATE')",
    )
    .await;
    assert!(!public);
}
