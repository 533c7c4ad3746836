//! The words that are searched on `PostgreSQL`: in step with the emails, out of everybody's reach, and found by the index.

use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use sea_orm::{DbBackend, Statement};
use service::{Db, EmailFilter, Tenant};
use uuid::Uuid;

use super::{received, record, subjects};
use crate::people::{People, team};

/// The emails whose words are not those that are searched: none. On `SQLite` and Citus the texts themselves are searched.
pub(crate) async fn out_of_step(db: &Db) -> Vec<String> {
    if db.backend() == DbBackend::Sqlite || db.is_on_citus() {
        return Vec::new();
    }
    let sql = "SELECT coalesce(e.id, d.email_id)::text || ': ' || coalesce(d.document::text, 'none') \
        FROM (SELECT * FROM emails WHERE deleted_at IS NULL) e \
        FULL JOIN aura_search.email_documents d ON d.application_id = e.application_id AND d.email_id = e.id \
        WHERE d.document IS DISTINCT FROM CASE WHEN e.id IS NOT NULL \
          THEN aura_search.email_document(e.application_id, e.subject, e.body) END";
    let rows = db
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await;
    let rows = rows.expect("the documents");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("text"))
        .collect()
}

async fn found(tenant: &Tenant, text: &str) -> Vec<String> {
    let (text, all) = (text.parse().expect("words"), EmailFilter::default());
    let page = tenant.emails().search(&text, &all, 50, None).await;
    let page = page.expect("a page");
    subjects(&page.items)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[tokio::test]
async fn they_follow_whoever_writes() {
    migration::not_on_citus!("the emails themselves are searched there");
    let people = People::new(Backend::Postgres).await;
    let tenant = people.as_owner().await;
    let [first, second, third] = [1, 2, 3];
    let kept = record(&tenant, received(first, "Alpha")).await.email;
    let deleted = record(&tenant, received(second, "Beta")).await.email;
    let gone = record(&tenant, received(third, "Gamma")).await.email;
    assert_eq!(out_of_step(&people.db).await, [""; 0]);

    tenant.emails().delete(deleted.id).await.expect("deleted");
    assert_eq!(found(&tenant, "beta").await, [""; 0]);
    assert_eq!(out_of_step(&people.db).await, [""; 0]);
    tenant.emails().restore(deleted.id).await.expect("restored");
    assert_eq!(found(&tenant, "beta").await, ["Beta"]);

    // SQL of somebody's own, and as the role of a tenant's transaction, which may not write a document itself.
    let runtime = role(&people.test, "runtime").await;
    let id = people.team.application.id;
    let sql = format!(
        "UPDATE emails SET subject = 'Delta' WHERE id = '{}'; DELETE FROM emails WHERE id = '{}'; \
         BEGIN; SET LOCAL ROLE {runtime}; SET LOCAL app.application_id = '{id}'; \
         INSERT INTO emails (application_id, from_address, subject, body, received_at) \
         VALUES ('{id}', 'a@x.test', 'Epsilon', '', now()); \
         UPDATE emails SET body = 'alpha' WHERE subject = 'Epsilon'; COMMIT",
        kept.id, gone.id
    );
    people.test.execute(&sql).await.expect("done");
    assert_eq!(found(&tenant, "delta").await, ["Delta"]);
    assert_eq!(found(&tenant, "gamma").await, [""; 0]);
    assert_eq!(found(&tenant, "alpha").await, ["Epsilon"]);
    assert_eq!(out_of_step(&people.db).await, [""; 0]);
}

#[tokio::test]
async fn whoever_is_walled_finds_nothing_of_others() {
    migration::not_on_citus!("the emails themselves are searched there");
    let people = People::new(Backend::Postgres).await;
    let own = people.team.application.id;
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    record(&theirs.expect("its owner"), received(1, "Plan B")).await;
    record(&people.as_owner().await, received(1, "Plan A")).await;
    let [service, runtime] = [
        role(&people.test, "service").await,
        role(&people.test, "runtime").await,
    ];
    let of = |id: Uuid| format!("SET LOCAL app.application_id = '{id}'; ");
    let upper = format!(
        "SET LOCAL app.application_id = '{}'; ",
        own.to_string().to_uppercase()
    );
    let runtime = format!("SET LOCAL ROLE {runtime}; ");
    let connection = people.test.connect().await;
    // What is set, and how many of one's own and of the other's are found.
    for (set, expected) in [
        (String::new(), [1, 1]),
        (format!("SET LOCAL ROLE {service}; "), [1, 1]),
        (of(own), [1, 0]),
        (upper, [1, 0]),
        ("SET LOCAL app.application_id = 'x'; ".to_owned(), [0, 0]),
        (format!("SET LOCAL ROLE {service}; {}", of(own)), [1, 0]),
        (runtime.clone(), [0, 0]),
        (
            format!("{runtime}SET LOCAL app.application_id = ''; "),
            [0, 0],
        ),
        (format!("{runtime}{}", of(own)), [1, 0]),
        (
            format!("{runtime}{}RESET ROLE; ", of(other.application.id)),
            [0, 1],
        ),
    ] {
        let mut hits = [0, 0];
        for (hits, id) in hits.iter_mut().zip([own, other.application.id]) {
            let transaction = begin(&connection, &set).await;
            let search = format!("SELECT {}", search(id, "plan", "NULL"));
            let rows = all(&transaction, &search).await.expect("an answer");
            *hits = rows.len();
            transaction.rollback().await.expect("rolled back");
        }
        assert_eq!(hits, expected, "{set}");
    }
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn nobody_reads_them() {
    migration::not_on_citus!("the emails themselves are searched there");
    let people = People::new(Backend::Postgres).await;
    record(&people.as_owner().await, received(1, "Plan")).await;
    let read = "SELECT 1 FROM aura_search.email_documents";
    let connection = people.test.connect().await;
    let own = format!(
        "SET LOCAL app.application_id = '{}'",
        people.team.application.id
    );
    // Not even the owner, where a tenant is set: only the functions see past that.
    for (set, expected) in [("", 1), (&own, 0)] {
        let transaction = begin(&connection, set).await;
        let rows = all(&transaction, read).await.expect("an answer");
        assert_eq!(rows.len(), expected, "{set}");
        transaction.rollback().await.expect("rolled back");
    }
    let stranger = people.test.create_login().await.name;
    for name in ["service", "runtime", "reader", &stranger] {
        let role = match name {
            "service" | "runtime" | "reader" => role(&people.test, name).await,
            login => login.to_owned(),
        };
        let admin = people.test.admin_url().expect("a server");
        let admin = sea_orm::Database::connect(admin).await.expect("connects");
        let transaction = begin(&admin, &format!("SET LOCAL ROLE {role}")).await;
        refused(all(&transaction, read).await, name);
        transaction.rollback().await.expect("rolled back");
        let transaction = begin(&admin, &format!("SET LOCAL ROLE {role}")).await;
        let search = format!("SELECT {}", search(Uuid::nil(), "plan", "NULL"));
        let searched = all(&transaction, &search).await;
        if ["service", "runtime"].contains(&name) {
            assert!(searched.expect("an answer").is_empty());
        } else {
            refused(searched, name);
        }
        transaction.rollback().await.expect("rolled back");
        admin.close().await.expect("closed");
    }
    connection.close().await.expect("closed");
}

/// Emails by the thousand: what is read of them is in proportion to what is found, whatever the word.
#[tokio::test]
async fn a_search_reads_little() {
    migration::not_on_citus!("the emails themselves are searched there");
    let people = People::new(Backend::Postgres).await;
    let id = people.team.application.id;
    let sql = format!(
        "INSERT INTO emails (application_id, id, from_address, subject, body, received_at) \
         SELECT '{id}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'a@x.test', 'Message ' || n, \
           'regards' || CASE WHEN n % 100 = 7 THEN ' invoice' ELSE '' END || CASE WHEN n = 77 THEN ' zebra' ELSE '' END \
           || CASE WHEN n < 1000 THEN ' once' ELSE '' END, now() FROM generate_series(1, 20000) n; \
         ANALYZE emails; ANALYZE aura_search.email_documents"
    );
    people.test.execute(&sql).await.expect("filled");
    let connection = people.test.connect().await;
    let late = "'00000000-0000-7000-8000-000000000040'";
    for (word, before, found, most) in [
        ("zebra", "NULL", 1, 10),
        ("zebra", late, 0, 74),
        ("invoice", "NULL", 51, 210),
        ("regards", "NULL", 51, 300),
        ("regards", late, 51, 300),
        // That only the oldest have: no search for it among the newest.
        ("once", "NULL", 51, 1010),
        ("regards -once", "NULL", 51, 300),
        ("nowhere", "NULL", 0, 10),
    ] {
        let transaction = begin(&connection, "").await;
        let so_far = reads(&transaction).await;
        let search = format!("SELECT {}", search(id, word, before));
        let rows = all(&transaction, &search).await.expect("an answer");
        assert_eq!(rows.len(), found, "{word} {before}");
        let then = reads(&transaction).await;
        let [scans, read] = [then[0] - so_far[0], then[1] - so_far[1]];
        assert_eq!(scans, 0, "{word} {before}");
        assert!(read <= most, "{word} {before}: {read} rows");
        transaction.rollback().await.expect("rolled back");
    }
    connection.close().await.expect("closed");
}

/// How often the tables were read whole, and how many rows were fetched by an index: by this connection, lately.
async fn reads(transaction: &DatabaseTransaction) -> [i64; 2] {
    let sql = "SELECT sum(seq_scan)::bigint, sum(idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables \
         WHERE relname IN ('emails', 'email_documents')";
    let row = all(transaction, sql).await.expect("counts").remove(0);
    [0, 1].map(|column| row.try_get_by_index(column).expect("a count"))
}

/// Of the newest 51.
fn search(application_id: Uuid, words: &str, before: &str) -> String {
    format!(
        "search_emails('{application_id}', '{words}', NULL, NULL, NULL, NULL, NULL, {before}, 51)"
    )
}

/// What the role is called, quoted.
async fn role(test: &TestDb, policy: &str) -> String {
    let connection = test.connect().await;
    let roles = migration::isolation::Roles::read(&connection).await;
    let roles = roles.expect("the roles");
    let role = migration::isolation::Role::ALL
        .into_iter()
        .find(|role| role.suffix() == policy)
        .and_then(|role| roles.present(role));
    let role = format!("\"{}\"", role.expect("a role"));
    connection.close().await.expect("closed");
    role
}

async fn begin(connection: &DatabaseConnection, set: &str) -> DatabaseTransaction {
    let transaction = connection.begin().await.expect("begun");
    if !set.is_empty() {
        transaction.execute_unprepared(set).await.expect("set");
    }
    transaction
}

async fn all(
    transaction: &DatabaseTransaction,
    sql: &str,
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    transaction.query_all_raw(statement).await
}

fn refused<T>(answer: Result<T, DbErr>, who: &str) {
    let error = answer.err().unwrap_or_else(|| panic!("{who} is let in"));
    let denied = error.to_string().contains("permission denied");
    assert!(denied, "{who}: {error}");
}
