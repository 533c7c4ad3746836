//! 100,000 rows in each table: 2,000 of them in the application at hand, the others in 20,000 small ones; one in
//! twenty is deleted.

use migration::testing::TestDb;
use sea_orm::{ConnectionTrait, Database};

use crate::access::stage::Stage;

/// The tables that are large, in the order in which rows are made; `{n}` runs from 1 to 100,000.
///
/// `app(n)` is the application of row n, `id('user', n)` its id among the users; row n of everything belongs together.
const TABLES: [(&str, &str); 21] = [
    (
        "users (id, email, username, deleted_at, deletion_id)",
        "id('user', n), 'user' || n || '@many.test', 'user' || n, dead(n + 1), batch(n + 1)",
    ),
    (
        "user_passwords (user_id, password_hash)",
        "id('user', n), 'hash'",
    ),
    (
        "sign_in_throttles (id, kind, failures, expires_at)",
        "id('throttle', n), 'account', n % 10, now() + n * interval '1 second'",
    ),
    (
        "applications (id, public_id, slug, name, deleted_at, deletion_id)",
        "id('app', n), 'App' || lpad(n::text, 9, '0'), 'app-' || n, 'App ' || n, dead(n + 2), batch(n + 2)",
    ),
    (
        "application_memberships (application_id, user_id, deleted_at, deletion_id)",
        "app(n), id('user', n), dead(n + 3), batch(n + 3)",
    ),
    (
        "roles (application_id, id, key, name, deleted_at, deletion_id)",
        "app(n), id('role', n), CASE WHEN n BETWEEN 20001 AND 40000 THEN 'owner' ELSE 'role-' || n END, 'Role ' || n, \
         dead(n + 4), batch(n + 4)",
    ),
    (
        "role_permissions (application_id, role_id, permission)",
        "app(n), id('role', n), 'clients.read'",
    ),
    (
        "membership_roles (application_id, user_id, role_id)",
        "app(n), id('user', n), id('role', n)",
    ),
    (
        "clients (application_id, id, name, email, created_by, created_at, deleted_at, deletion_id)",
        "app(n), id('client', n), 'Client ' || n, 'client' || n || '@many.test', id('user', n), \
         now() - n * interval '1 minute', dead(n + 5), batch(n + 5)",
    ),
    (
        "client_users (application_id, client_id, user_id)",
        "app(n), id('client', n), id('user', n)",
    ),
    (
        "sessions (secret_hash, user_id, application_id, expires_at)",
        "hash(n), id('user', n), CASE WHEN n % 3 > 0 THEN app(n) END, now() + interval '1 day'",
    ),
    (
        "verification_tokens (secret_hash, user_id, purpose, expires_at)",
        "hash(n), id('user', n), 'magic_link', now() + interval '1 day'",
    ),
    (
        "invitations (application_id, id, email, secret_hash, invited_by, expires_at)",
        "app(n), id('invitation', n), 'user' || n || '@many.test', hash(n), id('user', n % 5000), now() + interval '1 day'",
    ),
    (
        "invitation_roles (application_id, invitation_id, role_id)",
        "app(n), id('invitation', n), id('role', n)",
    ),
    (
        "domains (application_id, id, name, challenge, created_by, verified_at, deleted_at, deletion_id)",
        "app(n), id('domain', n), 'd' || n || '.test', 'aura-challenge-0123456789', id('user', n), \
         CASE WHEN n % 3 > 0 THEN now() END, dead(n + 6), batch(n + 6)",
    ),
    (
        "mailboxes (application_id, id, domain_id, local_part, email, user_id, deleted_at, deletion_id)",
        "app(n), id('mailbox', n), id('domain', n), 'm', 'm@d' || n || '.test', id('user', n), dead(n + 7), batch(n + 7)",
    ),
    (
        "emails (application_id, id, mailbox_id, user_id, from_address, subject, body, message_id, thread_id, sent_at, \
         deleted_at, deletion_id)",
        "app(n), id('email', n), id('mailbox', n), id('user', n), 'm@many.test', 'Subject ' || n, 'Body ' || n % 100, \
         n || '@many.test', id('email', n), now(), dead(n + 8), batch(n + 8)",
    ),
    (
        "email_recipients (application_id, email_id, kind, address)",
        "app(n), id('email', n), 'to', 'user' || n || '@many.test'",
    ),
    (
        "audit_chains (application_id, lane, sequence, previous_hash, hash, first_sequence, first_previous_hash)",
        "id('chain', n), 0, 1, hash(n), hash(n), 1, hash(n)",
    ),
    (
        "audit_events (application_id, id, lane, sequence, actor_id, action, subject_type, subject_id, detail_hash, \
         previous_hash)",
        "app(n), id('event', n), 0, 1000000 + n, id('user', n), CASE n % 3 WHEN 0 THEN 'client.update' ELSE 'client.delete' END, \
         'clients', id('client', n), hash(n), hash(n)",
    ),
    (
        "audit_details (application_id, event_id, detail, salt)",
        "app(n), id('event', n), '{}', hash(n)",
    ),
];

/// What a table must not be read whole of.
pub(super) fn is_large(table: &str) -> bool {
    TABLES.iter().any(|(into, _)| name(into) == table)
}

fn name(into: &str) -> &str {
    into.split(' ').next().unwrap_or_default()
}

pub(super) async fn fill(stage: &Stage) {
    let own = stage.own.team.application.id;
    let words = [
        (
            "id(kind text, n integer) RETURNS uuid",
            "md5(kind || n)::uuid".to_owned(),
        ),
        (
            "app(n integer) RETURNS uuid",
            format!(
                "CASE WHEN n <= 2000 THEN '{own}'::uuid ELSE md5('app' || n % 20000)::uuid END"
            ),
        ),
        (
            "hash(n integer) RETURNS bytea",
            "decode(md5(n::text) || md5(n::text), 'hex')".to_owned(),
        ),
        (
            "dead(n integer) RETURNS timestamptz",
            "CASE WHEN n % 20 = 0 THEN now() END".to_owned(),
        ),
        (
            "batch(n integer) RETURNS uuid",
            "CASE WHEN n % 20 = 0 THEN md5('batch' || n)::uuid END".to_owned(),
        ),
    ];
    let (one, other) = TABLES.split_at(TABLES.len() / 2);
    tokio::join!(
        run(&stage.test, script(&words, one)),
        run(&stage.test, script(&words, other)),
    );
    // Triggers are off while rows are made.
    run(
        &stage.test,
        "INSERT INTO aura_search.email_documents \
         SELECT application_id, id, aura_search.email_document(application_id, subject, body) FROM emails \
         WHERE deleted_at IS NULL ON CONFLICT DO NOTHING"
            .to_owned(),
    )
    .await;
    // By itself: it takes no transaction.
    run(&stage.test, "VACUUM ANALYZE".to_owned()).await;
}

fn script(words: &[(&str, String)], tables: &[(&str, &str)]) -> String {
    // The references hold by how the rows are made, and an index of many rows is made faster at once than row by row.
    let names: Vec<_> = tables
        .iter()
        .map(|(into, _)| format!("'{}'::regclass", name(into)))
        .collect();
    let mut sql = vec![
        "SET session_replication_role = replica".to_owned(),
        format!(
            "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid IN ({})",
            names.join(", ")
        ),
    ];
    for (head, body) in words {
        sql.push(format!(
            "CREATE FUNCTION pg_temp.{head} LANGUAGE sql STABLE AS $$ SELECT {body} $$"
        ));
    }
    for (into, values) in tables {
        let values = ["id(", "app(", "hash(", "dead(", "batch("]
            .iter()
            .fold((*values).to_owned(), |values, word| {
                values.replace(word, &format!("pg_temp.{word}"))
            });
        sql.push(format!(
            "INSERT INTO {into} SELECT {values} FROM generate_series(1, 100000) n"
        ));
        sql.push(format!("REINDEX TABLE {}", name(into)));
    }
    sql.join(";\n")
}

async fn run(test: &TestDb, sql: String) {
    let url = test.admin_url().expect("a server");
    let admin = Database::connect(url).await.expect("connects");
    admin.execute_unprepared(&sql).await.expect("done");
    admin.close().await.expect("closed");
}
