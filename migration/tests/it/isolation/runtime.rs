//! The runtime: what a tenant transaction may do.

use super::*;
use crate::catalog::Catalog;

#[tokio::test]
async fn without_a_tenant_there_are_no_rows_and_no_writes() {
    migration::not_on_citus!("no transaction switches its role there");
    let stage = Stage::new().await;
    for empty in ["", "SET LOCAL app.application_id = ''"] {
        let runtime = stage.as_role(Role::Runtime).await;
        if !empty.is_empty() {
            runtime.done(empty).await;
        }
        for (table, shape) in Catalog::read(&stage.world.db).await.tables {
            if shape.tenant_owned() || ["applications", "users"].contains(&table.as_str()) {
                assert_eq!(runtime.count(&table).await, 0, "{table}");
            }
        }
        let ids = "SELECT count(id) FROM sessions";
        assert_eq!(runtime.value::<i64>(ids).await, 0);
        assert_eq!(runtime.done("UPDATE clients SET name = 'x'").await, 0);
        assert_eq!(runtime.done("DELETE FROM emails").await, 0);
        let insert = "INSERT INTO clients (application_id, name) VALUES ({a.applications}, 'x')";
        assert_eq!(runtime.refused(insert).await, NOT_ALLOWED);
    }
}

#[tokio::test]
async fn it_reads_and_writes_the_tenants_own_rows() {
    let stage = Stage::new().await;
    let runtime = stage.tenant(tenants()).await;
    for (table, shape) in Catalog::read(&stage.world.db).await.tables {
        if shape.tenant_owned() {
            assert_eq!(runtime.count(&table).await, 1, "{table}");
        }
    }
    for sql in [
        "INSERT INTO clients (application_id, name) VALUES ({a.applications}, 'x')",
        "UPDATE clients SET name = 'y' WHERE name = 'x'",
        "DELETE FROM clients WHERE name = 'y'",
        // As the service deletes: by a mark, and as it records what it does.
        "UPDATE application_memberships SET deleted_at = {2026-01-02T00:00:00}, deletion_id = {7} RETURNING user_id",
        "INSERT INTO audit_chains AS c (application_id, lane, sequence, previous_hash, hash, first_sequence, \
         first_previous_hash) VALUES ({a.applications}, 0, 1, {hash}, {hash}, 1, {hash}) \
         ON CONFLICT (application_id, lane) DO UPDATE SET sequence = c.sequence + 1, previous_hash = c.hash RETURNING sequence",
        "INSERT INTO audit_events (application_id, id, lane, sequence, action, subject_type, subject_id, detail_hash, \
         previous_hash) VALUES ({a.applications}, {7}, 0, 2, 'a.b', 'clients', {7}, {hash}, {hash})",
    ] {
        assert_eq!(runtime.done(sql).await, 1, "{sql}");
    }
    for sql in [
        "INSERT INTO clients (application_id, name) VALUES ({b.applications}, 'x')",
        "INSERT INTO audit_events (application_id, id, lane, sequence, action, subject_type, subject_id, detail_hash, \
         previous_hash) VALUES ({b.applications}, {7}, 0, 9, 'a.b', 'clients', {7}, {hash}, {hash})",
        "UPDATE audit_events SET action = 'x.y'",
        "UPDATE audit_details SET detail = '{}'",
        "DELETE FROM audit_chains",
        "TRUNCATE clients",
        "ALTER TABLE clients DISABLE ROW LEVEL SECURITY",
        &format!("DROP POLICY {} ON clients", floor()),
    ] {
        assert_eq!(runtime.refused(sql).await, NOT_ALLOWED, "{sql}");
    }
    // The service's right on Citus, which has no other for events that a chain has retired: verifying the chain finds it out.
    if !on_citus() {
        for sql in ["DELETE FROM audit_events", "DELETE FROM audit_details"] {
            assert_eq!(runtime.refused(sql).await, NOT_ALLOWED, "{sql}");
        }
    }
}

#[tokio::test]
async fn of_the_global_tables_it_sees_what_the_tenant_may() {
    migration::not_on_citus!("no transaction switches its role there");
    let stage = Stage::new().await;
    let runtime = stage.tenant(Role::Runtime).await;
    // Those who were members too: their names stand in what they have left.
    runtime
        .done("UPDATE application_memberships SET deleted_at = {2026-01-02T00:00:00}, deletion_id = {7}")
        .await;
    for (sql, seen) in [
        ("SELECT id, email, name FROM users", 1),
        ("SELECT id FROM users WHERE id = {b.users}", 0),
        ("SELECT * FROM applications", 1),
        ("SELECT id, user_id, last_seen_at FROM sessions", 1),
        // The locks of the service.
        ("SELECT id FROM users FOR KEY SHARE", 1),
        ("SELECT id FROM users FOR SHARE", 1),
        ("SELECT id FROM applications FOR NO KEY UPDATE", 1),
        ("SELECT id FROM applications FOR UPDATE", 1),
        (
            "UPDATE applications SET name = 'x', deleted_at = {2026-01-02T00:00:00}, deletion_id = {7}",
            1,
        ),
    ] {
        assert_eq!(runtime.done(sql).await, seen, "{sql}");
    }
    for sql in [
        "SELECT secret_hash FROM sessions",
        "SELECT ip FROM sessions",
        "SELECT user_agent FROM sessions",
        "SELECT * FROM user_passwords",
        "SELECT * FROM verification_tokens",
        "SELECT * FROM sign_in_throttles",
        "SELECT * FROM seaql_migrations",
        "UPDATE users SET updated_at = now()",
        "UPDATE users SET email = 'x@example.org'",
        "INSERT INTO users (email) VALUES ('x@example.org')",
        "DELETE FROM users",
        "UPDATE applications SET public_id = 'x123456789'",
        "UPDATE applications SET id = {b.applications}",
        "INSERT INTO applications (public_id, slug, name) VALUES ('n123456789', 'n', 'N')",
        "DELETE FROM applications",
        "INSERT INTO sessions (secret_hash, user_id, expires_at) VALUES ({hash}, {a.users}, {2099-01-01T00:00:00})",
        "UPDATE sessions SET revoked_at = NULL",
        "UPDATE sessions SET user_id = {b.users}",
        "UPDATE sessions SET application_id = {b.applications}",
        "DELETE FROM sessions",
    ] {
        assert_eq!(runtime.refused(sql).await, NOT_ALLOWED, "{sql}");
    }
}

/// What the service does when a member goes: a row that an UPDATE makes has to be visible to whoever makes it.
#[tokio::test]
async fn a_session_loses_its_application() {
    migration::not_on_citus!("no transaction switches its role there");
    let stage = Stage::new().await;
    let admin = &stage.admin;
    let open = "INSERT INTO sessions (secret_hash, user_id, application_id, expires_at) SELECT {hash}, {b.users}, id, \
                {2099-01-01T00:00:00} FROM (VALUES (NULL::uuid), ({b.applications})) AS s (id)";
    let open = stage.world.sql(open);
    assert_eq!(
        admin
            .execute_unprepared(&open)
            .await
            .unwrap()
            .rows_affected(),
        2
    );
    let runtime = stage.tenant(Role::Runtime).await;
    let leave = "UPDATE sessions SET application_id = NULL, updated_at = now() \
                 WHERE user_id = {a.users} AND application_id = {a.applications}";
    assert_eq!(runtime.done(leave).await, 1);
    // It is of no application, and not to be had back; those of people who never were members are not seen.
    let back = "UPDATE sessions SET application_id = {a.applications}";
    assert_eq!(runtime.done(back).await, 0);
    assert_eq!(
        runtime.value::<i64>("SELECT count(id) FROM sessions").await,
        1
    );
    let all = "UPDATE sessions SET application_id = NULL";
    assert_eq!(runtime.done(all).await, 0);
}
