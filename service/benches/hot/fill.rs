//! A hundred thousand users and what is theirs, made by the server itself, the same in every run.

use tokio_postgres::{Client, Error};

use crate::common::{bar, sql};
use crate::keys::{APPLICATIONS, CLIENTS, LINKS, PLACES, SESSIONS, USERS};

/// Those that are filled.
const TABLES: &str = "users, applications, application_memberships, roles, role_permissions, membership_roles, clients, \
    sessions, verification_tokens";

/// Fills a migrated database, as a superuser: without the triggers of foreign keys, and with indexes that are made at the
/// end.
pub(crate) async fn fill(admin: &Client) -> Result<(), Error> {
    take(admin, steps()).await
}

/// Fills a migrated database of a cluster with the same rows, through its coordinator, as a superuser: with foreign keys and
/// indexes, which lie on other nodes.
pub(crate) async fn spread(admin: &Client) -> Result<(), Error> {
    let mut steps = vec![("functions", sql::FUNCTIONS.to_owned())];
    steps.extend(people());
    steps.extend(things());
    steps.push(("statistics", format!("VACUUM ANALYZE {TABLES}")));
    take(admin, steps).await
}

async fn take(admin: &Client, steps: Vec<(&'static str, String)>) -> Result<(), Error> {
    let bar = bar("filling", steps.len());
    for (what, sql) in steps {
        bar.set_message(what);
        admin.batch_execute(&sql).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Lays the magic links anew, unused: those of numbers below `links`.
pub(crate) async fn lay_links(admin: &Client, links: usize) -> Result<(), Error> {
    let sql = format!(
        "TRUNCATE verification_tokens;
         INSERT INTO verification_tokens SELECT * FROM bench_links ORDER BY id LIMIT {links}"
    );
    admin.batch_execute(&sql).await?;
    // What the planner knows of the table went with its rows.
    admin
        .batch_execute("VACUUM ANALYZE verification_tokens")
        .await
}

/// When a row was deleted, and as part of what.
fn deleted(which: &str) -> String {
    format!(
        "CASE WHEN {which} THEN timestamptz '2026-03-01' END, CASE WHEN {which} THEN bench_id(9, 1) END"
    )
}

/// One user in 50 is deleted, one membership in 40, one client in 20, one session in 25 has ended; the first thousand users,
/// who own the applications, are untouched.
fn steps() -> Vec<(&'static str, String)> {
    let regclasses = TABLES
        .split(", ")
        .map(|table| format!("'{table}'::regclass"))
        .collect::<Vec<_>>()
        .join(", ");
    let mut steps = vec![(
            "functions",
            format!(
                "SET session_replication_role = replica;
                 SET maintenance_work_mem = '256MB';
                 {}
                 UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid IN ({regclasses});",
                sql::FUNCTIONS
            ),
        ),
    ];
    steps.extend(people());
    steps.extend(things());
    steps.extend([
        (
            "indexes",
            format!("REINDEX TABLE {}", TABLES.replace(", ", "; REINDEX TABLE ")),
        ),
        // By itself: it takes no transaction.
        ("statistics", "VACUUM ANALYZE".into()),
        ("checkpoint", "CHECKPOINT".into()),
    ]);
    steps
}

fn people() -> Vec<(&'static str, String)> {
    vec![
        (
            "users",
            format!(
                "INSERT INTO users (id, email, username, name, given_name, family_name, picture, email_verified_at,
                   created_at, updated_at, deleted_at, deletion_id)
                 SELECT bench_id(1, n), 'user' || n || '@example.com', CASE WHEN n % 4 = 0 THEN 'user-' || n END,
                   'User Number ' || n, 'User', 'Number ' || n,
                   CASE WHEN n % 3 = 0 THEN 'https://pictures.example.com/' || md5('p' || n) || '.png' END,
                   timestamptz '2026-02-01' + n * interval '1 second', at, at, {}
                 FROM generate_series(0, {USERS} - 1) n,
                   LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 second' AS at) of_n",
                deleted("n % 50 = 0 AND n >= 1000")
            ),
        ),
        (
            "applications",
            format!(
                "INSERT INTO applications (id, public_id, slug, name, description, created_by, created_at, updated_at)
                 SELECT bench_id(2, n), 'application' || lpad(n::text, 6, '0'), 'application-' || n, 'Application ' || n,
                   'What application ' || n || ' is for', bench_id(1, n * 143 % {APPLICATIONS}), at, at
                 FROM generate_series(0, {APPLICATIONS} - 1) n, (SELECT timestamptz '2026-01-01' AS at) t"
            ),
        ),
        ("roles", sql::roles(APPLICATIONS)),
        (
            "memberships",
            format!(
                "INSERT INTO application_memberships (application_id, user_id, created_at, updated_at, deleted_at, deletion_id)
                 SELECT bench_id(2, (u * 7 + j * 331) % {APPLICATIONS}), bench_id(1, u), at, at, {}
                 FROM generate_series(0, {USERS} - 1) u, generate_series(0, {PLACES} - 1) j,
                   (SELECT timestamptz '2026-01-02' AS at) t",
                deleted("(u + j) % 40 = 0 AND u >= 1000")
            ),
        ),
        (
            "roles of members",
            // All are members, every second user is an admin in the first place, and each application has an owner.
            format!(
                "INSERT INTO membership_roles (application_id, user_id, role_id, created_at, updated_at)
                 SELECT bench_id(2, a), bench_id(1, u), bench_id(3, a * 3 + role), at, at
                 FROM generate_series(0, {USERS} - 1) u, generate_series(0, {PLACES} - 1) j,
                   LATERAL (SELECT (u * 7 + j * 331) % {APPLICATIONS} AS a) place,
                   LATERAL (SELECT 2 AS role UNION ALL SELECT 1 WHERE j = 0 AND u % 2 = 0
                     UNION ALL SELECT 0 WHERE j = 0 AND u < {APPLICATIONS}) given,
                   (SELECT timestamptz '2026-01-02' AS at) t"
            ),
        ),
    ]
}

fn things() -> Vec<(&'static str, String)> {
    vec![
        (
            "clients",
            format!(
                "INSERT INTO clients (application_id, id, name, email, phone, metadata, created_by, created_at, updated_at,
                   deleted_at, deletion_id)
                 SELECT bench_id(2, n % {APPLICATIONS}), bench_id(4, n), 'Client ' || n, 'client' || n || '@customer.example',
                   CASE WHEN n % 3 = 0 THEN '+372 5' || lpad(n::text, 7, '0') END,
                   jsonb_build_object('segment', 'retail', 'score', n % 100, 'tags', jsonb_build_array('a', 'b')),
                   CASE WHEN n % 2 = 0 THEN bench_id(1, n % {USERS}) END, at, at, {}
                 FROM generate_series(0, {CLIENTS} - 1) n,
                   LATERAL (SELECT timestamptz '2026-01-03' + n * interval '1 second' AS at) of_n",
                deleted(&format!("(n / {APPLICATIONS}) % 20 = 0"))
            ),
        ),
        (
            "sessions",
            // Seen in the future: that a session was used is due to be noted for none, as no other stack notes it.
            format!(
                "INSERT INTO sessions (id, secret_hash, user_id, application_id, last_seen_at, expires_at, revoked_at, ip,
                   user_agent, created_at, updated_at)
                 SELECT bench_id(6, n), bench_hash('session', n), bench_id(1, u),
                   bench_id(2, (u * 7 + n % {PLACES} * 331) % {APPLICATIONS}),
                   timestamptz '2100-01-01', timestamptz '2100-01-01',
                   CASE WHEN n % 25 = 0 THEN timestamptz '2026-06-02' END,
                   '10.0.' || n / 256 % 256 || '.' || n % 256, 'Mozilla/5.0 (X11; Linux x86_64) Bench/' || n % 100, at, at
                 FROM generate_series(0, {SESSIONS} - 1) n, LATERAL (SELECT n * 13 % {USERS} AS u) of_n,
                   (SELECT timestamptz '2026-06-01' AS at) t"
            ),
        ),
        (
            "magic links",
            format!(
                "CREATE UNLOGGED TABLE bench_links (LIKE verification_tokens INCLUDING DEFAULTS);
                 INSERT INTO bench_links (id, purpose, secret_hash, user_id, email, expires_at, created_at, updated_at)
                 SELECT bench_id(5, n), 'magic_link', bench_hash('link', n), bench_id(1, n), 'user' || n || '@example.com',
                   timestamptz '2100-01-01', at, at
                 FROM generate_series(0, {LINKS} - 1) n, (SELECT timestamptz '2026-06-01' AS at) t"
            ),
        ),
    ]
}
