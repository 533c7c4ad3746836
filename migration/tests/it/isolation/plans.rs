//! What the policies cost: the tenant is read once for a statement, and the indexes serve as before.

use super::*;

/// Two tenants of a thousand rows among a hundred thousand, and people who are members of one in a hundred.
const MANY: &str = "\
INSERT INTO applications (public_id, slug, name) SELECT 'many' || lpad(i::text, 8, '0'), 'many-' || i, 'Many'
  FROM generate_series(1, 100) AS i;
INSERT INTO users (email) SELECT 'many' || i || '@example.org' FROM generate_series(1, 20000) AS i;
INSERT INTO application_memberships (application_id, user_id) SELECT a.id, u.id
  FROM (SELECT id, row_number() OVER () AS n FROM applications) AS a
  JOIN (SELECT id, row_number() OVER () AS n FROM users) AS u ON u.n % 100 = a.n % 100 ON CONFLICT DO NOTHING;
INSERT INTO clients (application_id, name) SELECT a.id, 'Client ' || i FROM applications AS a, generate_series(1, 1000) AS i;
ANALYZE applications, users, application_memberships, clients";

/// The lines of a plan.
async fn plan(session: &Session<'_>, sql: &str) -> String {
    let sql = session.stage.world.sql(&format!("EXPLAIN {sql}"));
    let rows = session
        .transaction
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    lines.join("\n")
}

/// No function is called, and no setting read, for a row: what is read stands as `$0` or, from 18 on, `(InitPlan 1).col1`.
fn nothing_is_called(plan: &str) {
    for line in plan.lines() {
        let condition = ["Filter:", "Index Cond:", "Recheck Cond:"]
            .iter()
            .any(|what| line.contains(what));
        assert!(
            !condition
                || !["current_setting", "pg_has_role"]
                    .iter()
                    .any(|name| line.contains(name)),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn indexes_serve_under_every_policy() {
    migration::not_on_citus!("the plans are those of the nodes");
    let stage = Stage::new().await;
    stage.world.db.execute_unprepared(MANY).await.unwrap();
    for role in [None, Some(Role::Service), Some(Role::Runtime)] {
        let session = stage.begin().await;
        let tenant = session
            .value::<String>("SELECT id::text FROM applications WHERE slug = 'many-1'")
            .await;
        let user = session
            .value::<String>(&format!(
                "SELECT user_id::text FROM application_memberships WHERE application_id = '{tenant}' LIMIT 1"
            ))
            .await;
        if let Some(role) = role {
            session
                .done(&format!("SET LOCAL ROLE {}", stage.roles.name(role)))
                .await;
        }
        let set = format!("SET LOCAL app.application_id = '{tenant}'");
        let application = format!("application_id = '{tenant}'");
        for (tenant, sql, index) in [
            (
                false,
                format!(
                    "SELECT * FROM clients WHERE {application} ORDER BY created_at, id LIMIT 10"
                ),
                "clients_application_id_created_at_id_idx",
            ),
            (
                false,
                format!("SELECT * FROM users WHERE id = '{user}'"),
                "users_pkey",
            ),
            (
                false,
                "SELECT * FROM users WHERE email = 'many7@example.org' AND deleted_at IS NULL"
                    .to_owned(),
                "users_email_live_key",
            ),
            (
                true,
                format!(
                    "SELECT * FROM clients WHERE {application} ORDER BY created_at, id LIMIT 10"
                ),
                "clients_application_id_created_at_id_idx",
            ),
            (
                true,
                format!("SELECT * FROM users WHERE id = '{user}'"),
                "users_pkey",
            ),
            (
                true,
                format!(
                    "SELECT * FROM application_memberships WHERE user_id = '{user}' AND {application}"
                ),
                "application_memberships_",
            ),
        ] {
            if tenant {
                session.done(&set).await;
            }
            let plan = plan(&session, &sql).await;
            assert!(
                plan.contains(index) && !plan.contains("Seq Scan"),
                "{role:?}, {tenant}: {sql}\n{plan}"
            );
            nothing_is_called(&plan);
        }
        // A tenant's own SQL says nothing of the tenant: the runtime's own condition finds the index.
        if role == Some(Role::Runtime) {
            let plan = plan(
                &session,
                "SELECT * FROM clients ORDER BY created_at, id LIMIT 10",
            )
            .await;
            assert!(plan.contains("Index Cond: (application_id = "), "{plan}");
            nothing_is_called(&plan);
        }
    }
}

/// A policy must not make the planner believe that hardly any row is left: it would then choose plans for few.
#[tokio::test]
async fn the_planner_still_knows_how_many_rows_there_are() {
    migration::not_on_citus!("the plans are those of the nodes");
    let stage = Stage::new().await;
    stage.world.db.execute_unprepared(MANY).await.unwrap();
    let session = stage.begin().await;
    let plan = plan(&session, "SELECT * FROM clients").await;
    let rows = plan
        .split("rows=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let rows: u64 = rows.unwrap().parse().unwrap();
    assert!(rows > 30_000, "{plan}");
}

/// What Supabase's linter calls 0003, 0006 and 0001: settings read for each row; several permissive policies for one role
/// and command, but for the owner's and the views', which the planner drops where another lets all rows through; unindexed foreign keys are
/// a rule of their own.
#[tokio::test]
async fn linters_have_nothing_to_say() {
    let stage = Stage::new().await;
    let each_row = "SELECT coalesce(string_agg(tablename || '.' || policyname, ', '), '') FROM pg_policies \
        WHERE schemaname = 'public' AND regexp_replace(concat(qual, with_check), \
        'SELECT (\\(NULLIF\\(current_setting|(bool_or\\()?pg_has_role)', '', 'g') ~ '(current_setting|pg_has_role)\\('";
    if !on_citus() {
        // There no policy holds a subselect, so each reads its setting for each row.
        assert_eq!(value::<_, String>(&stage.admin, each_row).await, "");
    }
    let several = "SELECT coalesce(string_agg(format('%s %s %s', tablename, role, command), ', '), '') FROM ( \
        SELECT p.tablename, r.rolname AS role, c.command FROM pg_policies AS p \
        CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS c (command) \
        JOIN pg_roles AS r ON p.roles @> ARRAY[r.rolname] OR p.roles = ARRAY['public'::name] \
        WHERE p.schemaname = 'public' AND p.permissive = 'PERMISSIVE' AND p.cmd IN ('ALL', c.command) \
          AND p.policyname NOT IN ('owner', 'reader_view') AND r.rolname NOT LIKE 'pg\\_%' \
        GROUP BY p.tablename, r.rolname, c.command HAVING count(*) > 1) AS f";
    assert_eq!(value::<_, String>(&stage.admin, several).await, "");
}
