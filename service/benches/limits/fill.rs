//! Rows by the million, made by the server itself, the same in every run: all live, and in as many applications whatever
//! their number, so that what is asked finds the same.

use tokio_postgres::{Client, Error};

use crate::common::{bar, sql};

/// Applications, each with the standard roles; the owner of each is the user of its number.
pub(crate) const APPLICATIONS: usize = 100;
/// Rows that one statement makes.
const AT_ONCE: usize = 250_000;

/// A table that grows, and what makes its rows.
pub(crate) struct Table {
    name: &'static str,
    /// After `INSERT INTO … `; `n` is the row's number.
    columns: &'static str,
    values: &'static str,
}

/// Each user is a member of one application; the first hundred own theirs.
pub(crate) const PEOPLE: [Table; 3] = [
    Table {
        name: "users",
        columns: "id, email, username, name, given_name, family_name, picture, email_verified_at, created_at, updated_at",
        values: "bench_id(1, n), 'user' || n || '@example.com', CASE WHEN n % 4 = 0 THEN 'user-' || n END,
            'User Number ' || n, 'User', 'Number ' || n,
            CASE WHEN n % 3 = 0 THEN 'https://pictures.example.com/' || md5('p' || n) || '.png' END, at, at, at",
    },
    Table {
        name: "application_memberships",
        columns: "application_id, user_id, created_at, updated_at",
        values: "bench_id(2, n % 100), bench_id(1, n), at, at",
    },
    Table {
        name: "membership_roles",
        columns: "application_id, user_id, role_id, created_at, updated_at",
        values: "bench_id(2, n % 100), bench_id(1, n), bench_id(3, n % 100 * 3 + CASE WHEN n < 100 THEN 0 ELSE 2 END), at, at",
    },
];

/// Spread over the applications.
pub(crate) const CLIENTS: Table = Table {
    name: "clients",
    columns: "application_id, id, name, email, phone, metadata, created_by, created_at, updated_at",
    values: "bench_id(2, n % 100), bench_id(4, n), 'Client ' || n, 'client' || n || '@customer.example',
        CASE WHEN n % 3 = 0 THEN '+372 5' || lpad(n::text, 8, '0') END,
        jsonb_build_object('segment', 'retail', 'score', n % 100, 'tags', jsonb_build_array('a', 'b')),
        CASE WHEN n % 2 = 0 THEN bench_id(1, n) END, at, at",
};

/// One of each user, in the user's application. Seen in the future: that one was used is due to be noted for none.
pub(crate) const SESSIONS: Table = Table {
    name: "sessions",
    columns: "id, secret_hash, user_id, application_id, last_seen_at, expires_at, ip, user_agent, created_at, updated_at",
    values: "bench_id(6, n), bench_hash('session', n), bench_id(1, n), bench_id(2, n % 100),
        timestamptz '2100-01-01', timestamptz '2100-01-01', '10.0.' || n / 256 % 256 || '.' || n % 256,
        'Mozilla/5.0 (X11; Linux x86_64) Bench/' || n % 100, at, at",
};

/// A magic link of each user, unused.
pub(crate) const LINKS: Table = Table {
    name: "verification_tokens",
    columns: "id, purpose, secret_hash, user_id, email, expires_at, created_at, updated_at",
    values: "bench_id(5, n), 'magic_link', bench_hash('link', n), bench_id(1, n), 'user' || n || '@example.com',
        timestamptz '2100-01-01', at, at",
};

/// The applications and their roles, once, on a migrated database, as a superuser.
pub(crate) async fn applications(admin: &Client) -> Result<(), Error> {
    let sql = format!(
        "SET session_replication_role = replica;
         SET maintenance_work_mem = '256MB';
         {}
         INSERT INTO applications (id, public_id, slug, name, description, created_by, created_at, updated_at)
         SELECT bench_id(2, n), 'application' || lpad(n::text, 6, '0'), 'application-' || n, 'Application ' || n,
           'What application ' || n || ' is for', bench_id(1, n), at, at
         FROM generate_series(0, {APPLICATIONS} - 1) n, (SELECT timestamptz '2026-01-01' AS at) t;
         {}",
        sql::FUNCTIONS,
        sql::roles(APPLICATIONS)
    );
    admin.batch_execute(&sql).await?;
    admin
        .batch_execute("VACUUM ANALYZE applications, roles, role_permissions")
        .await
}

/// Fills tables that are empty, without the triggers of foreign keys, and with indexes that are made at the end; all of it
/// is in the server's memory then.
pub(crate) async fn tables(admin: &Client, tables: &[Table], rows: usize) -> Result<(), Error> {
    let statements = rows.div_ceil(AT_ONCE);
    let steps = bar("filling", tables.len() * (statements + 2));
    for table in tables {
        let name = table.name;
        steps.set_message(format!("{rows} {name}"));
        let away = format!(
            "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = '{name}'::regclass"
        );
        admin.batch_execute(&away).await?;
        for from in (0..rows).step_by(AT_ONCE) {
            let last = rows.min(from + AT_ONCE) - 1;
            let (columns, values) = (table.columns, table.values);
            let insert = format!(
                "INSERT INTO {name} ({columns}) SELECT {values} FROM generate_series({from}, {last}) n,
                   LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 second' AS at) of_n"
            );
            admin.batch_execute(&insert).await?;
            steps.inc(1);
        }
        steps.set_message(format!("indexes of {name}"));
        admin
            .batch_execute(&format!("REINDEX TABLE {name}"))
            .await?;
        steps.inc(1);
        steps.set_message(format!("statistics of {name}"));
        // By itself: it takes no transaction.
        admin
            .batch_execute(&format!("VACUUM ANALYZE {name}"))
            .await?;
        warm(admin, name).await?;
        steps.inc(1);
    }
    admin.batch_execute("CHECKPOINT").await?;
    steps.finish_and_clear();
    Ok(())
}

/// Reads a table and its indexes into the server's memory: of a table that is read as a whole it keeps but a part by itself.
async fn warm(admin: &Client, table: &str) -> Result<(), Error> {
    let sql = format!(
        "CREATE EXTENSION IF NOT EXISTS pg_prewarm;
         SELECT pg_prewarm('{table}'::regclass);
         SELECT pg_prewarm(indexrelid::regclass) FROM pg_index WHERE indrelid = '{table}'::regclass"
    );
    admin.batch_execute(&sql).await
}

/// Gives the place of tables back.
pub(crate) async fn empty(admin: &Client, tables: &[Table]) -> Result<(), Error> {
    let names: Vec<_> = tables.iter().map(|table| table.name).collect();
    // Nothing else refers to the rows: `CASCADE` meets tables that are empty.
    admin
        .batch_execute(&format!("TRUNCATE {} CASCADE", names.join(", ")))
        .await
}

/// People and clients, so many of each.
pub(crate) async fn all(admin: &Client, rows: usize) -> Result<(), Error> {
    applications(admin).await?;
    tables(admin, &PEOPLE, rows).await?;
    tables(admin, &[CLIENTS], rows).await
}
